"""Sorting rows of small numbers by many columns, and dropping those that repeat.

Where all columns of a row fit into 63 bits they are packed into one integer, which NumPy sorts many times faster than
it sorts by several keys in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from graphs.block import Codes, Weights, constant

__all__ = ["changes", "stable_order", "unique_rows"]

_BITS: Final = 63
_PIECE: Final = 1 << 16
"""Rows that are packed at a time: what stands between the columns and the packed numbers stays in a cache."""


def unique_rows(columns: list[Codes], sizes: Sequence[int], weights: Weights) -> tuple[list[Codes], Weights]:
    """Sort rows by their columns, first column first, and keep one of equal rows, with the greatest weight.

    Args:
        columns: one int32 array a column, all of the same length; every number is at least 0. The list is emptied, so
            that columns that nobody else holds take no memory while rows are sorted.
        sizes: for each column, a number that all of its numbers are below.
        weights: one a row, float32.

    Returns:
        The columns, and the weights, of the rows that are left; what is the same in all rows takes no memory.

    >>> columns, weights = unique_rows(
    ...     [np.array([1, 0, 1], np.int32), np.array([2, 5, 2], np.int32)], [2, 6], np.float32([0.5, 1, 0.75])
    ... )
    >>> [column.tolist() for column in columns], weights.tolist()
    ([[0, 1], [5, 2]], [1.0, 0.75])
    """
    rows = len(weights)
    widths = [max(size - 1, 0).bit_length() for size in sizes]
    if sum(widths) > _BITS:
        return _unique_by_lexsort(columns, weights)
    packed = _pack(columns, widths)
    columns.clear()
    if not rows:
        return _unpack(packed, widths), np.zeros(0, np.float32)
    if weights.min() == weights.max():
        packed.sort()
        starts = changes([packed])
        packed = packed if starts.all() else packed[starts]
        return _unpack(packed, widths), np.broadcast_to(weights[0], len(packed))
    order = np.argsort(packed, kind="stable")
    packed = packed[order]
    first = np.flatnonzero(changes([packed]))
    return _unpack(packed[first], widths), np.maximum.reduceat(weights[order], first)


def _pack(columns: Sequence[Codes], widths: Sequence[int]) -> npt.NDArray[np.uint64]:
    packed = np.zeros(len(columns[0]), np.uint64)
    for piece in _pieces(len(packed)):
        rows = packed[piece]
        for column, width in zip(columns, widths, strict=True):
            if width:
                rows <<= np.uint64(width)
                rows |= column[piece].astype(np.uint64)
    return packed


def _unpack(packed: npt.NDArray[np.uint64], widths: Sequence[int]) -> list[Codes]:
    columns = [np.empty(len(packed), np.int32) if width else constant(0, len(packed)) for width in widths]
    for piece in _pieces(len(packed)):
        rows = packed[piece].copy()
        for column, width in zip(reversed(columns), reversed(widths), strict=True):
            if width:
                column[piece] = rows & np.uint64((1 << width) - 1)
                rows >>= np.uint64(width)
    return columns


def _pieces(rows: int) -> Iterator[slice]:
    return (slice(start, start + _PIECE) for start in range(0, rows, _PIECE))


def _unique_by_lexsort(columns: list[Codes], weights: Weights) -> tuple[list[Codes], Weights]:
    order = np.lexsort(columns[::-1])
    ordered = [column[order] for column in columns]
    columns.clear()
    if not len(order):
        return ordered, np.zeros(0, np.float32)
    first = np.flatnonzero(changes(ordered))
    return [column[first] for column in ordered], np.maximum.reduceat(weights[order], first)


def changes(columns: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.bool_]:
    """Mark the rows (of sorted ``columns``) that differ from the row before; the first row always does.

    >>> changes([np.array([1, 1, 2])]).tolist()
    [True, False, True]
    """
    starts = np.zeros(len(columns[0]), dtype=np.bool_)
    starts[:1] = True
    for column in columns:
        starts[1:] |= column[1:] != column[:-1]
    return starts


def stable_order(numbers: Codes) -> npt.NDArray[np.int32]:
    """Return the rows sorted by their number, equal ones in their order: ``argsort(kind="stable")``, faster.

    >>> stable_order(np.array([2, 1, 2, 0], np.int32)).tolist()
    [3, 1, 0, 2]
    """
    packed = np.empty(len(numbers), np.uint64)
    for piece in _pieces(len(packed)):
        packed[piece] = numbers[piece].astype(np.uint64) << np.uint64(32)
        packed[piece] |= np.arange(piece.start, min(piece.stop, len(packed)), dtype=np.uint64)
    packed.sort()
    return packed.astype(np.uint32).view(np.int32)  # the lower half
