"""Nearest neighbours by cosine, exactly, as rows of transition weights.

A query's neighbours and their weights do not depend on what else is asked at the same time: products of matrices round
in ways that depend on their sizes, so they only choose candidates, whose cosines are then worked out one by one.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

__all__ = ["nearest_neighbours", "unit_rows"]

_DOUBT = 1e-5  # by how much two cosines have to differ for a product of matrices to tell which is larger
_DIGITS = 12  # of a cosine that count: anchors that are alike have the same


def unit_rows(matrix: np.ndarray) -> np.ndarray:
    """Return the rows at length 1; rows of zeros stay zeros.

    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).round(1).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    scaled: np.ndarray = np.divide(matrix, lengths, out=np.zeros_like(matrix), where=lengths > 0)
    return scaled


def nearest_neighbours(
    queries: np.ndarray,
    anchors: np.ndarray,
    *,
    count: int = 10,
    temperature: float = 0.05,
    query_groups: np.ndarray | None = None,
    anchor_groups: np.ndarray | None = None,
    block: int = 512,
) -> sp.csr_matrix:
    """Return each query's nearest anchors, weighted by a softmax of their cosines.

    Args:
        queries: float (n, d), rows of length 1; rows of zeros have no neighbours.
        anchors: float (m, d), rows of length 1; rows of zeros are nobody's neighbour.
        count: neighbours of a query, at most.
        temperature: of the softmax over a query's neighbours; above 0.
        query_groups, anchor_groups: int (n,) and (m,); an anchor of the query's own group is not its neighbour,
            negative numbers standing for no group.
        block: queries compared at once.

    Returns:
        csr (n, m); a row sums to 1, or is empty.

    Raises:
        ValueError: ``count`` or ``temperature`` is not positive.

    >>> anchors = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    >>> nearest_neighbours(anchors[:1], anchors, count=1).indices.tolist()
    [0]
    >>> same = np.array([0, 1, 2])
    >>> nearest_neighbours(anchors[:1], anchors, count=1, query_groups=same[:1], anchor_groups=same).indices.tolist()
    [1]
    """
    if count < 1 or not temperature > 0:
        raise ValueError(f"expected a positive count and temperature, got {count} and {temperature}")
    count = min(count, len(anchors))
    usable = anchors.any(axis=1)
    rows, columns, weights = [], [], []
    for start in range(0, len(queries) if count else 0, block):
        part = queries[start : start + block]
        cosines = part @ anchors.T  # (block, m)
        cosines[:, ~usable] = -np.inf
        if query_groups is not None and anchor_groups is not None:
            own = query_groups[start : start + block, None]
            cosines[(own == anchor_groups[None]) & (own >= 0)] = -np.inf
        cosines[~part.any(axis=1)] = -np.inf
        least = np.partition(cosines, -count, axis=1)[:, -count, None]
        row, column = np.nonzero((cosines >= least - _DOUBT) & (cosines > -np.inf))
        exact = np.einsum("pd,pd->p", part[row], anchors[column], dtype=np.float64).round(_DIGITS)
        order = np.lexsort((column, -exact, row))
        row, column, exact = row[order], column[order], exact[order]
        first = np.searchsorted(row, row)  # place of each row's nearest
        kept = np.arange(len(row)) - first < count
        softened = np.exp((exact - exact[first]) / temperature) * kept
        totals = np.bincount(row, softened, minlength=len(part))
        rows.append(start + row[kept])
        columns.append(column[kept])
        weights.append((softened / totals[row])[kept])
    if not rows:
        return sp.csr_matrix((len(queries), len(anchors)), dtype=np.float32)
    matrix = sp.csr_matrix(
        (np.concatenate(weights).astype(np.float32), (np.concatenate(rows), np.concatenate(columns))),
        shape=(len(queries), len(anchors)),
    )
    matrix.eliminate_zeros()
    return matrix
