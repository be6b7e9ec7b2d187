"""Curves, relations, confusion matrices and data sets: read, drawn, and refused where they are none."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from experiments.bar_plot import Bar, bar_plot, heat_map
from experiments.report import write_report
from experiments.report_many import runs_markdown, write_comparison
from experiments.results import RunResults
from experiments.results_store import write_json
from kgx.errors import KgxError

SVG = "{http://www.w3.org/2000/svg}"
ROW = {"method": "linear", "shots": 60, "seed": 0, "direction": "text-category", "metrics": {"accuracy": 0.5}}
CURVE = {
    "name": "layers <b>",
    "x_label": "layers",
    "y_label": "accuracy",
    "x": [0, 1],
    "series": [
        {"name": "frozen", "y": [0.2, 0.4], "low": [0.1, 0.3], "high": [0.3, 0.5]},
        {"name": "free", "y": [0, 1]},
    ],
}
CONFUSION = {
    "method": "linear",
    "direction": "text-category",
    "labels": ["<owl>", "cat"],
    "matrix": [[3, 1], [0, 2]],
}
CLASSES = [
    {**ROW, "label": label, "precision": 0.75, "recall": 0.5, "f1": f1, "support": support}
    for label, f1, support in (("cat", 0.9, 4), ("<owl>", 0.25, 3))
]
RELATION = {
    "relation": "depicts/hypernym",
    "modality": "image",
    "hops": 2,
    "attention": 0.25,
    "low": 0.2,
    "high": 0.3,
}
DATA = {
    "name": "owls",
    "role": "source",
    "about": "Owls & co",
    "licence": "Public domain",
    "counts": {"items_image": 1200},
}


def folder(path: Path, **files: Any) -> Path:
    write_json(path / "results.json", [ROW])
    write_json(path / "config.yaml", {"kind": "classification", "title": "Classes"})
    for name, content in files.items():
        write_json(path / f"{name}.json", content)
    return path


def test_classes_are_listed_the_hardest_first(tmp_path: Path) -> None:
    other = {**CLASSES[0], "method": "full", "label": "cat", "f1": 0.7}
    run = folder(tmp_path, classes=[*CLASSES, other])
    table = """F1 of every class, text → category (precision, recall):

| class | items | linear | full |
|---|---:|---:|---:|
| <owl> | 3 | 0.250 (0.75, 0.50) | – |
| cat | 4 | 0.900 (0.75, 0.50) | 0.700 (0.75, 0.50) |"""
    page = write_report(run).read_text(encoding="utf-8")
    assert "F1 of every class, text → category" in page
    assert '<td>0.250<span class="interval">P 0.75 R 0.50</span></td>' in page
    assert page.index("&lt;owl&gt;") < page.index("cat</th>")
    assert "Macro figures are means over classes" in page
    assert "R@k" not in page
    (run / "config.yaml").unlink()
    assert table in runs_markdown([run])


def test_the_report_shows_what_a_run_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = folder(tmp_path, curves=[CURVE], confusion=[CONFUSION], relations=[RELATION], data_sets=[DATA])
    page = write_report(run).read_text(encoding="utf-8")
    for wanted in (
        "Curves",
        "Relations",
        "What was taken for what",
        "Data sets",
        "Owls &amp; co",
        "1,200",
        "60 labels",
    ):
        assert wanted in page
    assert "layers &lt;b&gt;" in page
    assert "&lt;owl&gt; as cat: 1" in page
    assert "<owl>" not in page
    assert "without bars" in capsys.readouterr().err  # the configuration is not a whole one


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("curves", {**CURVE, "x": [0]}, "expected 1 figures in 'frozen'"),
        ("confusion", {**CONFUSION, "labels": ["owl"]}, "a row and a column for each of 1 labels"),
        ("relations", {**RELATION, "attention": "much"}, "attention"),
        ("data_sets", {"name": "owls"}, "role"),
    ],
)
def test_a_record_that_is_none_is_named(name: str, content: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(KgxError, match=message) as caught:
        RunResults.read(folder(tmp_path, **{name: [content]}))
    assert f"{name}.json" in str(caught.value)


def test_names_stay_unique_where_runs_stand_side_by_side(tmp_path: Path) -> None:
    runs = [tmp_path / "one", tmp_path / "two"]
    for run in runs:
        folder(run, curves=[CURVE], confusion=[CONFUSION], relations=[RELATION])
        (run / "config.yaml").unlink()
    write_comparison(runs, tmp_path / "both.html")
    page = (tmp_path / "both.html").read_text(encoding="utf-8")
    names = [part.split('"')[0] for part in page.split(' id="')[1:]]
    assert len(names) == len(set(names))
    assert runs_markdown(runs).count("| 60 pairs | linear | **0.500** |") == 2


def test_the_most_frequent_confusions_stand_as_a_table(tmp_path: Path) -> None:
    labels = list("abcd")
    often = [[9, 5, 1, 0], [4, 9, 0, 0], [2, 3, 9, 0], [0, 0, 6, 9]]
    seldom = {
        **CONFUSION,
        "method": "full",
        "labels": labels[:3],
        "matrix": [[1, 0, 0], [0, 1, 0], [1, 0, 1]],
    }
    run = folder(tmp_path, confusion=[{**CONFUSION, "labels": labels, "matrix": often}, seldom])
    (run / "config.yaml").unlink()
    table = """Most frequent confusions, text → category:

| class | taken for | linear | full |
|---|---|---:|---:|
| c | a | 2 of 14 | 1 of 2 |
| d | c | 6 of 15 | – |
| a | b | 5 of 15 | 0 of 1 |
| b | a | 4 of 13 | 0 of 1 |
| c | b | 3 of 14 | 0 of 2 |
"""
    assert table in runs_markdown([run])
    assert "Most frequent confusions" in write_report(run).read_text(encoding="utf-8")


def test_without_a_confusion_there_is_no_table_of_them(tmp_path: Path) -> None:
    run = folder(tmp_path, confusion=[{**CONFUSION, "matrix": [[3, 0], [0, 2]]}])
    (run / "config.yaml").unlink()
    assert "onfusions" not in runs_markdown([run])


def test_what_is_lost_without_a_relation_is_drawn_once_a_relation(tmp_path: Path) -> None:
    drops = [("kind", 1, 0.25), ("kind", 2, 0.25), ("part", 1, -0.125), ("like", 1, 0.0), ("own", 0, None)]
    records = [{**RELATION, "relation": name, "hops": hops, "drop": drop} for name, hops, drop in drops]
    page = write_report(folder(tmp_path, relations=records)).read_text(encoding="utf-8")
    assert [page.count(f"<title>{told}</title>") for told in ("kind: 0.250", "part: -0.125")] == [1, 1]
    assert "like: 0.000" not in page
    assert page.index("kind: 0.250") < page.index("part: -0.125")


@pytest.mark.parametrize("drop", [None, 0.0])
def test_relations_that_change_nothing_have_no_figure(drop: float | None, tmp_path: Path) -> None:
    page = write_report(folder(tmp_path, relations=[{**RELATION, "drop": drop}])).read_text(encoding="utf-8")
    assert "Mean attention" in page
    assert "dropped-0" not in page


def test_curves_of_any_kind_of_run_are_drawn(tmp_path: Path) -> None:
    run = folder(
        tmp_path, curves=[{**CURVE, "name": "loss", "series": [{"name": "seed 0", "y": [-3.5, -3.9]}]}]
    )
    for kind in ("retrieval", "renaming", "scarcity"):
        write_json(run / "config.yaml", {"kind": kind})
        page = write_report(run).read_text(encoding="utf-8")
        assert "curve-0" in page
        assert ">-3.9</text>" in page


def test_bars_start_at_nought_and_may_go_below() -> None:
    bars = [Bar("a", 0.5, 0.4, 0.6), Bar("b", -0.1, -0.3, 0.1), Bar("c" * 50, 0.0)]
    svg = ElementTree.fromstring(bar_plot(bars, identifier="x", title="t", x_label="share"))
    above, below, nothing = (
        {key: float(bar.attrib[key]) for key in ("x", "width")} for bar in svg.iter(f"{SVG}rect")
    )
    assert above["x"] == pytest.approx(below["x"] + below["width"]) == nothing["x"]
    assert above["width"] == pytest.approx(5 * below["width"], abs=0.5)
    lines = [path.attrib["d"] for path in svg.iter(f"{SVG}path") if path.attrib["class"] == "plot-ends"]
    assert len(lines) == 2
    assert float(lines[1].split("H")[0][1:].split()[0]) < below["x"]  # the interval's low end
    texts = [text.text or "" for text in svg.iter(f"{SVG}text")]
    assert {"-0.4", "0", "0.6", "share"} <= set(texts)
    assert max(map(len, texts)) == 34


def test_a_small_matrix_has_letters_of_the_usual_size() -> None:
    small, large = (
        ElementTree.fromstring(
            heat_map(labels, [[1.0] * len(labels)] * len(labels), identifier="x", title="t")
        )
        for labels in (["a"], [str(place) for place in range(60)])
    )
    widths = [float(svg.attrib["viewBox"].split()[2]) for svg in (small, large)]
    assert widths[0] == 420 < widths[1]


def test_a_row_without_counts_is_blank() -> None:
    assert 'opacity="0.06"' in heat_map(["a"], [[0]], identifier="x", title="t")
    assert json.dumps(heat_map(["a"], [[5]], identifier="x", title="t")).count('opacity=\\"1.0') == 1
