"""GrowingPool: numbers for strings that come in many batches, and at the end their sorted order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from graphs.block import Codes
from graphs.encoding import encoded_together

__all__ = ["GrowingPool"]


def _strings(*strings: str) -> pa.LargeStringArray:
    return pa.array(strings, pa.large_string())


_NONE: Final = _strings()


class GrowingPool:
    """Strings, each once, numbered in the order in which they first come; a number once given stays.

    >>> pool = GrowingPool()
    >>> [numbers.tolist() for numbers in pool.numbers([_strings("owl", "hen"), _strings("hen", "cow")])]
    [[0, 1], [1, 2]]
    >>> strings, places = pool.in_order([np.array([0, 2], np.int32)])
    >>> strings.to_pylist(), places.tolist()
    (['cow', 'owl'], [1, -1, 0])
    """

    def __init__(self) -> None:
        self._strings: pa.LargeStringArray = _NONE

    def __len__(self) -> int:
        return len(self._strings)

    def numbers(self, pools: Sequence[pa.LargeStringArray]) -> list[Codes]:
        """Take in strings, and return for each pool the numbers of its strings."""
        self._strings, (_, *numbers) = encoded_together([self._strings, *pools])
        return numbers

    def in_order(self, columns: Sequence[Codes]) -> tuple[pa.LargeStringArray, Codes]:
        """Hand over the strings that some columns point to, sorted; and for every number its place there, or -1."""
        import pyarrow.compute as pc  # takes its time to load, and a graph that is opened does without

        used = np.zeros(len(self._strings), np.bool_)
        for column in columns:
            used[column] = True
        numbers = np.flatnonzero(used)
        strings = self._strings.take(pa.array(numbers))
        self._strings = _NONE
        order = pc.sort_indices(strings)
        ranks = np.full(len(used), -1, np.int32)
        ranks[numbers[order.to_numpy()]] = np.arange(len(numbers), dtype=np.int32)
        return strings.take(order), ranks
