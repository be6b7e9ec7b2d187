"""Relation extraction: each way against a hand-worked case or a slow reference."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.sparse as sp

from graphs import KnowledgeGraph
from graphs.errors import GraphError, UnknownTermError
from graphs.relation_extraction import from_classifier, from_cooccurrence, from_graph, from_similarity


def test_links_of_a_graph_keep_their_weights() -> None:
    graph = KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b"), ("ex:b", "ex:r", "ex:c")])
    links = from_graph(graph, "ex:r")
    assert (links.heads.tolist(), links.tails.tolist(), links.provenance) == ([0, 1], [1, 2], "graph")
    with pytest.raises(UnknownTermError):
        from_graph(graph, "ex:none")


@pytest.mark.parametrize("measure", ["ppmi", "npmi"])
def test_cooccurrence_is_its_formula(measure) -> None:
    rng = np.random.default_rng(0)
    table = (rng.random((40, 6)) < 0.4).astype(float)
    found = from_cooccurrence(sp.csr_matrix(table), measure=measure, least_count=1)
    expected = {}
    for a in range(6):
        for b in range(6):
            both = (table[:, a] * table[:, b]).mean()
            if a == b or not both:
                continue
            pmi = math.log(both / (table[:, a].mean() * table[:, b].mean()))
            value = pmi if measure == "ppmi" else pmi / -math.log(both)
            if value > 0:
                expected[a, b] = value
    got = dict(
        zip(zip(found.heads.tolist(), found.tails.tolist(), strict=True), found.weights.tolist(), strict=True)
    )
    assert got == pytest.approx(expected, rel=1e-5)


def test_what_everything_has_is_linked_to_nothing() -> None:
    assert len(from_cooccurrence(sp.csr_matrix(np.ones((5, 3))))) == 0
    with pytest.raises(ValueError, match="some items"):
        from_cooccurrence(sp.csr_matrix((0, 3)))


def test_stored_zeros_are_no_occurrence() -> None:
    table = sp.csr_matrix((np.array([1.0, 0.0, 1.0, 0.0]), ([0, 0, 1, 1], [0, 1, 0, 1])), shape=(4, 2))
    assert len(from_cooccurrence(table, least_count=1)) == 0


def test_nobody_is_similar_to_itself_and_zeros_to_nobody() -> None:
    links = from_similarity(np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 0.0]]), neighbours=2)
    assert sorted(zip(links.heads.tolist(), links.tails.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_a_classifier_finds_the_relation_that_it_was_shown() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((120, 8))
    rows[60:] = rows[:60] + np.array([3.0] + [0.0] * 7)  # the relation is a step in one direction
    rows /= 1.0
    known = {"step": (np.arange(40), np.arange(60, 100))}
    held_out = (
        np.concatenate([np.arange(40, 60), np.arange(40, 60)]),
        np.concatenate([np.arange(100, 120), np.arange(20)]),
    )
    found = from_classifier(rows, known, held_out)["step"]
    right = (found.tails - found.heads == 60).sum()
    assert right >= 15
    assert len(found) - right <= 3
    assert found.weights.min() >= 0.5
    again = from_classifier(rows, known, held_out)["step"]
    assert np.array_equal(found.weights, again.weights)


def test_a_classifier_needs_known_links_of_concepts_that_exist() -> None:
    nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64))
    with pytest.raises(GraphError, match="got none"):
        from_classifier(np.eye(3), {"r": nothing}, nothing)
    with pytest.raises(GraphError, match="from 0 to 2"):
        from_classifier(np.eye(3), {"r": (np.array([0]), np.array([7]))}, nothing)
