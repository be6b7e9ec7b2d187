"""Blank nodes up to renaming, against rdflib's canonical comparison."""

from __future__ import annotations

import rdflib
import rdflib.compare
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphBuilder, KnowledgeGraph
from graphs.operations.diff import diff

Triples = set[tuple[str, str, str]]

NODES = st.sampled_from(["_:a", "_:b", "_:c", "_:d", "ex:n"])
TRIPLES = st.sets(st.tuples(NODES, st.sampled_from(["ex:p", "ex:q"]), NODES), min_size=1, max_size=9)
NEW_NAMES = st.permutations(["_:c", "_:d", "_:e", "_:f"])


def renamed(triples: Triples, names: list[str]) -> Triples:
    new = dict(zip(["_:a", "_:b", "_:c", "_:d"], names, strict=True))
    return {(new.get(head, head), relation, new.get(tail, tail)) for head, relation, tail in triples}


def in_rdflib(triples: Triples) -> rdflib.Graph:
    graph = rdflib.Graph()
    for triple in triples:
        terms = (rdflib.BNode(name[2:]) if name[:2] == "_:" else rdflib.URIRef(name) for name in triple)
        graph.add(tuple(terms))  # type: ignore[arg-type]
    return graph


@settings(max_examples=30)
@given(TRIPLES, NEW_NAMES)
def test_a_renamed_graph_says_the_same(triples: Triples, names: list[str]) -> None:
    one, other = (KnowledgeGraph.from_triples(sorted(found)) for found in (triples, renamed(triples, names)))
    assert diff(one, other).equal


@settings(max_examples=30)
@given(TRIPLES, TRIPLES)
def test_graphs_are_equal_where_rdflib_finds_them_isomorphic(one: Triples, other: Triples) -> None:
    found = diff(*(KnowledgeGraph.from_triples(sorted(triples)) for triples in (one, other)))
    assert found.equal == rdflib.compare.isomorphic(in_rdflib(one), in_rdflib(other))


def complete(size: int, name: str) -> KnowledgeGraph:
    nodes = [f"_:{name}{number}" for number in range(size)]
    return KnowledgeGraph.from_triples(
        [(one, "ex:p", other) for one in nodes for other in nodes if one != other]
    )


def test_symmetry_that_defeats_backtracking_is_no_matter() -> None:
    assert diff(complete(30, "a"), complete(30, "b")).equal


def test_two_triangles_are_no_hexagon() -> None:
    def cycles(*cycles: str) -> KnowledgeGraph:
        return KnowledgeGraph.from_triples(
            [
                (f"_:{one}", "ex:p", f"_:{two}")
                for cycle in cycles
                for one, two in zip(cycle, cycle[1:] + cycle[0], strict=True)
            ]
        )

    assert not diff(cycles("abc", "def"), cycles("abcdef")).equal
    assert diff(cycles("abc", "def"), cycles("uvw", "xyz")).equal


def test_copies_of_one_structure_are_counted() -> None:
    def copies(count: int) -> KnowledgeGraph:
        return KnowledgeGraph.from_triples([(f"_:{number}", "ex:p", "ex:n") for number in range(count)])

    changes = diff(copies(3), copies(2))
    assert (len(changes.removed), len(changes.added)) == (1, 0)


def test_blank_nodes_are_compared_in_named_graphs_literals_and_triple_terms() -> None:
    def build(node: str, graph: str, value: str) -> KnowledgeGraph:
        builder = GraphBuilder()
        builder.add(node, "ex:p", "ex:n", graph=graph)
        builder.add_literal(node, "ex:q", value, graph=graph)
        builder.add("ex:me", "ex:says", f"<<( {node} <ex:p> <ex:n> )>>")
        return builder.build()

    old = build("_:x", "_:g", "one")
    assert diff(old, build("_:y", "_:h", "one")).equal
    changes = diff(old, build("_:y", "_:h", "two"))
    assert not changes.equal


def test_nodes_that_kept_their_names_are_matched_by_these() -> None:
    old = KnowledgeGraph.from_triples([("_:x", "ex:p", "ex:n"), ("_:x", "ex:q", "_:y")])
    new = KnowledgeGraph.from_triples(
        [("_:x", "ex:p", "ex:n"), ("_:x", "ex:q", "_:y"), ("_:y", "ex:p", "ex:m")]
    )
    changes = diff(old, new)
    assert [(added, said.n_quad()) for added, said in changes.statements()] == [(True, "_:y <ex:p> <ex:m> .")]
