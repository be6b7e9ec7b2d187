"""A query and an item beside each other, and what is left of their score without a part of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float32

from graphs.neighbours import unit_rows
from kgx.explain.side import Side
from kgx.transfer.tokens import TokenPath

__all__ = ["Comparison", "Gone"]

Vector = Float32[np.ndarray, " dimension"]

Gone = Mapping[TokenPath, int | None]
"""Tokens of one side that are gone: the end of each that is, or None where all of it is."""

_NOTHING: Gone = {}


@dataclass(frozen=True)
class Comparison:
    """A query and an item.

    Attributes:
        asked: the query, or the parts of a mixed one; their vectors times their weights add up to the query's.
        found: the item; None where it cannot be taken apart.
        query: the refined vector that was searched with.
        item: the refined vector that was found.
        score: their product.
    """

    asked: Sequence[Side]
    found: Side | None
    query: Vector
    item: Vector
    score: float

    @staticmethod
    def weighted(sides: Sequence[Side], queries: Sequence[tuple[object, float]]) -> list[Side]:
        """Give the parts of a query their weights: such that the sum of all is of length 1.

        Args:
            sides: the parts.
            queries: the parts' weights, behind what they are of.
        """
        total = sum(weight * side.vector for side, (_, weight) in zip(sides, queries, strict=True))
        length = float(np.linalg.norm(total))
        return [
            replace(side, weight=weight / length if length else 0.0)
            for side, (_, weight) in zip(sides, queries, strict=True)
        ]

    def spaces(self, slices: Mapping[str, slice]) -> dict[str, float]:
        """Return what the comparison in each space adds to the score."""
        return {space: float(self.query[part] @ self.item[part]) for space, part in slices.items()}

    def without(self, side: int, gone: Gone, gone_of_item: Gone = _NOTHING) -> float:
        """Return the score when parts of the sides are gone and everything else is worked out anew.

        Args:
            side: the side of the query that they are gone from.
            gone: what is gone from it.
            gone_of_item: what is gone from the item.
        """
        query = self._query
        if gone:
            parts = [
                one.weight * (one.without(gone) if number == side else one.vector)
                for number, one in enumerate(self.asked)
            ]
            query = unit_rows(np.sum(parts, axis=0)[None])[0]
        if self.found is None:
            return self.score + float((query - self._query) @ self.item)
        item = self.found.without(gone_of_item) if gone_of_item else self._item
        return self.score + float(query @ item - self._query @ self._item)

    @cached_property
    def _query(self) -> Vector:
        total: Vector = np.sum([side.weight * side.vector for side in self.asked], axis=0)
        return total

    @cached_property
    def _item(self) -> Vector:
        return self.item if self.found is None else self.found.vector

    @cached_property
    def query_gains(self) -> list[list[np.ndarray]]:
        """Of each side of the query and each of its tokens, what each end adds to the score."""
        return [_gains(side, self.item) for side in self.asked]

    @cached_property
    def item_gains(self) -> list[np.ndarray]:
        """Of each of the item's tokens, what each end adds to the score."""
        return [] if self.found is None else _gains(self.found, self.query)


def _gains(side: Side, other: Vector) -> list[np.ndarray]:
    return [
        side.weight * token.strengths() * (token.moved @ other[side.slices[token.path.space]])
        for token in side.tokens
    ]
