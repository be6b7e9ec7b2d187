"""Cycles in hierarchies, against networkx."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import vocabulary as v
from graphs.store import Store
from graphs.validate import Severity, validate

Trig = Callable[[str], Store]
EX = "http://example.org/"
NODES = st.sampled_from([f"ex:{letter}" for letter in "abcdefgh"])


def cycles(store: Store, limit: int = 100) -> list[list[str]]:
    findings = validate(store, checks=["hierarchies"], limit=limit).findings
    return [example["cycle"] for finding in findings for example in finding.examples]


@given(st.lists(st.tuples(NODES, st.booleans(), NODES), max_size=16))
@settings(max_examples=60, deadline=None)
def test_each_strong_component_shows_one_real_cycle(edges: list[tuple[str, bool, str]]) -> None:
    triples = [
        (one, v.SKOS_BROADER, other) if upwards else (other, v.SKOS_NARROWER, one)
        for one, upwards, other in edges
    ]
    above = nx.DiGraph((one, other) for one, _, other in edges)
    components = [part for part in nx.strongly_connected_components(above) if len(part) > 1]
    loops = nx.number_of_selfloops(above)
    store = Store.from_triples(triples)
    found = cycles(store)
    assert (
        sum(one.count for one in validate(store, checks=["hierarchies"]).findings) == len(components) + loops
    )
    assert len(found) == len(components) + loops
    for cycle in found:
        assert cycle[0] == cycle[-1]
        assert all(above.has_edge(one, other) for one, other in pairwise(cycle))
        assert len(set(cycle)) == len(cycle) - 1


def test_the_shortest_cycle_through_the_first_entity_is_shown(trig: Trig) -> None:
    graph = trig("ex:a skos:broader ex:b . ex:b skos:broader ex:c, ex:a . ex:c skos:broader ex:a .")
    assert cycles(graph) == [[EX + "a", EX + "b", EX + "a"]]


def test_narrower_is_broader_turned_round(trig: Trig) -> None:
    assert cycles(trig("ex:a skos:broader ex:b ; skos:narrower ex:b ."))
    assert not cycles(trig("ex:a skos:broader ex:b . ex:b skos:narrower ex:a ."))


def test_every_class_is_a_subclass_of_itself_but_no_concept_broader_than_itself(trig: Trig) -> None:
    assert not cycles(trig("ex:a rdfs:subClassOf ex:a ."))
    assert cycles(trig("ex:a skos:broader ex:a .")) == [[EX + "a", EX + "a"]]


def test_transitive_relations_warn_unless_they_are_symmetric(trig: Trig) -> None:
    graph = trig(
        """
        ex:within a owl:TransitiveProperty . ex:near a owl:TransitiveProperty, owl:SymmetricProperty .
        ex:a ex:within ex:b ; ex:near ex:b . ex:b ex:within ex:a ; ex:near ex:a .
        """
    )
    (finding,) = validate(graph, checks=["hierarchies"]).findings
    assert (finding.severity, finding.count) == (Severity.warning, 1)
    assert "http://example.org/within" in finding.message


def test_of_a_long_cycle_the_beginning_is_shown() -> None:
    names = [f"ex:{number:03d}" for number in range(200)]
    store = Store.from_triples(
        [(one, v.RDFS_SUBCLASS_OF, other) for one, other in zip(names, [*names[1:], names[0]], strict=True)]
    )
    (finding,) = validate(store, checks=["hierarchies"]).findings
    (example,) = finding.examples
    assert (example["length"], example["entities"], example["cycle"][0], example["cycle"][-1]) == (
        200,
        200,
        "ex:000",
        "…",
    )
    assert len(example["cycle"]) < 30
