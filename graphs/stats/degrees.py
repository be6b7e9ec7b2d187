"""Degrees: how many triples start at each entity, and lead to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graphs.store import Store

__all__ = ["Degrees", "Distribution", "Hub", "degrees", "hubs"]

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of whole numbers.

    Attributes:
        min, median, mean, max: as usual; of nothing, all are 0.
        p90, p99: 90 and 99 of 100 are at most this.
        values: the different numbers, sorted.
        counts: how often each of them occurs.
    """

    min: int
    median: float
    mean: float
    max: int
    p90: float
    p99: float
    values: tuple[int, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, numbers: Counts) -> Distribution:
        """Describe some numbers, none of which is negative.

        >>> found = Distribution.of(np.array([1, 1, 4]))
        >>> found.median, found.mean, found.max, found.values, found.counts
        (1.0, 2.0, 4, (1, 4), (2, 1))
        """
        if not len(numbers):
            return cls(0, 0.0, 0.0, 0, 0.0, 0.0, (), ())
        values, counts = np.unique(numbers, return_counts=True)
        median, p90, p99 = np.percentile(numbers, [50, 90, 99]).tolist()
        return cls(
            int(values[0]),
            median,
            float(numbers.mean()),
            int(values[-1]),
            p90,
            p99,
            tuple(values.tolist()),
            tuple(counts.tolist()),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the distribution as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Degrees:
    """How many triples start at an entity, lead to it, and both; a triple from an entity to itself counts twice."""

    outgoing: Distribution
    incoming: Distribution
    total: Distribution

    def to_dict(self) -> dict[str, Any]:
        """Return the distributions as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Hub:
    """An entity that many triples start at or lead to."""

    iri: str
    label: str
    outgoing: int
    incoming: int

    @property
    def degree(self) -> int:
        """How many ends of triples it is."""
        return self.outgoing + self.incoming

    def to_dict(self) -> dict[str, Any]:
        """Return the hub as plain values."""
        return {**asdict(self), "degree": self.degree}


def degrees(store: Store) -> Degrees:
    """Return the distribution of degrees over all entities.

    >>> degrees(Store.from_triples([("ex:owl", "ex:eats", "ex:mouse"), ("ex:owl", "ex:eats", "ex:vole")])).total.max
    2
    """
    outgoing, incoming = _counts(store)
    return Degrees(Distribution.of(outgoing), Distribution.of(incoming), Distribution.of(outgoing + incoming))


def hubs(store: Store, top: int, language: str = "en") -> tuple[Hub, ...]:
    """Return the entities of the highest degree, highest first, those of equal degree by name.

    >>> graph = Store.from_triples([("ex:owl", "ex:isA", "ex:bird"), ("ex:hen", "ex:isA", "ex:bird")])
    >>> [hub.iri for hub in hubs(graph, 1)]
    ['ex:bird']
    """
    outgoing, incoming = _counts(store)
    total = outgoing + incoming
    if top < len(total):  # sorting the few above the threshold is many times faster than sorting all
        threshold = np.partition(total, len(total) - top)[len(total) - top] if top else np.iinfo(np.int64).max
        rows = np.flatnonzero(total >= threshold)
    else:
        rows = np.flatnonzero(total)
    rows = rows[np.argsort(-total[rows], kind="stable")][:top]
    return tuple(
        Hub(store.entity_iri(row), store.label(row, language), int(outgoing[row]), int(incoming[row]))
        for row in rows.tolist()
        if total[row]
    )


def _counts(store: Store) -> tuple[Counts, Counts]:
    """Return, for every entity, how many triples start there, and how many lead there."""
    firsts = (store.columns.entities.column(name).to_numpy() for name in ("outgoing", "incoming"))
    outgoing, incoming = (np.diff(first, append=store.num_triples).astype(np.int64) for first in firsts)
    return outgoing, incoming
