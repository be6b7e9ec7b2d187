"""Nodes that are attached to a graph, and the part of it that they hear from: what message passing is run on.

An attached node hears from the nodes that it is linked to, these hear from their neighbours, and so on for as many
layers as the network has; nobody hears from an attached node. Only that part of the graph is ever touched, and of every
node and edge type only the strongest few edges, as in the neighbour sampling of GraphSAGE (Hamilton et al., arXiv
1706.02216), without its chance: the same node gets the same vector whatever else is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from graphs.propagate import EdgeType, adjacency

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["AttachedBlock", "HeardGraph", "Layer", "Neighbourhood", "strongest"]


@dataclass(frozen=True, eq=False)
class HeardGraph:
    """A graph that attached nodes hear from.

    Attributes:
        features: node type -> float (nodes, dimension of the type).
        edges: edge type -> csr (heads, tails), whom a head hears from and with what weight.
        parts: node type -> int64 (nodes,), number of the part that a node is of; -1: none. What is attached with the
            number of a part hears of no node of it, however far: a node must not be told what it is asked for. Node
            types left out are heard by all.
    """

    features: Mapping[str, Float[Tensor, "nodes dimension"]]
    edges: Mapping[EdgeType, sp.csr_matrix]
    parts: Mapping[str, Int64[np.ndarray, " nodes"]]

    @classmethod
    def of(
        cls,
        data: HeteroData,
        *,
        fanout: int,
        parts: Mapping[str, Int64[np.ndarray, " nodes"]] | None = None,
        without: frozenset[str] = frozenset(),
    ) -> HeardGraph:
        """Take a graph over.

        Args:
            data: typed nodes with features and typed, weighted edges.
            fanout: edges of a head and edge type that are kept, the strongest.
            parts: see above.
            without: names of relations that are left out.
        """
        edges = {
            kind: strongest(adjacency(data, kind), fanout)
            for kind in data.edge_types
            if kind[1] not in without
        }
        return cls({kind: data[kind].x for kind in data.node_types}, edges, dict(parts or {}))


@dataclass(frozen=True, eq=False)
class Layer:
    """Who hears from whom in one layer; the nodes that hear are the first of those that are heard.

    Attributes:
        targets: node type -> how many of its nodes hear.
        edges: edge type -> int64 (2, m), number of the tail, which is heard, and of the head, which hears.
        weights: edge type -> float (m,).
    """

    targets: Mapping[str, int]
    edges: Mapping[EdgeType, Int64[Tensor, "2 m"]]
    weights: Mapping[EdgeType, Float[Tensor, " m"]]


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Attached nodes, and all that is within some hops of them.

    Attributes:
        kind: node type of the attached nodes: the first ones of their type.
        features: node type -> float (nodes, dimension).
        layers: from the farthest hop to the attached nodes.
    """

    kind: str
    features: Mapping[str, Float[Tensor, "nodes dimension"]]
    layers: tuple[Layer, ...]


@dataclass(frozen=True, eq=False)
class AttachedBlock:
    """Nodes to be attached, with their links.

    Attributes:
        graph: what they are attached to.
        kind: their node type.
        own: float (nodes, dimension), their features.
        links: edge type -> csr (nodes, nodes of the tail's type).
        parts: int64 (nodes,), the part of the graph that each must not hear of; -1: none.
    """

    graph: HeardGraph
    kind: str
    own: Float[Tensor, "nodes dimension"]
    links: Mapping[EdgeType, sp.csr_matrix]
    parts: Int64[np.ndarray, " nodes"]

    def rows(self, index: Tensor) -> AttachedBlock:
        """Return some of the nodes."""
        chosen = index.numpy()
        links = {kind: matrix[chosen] for kind, matrix in self.links.items()}
        return replace(self, own=self.own[index].float(), links=links, parts=self.parts[chosen])

    def only(self, relations: Bool[Tensor, " relations"]) -> AttachedBlock:
        """Return the nodes with some of their links' edge types alone, in the order of ``links``."""
        kept = dict(zip(self.links, relations.tolist(), strict=True))
        return replace(self, links={kind: matrix for kind, matrix in self.links.items() if kept[kind]})

    def drop(self, share: float) -> AttachedBlock:
        """Return the nodes with a share of their links removed at random."""
        dropped = {}
        for kind, matrix in self.links.items():
            left = matrix.copy()
            left.data = np.where(torch.rand(matrix.nnz).numpy() >= share, matrix.data, 0.0).astype(np.float32)
            left.eliminate_zeros()
            dropped[kind] = left
        return replace(self, links=dropped)

    def neighbourhood(self, hops: int) -> Neighbourhood:
        """Return what the nodes hear from within some hops; all have to be of one part.

        >>> concepts = sp.csr_matrix(np.array([[0.0, 1.0], [0.0, 0.0]]))
        >>> graph = HeardGraph({"concept": torch.eye(2)}, {("concept", "hypernym", "concept"): concepts}, {})
        >>> link = {("image", "depicts", "concept"): sp.csr_matrix(np.array([[1.0, 0.0]]))}
        >>> block = AttachedBlock(graph, "image", torch.ones(1, 3), link, np.array([-1]))
        >>> [layer.targets for layer in block.neighbourhood(2).layers]
        [{'image': 1, 'concept': 1}, {'image': 1}]
        """
        count = len(self.parts)
        part = int(self.parts[0]) if count else -1
        nodes: dict[str, np.ndarray] = {self.kind: np.zeros(0, dtype=np.int64)}  # of the graph, by type
        layers: list[Layer] = []
        for _ in range(hops):
            heard = self._heard(nodes, part)
            further: dict[str, list[np.ndarray]] = {}
            for (_, _, tail), (_, ends, _) in heard.items():
                further.setdefault(tail, []).append(ends)
            sources = dict(nodes)
            for kind, several in further.items():
                known = nodes.get(kind, np.zeros(0, dtype=np.int64))
                sources[kind] = np.concatenate([known, np.setdiff1d(np.concatenate(several), known)])
            edges, weights = {}, {}
            for edge_type, (heads, ends, strength) in heard.items():
                tail = edge_type[2]
                order = np.argsort(sources[tail], kind="stable")
                place = order[np.searchsorted(sources[tail], ends, sorter=order)] + self._first(tail)
                edges[edge_type] = torch.from_numpy(np.stack([place, heads]))
                weights[edge_type] = torch.from_numpy(strength)
            targets = {kind: len(rows) + self._first(kind) for kind, rows in nodes.items()}
            layers.insert(0, Layer(targets, edges, weights))
            nodes = sources
        features = {
            kind: self.graph.features[kind][torch.from_numpy(rows)]
            for kind, rows in nodes.items()
            if len(rows)
        }
        features[self.kind] = (
            torch.cat([self.own, features[self.kind]]) if self.kind in features else self.own
        )
        return Neighbourhood(self.kind, features, tuple(layers))

    def _first(self, kind: str) -> int:
        """Return the number of the first node that is the graph's own."""
        return len(self.parts) if kind == self.kind else 0

    def _heard(
        self, nodes: Mapping[str, np.ndarray], part: int
    ) -> dict[EdgeType, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return edge type -> who hears (as numbered here), whom (as in the graph), how strongly."""
        found: dict[EdgeType, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
        for edge_type, matrix in self.links.items():
            found.setdefault(edge_type, []).append(_entries(matrix, 0))
        for edge_type, matrix in self.graph.edges.items():
            rows = nodes.get(edge_type[0])
            if rows is not None and len(rows):
                found.setdefault(edge_type, []).append(_entries(matrix[rows], self._first(edge_type[0])))
        heard = {}
        for edge_type, several in found.items():
            heads, ends, weights = (np.concatenate(columns) for columns in zip(*several, strict=True))
            parts = self.graph.parts.get(edge_type[2])
            if part >= 0 and parts is not None:
                kept = parts[ends] != part
                heads, ends, weights = heads[kept], ends[kept], weights[kept]
            if len(heads):
                heard[edge_type] = (heads, ends, weights)
        return heard


def strongest(matrix: sp.csr_matrix, count: int, *, seed: int = 0) -> sp.csr_matrix:
    """Keep the greatest entries of every row; among equal ones, some drawn at random.

    >>> strongest(sp.csr_matrix(np.array([[0.2, 0.5, 0.3], [0.0, 0.0, 1.0]])), 2).toarray().tolist()
    [[0.0, 0.5, 0.3], [0.0, 0.0, 1.0]]
    """
    lengths = np.diff(matrix.indptr)
    if not len(lengths) or lengths.max() <= count:
        return matrix
    rows = np.repeat(np.arange(matrix.shape[0]), lengths)
    chance = np.random.default_rng(seed).permutation(matrix.nnz)
    order = np.lexsort((chance, -matrix.data, rows))
    rank = np.arange(matrix.nnz) - matrix.indptr[rows]
    kept = np.sort(order[rank < count])
    return sp.csr_matrix((matrix.data[kept], (rows[kept], matrix.indices[kept])), shape=matrix.shape)


def _entries(matrix: sp.csr_matrix, first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    heads = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr)) + first
    return heads, matrix.indices.astype(np.int64), matrix.data.astype(np.float32)
