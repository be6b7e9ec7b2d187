"""Bars: each is found in a run's own files, and missed where it is missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiments.bars import bars, notes
from experiments.config import ExperimentConfig
from experiments.report import write_report
from experiments.report_many import runs_markdown
from experiments.results import RunResults
from experiments.results_store import write_json

OURS, BLANK = "relation-transfer", "relation-transfer-untrained"
FIGURES = {
    (OURS, 0): 0.60,
    (OURS, 50): 0.65,
    (OURS, 200): 0.70,
    (OURS, 480): 0.72,
    (BLANK, 0): 0.40,
    (BLANK, 50): 0.64,
    (BLANK, 200): 0.71,
    ("ridge", 0): 0.25,
    ("ridge", 200): 0.55,
    ("ridge", 480): 0.64,
    ("mlp", 200): 0.50,
}


def folder(path: Path, figures: dict[tuple[str, int], float], p: dict[tuple[str, int], float]) -> RunResults:
    rows: list[dict[str, Any]] = [
        {"method": m, "shots": s, "seed": 0, "direction": "text-image", "metrics": {"recall@10": value}}
        for (m, s), value in figures.items()
    ]
    tests = [
        {"direction": "text-image", "shots": s, "metric": "recall@10", "method": OURS, "other": m,
         "difference": figures[OURS, s] - figures[m, s], "p": value, "p_holm": value}
        for (m, s), value in p.items()
    ]  # fmt: skip
    harm = [
        {"direction": "text-image", "method": OURS, "shots": 0, "seed": seed, "baseline": "ridge",
         "worse": 0.2, "worse_by_more_than_10": share, "improved": 0.5}
        for seed, share in enumerate((0.04, 0.08))
    ]  # fmt: skip
    for name, content in (("results", rows), ("significance", tests), ("harm", harm)):
        write_json(path / f"{name}.json", content)
    return RunResults.read(path)


@pytest.fixture
def options(tiny_config: ExperimentConfig) -> ExperimentConfig:
    expected = {"direction": "text-image", "method": OURS, "metric": "recall@10", "high": 1.0}
    wanted = [{**expected, "shots": 50, "low": 0.61}, {**expected, "shots": 200, "low": 0.71}]
    return ExperimentConfig.model_validate({**tiny_config.model_dump(), "expected": wanted})


def test_each_bar_is_reached_or_missed_by_the_figures(tmp_path: Path, options: ExperimentConfig) -> None:
    run = folder(
        tmp_path, FIGURES, {("ridge", 0): 0.001, (BLANK, 0): 0.001, (BLANK, 50): 0.4, (BLANK, 200): 0.6}
    )
    found = [(bar.name, bar.reached) for bar in bars(run, options)]
    assert found == [
        ("relation transfer (ours), text → image, 50 pairs", True),
        ("relation transfer (ours), text → image, 200 pairs", False),  # .70 < .71
        ("zero-shot, above every graph-free method", True),
        ("labels saved: ours with 0 pairs against graph-free with 200", True),  # .60 >= .55
        ("labels saved: ours with 50 pairs against graph-free with 480", True),  # .65 >= .64
        ("pretraining matters, zero-shot", True),
        ("pretraining matters, 50 pairs", False),  # better, but not surely
        ("pretraining matters, 200 pairs", False),  # worse
        ("harm, text → image, zero-shot", False),  # 6 % on average
    ]


def test_a_rival_that_is_not_surely_worse_misses_the_bar(tmp_path: Path, options: ExperimentConfig) -> None:
    figures = {(OURS, 0): 0.3, ("ridge", 0): 0.25, ("mlp", 0): 0.35}
    run = folder(tmp_path, figures, {("ridge", 0): 0.001, ("mlp", 0): 0.001})
    bar = next(bar for bar in bars(run, options) if bar.name.startswith("zero-shot"))
    assert not bar.reached
    assert "MLP" in bar.found


def test_harm_in_the_other_direction_is_told_and_is_no_bar(tmp_path: Path, options: ExperimentConfig) -> None:
    row = {"method": OURS, "shots": 0, "seed": 0}
    share = {"baseline": "ridge", "worse": 0.2, "improved": 0.5}
    directions = (("text-image", 0.04), ("image-text", 0.25), ("text-audio", 0.5))
    write_json(
        tmp_path / "results.json",
        [{**row, "direction": name, "metrics": {"recall@10": 0.5}} for name, _ in directions],
    )
    write_json(
        tmp_path / "harm.json",
        [{**row, **share, "direction": name, "worse_by_more_than_10": harm} for name, harm in directions],
    )
    run = RunResults.read(tmp_path)
    assert [(bar.name, bar.reached) for bar in bars(run, options)] == [
        ("harm, text → image, zero-shot", True)
    ]
    assert [(note.name, note.found) for note in notes(run)] == [("harm, image → text, zero-shot", "25.0 %")]
    page, text = write_report(tmp_path).read_text(encoding="utf-8"), runs_markdown([tmp_path])
    assert "harm, image → text, zero-shot" in page
    assert (
        "| harm, image → text, zero-shot | for information: queries that lose more than 10 ranks | 25.0 % | – |"
        in text
    )


def renamed(path: Path, figures: dict[tuple[str, str], float]) -> RunResults:
    rows = [
        {"method": method, "shots": 0, "seed": seed, "direction": direction, "metrics": {"recall@10": value}}
        for (direction, method), value in figures.items()
        for seed in (0, 1)
    ]
    write_json(path / "results.json", rows)
    return RunResults.read(path)


def test_every_renaming_has_to_keep_the_score_in_both_directions(
    tmp_path: Path, options: ExperimentConfig
) -> None:
    figures = {
        ("text-image", "hop-tokens, as the source"): 0.60,
        ("text-image", "hop-tokens, reworded"): 0.63,
        ("text-image", "hop-tokens, nameless"): 0.57,
        ("text-image", "numbered, reworded"): 0.10,
        ("image-text", "hop-tokens, as the source"): 0.50,
        ("image-text", "hop-tokens, reworded"): 0.50,
        ("image-text", "hop-tokens, split"): 0.45,
    }
    one, other = bars(renamed(tmp_path, figures), options)
    assert one.name == "unseen relation names, text → image"
    assert one.found == "reworded 105.0 %, nameless 95.0 %"
    assert one.reached
    assert other.found == "reworded 100.0 %, split 90.0 %"
    assert not other.reached


@pytest.mark.parametrize(
    "figures",
    [
        {("text-image", "hop-tokens, reworded"): 0.5},
        {("text-image", "hop-tokens, as the source"): 0.5},
        {("text-image", "hop-tokens, as the source"): 0.0, ("text-image", "hop-tokens, split"): 0.0},
    ],
)
def test_without_both_figures_there_is_no_bar_of_renaming(
    figures: dict[tuple[str, str], float], tmp_path: Path, options: ExperimentConfig
) -> None:
    assert bars(renamed(tmp_path, figures), options) == []
