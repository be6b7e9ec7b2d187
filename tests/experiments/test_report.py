"""The report and the Markdown tables of a small run: complete, alone, and safe whatever a run says."""

from __future__ import annotations

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from experiments.method_names import METHODS, OURS
from experiments.report import main, results_markdown, update_markdown, write_report
from experiments.report_many import write_comparison
from experiments.results_table import method_label
from kgx.errors import KgxError
from kgx.evaluate import METRICS

ATTACK = '"><script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)>'


class Page(HTMLParser):
    """Every start tag with its attributes, and the text by the innermost tag."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("br", "img", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def text_of(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


def metrics(share: float) -> dict[str, float]:
    return {metric: 10 / share if metric == "median_rank" else share for metric in METRICS}


def make_run(folder: Path, text: str = "an owl") -> Path:
    """A run of three methods in two directions, with samples of a picture and a sound made here."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGBA", (400, 200), (200, 30, 30, 128)).save(folder / "red.png")
    (folder / "drawing.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><script>alert(1)</script>'
        '<rect width="20" height="10" fill="teal"/></svg>'
    )
    soundfile.write(folder / "hoot.wav", np.zeros(800, np.float32), 8000)
    results, intervals = [], []
    for direction in ("text-image", "image-text"):
        for method, shots, share in (
            ("random", 0, 0.02),
            ("mlp", 0, 0.2),
            ("mlp", 50, 0.3),
            ("relation-transfer", 0, 0.5),
            ("relation-transfer", 50, 0.55),
        ):
            row = {"method": method, "shots": shots, "direction": direction}
            results += [{**row, "seed": seed, "metrics": metrics(share + 0.01 * seed)} for seed in range(2)]
            intervals += [
                {**row, "metric": metric, "mean": value, "low": value * 0.9, "high": value * 1.1}
                for metric, value in metrics(share).items()
            ]
    hit = {"score": 0.5, "caption": text, "concepts": [text, "bird"], "relevant": True}
    hits = [
        {**hit, "id": text, "rank": 1, "modality": "image", "media": "red.png"},
        {**hit, "id": "b", "rank": 2, "modality": "image", "media": "drawing.svg", "relevant": False},
        {**hit, "id": "c", "rank": 3, "modality": "image", "media": "missing.png", "relevant": False},
        {**hit, "id": "d", "rank": 4, "modality": "audio", "media": "hoot.wav", "relevant": False},
        {**hit, "id": "e", "rank": 5, "modality": "audio", "media": "gone.ogg", "relevant": False},
        {**hit, "id": "f", "rank": 6, "modality": "text", "relevant": False},
    ]
    samples = [
        {"query": {"id": "image:owl", "media": "red.png"}, "direction": "image-text", "hits": hits[-1:]},
        {"query": {"id": "text:owl", "text": text}, "direction": "text-image", "hits": hits},
    ]
    share = {"worse": 0.25, "worse_by_more_than_10": 0.125, "improved": 0.5}
    harm = {"method": text, "baseline": "mlp", "shots": 0, "direction": "text-image", **share}
    for name, content in (
        ("results", results),
        ("intervals", intervals),
        ("harm", [{**harm, "seed": 0}, {**harm, "seed": 1, "worse": 0.75}]),
        ("samples", samples),
        ("environment", {"python": "3.11", "packages": {text: "1.0"}}),
    ):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    config = {"title": f"Title {text}", "purpose": text}
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    return folder


def test_page_holds_every_section(tmp_path: Path) -> None:
    path = write_report(make_run(tmp_path / "run"))
    assert path == tmp_path / "run" / "report.html"
    page = Page(path)
    assert not page.open
    assert page.text_of("h1") == ["Title an owl"]
    assert page.text_of("h2") == [
        "Results",
        "What target pairs add",
        "Sample queries",
        "Queries made worse",
        "Set-up",
    ]
    assert page.text_of("caption")[:2] == ["text → image", "image → text"]
    targets = {attributes.get("id") for _, attributes in page.tags}
    assert all((link["href"] or "")[1:] in targets for link in page.all("a"))
    identifiers = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    assert len(page.all("svg")) == len(page.all("figure")) == 2
    cells = " ".join(page.text_of("td"))
    assert "50.0 % 12.5 % 50.0 %" in cells  # harm is the mean over seeds


def test_best_figures_are_bold_and_have_intervals(tmp_path: Path) -> None:
    page = Page(write_report(make_run(tmp_path)))
    # Two directions, two numbers of pairs, seven metrics: relation transfer is best in all.
    assert page.text_of("strong")[:7] == ["0.505"] * 6 + ["19.8"]
    assert len(page.text_of("strong")) == 2 * 2 * 7
    assert "0.45–0.55" in page.text_of("span")


def test_samples_have_thumbnails_players_and_notes(tmp_path: Path) -> None:
    page = Page(write_report(make_run(tmp_path)))
    pictures = page.all("img")
    assert len(pictures) == 3  # two hits and one query; the missing file is a note
    for attributes in pictures:
        kind, _, content = (attributes["src"] or "").partition(";base64,")
        assert kind == "data:image/webp"
        with Image.open(io.BytesIO(base64.b64decode(content))) as thumbnail:
            assert max(thumbnail.size) == 160
            assert thumbnail.size == (int(attributes["width"] or 0), int(attributes["height"] or 0))
        assert attributes["alt"] in ("an owl", "image:owl")
    (player,) = page.all("audio")
    assert "controls" in player
    assert (player["src"] or "").startswith("data:audio/wav;base64,")
    notes = [text for text in page.text_of("span") if "cannot" in text]
    assert notes == ["missing.png: picture cannot be shown", "gone.ogg: sound cannot be embedded"]
    assert page.text_of("span").count("✓ relevant") == 1
    assert [text for text in page.text_of("h3") if "→" in text] == ["text → image", "image → text"]


@pytest.mark.parametrize("attack", [ATTACK, "</style></svg></title>" + ATTACK, "']]>--><!--"])
def test_nothing_that_a_run_says_becomes_markup(tmp_path: Path, attack: str) -> None:
    plain, attacked = (Page(write_report(make_run(tmp_path / n, t))) for n, t in (("a", "x"), ("b", attack)))
    assert [tag for tag, _ in attacked.tags] == [tag for tag, _ in plain.tags]
    assert "script" not in {tag for tag, _ in attacked.tags}
    assert attack in attacked.text_of("p")
    for (_, one), (_, other) in zip(plain.tags, attacked.tags, strict=True):
        assert one.keys() == other.keys()


def test_page_opens_offline(tmp_path: Path) -> None:
    page = Page(write_report(make_run(tmp_path)))
    for _, attributes in page.tags:
        assert (attributes.get("src") or "data:").startswith("data:")
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import", "".join(page.text_of("style")))
    (policy,) = [meta for meta in page.all("meta") if "http-equiv" in meta]
    assert (policy["content"] or "").startswith("default-src 'none';")
    assert not {"link", "script", "iframe", "object"} & {tag for tag, _ in page.tags}


def test_a_run_with_results_only(tmp_path: Path) -> None:
    row = {"method": "new", "shots": 0, "seed": 0, "direction": "text-image", "metrics": {"recall@1": 0.5}}
    (tmp_path / "results.json").write_text(json.dumps([row]))
    page = Page(write_report(tmp_path))
    assert page.text_of("h2") == ["Results"]
    assert page.text_of("strong") == ["0.500"]
    assert page.text_of("td").count("–") == len(METRICS) - 1


def test_writing_twice_gives_the_same_bytes_and_leaves_no_other_file(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    first = write_report(run).read_bytes()
    names = {path.name for path in run.iterdir()}
    assert write_report(run).read_bytes() == first
    assert {path.name for path in run.iterdir()} == names


def test_large_sounds_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.previews.MAX_SOUND_BYTES", 10)
    page = Page(write_report(make_run(tmp_path)))
    assert not page.all("audio")
    assert "hoot.wav: sound cannot be embedded" in page.text_of("span")


def test_markdown_tables(tmp_path: Path) -> None:
    table = results_markdown(make_run(tmp_path))
    lines = table.splitlines()
    assert lines[0] == "**text → image**"
    assert lines[2] == "| pairs | method | R@1 | R@5 | R@10 | R@50 | MRR | nDCG@10 | median rank |"
    assert lines[6].startswith(
        "| zero-shot | relation transfer (ours) | **0.505** | **0.505** | **0.505** (0.45–0.55) |"
    )
    assert lines[8].startswith("| 50 pairs | relation transfer (ours) |")
    assert {line.count("|") for line in lines if line.startswith("|")} == {len(METRICS) + 3}


def test_r_at_10_and_mrr_have_intervals_in_markdown(tmp_path: Path) -> None:
    row = results_markdown(make_run(tmp_path)).splitlines()[4]
    assert row == (
        "| zero-shot | random order | 0.025 | 0.025 | 0.025 (0.02–0.02) | 0.025 | 0.025 (0.02–0.02) | 0.025 | 416.7 |"
    )


def test_rows_of_fewer_seeds_are_told_apart(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    assert "Means over" not in results_markdown(run)
    assert "seeds" not in [tag.get("class") for tag in Page(write_report(run)).all("span")]
    rows = json.loads((run / "results.json").read_text())
    fewer = {("random", 0), ("mlp", 50)}
    kept = [row for row in rows if row["seed"] == 0 or (row["method"], row["shots"]) not in fewer]
    (run / "results.json").write_text(json.dumps(kept))
    note = "Means over 2 seeds; over 1 seed: random order; 50 pairs of “MLP, no graph”."
    assert results_markdown(run).count(note) == 2
    page = Page(write_report(run))
    assert page.text_of("p").count(note) == 2
    assert page.text_of("span").count("1 seed") == 4


def test_methods_stand_side_by_side_where_there_is_one_number_of_pairs(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    rows = [row for row in json.loads((run / "results.json").read_text()) if row["shots"] == 0]
    (run / "results.json").write_text(json.dumps(rows))
    page = Page(write_report(run))
    assert page.text_of("h2")[:2] == ["Results", "Method beside method"]
    assert len(page.all("figure")) == 2
    assert len(page.all("rect")) == 2 * 3
    write_comparison([run, run], tmp_path / "both.html")
    both = Page(tmp_path / "both.html")
    names = [tag["id"] for _, tag in both.tags if "id" in tag]
    assert len(names) == len(set(names))
    assert len(both.all("figure")) == 2 * 2


def test_more_methods_than_styles_are_drawn_by_group(tmp_path: Path) -> None:
    methods = (*METHODS, "something-new")
    rows = [
        {"method": name, "shots": shots, "seed": 0, "direction": "text-image", "metrics": {"recall@10": 0.5}}
        for name in methods
        for shots in (0, 50)
    ]
    (tmp_path / "results.json").write_text(json.dumps(rows))
    page = Page(write_report(tmp_path))
    captions = page.text_of("figcaption")
    assert len(captions) == len(set(captions)) == 4
    legends = page.text_of("text")
    labels = [method_label(name) for name in methods]
    assert [legends.count(label) for label in labels] == [4 if name == OURS else 1 for name in methods]


def test_tables_are_kept_between_the_markers(tmp_path: Path) -> None:
    run, readme = make_run(tmp_path / "run"), tmp_path / "README.md"
    readme.write_text("# A\n<!-- results:begin -->\nold\n<!-- results:end -->\ntail\n", encoding="utf-8")
    assert update_markdown(readme, run)
    assert not update_markdown(readme, run)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("# A\n<!-- results:begin -->\n\n**text → image**")
    assert text.endswith("|\n\n<!-- results:end -->\ntail\n")
    assert "old" not in text


@pytest.mark.parametrize(
    "text",
    [
        "none",
        "<!-- results:begin -->",
        "<!-- results:end --><!-- results:begin -->",
        "<!-- results:begin -->" * 2,
    ],
)
def test_a_file_without_its_markers_is_left_alone(tmp_path: Path, text: str) -> None:
    run, readme = make_run(tmp_path / "run"), tmp_path / "README.md"
    readme.write_text(text)
    with pytest.raises(KgxError, match=r"README\.md: expected one line"):
        update_markdown(readme, run)
    assert readme.read_text() == text


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, readme = make_run(tmp_path / "run"), tmp_path / "README.md"
    readme.write_text("<!-- results:begin -->\n<!-- results:end -->\n")
    assert main([str(run), "--markdown", str(readme)]) == 0
    assert capsys.readouterr().out == f"{run / 'report.html'}\n{readme}: updated\n"
    assert main([str(tmp_path / "nowhere")]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"error: .*results\.json: expected the results of a finished run, .*\n", captured.err)
