"""What an experiment will have figures of, told before it runs: no range can be expected of any other figure."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from pydantic import field_validator

from experiments.experiment import Expected, ExperimentBase
from kgx.checked_options import nearest
from kgx.evaluate import METRICS

__all__ = ["LABEL_METRICS", "PlannedExperiment", "Row", "plan_problem", "range_problem"]

LABEL_METRICS = ("accuracy", "precision", "recall", "f1")
"""What answers with labels are judged by, as :func:`kgx.evaluate.classification.classification_scores` names it."""

Row = tuple[str, str, int | None]
"""Direction, method, and number of pairs or labels; none where only the data tell how many there are."""


class PlannedExperiment(ExperimentBase):
    """An experiment that says what it is about, and which rows its tables will have.

    Attributes:
        metrics: what its rows are judged by.
    """

    metrics: ClassVar[tuple[str, ...]] = METRICS

    @field_validator("title", "purpose", "source_of_idea")
    @classmethod
    def _some_words(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("expected some words, got none")
        return text

    @abstractmethod
    def rows(self) -> Iterable[Row]:
        """Return the rows of the tables, whatever the seed."""


def plan_problem(options: ExperimentBase) -> str | None:
    """Return why an experiment could not end as it is configured; None where it can, or does not tell its rows."""
    if not isinstance(options, PlannedExperiment):
        return None
    if not any(True for _ in options.rows()):
        return "nothing to compute: expected a direction, a method and a number of pairs that go together"
    problems = ((place, range_problem(options, entry)) for place, entry in enumerate(options.expected))
    return next((f"expected.{place}.{problem}" for place, problem in problems if problem), None)


def range_problem(options: PlannedExperiment, entry: Expected) -> str | None:
    """Return what is wrong with a range: what it names will have no figure, or nothing lies in it; None if neither."""
    rows = [row for row in options.rows() if row[0] == entry.direction]
    known = {
        "direction": [direction for direction, _, _ in options.rows()],
        "method": [method for _, method, _ in rows],
        "metric": options.metrics,
    }
    for name, values in known.items():
        if getattr(entry, name) not in values:
            given = getattr(entry, name)
            return f"{name}: no figure is of {given!r}; did you mean {nearest(given, values)!r}?"
    shots = [count for _, method, count in rows if method == entry.method]
    if None not in shots and entry.shots not in shots:
        return f"shots: expected one of {', '.join(map(str, dict.fromkeys(shots)))}, got {entry.shots}"
    if not entry.low <= entry.high:
        return f"low: expected at most {entry.high:g}, which is high, got {entry.low:g}"
    return None
