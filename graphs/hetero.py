"""Typed nodes and typed, weighted edges as a :class:`torch_geometric.data.HeteroData`.

A node type has a float matrix of features; an edge type is ``(head type, relation, tail type)``. Every edge type gets
its inverse, so that a relation path may be walked from either end (as Schlichtkrull et al., arXiv 1703.06103, do).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from graphs.errors import EmptyGraphError, GraphError

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["INVERSE_PREFIX", "EdgeColumns", "EdgeSet", "build_hetero", "directed_edges", "inverse_name"]

INVERSE_PREFIX = "inverse of "

EdgeColumns = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Heads, tails and weights of the edges of one type, of equal length."""


@dataclass(frozen=True, slots=True)
class EdgeSet:
    """Edges of one type.

    Attributes:
        head_type, tail_type: node types at the two ends.
        relation: the relation's name; what descriptors are looked up by.
        heads, tails: int64 row numbers of the two ends, of equal length m.
        weights: float32 [m], positive and finite.
        symmetric: whether the relation is its own inverse, so that only one edge type is made.
        inverse: whether walks may also go from tail to head. Nodes that are attached to a graph without becoming
            part of what others see (queries, items to be refined) have it off.
    """

    head_type: str
    relation: str
    tail_type: str
    heads: np.ndarray  # (m,)
    tails: np.ndarray  # (m,)
    weights: np.ndarray  # (m,)
    symmetric: bool = False
    inverse: bool = True


def inverse_name(relation: str) -> str:
    """Return the name of a relation walked from its tail to its head.

    >>> inverse_name("depicts")
    'inverse of depicts'
    >>> inverse_name("inverse of depicts")
    'depicts'
    """
    if relation.startswith(INVERSE_PREFIX):
        return relation.removeprefix(INVERSE_PREFIX)
    return INVERSE_PREFIX + relation


def build_hetero(features: Mapping[str, np.ndarray], edges: Iterable[EdgeSet]) -> HeteroData:
    """Put node features and edges into one heterogeneous graph, inverse edges included.

    Args:
        features: node type -> float matrix (number of nodes, dimension).
        edges: edge sets; two of the same type are joined.

    Returns:
        ``HeteroData`` with ``data[type].x`` (float32) and, for every edge type, ``edge_index`` (2, m) and
        ``edge_weight`` (m,).

    Raises:
        EmptyGraphError: there is no node at all.
        GraphError: an edge names an unknown node type or a row that does not exist, or a weight is not positive and
            finite.

    >>> eyes = np.eye(2, dtype=np.float32)
    >>> link = EdgeSet("image", "depicts", "concept", np.array([0]), np.array([1]), np.array([.5], np.float32))
    >>> data = build_hetero({"image": eyes, "concept": eyes}, [link])
    >>> sorted(relation for _, relation, _ in data.edge_types)
    ['depicts', 'inverse of depicts']
    """
    from torch_geometric.data import HeteroData

    if not any(len(matrix) for matrix in features.values()):
        raise EmptyGraphError("the graph has no node: expected at least one row of features")
    data = HeteroData()
    for node_type, matrix in features.items():
        data[node_type].x = torch.from_numpy(np.ascontiguousarray(matrix, dtype=np.float32))
    sizes = {node_type: len(matrix) for node_type, matrix in features.items()}
    for edge_type, (heads, tails, weights) in directed_edges(sizes, edges).items():
        data[edge_type].edge_index = torch.from_numpy(np.stack([heads, tails]))
        data[edge_type].edge_weight = torch.from_numpy(weights)
    return data


def directed_edges(
    sizes: Mapping[str, int], edges: Iterable[EdgeSet]
) -> dict[tuple[str, str, str], EdgeColumns]:
    """Return edge type -> the edges that may be walked, inverse ones included, each pair of ends once.

    Args:
        sizes: node type -> number of nodes.
        edges: edge sets; two of the same type are joined, and of two edges with the same ends the heavier one counts.

    Raises:
        GraphError: an edge names an unknown node type or a row that does not exist, or a weight is not positive and
            finite.

    >>> link = EdgeSet("image", "depicts", "concept", np.array([0]), np.array([1]), np.array([.5], np.float32))
    >>> for (head, relation, tail), columns in directed_edges({"image": 1, "concept": 2}, [link]).items():
    ...     print(head, relation, tail, *(column.tolist() for column in columns))
    image depicts concept [0] [1] [0.5]
    concept inverse of depicts image [1] [0] [0.5]
    """
    gathered: dict[tuple[str, str, str], list[EdgeColumns]] = {}
    for edge_set in edges:
        _check(edge_set, sizes)
        if not len(edge_set.heads):
            continue
        forward = (edge_set.head_type, edge_set.relation, edge_set.tail_type)
        gathered.setdefault(forward, []).append((edge_set.heads, edge_set.tails, edge_set.weights))
        if not edge_set.inverse:
            continue
        backward = (
            edge_set.tail_type,
            edge_set.relation if edge_set.symmetric else inverse_name(edge_set.relation),
            edge_set.head_type,
        )
        gathered.setdefault(backward, []).append((edge_set.tails, edge_set.heads, edge_set.weights))
    joined = {}
    for edge_type, parts in gathered.items():
        heads = np.concatenate([part[0] for part in parts]).astype(np.int64)
        tails = np.concatenate([part[1] for part in parts]).astype(np.int64)
        weights = np.concatenate([part[2] for part in parts]).astype(np.float32)
        joined[edge_type] = _join_parallel(heads, tails, weights, sizes[edge_type[2]])
    return joined


def _join_parallel(heads: np.ndarray, tails: np.ndarray, weights: np.ndarray, tail_count: int) -> EdgeColumns:
    """Keep one edge for each pair of ends: the one with the greatest weight."""
    keys = heads * tail_count + tails
    order = np.lexsort((-weights, keys))
    keys = keys[order]
    first = np.ones(len(keys), dtype=bool)
    first[1:] = keys[1:] != keys[:-1]
    kept = order[first]
    return heads[kept], tails[kept], weights[kept]


def _check(edge_set: EdgeSet, sizes: Mapping[str, int]) -> None:
    name = f"({edge_set.head_type}, {edge_set.relation}, {edge_set.tail_type})"
    if not len(edge_set.heads) == len(edge_set.tails) == len(edge_set.weights):
        raise GraphError(
            f"edges {name}: expected heads, tails and weights of equal length, got "
            f"{len(edge_set.heads)}, {len(edge_set.tails)} and {len(edge_set.weights)}"
        )
    for end, rows in ((edge_set.head_type, edge_set.heads), (edge_set.tail_type, edge_set.tails)):
        if end not in sizes:
            raise GraphError(
                f"edges {name}: no features for node type {end!r}; known types: {', '.join(sizes)}"
            )
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < sizes[end]:
            raise GraphError(
                f"edges {name}: expected rows of {end!r} from 0 to {sizes[end] - 1}, "
                f"got {int(rows.min())} to {int(rows.max())}"
            )
    bad = edge_set.weights[~((edge_set.weights > 0) & np.isfinite(edge_set.weights))]
    if len(bad):
        raise GraphError(f"edges {name}: expected positive, finite weights, got {float(bad[0])}")
