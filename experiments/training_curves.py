"""How trainings went, as plots of ``curves.json``: held-out score and loss by epoch, a line for each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["PAIRS_SCORE", "training_figures"]

PAIRS_SCORE = "recall@10 of both directions"
"""What training on pairs is scored by, on those that are held out."""

_WHAT = {"score": "held-out score", "loss": "training loss"}


def training_figures(
    name: str, lines: Mapping[str, Sequence[Mapping[str, Any]]], *, score: str, loss: str = "loss"
) -> list[dict[str, Any]]:
    """Return a plot of the held-out scores and one of the losses, each where there are any.

    A line goes through the means over seeds, with their range around it. A training that stops before the longest one
    goes on level, with the figure of the epoch whose weights were kept.

    Args:
        name: what is trained.
        lines: name of a line -> for each seed the fields of a :class:`kgx.train.Curve`.
        score, loss: names of the vertical axes.

    >>> made = training_figures("pairs", {"ours": [{"loss": [2.0, 1.0]}, {"loss": [4.0, 3.0]}]}, score="recall")
    >>> [(one["name"], one["x"], one["series"][0]["y"], one["series"][0]["low"]) for one in made]
    [('pairs: training loss', [1, 2], [3.0, 2.0], [2.0, 1.0])]
    """
    figures = []
    for what, label in (("score", score), ("loss", loss)):
        known = {line: runs for line, runs in lines.items() if runs and all(run.get(what) for run in runs)}
        lengths = {len(run[what]) for runs in known.values() for run in runs}
        if known:
            stopped = "; level where training had stopped" if len(lengths) > 1 else ""
            figures.append(
                {
                    "name": f"{name}: {_WHAT[what]}",
                    "x_label": f"epoch{stopped}",
                    "y_label": label,
                    "x": list(range(1, max(lengths) + 1)),
                    "series": [_series(line, runs, what, max(lengths)) for line, runs in known.items()],
                }
            )
    return figures


def _series(line: str, runs: Sequence[Mapping[str, Any]], what: str, epochs: int) -> dict[str, Any]:
    table = np.array([_levelled(run[what], run.get("best_epoch", -1), epochs) for run in runs])
    means, low, high = table.mean(axis=0), table.min(axis=0), table.max(axis=0)
    return {"name": line, "y": means.tolist(), "low": low.tolist(), "high": high.tolist()}


def _levelled(values: Sequence[float], kept: int, epochs: int) -> list[float]:
    return [*values, *[values[kept]] * (epochs - len(values))]
