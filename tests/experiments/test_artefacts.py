"""Curves, relations, confusion matrices and data sets: read, drawn, and refused where they are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from experiments.bar_plot import Bar, bar_plot, heat_map
from experiments.report import write_report
from experiments.report_many import runs_markdown, write_comparison
from experiments.results import RunResults
from experiments.results_store import write_json
from kgx.errors import KgxError

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
    {**ROW, "label": label, "precision": 0.5, "recall": 0.5, "f1": f1, "support": support}
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
    table = """| class | items | linear | full |
|---|---:|---:|---:|
| <owl> | 3 | 0.250 | – |
| cat | 4 | 0.900 | 0.700 |"""
    page = write_report(run).read_text(encoding="utf-8")
    assert "F1 of every class, text → category" in page
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


def test_bars_start_at_nought_and_may_go_below() -> None:
    drawn = bar_plot([Bar("a", 0.5, 0.4, 0.6), Bar("b", -0.1)], identifier="x", title="t", x_label="share")
    assert drawn.count("<rect") == 2
    assert drawn.count("plot-ends") == 1


def test_a_row_without_counts_is_blank() -> None:
    assert 'opacity="0.06"' in heat_map(["a"], [[0]], identifier="x", title="t")
    assert json.dumps(heat_map(["a"], [[5]], identifier="x", title="t")).count('opacity=\\"1.0') == 1
