"""Rows that a search may return: what is left of an index when filters have been applied, before anything is ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Int64, Integer

if TYPE_CHECKING:
    import faiss

__all__ = ["Allowed", "Among"]

Among = Bool[np.ndarray, " items"] | Integer[np.ndarray, " rows"] | Sequence[int]
"""Rows of an index: a mask over all of them, or their numbers in any order."""


@dataclass(frozen=True, slots=True, eq=False)
class Allowed:
    """A range of rows, or some of a range.

    Attributes:
        start, stop: the range.
        rows: those of the range, ascending; all of it where left out.

    >>> Allowed.of(6, (2, 6), np.array([5, 0, 2, 5])).rows.tolist()
    [2, 5]
    >>> Allowed.of(6, (2, 6), None).count
    4
    """

    start: int
    stop: int
    rows: Int64[np.ndarray, " rows"] | None = None

    @classmethod
    def of(cls, items: int, bounds: tuple[int, int], among: Among | None) -> Allowed:
        """Return the rows within bounds that are among the given ones.

        Args:
            items: number of rows of the index.
            bounds: first row, and one past the last.
            among: a mask over all rows or numbers of rows; all where left out.

        Raises:
            ValueError: a mask of another length, a row that there is not, or something else.
        """
        start, stop = bounds
        if among is None:
            return cls(start, stop)
        given = np.asarray(among)
        if given.dtype == bool:
            if given.shape != (items,):
                raise ValueError(f"expected a mask of shape ({items},) over the items, got {given.shape}")
            return cls(start, stop, np.flatnonzero(given[start:stop]) + start)
        if given.ndim != 1 or (given.size and not np.issubdtype(given.dtype, np.integer)):
            raise ValueError(f"expected a mask or numbers of rows, got {given.dtype} of shape {given.shape}")
        rows = np.unique(given.astype(np.int64))
        if rows.size and (rows[0] < 0 or rows[-1] >= items):
            raise ValueError(f"expected rows from 0 to {items - 1}, got {rows[0]} to {rows[-1]}")
        return cls(start, stop, rows[(rows >= start) & (rows < stop)])

    @property
    def count(self) -> int:
        """Number of rows."""
        return self.stop - self.start if self.rows is None else len(self.rows)

    def mask(self, items: int) -> Bool[np.ndarray, " items"]:
        """Return it as a mask over all rows."""
        bits = np.zeros(items, dtype=bool)
        bits[slice(self.start, self.stop) if self.rows is None else self.rows] = True
        return bits

    def listing(self) -> faiss.IDSelector:
        """Return it for a scan: FAISS visits these rows alone."""
        import faiss

        if self.rows is None:
            return faiss.IDSelectorRange(self.start, self.stop)
        return faiss.IDSelectorArray(self.rows)

    def membership(self) -> faiss.IDSelector:
        """Return it for an index that asks of one row after another whether it is allowed."""
        import faiss

        if self.rows is None:
            return faiss.IDSelectorRange(self.start, self.stop)
        # FAISS takes an array where its type stubs have a number and a pointer.
        bits = np.packbits(self.mask(self.stop), bitorder="little")
        return faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
