"""``metrics.json``: what a run found, in one file, and whether another run found the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from experiments.bars import bars, bars_json
from experiments.experiment import ExperimentBase
from experiments.results import RunResults
from experiments.results_store import read_counts, write_json
from kgx.errors import KgxError

__all__ = ["RANK_TOLERANCE", "TOLERANCE", "Difference", "differences", "intolerable", "write_metrics"]

TOLERANCE = 0.02
"""How far a share, as a mean over seeds, may lie from that of another machine: its libraries sum in another order."""
RANK_TOLERANCE = 0.1
"""The same for a rank, as a share of it; half a rank is never too far."""

Difference = tuple[str, float | None, float | None]
"""Name of a figure, and what either run has of it; None where it has none."""


def write_metrics(options: ExperimentBase, out: Path) -> None:
    """Sum a run up in ``metrics.json``.

    It holds the title and kind; ``test_evaluations``, how often the test half was scored into this folder; and lists of
    records: ``metrics`` (mean over seeds and queries, 95 % interval), ``significance``, ``harm``, and ``bars``.
    """
    run = RunResults.read(out)
    seeds = {
        (one.direction, one.method, one.shots): sum(
            (other.direction, other.method, other.shots) == (one.direction, one.method, one.shots)
            for other in run.results
        )
        for one in run.results
    }
    rows = [
        {**record.model_dump(), "seeds": seeds.get((record.direction, record.method, record.shots), 0)}
        for record in run.intervals
    ]
    write_json(
        out / "metrics.json",
        {
            "title": options.title,
            "kind": options.kind,
            "test_evaluations": read_counts(out),
            "metrics": rows,
            "significance": [record.model_dump() for record in run.significance],
            "harm": [record.model_dump() for record in run.harm],
            "bars": bars_json(bars(run, options)),
        },
    )


def differences(one: str | Path, other: str | Path) -> list[Difference]:
    """Return the figures in which two runs differ, seed by seed; nothing where they are identical.

    Raises:
        KgxError: a run folder is unusable.
    """
    ours, theirs = dict(_figures(Path(one))), dict(_figures(Path(other)))
    names = [*ours, *(name for name in theirs if name not in ours)]
    return [(name, ours.get(name), theirs.get(name)) for name in names if ours.get(name) != theirs.get(name)]


def intolerable(one: str | Path, other: str | Path) -> list[Difference]:
    """Return the means over seeds that lie further apart than :data:`TOLERANCE`, or that one run only has.

    Raises:
        KgxError: a run folder is unusable.
    """
    ours, theirs = _means(Path(one)), _means(Path(other))
    names = [*ours, *(name for name in theirs if name not in ours)]
    return [
        (name, ours.get(name), theirs.get(name))
        for name in names
        if not _near(name, ours.get(name), theirs.get(name))
    ]


def _near(name: str, one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return False
    far = abs(one - other)
    return far <= (max(0.5, RANK_TOLERANCE * other) if "rank" in name else TOLERANCE)


def _means(folder: Path) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for name, value in _figures(folder):
        direction, method, shots, _, metric = name.split()
        found.setdefault(f"{direction} {method} {shots} {metric}", []).append(value)
    return {name: sum(values) / len(values) for name, values in found.items()}


def _figures(folder: Path) -> Iterator[tuple[str, float]]:
    path = folder / "results.json"
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        for row in rows:
            for metric, value in row["metrics"].items():
                yield (
                    f"{row['direction']} {row['method']} {row['shots']} {row['seed']} {metric}",
                    float(value),
                )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KgxError(f"{path}: expected the results of a finished run, got {error!r}") from error
