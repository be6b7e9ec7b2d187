"""Walks of a few nodes at a time: rows of prepared transition matrices, gathered and added up.

A walk from a node that has just been attached begins at the nodes it is linked to, and from there on follows edges
that were there before. What those edges lead to can be prepared: for every node and every walk from its type, the ends
and how likely each is (:func:`graphs.propagate.walk`). Where a node has many ends, their mean is taken beforehand, so
that a query touches a bounded number of rows whatever the graph. The result is that of
:func:`graphs.propagate.walk_features`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from graphs.errors import GraphError
from graphs.propagate import Path, adjacency

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["WalkTable"]

_MOST = 4  # ends of a node that are kept one by one
_BLOCK = 4096  # nodes whose ends are averaged at once

_Entries = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # node, walk, end, weight


@dataclass(frozen=True, eq=False)
class WalkTable:
    """Where walks from nodes lead, in one feature space.

    Nodes are numbered through from type to type, in the order of ``starts_of``. So are the rows of the space: first
    those of each end type's nodes, in the order of ``ends_of``, then the means.

    Attributes:
        walks: the walks; the empty one leads to the node itself.
        starts_of: node type -> number of its first node.
        ends_of: node type -> number of its first row; all have the same dimension.
        first_mean: row of the first mean.
        offsets: int64 (nodes + 1,), entries of node v are those from ``offsets[v]`` to ``offsets[v + 1]``.
        walk: uint16 (entries,), number of the walk.
        end: int32 (entries,), row at its end.
        weight: float32 (entries,), how likely it is reached; the entries of one node and walk sum to at most 1.
        means: float16 (means, dimension).
    """

    walks: tuple[Path, ...]
    starts_of: Mapping[str, int]
    ends_of: Mapping[str, int]
    first_mean: int
    offsets: np.ndarray
    walk: np.ndarray
    end: np.ndarray
    weight: np.ndarray
    means: np.ndarray

    @classmethod
    def build(cls, data: HeteroData, walks: Sequence[Path], *, most: int = _MOST) -> WalkTable:
        """Prepare walks.

        Args:
            data: the graph.
            walks: the walks, which end in one feature space.
            most: ends of a node and walk that are kept one by one; more are replaced by their mean.

        Raises:
            GraphError: there is no walk, or the walks end in spaces of different dimensions.
        """
        sizes = {kind: data[kind].x.shape for kind in data.node_types}
        starts_of = _numbered([walk.start for walk in walks], sizes)
        ends_of = _numbered([walk.end for walk in walks], sizes)
        if len({sizes[kind][1] for kind in ends_of}) != 1:
            raise GraphError(
                f"expected walks into one feature space, got walks into {', '.join(ends_of) or 'none'}"
            )
        nodes = sum(sizes[kind][0] for kind in starts_of)
        first_mean = next_mean = sum(sizes[kind][0] for kind in ends_of)
        entries: list[_Entries] = []
        means: list[np.ndarray] = [np.zeros((0, sizes[next(iter(ends_of))][1]), dtype=np.float16)]
        for number, walk in enumerate(walks):
            matrix = _transitions(data, walk)
            degrees = np.diff(matrix.indptr)
            owners = np.repeat(np.arange(len(degrees)), degrees)
            light = degrees[owners] <= most
            ends = ends_of[walk.end] + matrix.indices[light]
            first = starts_of[walk.start]
            entries.append(_entries(first + owners[light], number, ends, matrix.data[light]))
            heavy = np.flatnonzero(degrees > most)
            features: np.ndarray = data[walk.end].x.numpy()
            masses = np.asarray(matrix[heavy].sum(axis=1), dtype=np.float32).ravel()
            entries.append(_entries(first + heavy, number, next_mean + np.arange(len(heavy)), masses))
            next_mean += len(heavy)
            for begin in range(0, len(heavy), _BLOCK):
                part = slice(begin, begin + _BLOCK)
                means.append(((matrix[heavy[part]] @ features) / masses[part, None]).astype(np.float16))
        node, which, end, weight = (np.concatenate(parts) for parts in zip(*entries, strict=True))
        order = np.lexsort((end, which, node))
        return cls(
            tuple(walks),
            starts_of,
            ends_of,
            first_mean,
            np.searchsorted(node[order], np.arange(nodes + 1)).astype(np.int64),
            which[order].astype(np.uint16),
            end[order].astype(np.int32),
            weight[order].astype(np.float32),
            np.concatenate(means),
        )

    def gather(
        self, nodes: np.ndarray, weights: np.ndarray, features: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Return the weighted mean of the features at the end of every walk from some nodes.

        Args:
            nodes: int (n,), where the walks begin; of several types, each walk takes those of its own.
            weights: float (n,), positive, how much each of them counts.
            features: node type -> float (rows, dimension), for every end type.

        Returns:
            float32 (walks, dimension); a zero row where a walk leads nowhere.
        """
        starts = self.offsets[nodes]
        counts = self.offsets[nodes + 1] - starts
        before = counts.cumsum()
        total = int(before[-1]) if len(before) else 0
        places = np.arange(total)
        entries = places + (starts - before + counts).repeat(counts)
        shares = np.zeros((len(self.walks), total), dtype=np.float32)
        shares[self.walk[entries], places] = self.weight[entries] * weights.repeat(counts)
        masses = shares.sum(axis=1, keepdims=True)
        np.divide(shares, masses, out=shares, where=masses > 0)
        gathered: np.ndarray = shares @ self._rows(self.end[entries], features)
        return gathered

    def _rows(self, ends: np.ndarray, features: Mapping[str, np.ndarray]) -> np.ndarray:
        """Look rows up in the features of all end types and the means."""
        rows = np.empty((len(ends), self.means.shape[1]), dtype=np.float32)
        block_of = self._bounds.searchsorted(ends, side="right")
        first = 0
        for number, kind in enumerate((*self.ends_of, None)):
            block = self.means if kind is None else features[kind]
            mine = (block_of == number).nonzero()[0]
            if len(mine):
                rows[mine] = block[ends[mine] - first]
            first += len(block)
        return rows

    @cached_property
    def _bounds(self) -> np.ndarray:
        """One past the last row of each end type."""
        return np.array([*list(self.ends_of.values())[1:], self.first_mean])


def _numbered(kinds: Sequence[str], sizes: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Number the nodes of some types through."""
    first, numbered = 0, {}
    for kind in dict.fromkeys(kinds):
        numbered[kind] = first
        first += sizes[kind][0]
    return numbered


def _transitions(data: HeteroData, walk: Path) -> sp.csr_matrix:
    if not walk.steps:
        return sp.identity(data[walk.start].x.shape[0], dtype=np.float32, format="csr")
    matrix = adjacency(data, walk.steps[0])
    for step in walk.steps[1:]:
        matrix = (matrix @ adjacency(data, step)).tocsr()
    return matrix


def _entries(nodes: np.ndarray, number: int, ends: np.ndarray, weights: np.ndarray) -> _Entries:
    return nodes, np.full(len(nodes), number), ends, weights
