"""What every experiment's configuration has, of whatever kind."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

__all__ = ["Expected", "ExperimentBase", "Strict"]


class Strict(BaseModel):
    """Options that refuse what they do not know, and do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(Strict):
    """Range in which a figure has to fall for the run to count as repeated."""

    direction: str
    method: str
    shots: NonNegativeInt
    metric: str
    low: float
    high: float


class ExperimentBase(Strict):
    """One experiment; each kind has its own options besides.

    Attributes:
        kind: name of the kind, one of :data:`experiments.kinds.KINDS`.
        title, purpose, source_of_idea: what it is, what it shows, where it comes from.
        seeds: of all that is random.
        threads: of encoders and training.
        expected: ranges that the results are checked against.
    """

    kind: str
    title: str
    purpose: str
    source_of_idea: str
    seeds: tuple[NonNegativeInt, ...] = Field(default=(0, 1, 2, 3, 4), min_length=1)
    threads: int = Field(default=2, ge=1)
    expected: tuple[Expected, ...] = ()

    def files(self) -> tuple[Path, ...]:
        """Return the files that the configuration names: what is in them is part of the experiment."""
        return ()
