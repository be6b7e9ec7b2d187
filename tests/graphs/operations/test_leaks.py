"""Relations that give each other away, against sets of pairs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import KnowledgeGraph
from graphs.operations.leaks import Leak, leak_groups, leaking_relations
from graphs.vocabulary import (
    OWL_EQUIVALENT_PROPERTY,
    OWL_INVERSE_OF,
    OWL_SYMMETRIC,
    RDF_TYPE,
    RDFS_SUBPROPERTY_OF,
)

NODES = st.sampled_from([f"ex:{number}" for number in range(5)])
TRIPLES = st.lists(
    st.tuples(NODES, st.sampled_from(["ex:r", "ex:s", "ex:t"]), NODES), min_size=1, max_size=25
)


@settings(max_examples=40)
@given(TRIPLES, st.sampled_from([0.3, 0.5, 1.0]))
def test_shares_equal_a_slow_reference(triples: list[tuple[str, str, str]], overlap: float) -> None:
    pairs: dict[str, set[tuple[str, str]]] = {}
    for head, relation, tail in triples:
        pairs.setdefault(relation, set()).add((head, tail))
    expected = {}
    for one in pairs:
        for other in pairs:
            turned = {(tail, head) for head, tail in pairs[other]}
            least = min(len(pairs[one]), len(pairs[other]))
            if one < other:
                expected[one, other, "duplicate"] = len(pairs[one] & pairs[other]) / least
            if one <= other:
                kind = "symmetric" if one == other else "inverse"
                expected[one, other, kind] = len(pairs[one] & turned) / least
    found = leaking_relations(KnowledgeGraph.from_triples(triples), overlap=overlap)
    assert {(leak.relation, leak.other, leak.kind): leak.overlap for leak in found} == {
        key: pytest.approx(share, abs=1e-6) for key, share in expected.items() if share >= overlap
    }


@pytest.mark.parametrize(
    ("statement", "leak"),
    [
        (("ex:s", OWL_INVERSE_OF, "ex:r"), Leak("ex:r", "ex:s", "inverse", 0.0, True)),
        (("ex:r", OWL_INVERSE_OF, "ex:r"), Leak("ex:r", "ex:r", "symmetric", 0.0, True)),
        (("ex:r", RDF_TYPE, OWL_SYMMETRIC), Leak("ex:r", "ex:r", "symmetric", 0.0, True)),
        (("ex:r", OWL_EQUIVALENT_PROPERTY, "ex:s"), Leak("ex:r", "ex:s", "duplicate", 0.0, True)),
        (("ex:s", RDFS_SUBPROPERTY_OF, "ex:r"), Leak("ex:r", "ex:s", "duplicate", 0.0, True)),
    ],
)
def test_what_the_graph_says_of_relations_counts(statement: tuple[str, str, str], leak: Leak) -> None:
    graph = KnowledgeGraph.from_triples([("ex:1", "ex:r", "ex:2"), ("ex:3", "ex:s", "ex:4"), statement])
    found = leaking_relations(graph)
    assert [one for one in found if one.relation.startswith("ex:")] == [leak]


def test_groups_follow_chains_of_leaks() -> None:
    graph = KnowledgeGraph.from_triples([("ex:1", f"ex:{name}", "ex:2") for name in "abcd"])
    leaks = [Leak("ex:a", "ex:c", "inverse", 1.0, False), Leak("ex:c", "ex:d", "duplicate", 1.0, False)]
    first, alone, *others = leak_groups(graph, leaks).tolist()
    assert others == [first, first]
    assert alone != first
