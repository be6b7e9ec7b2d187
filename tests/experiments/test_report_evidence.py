"""What reports say of tests between methods and of looks at the test half, also of folders that have neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.report import write_report
from experiments.report_many import evaluations_ledger, runs_markdown
from experiments.results_store import write_json


def folder(path: Path, tests: list[tuple[str, str, str]], config: Any = None, total: int = 0) -> Path:
    """Return a run folder with rows of the methods, and tests of a metric between them."""
    methods = dict.fromkeys(name for _, *pair in tests or [("accuracy", "a", "a")] for name in pair)
    write_json(
        path / "results.json",
        [
            {"method": name, "shots": 60, "seed": 0, "direction": "text-task", "metrics": {"accuracy": 0.5}}
            for name in methods
        ],
    )
    if tests:
        figures = {"direction": "text-task", "shots": 60, "difference": 0.125, "p": 0.01, "p_holm": 0.02}
        write_json(
            path / "significance.json",
            [{"metric": metric, "method": one, "other": other, **figures} for metric, one, other in tests],
        )
    if config is not None:
        write_json(path / "config.yaml", config)
    if total:
        write_json(path / "test_evaluations.json", {"total": total, "by_state": {"now": total}})
    return path


def test_one_reference_is_named_above_the_table(tmp_path: Path) -> None:
    run = folder(tmp_path, [("accuracy", "freeze", "full")], {"kind": "classification"})
    page = write_report(run).read_text(encoding="utf-8")
    assert "text → task, accuracy: freeze less the other method" in page
    assert "paired randomisation tests over items" in page
    (run / "config.yaml").unlink()
    text = runs_markdown([run])
    assert "accuracy of freeze less the other method's, by paired randomisation over queries" in text
    assert "| text → task | 60 pairs | full | +0.125 | .020 |" in text


def test_several_references_have_a_column(tmp_path: Path) -> None:
    run = folder(tmp_path, [("accuracy", "a", "a, renamed"), ("accuracy", "b", "b, renamed")])
    assert "accuracy: the method less the other method" in write_report(run).read_text(encoding="utf-8")
    text = runs_markdown([run])
    assert (
        "| direction | pairs | method | other method | difference | p |\n|---|---|---|---|---:|---:|" in text
    )
    assert "| text → task | 60 pairs | b | b, renamed | +0.125 | .020 |" in text


def test_a_folder_from_before_has_no_tests(tmp_path: Path) -> None:
    run = folder(tmp_path, [])
    write_json(run / "significance.json", [])
    assert "Significance" not in write_report(run).read_text(encoding="utf-8")
    assert "less the other" not in runs_markdown([run])


def test_looks_are_summed_over_the_runs_of_one_test_half(tmp_path: Path) -> None:
    domain = {"domain": "drawings", "modality": "text"}
    runs = [
        folder(tmp_path / "main", [], {"target": "stamps"}, 200),
        folder(tmp_path / "layers", [], {"kind": "layers", "target": domain}, 30),
        folder(tmp_path / "renamed", [], {"target": "stamps"}, 50),
        folder(tmp_path / "labels", [], {"kind": "classification", "data": domain}, 5),
        folder(tmp_path / "uncounted", [], {"target": "stamps"}),
        folder(tmp_path / "unknown", [], None, 7),
    ]
    assert evaluations_ledger(runs) == (
        "Summed over the runs that share it, a test half was scored: that of stamps 250 times (`main` 200, "
        "`renamed` 50); that of drawings by category 35 times (`layers` 30, `labels` 5)."
    )
    assert evaluations_ledger(runs[-1:]) == ""
