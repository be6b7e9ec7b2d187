"""The edges of a reference graph as transitions, for walks that are followed node by node."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float32, Int64

from graphs.hetero import directed_edges
from graphs.propagate import EdgeType, normalise_rows
from kgx.transfer.reference import ReferenceGraph

__all__ = ["ReferenceEdges"]


class ReferenceEdges:
    """Transitions between the nodes of a reference graph: those that :func:`graphs.propagate.walk` goes by.

    An edge type's are made when they are first asked for.

    Args:
        reference: the graph.
    """

    def __init__(self, reference: ReferenceGraph) -> None:
        self._sizes = {
            "concept": len(reference.knowledge.concepts),
            **{modality: len(items) for modality, items in reference.items.items()},
        }
        self._columns = directed_edges(self._sizes, reference.edge_sets())
        self._matrices: dict[EdgeType, sp.csr_matrix] = {}

    def onward(
        self, step: EdgeType, nodes: Int64[np.ndarray, " n"]
    ) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"], Float32[np.ndarray, " m"]]:
        """Return where one step leads from some nodes.

        Args:
            step: the edge type; where the graph has no edge of it, it leads nowhere.
            nodes: rows of its head type.

        Returns:
            The place among ``nodes`` that each transition starts at, the row that it leads to, and how likely it is.
        """
        if step not in self._columns:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)
        matrix = self._matrix(step)
        starts = matrix.indptr[nodes].astype(np.int64)
        counts = matrix.indptr[nodes + 1] - starts
        before = np.cumsum(counts) - counts
        parents = np.repeat(np.arange(len(nodes)), counts)
        places = np.arange(len(parents)) + np.repeat(starts - before, counts)
        return parents, matrix.indices[places].astype(np.int64), matrix.data[places]

    def _matrix(self, step: EdgeType) -> sp.csr_matrix:
        if step not in self._matrices:
            heads, tails, weights = self._columns[step]
            shape = (self._sizes[step[0]], self._sizes[step[2]])
            self._matrices[step] = normalise_rows(sp.csr_matrix((weights, (heads, tails)), shape=shape))
        return self._matrices[step]
