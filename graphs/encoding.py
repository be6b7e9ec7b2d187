"""Strings of several columns as numbers of one set of strings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from graphs.block import Codes

__all__ = ["encoded_together"]


def encoded_together(columns: Sequence[pa.Array]) -> tuple[pa.Array, list[Codes]]:
    """Return the strings of some columns of one type, each once as they first come, and each column's numbers.

    >>> strings, codes = encoded_together([pa.array(["owl", "hen"]), pa.array([], pa.string()), pa.array(["hen"])])
    >>> strings.to_pylist(), [column.tolist() for column in codes]
    (['owl', 'hen'], [[0, 1], [], [1]])
    """
    encoded = pa.chunked_array(columns).dictionary_encode()
    if not encoded.num_chunks:  # there is no string at all
        return columns[0], [np.zeros(0, np.int32) for _ in columns]
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks])
    ends = np.cumsum([len(column) for column in columns])
    return encoded.chunk(0).dictionary, np.split(codes, ends[:-1])
