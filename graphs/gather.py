"""Walks of a few nodes at a time: rows of prepared transition matrices, gathered and added up.

A walk from a node that has just been attached begins at the nodes it is linked to, and from there on follows edges that
were there before. What those edges lead to can be prepared: for every node of a type and every walk from it, the ends
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
from graphs.propagate import EdgeType, adjacency

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["WalkTable"]

_MOST = 4  # ends of a node that are kept one by one
_BLOCK = 4096  # nodes whose ends are averaged at once


@dataclass(frozen=True, eq=False)
class WalkTable:
    """Where several walks from the nodes of one type lead, in one feature space.

    Rows of the space are numbered through: first those of each end type's nodes, in the order of ``ends_of``, then the
    means.

    Attributes:
        start: node type that the walks begin at.
        walks: the steps of each walk; none: the node itself.
        ends_of: node type -> number of its first row; all have the same dimension.
        first_mean: row of the first mean.
        offsets: int64 (nodes + 1,), entries of node v are those from ``offsets[v]`` to ``offsets[v + 1]``.
        walk: uint16 (entries,), number of the walk.
        end: int32 (entries,), row at its end.
        weight: float32 (entries,), how likely it is reached; the entries of one node and walk sum to at most 1.
        means: float16 (means, dimension).
    """

    start: str
    walks: tuple[tuple[EdgeType, ...], ...]
    ends_of: Mapping[str, int]
    first_mean: int
    offsets: np.ndarray
    walk: np.ndarray
    end: np.ndarray
    weight: np.ndarray
    means: np.ndarray

    @classmethod
    def build(
        cls, data: HeteroData, start: str, walks: Sequence[tuple[EdgeType, ...]], *, most: int = _MOST
    ) -> WalkTable:
        """Prepare walks.

        Args:
            data: the graph.
            start: node type that the walks begin at.
            walks: the steps of each, from there on.
            most: ends of a node and walk that are kept one by one; more are replaced by their mean.

        Raises:
            GraphError: the walks end in spaces of different dimensions, or do not begin at ``start``.
        """
        ends = list(dict.fromkeys(steps[-1][2] if steps else start for steps in walks))
        sizes = [data[kind].x.shape for kind in ends]
        if len({size[1] for size in sizes}) > 1 or any(steps and steps[0][0] != start for steps in walks):
            raise GraphError(
                f"expected walks from {start} into one feature space, got walks into {', '.join(ends)}"
            )
        bases = np.cumsum([0, *(size[0] for size in sizes)]).tolist()
        ends_of = dict(zip(ends, bases, strict=False))
        first_mean, count = bases[-1], data[start].x.shape[0]
        next_mean = first_mean
        columns: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
        means: list[np.ndarray] = [np.zeros((0, sizes[0][1] if sizes else 0), dtype=np.float16)]
        for number, steps in enumerate(walks):
            matrix = _transitions(data, steps, count)
            degrees = np.diff(matrix.indptr)
            owners = np.repeat(np.arange(count), degrees)
            light = degrees[owners] <= most
            base = ends_of[steps[-1][2] if steps else start]
            columns.append(_column(owners[light], number, base + matrix.indices[light], matrix.data[light]))
            heavy = np.flatnonzero(degrees > most)
            features: np.ndarray = data[steps[-1][2] if steps else start].x.numpy()
            masses = np.asarray(matrix[heavy].sum(axis=1), dtype=np.float32).ravel()
            rows = next_mean + np.arange(len(heavy))
            columns.append(_column(heavy, number, rows, masses))
            next_mean += len(heavy)
            for begin in range(0, len(heavy), _BLOCK):
                part = slice(begin, begin + _BLOCK)
                means.append(((matrix[heavy[part]] @ features) / masses[part, None]).astype(np.float16))
        owner, walk, end, weight = (np.concatenate(parts) for parts in zip(*columns, strict=True))
        order = np.lexsort((end, walk, owner))
        offsets = np.searchsorted(owner[order], np.arange(count + 1))
        return cls(
            start,
            tuple(walks),
            ends_of,
            first_mean,
            offsets.astype(np.int64),
            walk[order].astype(np.uint16),
            end[order].astype(np.int32),
            weight[order].astype(np.float32),
            np.concatenate(means),
        )

    def gather(
        self, nodes: np.ndarray, weights: np.ndarray, features: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Return the weighted mean of the features at the end of every walk from some nodes.

        Args:
            nodes: int (n,), where the walks begin.
            weights: float (n,), positive, how much each of them counts.
            features: node type -> float (rows, dimension), for every end type.

        Returns:
            float32 (walks, dimension); a zero row where a walk leads nowhere.
        """
        starts = self.offsets[nodes]
        counts = self.offsets[nodes + 1] - starts
        before = np.cumsum(counts)
        total = int(before[-1]) if len(before) else 0
        entries = np.arange(total) + np.repeat(starts - before + counts, counts)
        shares = np.zeros((len(self.walks), total), dtype=np.float32)
        shares[self.walk[entries], np.arange(total)] = self.weight[entries] * np.repeat(weights, counts)
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


def _transitions(data: HeteroData, steps: Sequence[EdgeType], count: int) -> sp.csr_matrix:
    if not steps:
        return sp.identity(count, dtype=np.float32, format="csr")
    matrix = adjacency(data, steps[0])
    for step in steps[1:]:
        matrix = (matrix @ adjacency(data, step)).tocsr()
    return matrix


def _column(
    owners: np.ndarray, number: int, ends: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return owners, np.full(len(owners), number), ends, weights
