"""Renaming relations: what is said stays, under other names."""

from __future__ import annotations

import numpy as np
import pytest

from graphs import KnowledgeGraph
from graphs import vocabulary as v
from graphs.errors import UnknownTermError
from graphs.operations.renaming import dealt_out, rename_relations

ABOVE, BELOW, NEAR = "ex:above", "ex:below", "ex:near"


@pytest.fixture
def graph() -> KnowledgeGraph:
    rng = np.random.default_rng(0)
    pairs = {
        tuple(sorted(pair)) for pair in rng.integers(0, 40, size=(120, 2)).tolist() if pair[0] != pair[1]
    }
    triples = [(f"ex:n{a}", ABOVE, f"ex:n{b}") for a, b in pairs]
    triples += [(f"ex:n{b}", BELOW, f"ex:n{a}") for a, b in pairs]
    triples += [("ex:n1", NEAR, "ex:n2"), ("ex:n2", NEAR, "ex:n1")]
    triples += [(ABOVE, v.OWL_INVERSE_OF, BELOW), (NEAR, v.RDF_TYPE, v.OWL_SYMMETRIC)]
    return KnowledgeGraph.from_triples(triples, literals=[("ex:n1", v.RDFS_LABEL, "one", "en")])


NAMES = {ABOVE: ["ex:r1", "ex:r2"], BELOW: ["ex:r3", "ex:r4"], NEAR: ["ex:r5", "ex:r6"]}


def _pairs(graph: KnowledgeGraph, relation: str) -> set[tuple[str, str]]:
    if relation not in graph.relation_iris:
        return set()
    heads, tails, _ = graph.edges(relation)
    return set(zip(graph.entity_iris(heads), graph.entity_iris(tails), strict=True))


def test_every_statement_is_said_once_by_one_of_the_new_names(graph: KnowledgeGraph) -> None:
    renamed = KnowledgeGraph(rename_relations(graph, NAMES))
    for old, several in NAMES.items():
        parts = [_pairs(renamed, new) for new in several]
        assert set.union(*parts) == _pairs(graph, old)
        assert not set.intersection(*parts)
        assert _pairs(renamed, old) == set()
    assert all(_pairs(renamed, new) for new in ("ex:r1", "ex:r2"))


def test_inverses_are_inverses_under_their_new_names(graph: KnowledgeGraph) -> None:
    renamed = KnowledgeGraph(rename_relations(graph, NAMES))
    assert [renamed.inverse_of(name) for name in ("ex:r1", "ex:r4", "ex:r5")] == ["ex:r3", "ex:r2", "ex:r5"]
    assert {(b, a) for a, b in _pairs(renamed, "ex:r2")} == _pairs(renamed, "ex:r4")
    for name in ("ex:r5", "ex:r6"):
        assert {(b, a) for a, b in _pairs(renamed, name)} == _pairs(renamed, name)


def test_labels_are_said_of_the_new_names_and_literals_stay(graph: KnowledgeGraph) -> None:
    renamed = KnowledgeGraph(rename_relations(graph, {ABOVE: ["ex:r1"]}, labels={"ex:r1": "higher up"}))
    assert renamed.relation_label("ex:r1") == "higher up"
    assert renamed.label(renamed.entity_id("ex:n1")) == "one"
    assert _pairs(renamed, BELOW) == _pairs(graph, BELOW)


def test_an_unknown_relation_is_refused(graph: KnowledgeGraph) -> None:
    with pytest.raises(UnknownTermError, match="ex:nowhere"):
        rename_relations(graph, {"ex:nowhere": ["ex:r1"]})


def test_dealing_out_is_even_and_the_same_both_ways() -> None:
    rng = np.random.default_rng(1)
    ones, others = rng.integers(0, 1 << 40, size=(2, 30000))
    parts = dealt_out(ones, others, 3)
    assert np.array_equal(parts, dealt_out(others, ones, 3))
    assert np.abs(np.bincount(parts) / 30000 - 1 / 3).max() < 0.02
