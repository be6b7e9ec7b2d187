"""Clustered vectors, as many as wanted, that are as hard to search as vectors of sentences."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

__all__ = ["clustered"]

_DIMENSION = 384
_IN_CLUSTER = 50  # vectors of a cluster, in the mean
_DECAY = 0.35  # of the scale of directions, by their rank
_SPREAD = 0.8  # of a vector about the middle of its cluster, as a share of that of the middles
_SKEW = 0.7  # of the clusters' sizes, by their rank
_BLOCK = 65_536


def clustered(
    count: int, seed: int, *, dimension: int = _DIMENSION
) -> Float32[np.ndarray, "count dimension"]:
    """Draw vectors of length 1 in clusters of unequal sizes.

    Middles of clusters and vectors about them are normal, with the same few strong directions and many weak ones.

    Args:
        count: number of vectors.
        seed: of the draw.
        dimension: number of components.

    >>> vectors = clustered(1000, 0, dimension=8)
    >>> vectors.shape, bool(np.allclose(np.linalg.norm(vectors, axis=1), 1))
    ((1000, 8), True)
    """
    drawn = np.random.default_rng(seed)
    scales = ((1 + np.arange(dimension)) ** -_DECAY).astype(np.float32)
    clusters = max(1, count // _IN_CLUSTER)
    middles = drawn.standard_normal((clusters, dimension), dtype=np.float32) * scales
    weights = drawn.permutation((1 + np.arange(clusters)) ** -_SKEW)
    members = drawn.choice(clusters, count, p=weights / weights.sum())
    vectors = np.empty((count, dimension), dtype=np.float32)
    for start in range(0, count, _BLOCK):
        rows = slice(start, min(count, start + _BLOCK))
        block = vectors[rows]
        drawn.standard_normal(out=block, dtype=np.float32)
        block *= _SPREAD * scales
        block += middles[members[rows]]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    turned, _ = np.linalg.qr(drawn.standard_normal((dimension, dimension)))
    for start in range(0, count, _BLOCK):  # so that no component stands for a direction
        vectors[start : start + _BLOCK] = vectors[start : start + _BLOCK] @ turned.astype(np.float32)
    return vectors
