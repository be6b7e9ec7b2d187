"""Columns of many blocks, put one after another; what is the same in all rows goes on taking no memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from graphs.block import Codes, constant, is_constant

__all__ = ["concatenated", "joined", "spelled_out"]

Number = TypeVar("Number", np.int32, np.float32)


def joined(columns: Sequence[Codes], places: Iterable[Codes]) -> Codes:
    """Put columns one after another, and exchange each of their numbers for what stands at its place.

    >>> joined([np.int32([1, 0]), np.int32([1])], [np.int32([7, 8]), np.int32([7, 9])]).tolist()
    [8, 7, 9]
    """
    pairs = [(column, exchanged) for column, exchanged in zip(columns, places, strict=False) if len(column)]
    rows = sum(map(len, columns))
    if pairs and all(is_constant(column) for column, _ in pairs):
        said = {int(exchanged[column[0]]) for column, exchanged in pairs}
        if len(said) == 1:
            return constant(said.pop(), rows)
    found = np.empty(rows, np.int32)
    end = 0
    for column, exchanged in pairs:
        start, end = end, end + len(column)
        # none is out of bounds, and to look for one ("raise") would take a copy
        np.take(exchanged, column, out=found[start:end], mode="clip")
    return found


def concatenated(columns: Sequence[npt.NDArray[Any]], kind: type[Number]) -> npt.NDArray[Number]:
    """Put columns one after another.

    >>> concatenated([np.float32([1]), np.float32([0.5])], np.float32).tolist()
    [1.0, 0.5]
    """
    filled = [column for column in columns if len(column)]
    if filled and all(is_constant(column) and column[0] == filled[0][0] for column in filled):
        return np.broadcast_to(filled[0][0], sum(map(len, filled)))
    return np.concatenate(filled, dtype=kind) if filled else np.zeros(0, kind)


def spelled_out(column: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return a column as rows in memory; where all are zero, it is memory that is not touched until it is written to.

    >>> spelled_out(constant(3, 2)).tolist(), spelled_out(constant(0, 2)).strides
    ([3, 3], (4,))
    """
    if not is_constant(column):
        return column
    return np.full(len(column), column[0]) if column[0] else np.zeros(len(column), column.dtype)
