"""Columns of many blocks, put one after another; what is the same in all rows goes on taking no memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from graphs.block import Codes, constant, is_constant

__all__ = ["concatenated", "joined", "renumbered"]

Number = TypeVar("Number", np.int32, np.float32)


def renumbered(column: Codes, places: Codes) -> Codes:
    """Exchange each number of a column for what stands at its place.

    >>> renumbered(np.array([1, 0, 1], np.int32), np.array([7, 8], np.int32)).tolist()
    [8, 7, 8]
    """
    if is_constant(column):
        return constant(int(places[column[0]]), len(column))
    return places.take(column)


def joined(columns: Sequence[Codes], places: Codes) -> Codes:
    """Put columns one after another, and exchange their numbers.

    >>> joined([np.array([1, 0], np.int32), np.array([1], np.int32)], np.array([7, 8], np.int32)).tolist()
    [8, 7, 8]
    """
    same = _one_constant(columns)
    if same is not None:
        return renumbered(same, places)
    found = np.empty(sum(map(len, columns)), np.int32)
    end = 0
    for column in columns:
        start, end = end, end + len(column)
        # none is out of bounds, and to look for one ("raise") would take a copy
        np.take(places, column, out=found[start:end], mode="clip")
    return found


def concatenated(columns: Sequence[npt.NDArray[Any]], kind: type[Number]) -> npt.NDArray[Number]:
    """Put columns one after another.

    >>> concatenated([np.float32([1]), np.float32([0.5])], np.float32).tolist()
    [1.0, 0.5]
    """
    same = _one_constant(columns)
    if same is not None:
        return same
    return np.concatenate(columns, dtype=kind) if columns else np.zeros(0, kind)


def _one_constant(columns: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any] | None:
    """Return what columns are one after another, if none takes memory and all say the same."""
    columns = [column for column in columns if len(column)]
    if not columns or not all(is_constant(column) and column[0] == columns[0][0] for column in columns):
        return None
    return np.broadcast_to(columns[0][0], sum(map(len, columns)))
