"""GrowingPool: numbers for strings that come in many batches, and at the end their sorted order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.block import Codes, is_constant
from graphs.encoding import encoded_together
from graphs.parallel import spread
from graphs.string_bytes import content, eight_bytes
from graphs.string_order import string_order

__all__ = ["GrowingPool"]


def _strings(*strings: str) -> pa.LargeStringArray:
    return pa.array(strings, pa.large_string())


_PART: Final = 1 << 14
"""Strings of the first batch that make it worth while to keep them in one more part."""
_MOST_PARTS: Final = 128
_ODD: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
"""What numbers are multiplied with so that their upper bits depend on all of them; any odd ones do."""


class _Part(NamedTuple):
    """Some of the strings, told by their last bytes, and the number of each, but for those that came last."""

    strings: pa.LargeStringArray
    numbers: Codes


_EMPTY: Final = _Part(_strings(), np.zeros(0, np.int32))


class _Dealt(NamedTuple):
    """Strings sorted by their part: where each came from, and where the strings of each part begin (and end)."""

    strings: pa.LargeStringArray
    order: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]

    def of(self, part: int) -> pa.LargeStringArray:
        return self.strings[self.bounds[part] : self.bounds[part + 1]]


class GrowingPool:
    """Strings, each once; a number once given stays.

    A table of millions of strings is in no cache, and each string that is looked up there waits for memory several
    times. So many strings are dealt out by their last bytes, and each part is looked through by itself.

    Args:
        jobs: threads to work with.
        most_parts: into how many the strings may be dealt out, 1 to 128; where it is one, numbers follow the order in
            which the strings first came.

    >>> pool = GrowingPool()
    >>> [numbers.tolist() for numbers in pool.numbers([_strings("owl", "hen"), _strings("hen", "cow")])]
    [[0, 1], [1, 2]]
    >>> strings, places = pool.in_order([np.array([0, 2], np.int32)])
    >>> strings.to_pylist(), places.tolist()
    (['cow', 'owl'], [1, -1, 0])
    """

    def __init__(self, jobs: int = 1, *, most_parts: int = _MOST_PARTS) -> None:
        self._jobs = jobs
        self._most_parts = most_parts
        self._parts: list[_Part] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def numbers(self, pools: list[pa.LargeStringArray]) -> list[Codes]:
        """Take in strings, and return for each pool the numbers of its strings.

        The list is empty afterwards, so that strings are let go of as soon as they are copied.
        """
        if not self._parts:
            parts = min(1 << (sum(map(len, pools)) // _PART).bit_length(), self._most_parts)
            self._parts = [_EMPTY] * parts
        if not pools:
            return []
        dealt = spread(partial(_dealt, parts=len(self._parts)), _drained(pools), self._jobs)

        def encoded(place: int) -> list[Codes]:
            part = self._parts[place]
            strings, (_, *codes) = encoded_together([part.strings, *(strings.of(place) for strings in dealt)])
            self._parts[place] = part._replace(strings=strings)
            return codes

        grown = spread(encoded, range(len(self._parts)), self._jobs)
        self._parts = list(map(self._with_numbers, self._parts))
        orders = [strings.order for strings in dealt]
        dealt.clear()

        def numbered(place: int) -> Codes:
            order = orders[place]
            found = np.empty(len(order), np.int32)
            found[order] = np.concatenate(
                [part.numbers.take(codes[place]) for part, codes in zip(self._parts, grown, strict=True)]
            )
            return found

        return spread(numbered, range(len(orders)), self._jobs)

    def _with_numbers(self, part: _Part) -> _Part:
        """Give the strings of a part that have no number yet the next ones."""
        first, self._size = self._size, self._size + len(part.strings) - len(part.numbers)
        return part._replace(numbers=np.append(part.numbers, np.arange(first, self._size, dtype=np.int32)))

    def in_order(self, columns: Sequence[Codes]) -> tuple[pa.LargeStringArray, Codes]:
        """Hand over the strings that some columns point to, sorted; and for every number its place there, or -1."""
        used = np.zeros(self._size, np.bool_)
        for column in columns:
            used[column[:1] if is_constant(column) else column] = True
        parts, self._parts = self._parts or [_EMPTY], []
        strings = pa.concat_arrays([part.strings for part in parts])
        numbers = np.concatenate([part.numbers for part in parts])
        del parts  # the strings are held once from here on
        if not used.all():
            kept = np.flatnonzero(used[numbers])
            strings, numbers = strings.take(pa.array(kept)), numbers[kept]
        order = string_order(strings, jobs=self._jobs)
        ranks = np.full(len(used), -1, np.int32)
        ranks[numbers[order]] = np.arange(len(order), dtype=np.int32)
        return strings.take(pa.array(order)), ranks


def _drained(pools: list[pa.LargeStringArray]) -> Iterator[pa.LargeStringArray]:
    pools.reverse()
    while pools:
        yield pools.pop()


def _dealt(strings: pa.LargeStringArray, parts: int) -> _Dealt:
    """Sort strings by their part, which their last sixteen bytes tell."""
    if parts == 1:
        return _Dealt(strings, np.arange(len(strings)), np.array([0, len(strings)]))
    data, bounds = content(strings)
    low, high = bounds[:-1], bounds[1:]
    middle = np.maximum(high - 8, low)
    last = eight_bytes(data, middle, high - middle)
    start = np.maximum(middle - 8, low)
    mixed = (last * _ODD[0] ^ eight_bytes(data, start, middle - start)) * _ODD[1]
    part = (mixed >> np.uint64(64 - parts.bit_length() + 1)).astype(np.uint8)
    order = np.argsort(part, kind="stable")
    counts = np.bincount(part, minlength=parts)
    return _Dealt(strings.take(pa.array(order)), order, np.append(0, np.cumsum(counts)))
