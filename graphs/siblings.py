"""Siblings: entities with a common parent in one of a graph's hierarchies."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from graphs.store import Store
from graphs.validate.hierarchies import hierarchies_of, hierarchy_edges

__all__ = ["parent_matrix", "siblings"]


def parent_matrix(store: Store) -> sp.csr_matrix:
    """Return which entities stand right above each, by every relation of the graph that orders what it connects.

    These are the relations of :func:`graphs.validate.hierarchies.hierarchies_of`, read from below to above.

    Returns:
        csr (entities, entities), bool; a graph without a hierarchy has nothing in it.

    >>> from graphs.vocabulary import SKOS_BROADER
    >>> graph = Store.from_triples([("ex:owl", SKOS_BROADER, "ex:bird"), ("ex:hen", SKOS_BROADER, "ex:bird")])
    >>> owl, bird = graph.entity_ids(["ex:owl", "ex:bird"]).tolist()
    >>> parent_matrix(graph)[owl].indices.tolist() == [bird]
    True
    """
    nothing = np.zeros(0, np.int32)
    ends = [(nothing, nothing), *(hierarchy_edges(store, hierarchy) for hierarchy in hierarchies_of(store))]
    rows, columns = (np.concatenate(side) for side in zip(*ends, strict=True))
    apart = rows != columns  # a class is stated to be a sub-class of itself now and then
    shape = (store.num_entities, store.num_entities)
    matrix = sp.csr_matrix((np.ones(int(apart.sum()), np.bool_), (rows[apart], columns[apart])), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = True
    return matrix


def siblings(parents: sp.csr_matrix, entity: int) -> np.ndarray:
    """Return the entities that have a parent in common with one, itself left out, in rising order.

    Args:
        parents: as :func:`parent_matrix` makes it.
        entity: whose siblings are asked for.

    >>> family = sp.csr_matrix(np.array([[0, 0, 1], [0, 0, 1], [0, 0, 0]], dtype=bool))
    >>> siblings(family, 0).tolist()
    [1]
    """
    above = parents[[entity]]
    found = (above.astype(np.int32) @ parents.T.astype(np.int32)).indices
    return np.asarray(np.setdiff1d(found, [entity]))
