"""A graph as an array of triples: what libraries of graph embeddings are trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from graphs.store import Store

__all__ = ["to_triples"]


def to_triples(store: Store, *, ids: bool = False) -> npt.NDArray[Any]:
    """Return the triples of a graph, each once, sorted by relation, head and tail.

    Literals, weights and sources are left out. PyKEEN's ``TriplesFactory.from_labeled_triples`` takes the array as it
    is; with ``ids``, entities and relations have the numbers that they have in the graph.

    Args:
        store: the graph.
        ids: whether to return numbers (less memory: every name of an array of names takes as much as the longest).

    Returns:
        Head, relation and tail of every triple: str [num_triples, 3], or int64 [num_triples, 3].

    >>> graph = Store.from_triples([("ex:owl", "ex:eats", "ex:mouse"), ("ex:owl", "ex:isA", "ex:bird")])
    >>> to_triples(graph).tolist()
    [['ex:owl', 'ex:eats', 'ex:mouse'], ['ex:owl', 'ex:isA', 'ex:bird']]
    >>> to_triples(graph, ids=True).tolist()
    [[2, 0, 1], [2, 1, 0]]
    """
    columns = (store.heads, store.relation_ids, store.tails)
    if ids:
        return np.stack(columns, axis=1).astype(np.int64)
    ends, codes = np.unique(np.concatenate([store.heads, store.tails]), return_inverse=True)
    entities = np.array(store.entity_iris(ends), dtype=np.str_)
    relations = np.array(store.relation_iris, dtype=np.str_)
    heads, tails = np.split(codes, 2)
    return np.stack([entities[heads], relations[store.relation_ids], entities[tails]], axis=1)
