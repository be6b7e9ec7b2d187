"""Values of literals, numbered so that rows can be sorted by number instead of by value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.block import Codes
from graphs.encoding import encoded_together
from graphs.ordering import changes
from graphs.string_order import string_order

__all__ = ["numbered_values"]


def numbered_values(
    subject: Codes, predicate: Codes, value: Codes, strings: pa.LargeStringArray, *, jobs: int = 1
) -> tuple[Codes, Codes]:
    """Number the values of literals so that rows of one subject and predicate sort by number as by value.

    Most subjects have one value of a predicate, and what these values are decides nothing. Only the others, where
    equal values must have equal numbers, are compared.

    Args:
        subject: of each row, int32 [rows].
        predicate: of each row, int32 [rows].
        value: place of each row's value among the strings, int32 [rows].
        strings: in any order, and any number of times each.
        jobs: threads to work with.

    Returns:
        Each row's number; and for each number the place of its value among the strings.

    >>> numbers, places = numbered_values(
    ...     np.array([0, 1, 0, 1], np.int32), np.array([0, 0, 0, 2], np.int32), np.array([2, 0, 1, 0], np.int32),
    ...     pa.array(["owl", "hen", "sea eagle"], pa.large_string()),
    ... )
    >>> numbers.tolist(), places.tolist()
    ([1, 2, 0, 3], [1, 2, 0, 0])
    """
    alone = _alone(subject, predicate)
    rows, single = np.flatnonzero(~alone), np.flatnonzero(alone)
    known, (codes,) = encoded_together([strings.take(pa.array(value[rows]))])
    by_value = string_order(known, jobs=jobs)
    ranks = np.empty(len(known), np.int32)
    ranks[by_value] = np.arange(len(known), dtype=np.int32)
    numbers = np.empty(len(value), np.int32)
    numbers[rows] = ranks[codes]
    numbers[single] = np.arange(len(known), len(known) + len(single), dtype=np.int32)
    places = np.empty(len(known) + len(single), np.int32)
    places[numbers] = value  # of equal values, any will do
    return numbers, places


def _alone(subject: Codes, predicate: Codes) -> npt.NDArray[np.bool_]:
    """Mark rows whose subject and predicate no other row has."""
    about = subject.astype(np.int64) << 32 | predicate
    order = np.argsort(about)
    starts = changes([about[order]])
    alone = np.empty(len(order), np.bool_)
    alone[order] = starts & np.append(starts[1:], True)
    return alone
