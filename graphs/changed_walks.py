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

from graphs.propagate import EdgeType, adjacency

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["changed_walks"]


def changed_walks(
    before: HeteroData, after: HeteroData, origins: Mapping[str, Int64[np.ndarray, " n"]], hops: int
) -> dict[str, Bool[np.ndarray, " n"]]:
    """Return the nodes from which some walk leads elsewhere, or to other features, than it did.

    Args:
        before: the graph as it was.
        after: the graph as it is.
        origins: node type -> the number before of every node that there is now, -1 for a new one; a type that is left
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
    known = {
        kind: origins[kind] if kind in origins else np.arange(after[kind].x.shape[0])
        for kind in after.node_types
    }
    rows = _changed_rows(before, after, known)
    reached = {kind: _changed_features(before, after, kind, known[kind]) for kind in after.node_types}
    for _ in range(hops):
        farther = {kind: mask | rows[kind] for kind, mask in reached.items()}
        for edge_type in after.edge_types:
            head, _, tail = edge_type
            if reached[tail].any():
                farther[head] |= adjacency(after, edge_type) @ reached[tail].astype(np.float32) > 0
        reached = farther
    return reached


def _changed_features(
    before: HeteroData, after: HeteroData, kind: str, known: Int64[np.ndarray, " n"]
) -> Bool[np.ndarray, " n"]:
    """Return the nodes that are new, or whose features are others."""
    changed: np.ndarray = known < 0
    if kind in before.node_types:
        old = np.flatnonzero(~changed)
        changed[old] = (after[kind].x.numpy()[old] != before[kind].x.numpy()[known[old]]).any(axis=1)
    else:
        changed[:] = True
    return changed


def _changed_rows(
    before: HeteroData, after: HeteroData, known: Mapping[str, Int64[np.ndarray, " n"]]
) -> dict[str, Bool[np.ndarray, " n"]]:
    """Return the nodes one step from which leads elsewhere, or as often to others."""
    changed = {kind: np.zeros(len(numbers), dtype=np.bool_) for kind, numbers in known.items()}
    places = {
        kind: _places(numbers, before[kind].x.shape[0])
        for kind, numbers in known.items()
        if kind in before.node_types
    }
    for edge_type in {*before.edge_types, *after.edge_types}:
        head, _, tail = edge_type
        if head not in changed:
            continue
        shape = (len(known[head]), len(known.get(tail, ())))
        is_now = (
            adjacency(after, edge_type)
            if edge_type in after.edge_types
            else sp.csr_matrix(shape, dtype=np.float32)
        )
        was, lost = _renumbered(before, edge_type, places, shape)
        changed[head] |= lost
        differs = (is_now - was).tocsr()
        differs.eliminate_zeros()
        changed[head] |= np.diff(differs.indptr) > 0
    return changed


def _renumbered(
    before: HeteroData,
    edge_type: EdgeType,
    places: Mapping[str, Int64[np.ndarray, " m"]],
    shape: tuple[int, int],
) -> tuple[sp.csr_matrix, Bool[np.ndarray, " n"]]:
    """Return the transitions before, by today's numbers, and the nodes of which an end is gone."""
    head, _, tail = edge_type
    lost = np.zeros(shape[0], dtype=np.bool_)
    if edge_type not in before.edge_types or head not in places:
        return sp.csr_matrix(shape, dtype=np.float32), lost
    entries = adjacency(before, edge_type).tocoo()
    heads = places[head][entries.row]
    tails = places[tail][entries.col] if tail in places else np.full(len(entries.col), -1)
    lost[heads[(heads >= 0) & (tails < 0)]] = True
    kept = (heads >= 0) & (tails >= 0)
    return sp.csr_matrix((entries.data[kept], (heads[kept], tails[kept])), shape=shape), lost


def _places(known: Int64[np.ndarray, " n"], count: int) -> Int64[np.ndarray, " m"]:
    """Return today's number of every node that there was, -1 for one that is gone."""
    places = np.full(count, -1, dtype=np.int64)
    old = np.flatnonzero(known >= 0)
    places[known[old]] = old
    return places
