"""Which nodes' walks a change of a graph changes, so that nothing else needs to be worked out again.

What a node learns by walks of up to K relations depends on nothing farther than K relations away. A change (edges or
nodes that come or go, features that differ) therefore reaches the nodes that come to it within K steps, and these are
found by walking the edges backwards from it; the idea is that of incremental inference of graph networks, such as
InkStream (arXiv 2309.11071).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Int64

from graphs.propagate import adjacency

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["changed_rows", "changed_walks"]

_BLOCK = 1_024  # nodes whose features are compared at a time: few enough to stay in a cache


def changed_walks(
    before: HeteroData, after: HeteroData, moved: Mapping[str, Int64[np.ndarray, " m"]], hops: int
) -> dict[str, Bool[np.ndarray, " n"]]:
    """Return the nodes from which some walk leads elsewhere, or to other features, than it did.

    Args:
        before: the graph as it was.
        after: the graph as it is.
        moved: node type -> the number now of every node that there was, -1 for one that is gone; a type that is left
            out has the same nodes in the same order.
        hops: steps of the longest walk.

    Returns:
        node type -> for every node of ``after`` whether one of its walks of up to ``hops`` steps has changed.

    >>> from graphs.hetero import EdgeSet, build_hetero
    >>> def birds(heads, tails):
    ...     ends = np.array(heads), np.array(tails), np.ones(len(heads), np.float32)
    ...     eats = EdgeSet("bird", "eats", "bird", *ends, inverse=False)
    ...     return build_hetero({"bird": np.eye(4, dtype=np.float32)}, [eats])
    >>> was, now = birds([0, 1], [1, 2]), birds([0, 1, 1], [1, 2, 3])
    >>> [changed_walks(was, now, {}, hops)["bird"].tolist() for hops in (0, 1, 2)]  # 1 eats 3, too, and 0 eats 1
    [[False, False, False, False], [False, True, False, False], [True, True, False, False]]
    """
    counts = {kind: after[kind].x.shape[0] for kind in after.node_types}
    numbers = {
        kind: moved.get(kind, np.arange(count)) if kind in counts else np.full(count, -1)
        for kind, count in ((kind, before[kind].x.shape[0]) for kind in before.node_types)
    }
    rows = _changed_steps(before, after, numbers, counts)
    reached = {kind: _changed_features(before, after, kind, numbers.get(kind)) for kind in after.node_types}
    for _ in range(hops):
        farther = {kind: mask | rows[kind] for kind, mask in reached.items()}
        for edge_type in after.edge_types:
            head, _, tail = edge_type
            if reached[tail].any():
                farther[head] |= adjacency(after, edge_type) @ reached[tail].astype(np.float32) > 0
        reached = farther
    return reached


def changed_rows(
    before: sp.csr_matrix,
    after: sp.csr_matrix,
    rows: Int64[np.ndarray, " a"],
    columns: Int64[np.ndarray, " b"],
) -> Bool[np.ndarray, " n"]:
    """Return the rows of a matrix in which something is not what it was, or was in a column that is gone.

    Args:
        before: csr (a, b).
        after: csr (n, m).
        rows, columns: the number now of every row and column that there was, -1 for one that is gone.

    >>> was, now = sp.csr_matrix(np.eye(3)), sp.csr_matrix(np.eye(3)[:, [1, 0]])
    >>> changed_rows(was, now, np.arange(3), np.array([1, 0, -1])).tolist()
    [False, False, True]
    """
    entries = before.tocoo()
    heads, tails = rows[entries.row], columns[entries.col]
    kept = (heads >= 0) & (tails >= 0)
    was = sp.csr_matrix((entries.data[kept], (heads[kept], tails[kept])), shape=after.shape)
    differs = (after - was).tocsr()
    differs.eliminate_zeros()
    changed: np.ndarray = np.diff(differs.indptr) > 0
    changed[heads[(heads >= 0) & (tails < 0)]] = True
    return changed


def _changed_features(
    before: HeteroData, after: HeteroData, kind: str, numbers: Int64[np.ndarray, " m"] | None
) -> Bool[np.ndarray, " n"]:
    """Return the nodes that are new, or whose features are others."""
    changed = np.ones(after[kind].x.shape[0], dtype=np.bool_)
    if numbers is not None:
        was, now = before[kind].x.numpy(), after[kind].x.numpy()
        kept = np.flatnonzero(numbers >= 0)
        for start in range(0, len(kept), _BLOCK):
            old = kept[start : start + _BLOCK]
            new = numbers[old]
            changed[new] = (now[new] != was[old]).any(axis=1)
    return changed


def _changed_steps(
    before: HeteroData,
    after: HeteroData,
    numbers: Mapping[str, Int64[np.ndarray, " m"]],
    counts: Mapping[str, int],
) -> dict[str, Bool[np.ndarray, " n"]]:
    """Return the nodes one step from which leads elsewhere, or as often to others."""
    changed = {kind: np.zeros(count, dtype=np.bool_) for kind, count in counts.items()}
    for edge_type in {*before.edge_types, *after.edge_types}:
        head, _, tail = edge_type
        if head not in counts:
            continue
        if edge_type in after.edge_types:
            now = adjacency(after, edge_type)
        else:
            now = sp.csr_matrix((counts[head], counts.get(tail, 0)), dtype=np.float32)
        if edge_type in before.edge_types:
            was = adjacency(before, edge_type)
            changed[head] |= changed_rows(was, now, numbers[head], numbers[tail])
        else:
            changed[head] |= np.diff(now.indptr) > 0
    return changed
