"""Reading a run folder: order, means, best figures, and messages for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from experiments.results import RunResults
from kgx.errors import KgxError


def result(
    method: str, shots: int = 0, seed: int = 0, direction: str = "text-image", **metrics: float
) -> Any:
    metrics = metrics or {"recall@10": 0.5}
    return {"method": method, "shots": shots, "seed": seed, "direction": direction, "metrics": metrics}


def write(folder: Path, **files: Any) -> Path:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_order_is_that_of_the_protocol_whatever_the_file_says(tmp_path: Path) -> None:
    rows = [
        result("relation-transfer", 50, direction="audio-image"),
        result("my method"),
        result("relation-transfer"),
        result("relation-transfer", 200),
        result("random"),
        result("relation-transfer", direction="video-image"),
    ]
    run = RunResults.read(write(tmp_path, results=rows))
    assert run.directions == ["text-image", "audio-image", "video-image"]
    assert run.methods("text-image") == ["random", "relation-transfer", "my method"]
    assert run.methods("text-image", 200) == ["relation-transfer"]
    assert run.shots("text-image") == [0, 200]
    assert run.shots("text-image", "random") == [0]


def test_cells_are_means_over_seeds_with_their_interval(tmp_path: Path) -> None:
    rows = [
        *[result("mlp", seed=seed, **{"recall@10": 0.1 * seed, "median_rank": 9.0}) for seed in range(3)],
        result("ridge", **{"recall@10": 0.05, "median_rank": 4.0}),
    ]
    ends = {"method": "mlp", "shots": 0, "direction": "text-image", "metric": "recall@10"}
    run = RunResults.read(
        write(tmp_path, results=rows, intervals=[{**ends, "mean": 0.1, "low": 0.0, "high": 0.2}])
    )
    cell = run.cell("text-image", "mlp", 0, "recall@10")
    assert cell is not None
    assert cell.mean == pytest.approx(0.1)
    assert (cell.low, cell.high, cell.seeds, cell.best) == (0.0, 0.2, 3, True)
    other = run.cell("text-image", "ridge", 0, "median_rank")
    assert other is not None
    assert (other.low, other.seeds, other.best) == (None, 1, True)  # a lower rank is better
    assert run.cell("text-image", "ridge", 50, "median_rank") is None
    assert run.cell("text-image", "ridge", 0, "mrr") is None


def test_files_other_than_results_may_be_missing(tmp_path: Path) -> None:
    run = RunResults.read(write(tmp_path, results=[result("mlp")]))
    assert (run.intervals, run.harm, run.samples) == ((), (), ())
    assert (run.environment, run.config, run.config_text) == ({}, {}, "")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("results", "[]", r"results\.json: expected the results of a finished run, found none"),
        ("results", "{", r"results\.json: the file: Invalid JSON"),
        ("results", '[{"method": "mlp"}]', r"results\.json: 0\.shots: Field required"),
        ("results", json.dumps([result("mlp", -1)]), r"0\.shots: Input should be greater"),
        ("results", '[{"method":"a","shots":0,"seed":0,"direction":"d","metrics":{"x":NaN}}]', r"finite"),
        ("results", json.dumps([result("mlp"), result("mlp")]), "once, got it twice"),
        ("intervals", '[{"method": "mlp"}]', r"intervals\.json: 0\.shots"),
        ("samples", '[{"direction": "d", "hits": []}]', r"samples\.json: 0\.query"),
        ("environment", "[1]", "expected a mapping, got list"),
        ("environment", "{", "expected YAML or JSON"),
    ],
)
def test_unusable_files_are_named(tmp_path: Path, name: str, content: str, message: str) -> None:
    write(tmp_path, results=[result("mlp")])
    (tmp_path / f"{name}.json").write_text(content, encoding="utf-8")
    with pytest.raises(KgxError, match=message):
        RunResults.read(tmp_path)


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(KgxError, match=r"nowhere/results\.json"):
        RunResults.read(tmp_path / "nowhere")


def test_what_only_describes_a_method_has_no_best(tmp_path: Path) -> None:
    rows = [result("full", epochs=4.0, f1=0.8), result("freeze", epochs=9.0, f1=0.7)]
    run = RunResults.read(write(tmp_path, results=rows))
    best = {
        (method, metric): cell.best
        for method in ("full", "freeze")
        for metric in ("epochs", "f1")
        if (cell := run.cell("text-image", method, 0, metric)) is not None
    }
    assert best == {
        ("full", "epochs"): False,
        ("full", "f1"): True,
        ("freeze", "epochs"): False,
        ("freeze", "f1"): False,
    }
