"""ChangedFinder: what found candidates before an index was edited goes on to find them afterwards."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Int64

from kgx.index.allowed import Allowed
from kgx.index.finder import Finder

__all__ = ["ChangedFinder"]


class ChangedFinder:
    """Finds the rows that were there before by their codes, and compares those that came since one by one.

    Args:
        coded: finds rows by the numbers that they had.
        moved: the number now of each of these, -1 where it is gone.
        fresh: numbers of the rows that it does not know.
        vectors: of all rows now; not copied, but for those of the fresh ones.
    """

    def __init__(
        self,
        coded: Finder,
        moved: Int64[np.ndarray, " coded"],
        fresh: Int64[np.ndarray, " fresh"],
        vectors: Float32[np.ndarray, "items dimension"],
    ) -> None:
        self._coded = coded
        self._moved = moved
        self._fresh = fresh
        self._vectors = vectors
        self._fresh_vectors = vectors[fresh]
        left = np.flatnonzero(moved >= 0)
        self._left = None if len(left) == len(moved) else Allowed(0, len(moved), left)

    @classmethod
    def after(
        cls,
        finder: Finder | ChangedFinder,
        moved: Int64[np.ndarray, " rows"],
        vectors: Float32[np.ndarray, "items dimension"],
    ) -> ChangedFinder:
        """Return what finds the rows that there are after a change.

        Args:
            finder: finds those that there were before.
            moved: the number now of each of these and, behind them, of each that comes; -1 where it goes.
            vectors: of all rows now.
        """
        if isinstance(finder, Finder):
            coded, known = finder, moved[: finder.items]
        else:
            coded, known = finder._coded, np.where(finder._moved < 0, -1, moved[finder._moved])
        fresh = np.ones(len(vectors), dtype=np.bool_)
        fresh[known[known >= 0]] = False
        return cls(coded, known, np.flatnonzero(fresh), vectors)

    def search(
        self, queries: Float32[np.ndarray, "queries dimension"], k: int, allowed: Allowed | None = None
    ) -> tuple[Float32[np.ndarray, "queries k"], Int64[np.ndarray, "queries k"]]:
        """Return scores and rows, best first; see :meth:`kgx.index.finder.Finder.search`."""
        fresh, vectors = self._fresh, self._fresh_vectors
        mask = None
        if allowed is not None:
            mask = allowed.mask(len(self._vectors))
            fresh, vectors = fresh[mask[fresh]], vectors[mask[fresh]]
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        rows = np.full((len(queries), k), -1, dtype=np.int64)
        for place, found in enumerate(self._coded.candidates(queries, k, self._wanted(mask))):
            some = self._moved[found[found >= 0]]
            # Each by itself: equal vectors have equal scores, whichever way they were found.
            products = np.vecdot(self._vectors[some], queries[place])
            products = np.concatenate([products, np.vecdot(vectors, queries[place])])
            candidates = np.concatenate([some, fresh])
            best = np.lexsort((candidates, -products))[:k]
            scores[place, : len(best)], rows[place, : len(best)] = products[best], candidates[best]
        return scores, rows

    def _wanted(self, mask: Bool[np.ndarray, " items"] | None) -> Allowed | None:
        """Return which of the coded rows may be candidates, by the numbers that they had; all where left out."""
        if mask is None:
            return self._left
        wanted = (self._moved >= 0) & mask[self._moved]
        return Allowed(0, len(wanted), np.flatnonzero(wanted))
