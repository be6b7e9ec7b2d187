"""Sorting many strings by their bytes, faster than by comparing one with another.

Names in graphs begin alike and differ in a few bytes. What all have in common is skipped, the eight bytes after it are
sorted as numbers, and only strings that these do not tell apart are looked at again, in heaps small enough for caches.
"""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.ordering import changes
from graphs.parallel import spread
from graphs.string_bytes import content, eight_bytes

__all__ = ["string_order"]

Places = npt.NDArray[np.int64]

_FEW: Final = 1 << 15
"""As many strings as are sorted by comparing them."""
_MOST_DIVISIONS: Final = 16
"""How often a heap is divided: each time its strings are copied, which strings that differ late would not be worth."""


class _Heap(NamedTuple):
    """Places of some strings, all of which come before those of the next heap; and whether they are sorted."""

    places: Places
    sorted: bool


def string_order(strings: pa.LargeStringArray, *, jobs: int = 1, few: int = _FEW) -> Places:
    """Return the places of strings in the order of their bytes; equal ones in any order.

    Args:
        strings: none of them null.
        jobs: threads to work with.
        few: as many strings as are sorted by comparing them.

    >>> string_order(pa.array(["ex:owl", "ex:hen", "ex:cow"], pa.large_string()), few=1).tolist()
    [2, 1, 0]
    """
    heaps = _divided(strings, few) if len(strings) > few else [_Heap(np.arange(len(strings)), False)]
    return np.concatenate(spread(partial(_sorted, strings, few=few), heaps, jobs))


def _sorted(strings: pa.LargeStringArray, heap: _Heap, few: int) -> Places:
    """Return the places of a heap in order, dividing it while it is large and can be divided, though not for ever."""
    import pyarrow.compute as pc  # takes its time to load, and a graph that is opened does without

    done: list[Places] = []
    waiting = [(heap, 0)]
    while waiting:
        (places, is_sorted), divisions = waiting.pop()
        if is_sorted:
            done.append(places)
            continue
        held = strings.take(pa.array(places))
        parts = _divided(held, few) if len(places) > few and divisions < _MOST_DIVISIONS else []
        if len(parts) > 1:
            waiting += [(_Heap(places[part.places], part.sorted), divisions + 1) for part in reversed(parts)]
        else:
            done.append(places[pc.sort_indices(held).to_numpy()])
    return np.concatenate(done)


def _divided(strings: pa.LargeStringArray, few: int) -> list[_Heap]:
    """Divide strings by the eight bytes after what they all begin with: heaps of about ``few``, or of equal bytes."""
    data, bounds = content(strings)
    starts = bounds[:-1] + _common_beginning(strings)
    keys = eight_bytes(data, starts, np.minimum(bounds[1:] - starts, 8))
    order = np.argsort(keys)
    keys = keys[order]
    differs = changes([keys])
    groups = np.append(np.flatnonzero(differs), len(keys))
    large = np.flatnonzero(np.diff(groups) > few)
    even = groups[np.searchsorted(groups, np.arange(0, len(keys), few))]
    cuts = np.unique(np.concatenate([even, groups[large], groups[large + 1], groups[-1:]]))
    return [
        _Heap(order[low:high], bool(differs[low:high].all()))
        for low, high in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
    ]


def _common_beginning(strings: pa.LargeStringArray) -> int:
    """Count the bytes that all strings begin with: those that the first and the last of them, once sorted, share."""
    import pyarrow.compute as pc

    low, high = (end.as_buffer() for end in pc.min_max(strings).values())
    shorter = min(low.size, high.size)
    differing = np.frombuffer(low, np.uint8)[:shorter] != np.frombuffer(high, np.uint8)[:shorter]
    return int(np.argmax(differing)) if differing.any() else shorter
