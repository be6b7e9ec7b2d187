"""Mapping names: cliques, leaders, and that nothing is lost by it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphBuilder, GraphError, KnowledgeGraph
from graphs.operations.mapping import Mapped, map_names
from graphs.operations.sssom import MappingRow, MappingTable
from graphs.vocabulary import (
    OWL_EQUIVALENT_PROPERTY,
    OWL_SAME_AS,
    RDFS_LABEL,
    SKOS_CLOSE_MATCH,
    SKOS_EXACT_MATCH,
)

Triples = set[tuple[str, str, str]]


def table(
    *pairs: tuple[str, str], predicate: str = SKOS_EXACT_MATCH, confidence: float = 1.0
) -> MappingTable:
    rows = [MappingRow(one, predicate, other, confidence, line) for line, (one, other) in enumerate(pairs, 1)]
    return MappingTable(rows, prefixes={"a": "a:", "b": "b:", "c": "c:"})


def told(mapped: Mapped) -> Triples:
    graph = KnowledgeGraph(mapped.columns)
    iris = graph.entity_iris(range(graph.num_entities))
    rows = zip(graph.heads.tolist(), graph.relation_ids.tolist(), graph.tails.tolist(), strict=True)
    return {(iris[head], graph.relation_iris[relation], iris[tail]) for head, relation, tail in rows}


OWLS = [("a:owl", "a:eats", "a:mouse"), ("b:owl", "b:eats", "b:mouse")]


def test_the_leader_takes_the_place_of_the_others_and_keeps_their_names() -> None:
    mapped = map_names(
        KnowledgeGraph.from_triples(OWLS),
        table(("a:owl", "b:owl"), ("a:eats", "b:eats"), ("x:unknown", "y:unknown")),
        prefer=["b"],
        source="t.tsv",
    )
    assert told(mapped) == {
        ("b:owl", "b:eats", "a:mouse"),
        ("b:owl", "b:eats", "b:mouse"),
        ("b:owl", OWL_SAME_AS, "a:owl"),
        ("b:eats", OWL_EQUIVALENT_PROPERTY, "a:eats"),
    }
    assert (mapped.rewritten, mapped.merged, mapped.unused) == (1, 0, 1)
    assert KnowledgeGraph(mapped.columns).sources() == {"": 2, "t.tsv": 2}


@pytest.mark.parametrize(
    ("prefer", "leader"),
    [([], "b:owl"), (["c"], "c:owl"), (["x:", "c:"], "c:owl"), (["b", "c"], "b:owl")],
)
def test_who_leads(prefer: list[str], leader: str) -> None:
    graph = KnowledgeGraph.from_triples([("b:owl", "x:r", "x:n"), ("c:owl", "x:r", "x:m")])
    mapped = map_names(graph, table(("a:owl", "b:owl"), ("a:owl", "c:owl")), prefer=prefer)
    assert [clique.leader for clique in mapped.cliques] == [leader]


def test_blank_nodes_lead_only_among_themselves() -> None:
    graph = KnowledgeGraph.from_triples(
        [("_:a", OWL_SAME_AS, "z:b"), ("_:a", "x:r", "_:c"), ("_:c", OWL_SAME_AS, "_:d")]
    )
    mapped = map_names(graph)
    assert [clique.leader for clique in mapped.cliques] == ["_:c", "z:b"]
    assert ("z:b", "x:r", "_:c") in told(mapped)


def test_what_the_graph_equates_itself_stays_as_it_stands() -> None:
    graph = KnowledgeGraph.from_triples(
        [
            ("b:1", OWL_SAME_AS, "a:1"),
            ("b:1", OWL_SAME_AS, "c:1"),
            ("c:1", "x:r", "x:n"),
            ("c:1", SKOS_EXACT_MATCH, "d:1"),
        ]
    )
    assert told(map_names(graph)) == {
        ("b:1", OWL_SAME_AS, "a:1"),
        ("b:1", OWL_SAME_AS, "c:1"),
        ("a:1", OWL_SAME_AS, "b:1"),
        ("a:1", OWL_SAME_AS, "c:1"),
        ("a:1", "x:r", "x:n"),
        ("a:1", SKOS_EXACT_MATCH, "d:1"),
    }


def test_asked_predicates_alone_count_in_table_and_graph() -> None:
    graph = KnowledgeGraph.from_triples(
        [("a:1", OWL_SAME_AS, "b:1"), ("c:1", SKOS_CLOSE_MATCH, "d:1"), ("d:1", "x:r", "x:n")]
    )
    mapped = map_names(graph, table(("a:1", "c:1")), predicates=[SKOS_CLOSE_MATCH])
    assert [(clique.leader, clique.others) for clique in mapped.cliques] == [("c:1", ("d:1",))]
    assert mapped.unused == 1


def test_unsure_mappings_are_left_out() -> None:
    graph = KnowledgeGraph.from_triples(OWLS)
    unsure = table(("a:owl", "b:owl"), confidence=0.4)
    assert map_names(graph, unsure, min_confidence=0.5).cliques == []
    assert len(map_names(graph, unsure, min_confidence=0.4).cliques) == 1


def test_literals_named_graphs_weights_and_triple_terms_follow() -> None:
    builder = GraphBuilder()
    builder.add("a:1", "a:r", "a:2", source="s", graph="x:g", weight=0.5)
    builder.add("b:1", "a:r", "a:2", source="s", graph="x:g", weight=0.75)
    builder.add_literal("a:1", "a:r", "one", language="en", source="s")
    builder.add("x:me", "x:says", '<<( <a:1> <a:r> <<( <a:2> <x:p> "a:1" )>> )>>', source="s")
    mapped = map_names(builder.build(), table(("a:1", "b:1"), ("a:r", "b:r"), ("a:2", "b:2")), prefer=["b"])
    graph = KnowledgeGraph(mapped.columns)
    assert ("x:me", "x:says", '<<( <b:1> <b:r> <<( <b:2> <x:p> "a:1" )>> )>>') in told(mapped)
    assert (mapped.rewritten, mapped.merged) == (4, 1)
    assert graph.graphs() == {"": 5, "x:g": 1}
    assert graph.edges("b:r")[2].tolist() == [0.75]
    assert graph.literals.column("predicate").to_pylist() == ["b:r"]
    assert graph.entity_iris(graph.literals.column("subject").to_numpy()) == ["b:1"]


NAMES = [f"{prefix}:{number}" for prefix in "abc" for number in range(3)]
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=6)
TRIPLES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(["x:r", OWL_SAME_AS]), st.sampled_from(NAMES)),
    min_size=1,
    max_size=10,
)


def leaders(pairs: list[tuple[str, str]]) -> dict[str, set[str]]:
    """Merge the sets of names, one pair after another."""
    sets = {name: {name} for name in NAMES}
    for one, other in pairs:
        union = sets[one] | sets[other]
        for name in union:
            sets[name] = union
    return sets


@settings(max_examples=40)
@given(TRIPLES, PAIRS)
def test_cliques_equal_a_slow_reference_and_mapping_again_changes_nothing(
    triples: list[tuple[str, str, str]], pairs: list[tuple[str, str]]
) -> None:
    graph = KnowledgeGraph.from_triples(triples)
    mapped = map_names(graph, table(*pairs), prefer=["c", "b"])
    stated = [(head, tail) for head, relation, tail in triples if relation == OWL_SAME_AS]
    same = leaders(pairs + stated)
    known = set(graph.entity_iris(range(graph.num_entities)))
    # Among the names of one prefix, those that the graph has come first.
    leader = {name: min(same[name], key=lambda one: (-ord(one[0]), one not in known, one)) for name in NAMES}
    rest = {triple for triple in told(mapped) if triple[1] == "x:r"}
    assert rest == {
        (leader[head], "x:r", leader[tail]) for head, relation, tail in triples if relation == "x:r"
    }
    found = told(mapped)
    for name in known:
        assert name == leader[name] or (leader[name], OWL_SAME_AS, name) in found
    again = map_names(KnowledgeGraph(mapped.columns), table(*pairs), prefer=["c", "b"])
    assert told(again) == found
    assert again.rewritten == 0


def test_labels_of_all_names_are_labels_of_the_leader() -> None:
    builder = GraphBuilder()
    builder.add_literal("a:1", RDFS_LABEL, "owl", language="en")
    builder.add_literal("b:1", RDFS_LABEL, "Eule", language="de")
    graph = KnowledgeGraph(map_names(builder.build(), table(("a:1", "b:1"))).columns)
    assert graph.labels(graph.entity_id("a:1")) == ["Eule", "owl"]


def test_an_unknown_preferred_prefix_is_an_error() -> None:
    with pytest.raises(
        GraphError, match="unknown prefix 'MONDO'; the graph and the mapping table know a, b, c"
    ):
        map_names(KnowledgeGraph.from_triples(OWLS), table(("a:owl", "b:owl")), prefer=["MONDO"])
