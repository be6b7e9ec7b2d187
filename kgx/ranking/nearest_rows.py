"""The nearest of some rows of a matrix, exactly, equal ones in the order of their rows so that pages fit together."""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float32, Int64

__all__ = ["best_rows", "nearest_rows", "products"]

_BLOCK: Final = 8_192  # vectors that are compared at a time


def nearest_rows(
    vectors: Float32[np.ndarray, "n dimension"],
    query: Float32[np.ndarray, " dimension"],
    rows: Int64[np.ndarray, " m"],
    count: int,
    penalty: Float32[np.ndarray, " n"] | None = None,
) -> tuple[Int64[np.ndarray, " k"], Float32[np.ndarray, " k"]]:
    """Return those of some rows that are most similar to a query, best first, and their scores; exact.

    Args:
        vectors: of length 1.
        query: of length 1.
        rows: numbers of the vectors that count, rising.
        count: rows wanted, at most.
        penalty: what is taken off every vector's cosine.

    >>> vectors = np.eye(3, dtype=np.float32)
    >>> rows, cosines = nearest_rows(vectors, np.array([0.8, 0.6, 0.0], np.float32), np.array([1, 2]), 1)
    >>> rows.tolist(), cosines.round(1).tolist() == np.float32([0.6]).tolist()
    ([1], True)
    """
    scores = products(vectors, query, rows)
    if penalty is not None:
        scores -= penalty[rows]
    return best_rows(scores, rows, count)


def products(
    vectors: Float32[np.ndarray, "n dimension"],
    query: Float32[np.ndarray, " dimension"],
    rows: Int64[np.ndarray, " m"],
) -> Float32[np.ndarray, " m"]:
    """Return the product of some vectors, whose numbers rise, with a query."""
    found = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        whole = block[-1] - block[0] + 1 == len(block)  # neighbours: no need to copy them
        some = vectors[block[0] : block[-1] + 1] if whole else vectors[block]
        found[start : start + _BLOCK] = np.vecdot(some, query)  # each by itself: equal vectors score alike
    return found


def best_rows(
    scores: Float32[np.ndarray, " m"], rows: Int64[np.ndarray, " m"], count: int
) -> tuple[Int64[np.ndarray, " k"], Float32[np.ndarray, " k"]]:
    """Return the rows of the highest scores, best first, equal ones in their order, and these scores."""
    places = np.arange(len(rows))
    if count < len(
        rows
    ):  # all that are as good as the last, so that equal ones come in the order of their rows
        places = np.flatnonzero(scores >= np.partition(scores, -count)[-count])
    best = places[np.argsort(-scores[places], kind="stable")[:count]]
    return rows[best], scores[best]
