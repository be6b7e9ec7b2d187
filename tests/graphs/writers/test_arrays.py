"""Triples as arrays, and back."""

from __future__ import annotations

import numpy as np

from graphs.store import Store
from graphs.writers.arrays import to_triples

TRIPLES = [("b", "s", "a"), ("a", "r", "b"), ("猫", "r", "a" * 50), ("a", "r", "b")]


def test_names_come_back() -> None:
    array = to_triples(Store.from_triples(TRIPLES, literals=[("x", "name", "x", "")]))
    assert array.dtype.kind == "U"
    assert array.tolist() == [
        list(triple) for triple in sorted(set(TRIPLES), key=lambda t: (t[1], t[0], t[2]))
    ]
    assert to_triples(Store.from_triples(map(tuple, array.tolist()))).tolist() == array.tolist()


def test_numbers_are_those_of_the_graph() -> None:
    store = Store.from_triples(TRIPLES)
    array = to_triples(store, ids=True)
    assert array.dtype == np.int64
    named = [
        [store.entity_iri(head), store.relation_iris[relation], store.entity_iri(tail)]
        for head, relation, tail in array.tolist()
    ]
    assert named == to_triples(store).tolist()


def test_an_empty_graph_is_an_empty_array() -> None:
    empty = Store.from_triples([])
    assert to_triples(empty).shape == to_triples(empty, ids=True).shape == (0, 3)
