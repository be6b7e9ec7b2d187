r"""Propagation over similarity: no parameter is learned, only who resembles whom is used.

.. math:: h_v \leftarrow \sum_u \alpha(u, v)\, h_u, \qquad
          \alpha(\cdot, v) = \operatorname{softmax}_u \bigl(\cos(x_u, x_v) / T\bigr)

over the *k* nodes *u* nearest to *v* among those whose *h* is known. This is the label propagation of Zhu and
Ghahramani, *Learning from labeled and unlabeled data with label propagation*, CMU-CALD-02-107, 2002, with vectors in
place of labels and the graph cut down to nearest neighbours: what is known (the anchors) is clamped, and every further
step also passes on what the step before has found.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float

from graphs.errors import GraphError
from graphs.neighbours import nearest_neighbours, unit_rows

__all__ = ["propagate_similarity"]


def propagate_similarity(
    features: Float[np.ndarray, "n d"],
    anchors: Float[np.ndarray, "m d"],
    anchor_vectors: Float[np.ndarray, "m h"],
    *,
    neighbours: int = 10,
    temperature: float = 0.05,
    steps: int = 1,
    block: int = 512,
) -> Float[np.ndarray, "n h"]:
    """Return a vector for every node: the mean of what is known about the nodes most like it.

    The first step looks at the anchors alone. Every further step looks at the anchors and at all other nodes, with the
    vectors that the step before has given them; the anchors' own never change.

    Args:
        features: what nodes are compared by. Centre features and anchors by one mean beforehand where all cosines
            are high.
        anchors: the same features of the nodes about which something is known.
        anchor_vectors: what is known about them.
        neighbours: nodes that a node listens to, at most.
        temperature: of the softmax over cosines, above 0; near 0 only the nearest counts.
        steps: how often to propagate.
        block: nodes compared at once, which bounds memory at ``block`` times the number of nodes.

    Returns:
        float32. A node without features (a row of zeros) gets a row of zeros and is nobody's neighbour, nor is an
        anchor whose features or whose vector are zeros.

    Raises:
        GraphError: matrices whose shapes do not fit, or values that are not finite.
        ValueError: neighbours, steps, block or temperature not positive.

    >>> anchors, known = np.eye(2), np.array([[10.0], [20.0]])
    >>> propagate_similarity(np.array([[3.0, 0.0], [1.0, 1.0], [0.0, 0.0]]), anchors, known).round(4).tolist()
    [[10.0], [15.0], [0.0]]
    """
    if min(neighbours, steps, block) < 1 or not temperature > 0:
        raise ValueError(
            "expected positive neighbours, steps, block and temperature, "
            f"got {neighbours}, {steps}, {block} and {temperature}"
        )
    _check(features, anchors, anchor_vectors)
    nodes = unit_rows(np.asarray(features, np.float32))
    clamped = np.asarray(anchor_vectors, np.float32)
    known = clamped.any(axis=1)
    clamped, sources = clamped[known], unit_rows(np.asarray(anchors, np.float32)[known])

    def nearest(among: np.ndarray, own: np.ndarray | None = None) -> sp.csr_matrix:
        return nearest_neighbours(
            nodes,
            among,
            count=neighbours,
            temperature=temperature,
            query_groups=np.arange(len(nodes)),
            anchor_groups=own,
            block=block,
        )

    vectors: np.ndarray = nearest(sources) @ clamped
    if steps > 1:
        own = np.concatenate([np.full(len(sources), -1), np.arange(len(nodes))])
        weights = nearest(np.concatenate([sources, nodes]), own)
        for _ in range(steps - 1):
            vectors = weights @ np.concatenate([clamped, vectors])
    return np.asarray(vectors, dtype=np.float32)


def _check(features: np.ndarray, anchors: np.ndarray, anchor_vectors: np.ndarray) -> None:
    shapes = f"{features.shape}, {anchors.shape} and {anchor_vectors.shape}"
    if not features.ndim == anchors.ndim == anchor_vectors.ndim == 2:
        raise GraphError(f"expected three matrices, got the shapes {shapes}")
    if features.shape[1] != anchors.shape[1] or len(anchors) != len(anchor_vectors):
        raise GraphError(f"expected features (n, d), anchors (m, d) and their vectors (m, h), got {shapes}")
    for name, matrix in (("features", features), ("anchors", anchors), ("anchor vectors", anchor_vectors)):
        if not np.isfinite(matrix).all():
            row = int(np.flatnonzero(~np.isfinite(matrix).all(axis=1))[0])
            raise GraphError(f"expected finite {name}, got NaN or infinity in row {row}")
