"""Tallies: what became of the statements of each source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from graphs.block import Codes
from graphs.ordering import changes

__all__ = ["Tally", "count_by_source", "first_to_say"]


class Tally(NamedTuple):
    """What became of the statements of one source.

    Attributes:
        read: how many came.
        stored: how many of them say something that no source before it says; sources count in the order in which
            their first blocks came.
    """

    read: int
    stored: int

    @property
    def duplicates(self) -> int:
        """How many say again what this source, or one before it, says already."""
        return self.read - self.stored


def count_by_source(sources: pa.LargeStringArray, *columns: Codes) -> dict[str, int]:
    """Count the rows of every source."""
    if len(sources) == 1:
        return {sources[0].as_py(): sum(map(len, columns))}
    counts = sum(np.bincount(column, minlength=len(sources)) for column in columns)
    return dict(zip(sources.to_pylist(), np.asarray(counts).tolist(), strict=True))


def first_to_say(rows: Mapping[str, Codes], keys: Sequence[str], arrival: Codes) -> Codes:
    """Return, for everything that is said, the source that came first of those that say it."""
    if len(arrival) <= 1 or not len(rows["source"]):
        return rows["source"]
    first = np.flatnonzero(changes([rows[name] for name in keys if name != "source"]))
    source_of_arrival = np.argsort(arrival).astype(np.int32)
    found: Codes = source_of_arrival[np.minimum.reduceat(arrival[rows["source"]], first)]
    return found
