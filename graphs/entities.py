"""The entities of a graph: numbers for IRIs and IRIs for numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.errors import UnknownTermError

__all__ = ["Entities"]

_BISECTION_COST = 256
"""Looking up one IRI by bisection takes about as long as hashing this many."""


class Entities:
    """A sorted column of IRIs; an entity's number is its place.

    >>> entities = Entities(pa.array(["ex:hen", "ex:owl"], pa.large_string()))
    >>> entities.number("ex:owl"), entities.iri(0), entities.numbers(["ex:owl", "ex:cow"])
    (1, 'ex:hen', array([ 1, -1]))
    """

    def __init__(self, iris: pa.LargeStringArray) -> None:
        self._iris = iris

    def __len__(self) -> int:
        return len(self._iris)

    def find(self, iri: str) -> int | None:
        """Return the number of an IRI by bisection, or None."""
        place = bisect_left(range(len(self._iris)), iri, key=lambda row: self._iris[row].as_py())
        return place if place < len(self._iris) and self._iris[place].as_py() == iri else None

    def number(self, iri: str) -> int:
        """Return the number of an IRI, or raise UnknownTermError."""
        place = self.find(iri)
        if place is None:
            raise UnknownTermError(f"the graph has no entity {iri!r}")
        return place

    def numbers(self, iris: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the numbers of IRIs, int64 [len(iris)], -1 where there is none."""
        if len(iris) * _BISECTION_COST < len(self._iris):
            places = (self.find(iri) for iri in iris)
            return np.array([-1 if place is None else place for place in places], dtype=np.int64)
        import pyarrow.compute as pc  # takes its time to load, and a single look-up does without

        found = pc.index_in(pa.array(iris, pa.large_string()), value_set=self._iris)
        return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)

    def checked(self, entity: int) -> int:
        """Return the number unchanged, or raise UnknownTermError where it is out of range."""
        if not 0 <= entity < len(self._iris):
            raise UnknownTermError(f"expected an entity number from 0 to {len(self._iris) - 1}, got {entity}")
        return int(entity)

    def all_checked(self, entities: Sequence[int] | npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Return the numbers as an array, or raise UnknownTermError at the first that is out of range."""
        numbers = np.asarray(entities, dtype=np.int64)
        for wrong in numbers[(numbers < 0) | (numbers >= len(self._iris))][:1]:
            self.checked(int(wrong))
        return numbers

    def iri(self, entity: int) -> str:
        """Return the IRI of a number, or raise UnknownTermError."""
        return str(self._iris[self.checked(entity)].as_py())

    def iris(self, entities: Sequence[int] | npt.NDArray[Any]) -> list[str]:
        """Return the IRIs of numbers, or raise UnknownTermError at the first that is out of range."""
        found: list[str] = self._iris.take(pa.array(self.all_checked(entities))).to_pylist()
        return found
