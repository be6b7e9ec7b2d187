"""Values of literals, numbered so that rows can be sorted by number instead of by value."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from graphs.block import Codes
from graphs.encoding import encoded_together
from graphs.ordering import changes
from graphs.string_order import string_order

__all__ = ["numbered_values"]


def numbered_values(
    subject: Codes, predicate: Codes, value: Codes, strings: pa.LargeStringArray, *, jobs: int = 1
) -> tuple[pa.LargeStringArray, Codes]:
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
        The strings that the rows have, and each row's place among them.

    >>> strings, value = numbered_values(
    ...     np.array([0, 1, 0, 1], np.int32), np.array([0, 0, 0, 2], np.int32), np.array([2, 0, 1, 0], np.int32),
    ...     pa.array(["owl", "hen", "sea eagle"], pa.large_string()),
    ... )
    >>> strings.to_pylist(), value.tolist()
    (['hen', 'sea eagle', 'owl', 'owl'], [1, 2, 0, 3])
    """
    about = subject.astype(np.int64) << 32 | predicate
    order = np.argsort(about)
    starts = changes([about[order]])
    alone = np.empty(len(order), np.bool_)
    alone[order] = starts & np.append(starts[1:], True)
    rows, single = np.flatnonzero(~alone), np.flatnonzero(alone)
    known, (codes,) = encoded_together([strings.take(pa.array(value[rows]))])
    by_value = string_order(known, jobs=jobs)
    ranks = np.empty(len(known), np.int32)
    ranks[by_value] = np.arange(len(known), dtype=np.int32)
    numbers = np.empty(len(value), np.int32)
    numbers[rows] = ranks[codes]
    numbers[single] = np.arange(len(known), len(known) + len(single), dtype=np.int32)
    return pa.concat_arrays([known.take(pa.array(by_value)), strings.take(pa.array(value[single]))]), numbers
