"""What ``kgx experiment`` does; the command line itself stands in ``kgx/cli/experiment.py``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.config import check_config, load_retrieval_config
from experiments.experiment import ExperimentBase
from experiments.metrics import differences, intolerable
from experiments.planned import PlannedExperiment, range_problem
from experiments.report import write_report
from experiments.report_many import runs_markdown, write_comparison
from experiments.results_table import results_markdown
from experiments.run import compute
from experiments.sweep import tried
from kgx.errors import ConfigError
from kgx.folders import atomic_path
from kgx.option_trees import named_values, read_options, with_changes

__all__ = ["default_folder", "report", "run", "sweep"]

_RUNS = Path("runs/experiments")
_LISTED = 20  # differing figures that are told one by one


def run(
    config: Path, out: Path | None = None, changes: Sequence[str] = (), against: Path | None = None
) -> dict[str, Any]:
    """Run an experiment, or go on with one, or repeat one.

    Args:
        config: the configuration; that of a run folder goes on with the run.
        out: the run folder; see :func:`default_folder` where left out.
        changes: ``NAME=VALUE`` each, with a dotted name. Ranges that are expected of figures that they leave out are
            left out too.
        against: a finished run that the figures are compared with.

    Returns:
        Where the run and its report lie, its tables as Markdown, its bars, and how it compares.

    Raises:
        KgxError: the configuration is wrong, something that it needs is not there, or a run folder is unusable.
    """
    options = _changed(read_options(config), named_values(changes), str(config))
    folder = out or default_folder(config, repeated=against is not None)
    if against is not None and folder.resolve() == against.resolve():
        raise ConfigError(
            f"--check: expected another run than {folder}, which is written to; name one with --out"
        )
    compute(options, folder)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    told: dict[str, Any] = {
        "run": str(folder),
        "report": str(folder / "report.html"),
        "tables": results_markdown(folder),
        "bars": metrics["bars"],
        "test_evaluations": metrics["test_evaluations"]["total"],
    }
    return told if against is None else {**told, "check": _check(folder, against)}


def sweep(config: Path, words: Sequence[str], seeds: int, pairs: int = 0) -> list[dict[str, Any]]:
    """Try options on the source, or on pairs of the target's pool, and return them with their scores, the best first.

    Raises:
        KgxError: the configuration or an option is wrong.
    """
    rows = tried(load_retrieval_config(config), words, seeds, pairs)
    return [{"options": options, "scores": scores} for options, scores in rows]


def report(runs: Sequence[Path], out: Path | None = None, markdown: Path | None = None) -> dict[str, Any]:
    """Write the report of a run, or one page of several.

    Args:
        runs: run folders.
        out: the page; ``report.html`` in the run folder, or ``comparison.html`` beside the first of several.
        markdown: also write the tables here.

    Raises:
        KgxError: a run folder is unusable.
    """
    if len(runs) == 1 and out is None:
        page = write_report(runs[0])
        if markdown is not None:
            with atomic_path(markdown) as temporary:
                temporary.write_text(runs_markdown(runs), encoding="utf-8")
    else:
        page = out or runs[0].parent / "comparison.html"
        write_comparison(runs, page, markdown)
    return {"report": str(page), "markdown": None if markdown is None else str(markdown)}


def default_folder(config: Path, *, repeated: bool = False) -> Path:
    """Return where an experiment runs that does not say.

    >>> default_folder(Path("configs/families.yaml")).as_posix()
    'runs/experiments/families'

    The configuration of a run folder goes on there, or beside it where the run is repeated to be compared.
    """
    if config.name != "config.yaml":
        return _RUNS / config.stem
    folder = config.resolve().parent
    return folder.with_name(f"{folder.name}-repeated") if repeated else config.parent


def _changed(content: Mapping[str, Any], changes: Mapping[str, Any], origin: str) -> ExperimentBase:
    """Return checked options with changes, and of the ranges those of figures that there still are."""
    changed = with_changes(content, changes)
    if changes and "expected" not in changes and content.get("expected"):
        bare = check_config({**changed, "expected": []}, origin)
        if isinstance(bare, PlannedExperiment):
            ranges = check_config(content, origin).expected
            changed["expected"] = [one.model_dump() for one in ranges if range_problem(bare, one) is None]
    return check_config(changed, origin)


def _check(folder: Path, against: Path) -> Mapping[str, Any]:
    """Compare two runs: identical seed by seed, or near in their means."""
    differing, far = differences(folder, against), intolerable(folder, against)
    listed = far or differing
    return {
        "against": str(against),
        "identical": not differing,
        "within_tolerance": not far,
        "differing": len(differing),
        "differences": [
            {"figure": name, "this": one, "against": other} for name, one, other in listed[:_LISTED]
        ],
    }
