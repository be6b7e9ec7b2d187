"""The bytes of many strings at a time, as numbers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["content", "count_within", "eight_bytes"]

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_PIECE: Final = 1 << 16
"""Strings that are looked at at a time: what stands between their bytes and the numbers stays in a cache."""


def content(strings: pa.LargeStringArray | pa.LargeBinaryArray) -> tuple[Bytes, Places]:
    """Return the bytes of all strings one after another, and where each begins (and the last ends).

    >>> data, bounds = content(pa.array(["an", "owl"], pa.large_string()))
    >>> data.tobytes(), bounds.tolist()
    (b'anowl', [0, 2, 5])
    """
    _, offsets, data = strings.buffers()
    if not len(strings) or data is None or not data.size:
        return np.zeros(0, np.uint8), np.zeros(len(strings) + 1, np.int64)
    bounds = np.frombuffer(offsets, np.int64)[strings.offset : strings.offset + len(strings) + 1]
    return np.frombuffer(data, np.uint8), bounds


def eight_bytes(data: Bytes, starts: Places, counts: Places) -> npt.NDArray[np.uint64]:
    """Return up to eight bytes from each start as one number, the first byte in the highest place, zeros for the rest.

    Numbers stand in the order in which the strings of these bytes do.

    Args:
        data: the bytes.
        starts: where to begin.
        counts: how many bytes count, 0 to 8; all lie within ``data``.

    >>> found = eight_bytes(np.frombuffer(b"an owl", np.uint8), np.array([3, 0]), np.array([2, 0]))
    >>> [int(number).to_bytes(8, "big") for number in found]
    [b'ow\\x00\\x00\\x00\\x00\\x00\\x00', b'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00']
    """
    if len(data) < 8:
        data = np.append(data, np.zeros(8, np.uint8))
    windows = np.ndarray(len(data) - 7, np.dtype(">u8"), data, strides=(1,))  # one from every byte on
    found = np.empty(len(starts), np.uint64)
    for first in range(0, len(starts), _PIECE):
        piece = slice(first, first + _PIECE)
        found[piece] = _of_windows(windows, starts[piece], counts[piece])
    return found


def _of_windows(windows: npt.NDArray[Any], starts: Places, counts: Places) -> npt.NDArray[np.uint64]:
    within = np.minimum(starts, len(windows) - 1)
    found = windows[within].astype(np.uint64)
    none = counts == 0  # a shift by 64 bits is not defined
    found <<= np.where(none, 0, 8 * (starts - within)).astype(np.uint64)
    unused = np.where(none, 0, 8 * (8 - counts)).astype(np.uint64)
    found = found >> unused << unused
    found[none] = 0
    return found


def count_within(places: Places, bounds: Places) -> Places:
    """Count how many of some sorted places lie within each string.

    >>> count_within(np.array([1, 2, 4]), np.array([0, 3, 5])).tolist()
    [2, 1]
    """
    return np.diff(np.searchsorted(places, bounds))
