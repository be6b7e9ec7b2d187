"""Parents and siblings, in vocabularies that point up and in those that point down."""

from __future__ import annotations

import numpy as np

from graphs import vocabulary as v
from graphs.siblings import parent_matrix, siblings
from graphs.store import Store


def test_siblings_share_a_parent_whichever_way_it_is_stated() -> None:
    graph = Store.from_triples(
        [
            ("owl", v.SKOS_BROADER, "bird"),
            ("bird", v.SKOS_NARROWER, "hen"),
            ("fish", v.RDFS_SUBCLASS_OF, "bird"),
            ("cat", v.RDFS_SUBCLASS_OF, "mammal"),
            ("owl", "ex:eats", "cat"),
        ]
    )
    parents = parent_matrix(graph)
    names = graph.entity_iris(siblings(parents, graph.entity_id("owl")))
    assert names == ["fish", "hen"]
    assert siblings(parents, graph.entity_id("cat")).tolist() == []


def test_what_is_above_itself_is_no_parent_of_itself() -> None:
    graph = Store.from_triples([("a", v.RDFS_SUBCLASS_OF, "a"), ("a", v.RDFS_SUBCLASS_OF, "b")])
    assert parent_matrix(graph).toarray().astype(int).tolist() == [[0, 1], [0, 0]]


def test_a_graph_without_a_hierarchy_has_no_parents() -> None:
    parents = parent_matrix(Store.from_triples([("a", "ex:p", "b")]))
    assert parents.nnz == 0
    assert np.array_equal(siblings(parents, 0), [])
