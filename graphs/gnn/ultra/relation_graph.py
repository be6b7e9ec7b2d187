"""The graph of relations: which relations meet at an entity, and by which ends."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy.sparse as sp

from graphs.gnn.ultra.edges import Edges

__all__ = ["MEETINGS", "relation_graph"]

MEETINGS: Final = ("head to head", "tail to tail", "head to tail", "tail to head")
"""How two relations can meet, in the order of the checkpoints' vectors."""


def relation_graph(edges: Edges) -> Edges:
    """Return the graph whose nodes are the relations of a graph (Galkin et al., arXiv 2310.04562, section 4.1).

    An edge leads from ``a`` to ``b`` with the meeting "head to tail" where some entity is a head of ``a`` and a tail of
    ``b``; the others likewise. Edges have no weights, so how often relations meet does not count. A relation that no
    edge has is a node without edges.

    Args:
        edges: of the graph, inverses included.

    >>> links = np.array([0, 1]), np.array([0, 1]), np.array([1, 2])  # 0 -a-> 1 -b-> 2
    >>> edges = Edges.both_ways(*links, num_nodes=3, num_relations=2)
    >>> found = relation_graph(edges)
    >>> rows = zip(found.targets.tolist(), found.relations.tolist(), found.sources.tolist())
    >>> [(a, MEETINGS[meeting], b) for a, meeting, b in rows if a < b < 2]
    [(0, 'tail to head', 1)]
    """
    relations, kinds = edges.num_relations, edges.relations.cpu().numpy()
    entities = {"head": edges.targets.cpu().numpy(), "tail": edges.sources.cpu().numpy()}
    ends = {end: _incidence(kinds, nodes, relations, edges.num_nodes) for end, nodes in entities.items()}
    found = []
    for meeting, name in enumerate(MEETINGS):
        one, other = name.split(" to ")
        met = (ends[one] @ ends[other].T).tocoo()
        found.append((met.row, np.full(met.nnz, meeting), met.col))
    heads, meetings, tails = (np.concatenate(column) for column in zip(*found, strict=True))
    return Edges.of(heads, meetings, tails, num_nodes=relations, num_relations=len(MEETINGS))


def _incidence(relations: np.ndarray, entities: np.ndarray, rows: int, columns: int) -> sp.csr_matrix:
    pairs = np.unique(np.stack([relations, entities]), axis=1)
    return sp.csr_matrix((np.ones(pairs.shape[1], np.int32), tuple(pairs)), shape=(rows, columns))
