"""Subsets against slow references: sets of tuples, and a walk that goes from entity to entity."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphBuilder, GraphError, KnowledgeGraph, UnknownTermError
from graphs.operations.subset import Direction, subset
from graphs.vocabulary import OWL_INVERSE_OF, OWL_OBJECT_PROPERTY, RDF_TYPE, RDFS_LABEL

ENTITIES = [f"ex:{letter}" for letter in "abcdef"]
TRIPLES = st.lists(
    st.tuples(
        st.sampled_from(ENTITIES),
        st.sampled_from(["ex:r", "ex:s"]),
        st.sampled_from(ENTITIES),
        st.sampled_from(["one", "two"]),
        st.sampled_from(["", "ex:g"]),
    ),
    min_size=1,
    max_size=20,
)
Rows = list[tuple[str, str, str, str, str]]


def build(rows: Rows) -> KnowledgeGraph:
    builder = GraphBuilder()
    for head, relation, tail, source, graph in rows:
        builder.add(head, relation, tail, source=source, graph=graph)
        builder.add_literal(head, RDFS_LABEL, head.upper(), source=source, graph=graph)
    return builder.build()


def told(graph: KnowledgeGraph) -> set[tuple[str, str, str]]:
    return {
        (graph.entity_iri(head), relation, graph.entity_iri(tail))
        for relation in graph.relation_iris
        for head, tail in zip(*(ends.tolist() for ends in graph.edges(relation)[:2]), strict=True)
    }


def labels(graph: KnowledgeGraph) -> set[str]:
    return set(graph.literals.column("value").to_pylist())


def walked(triples: set[tuple[str, str, str]], seed: str, hops: int, direction: str) -> set[str]:
    reached = {seed}
    for _ in range(hops):
        found = set()
        for head, _, tail in triples:
            if head in reached and direction != "in":
                found.add(tail)
            if tail in reached and direction != "out":
                found.add(head)
        reached |= found
    return reached


@settings(max_examples=30)
@given(TRIPLES, st.integers(0, 3), st.sampled_from(["out", "in", "both"]), st.sampled_from(["", "ex:r"]))
def test_hops_equal_a_slow_walk(rows: Rows, hops: int, direction: Direction, relation: str) -> None:
    graph = build(rows)
    triples = {triple for triple in told(graph) if relation in ("", triple[1])}
    seed = rows[0][0]
    if relation and relation not in graph.relation_iris:
        return
    found = KnowledgeGraph(
        subset(
            graph, seeds=[seed], hops=hops, direction=direction, relations=[relation] if relation else []
        ).columns
    )
    kept = walked(triples, seed, hops, direction)
    assert told(found) == {triple for triple in triples if triple[0] in kept and triple[2] in kept}
    assert labels(found) == {label for label in labels(graph) if label.lower() in kept}


@settings(max_examples=40)
@given(TRIPLES, st.sampled_from(["one", "two"]))
def test_what_a_source_says_is_what_it_alone_would_have_made(rows: Rows, source: str) -> None:
    own = [row for row in rows if row[3] == source]
    graph = build(rows)
    if own:
        assert KnowledgeGraph(subset(graph, sources=[source]).columns).equals(build(own))
    else:
        with pytest.raises(UnknownTermError, match=f"no source '{source}'"):
            subset(graph, sources=[source])


def test_a_named_graph_is_kept_alone_and_the_empty_name_is_the_default_graph() -> None:
    rows: Rows = [("ex:a", "ex:r", "ex:b", "one", "ex:g"), ("ex:a", "ex:r", "ex:c", "one", "")]
    graph = build(rows)
    for name, row in (("ex:g", rows[0]), ("", rows[1])):
        assert KnowledgeGraph(subset(graph, graphs=[name]).columns).equals(build([row]))


def test_what_describes_a_kept_relation_is_kept() -> None:
    builder = GraphBuilder()
    builder.add("ex:owl", "ex:eats", "ex:mouse")
    builder.add("ex:owl", "ex:lives", "ex:barn")
    builder.add("ex:eats", RDF_TYPE, OWL_OBJECT_PROPERTY)
    builder.add("ex:lives", RDF_TYPE, OWL_OBJECT_PROPERTY)
    builder.add("ex:eatenBy", OWL_INVERSE_OF, "ex:eats")
    for relation in ("ex:eats", "ex:lives", "ex:eatenBy", "ex:age"):
        builder.add_literal(relation, RDFS_LABEL, relation[3:])
    builder.add_literal("ex:owl", "ex:age", "3")
    found = KnowledgeGraph(subset(builder.build(), relations=["ex:eats"]).columns)
    assert told(found) == {
        ("ex:owl", "ex:eats", "ex:mouse"),
        ("ex:eats", RDF_TYPE, OWL_OBJECT_PROPERTY),
        ("ex:eatenBy", OWL_INVERSE_OF, "ex:eats"),
    }
    assert labels(found) == {"eats", "eatenBy", "age", "3"}
    assert found.inverse_of("ex:eats") == "ex:eatenBy"


def test_a_predicate_of_literals_keeps_its_subjects() -> None:
    builder = GraphBuilder()
    builder.add("ex:owl", "ex:eats", "ex:mouse")
    builder.add_literal("ex:owl", "ex:age", "3")
    builder.add_literal("ex:mouse", "ex:size", "2")
    found = KnowledgeGraph(subset(builder.build(), relations=["ex:age"]).columns)
    assert (found.num_triples, labels(found)) == (0, {"3"})


def test_blank_nodes_bring_what_they_stand_for() -> None:
    graph = KnowledgeGraph.from_triples(
        [
            ("ex:owl", "ex:is", "_:restriction"),
            ("_:restriction", "ex:on", "ex:eats"),
            ("_:restriction", "ex:some", "_:list"),
            ("_:list", "ex:first", "ex:mouse"),
            ("ex:mouse", "ex:eats", "ex:corn"),
        ]
    )
    found = KnowledgeGraph(subset(graph, seeds=["ex:owl"], hops=1, direction="out").columns)
    assert ("_:list", "ex:first", "ex:mouse") in told(found)
    assert ("ex:mouse", "ex:eats", "ex:corn") not in told(found)


def test_the_limit_keeps_the_nearest_and_counts_the_others() -> None:
    graph = KnowledgeGraph.from_triples(
        [("ex:hub", "ex:r", f"ex:{number}") for number in range(9)] + [("ex:0", "ex:r", "ex:far")]
    )
    found = subset(graph, seeds=["ex:hub"], hops=2, limit=4)
    assert KnowledgeGraph(found.columns).entity_iris(range(4)) == ["ex:0", "ex:1", "ex:2", "ex:hub"]
    assert found.beyond_limit == 6
    with pytest.raises(GraphError, match="limit of 1 entities is less than the 2 seeds"):
        subset(graph, seeds=["ex:hub", "ex:0"], limit=1)


def test_prefixes_weights_and_sources_stay() -> None:
    builder = GraphBuilder()
    builder.prefixes["ex"] = "http://example.org/"
    builder.add("ex:a", "ex:r", "ex:b", source="one", weight=0.5)
    graph = builder.build()
    found = KnowledgeGraph(subset(graph, seeds=["ex:a"]).columns)
    assert found.equals(graph)
    assert dict(found.prefixes) == {"ex": "http://example.org/"}


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"seeds": ["ex:nobody"]}, "no entity 'ex:nobody'"),
        ({"relations": ["ex:nothing"]}, "no relation 'ex:nothing'"),
        ({"graphs": ["ex:nowhere"]}, "no named graph 'ex:nowhere'"),
    ],
)
def test_unknown_names_are_errors(conditions: dict[str, list[str]], message: str) -> None:
    graph = KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")])
    with pytest.raises(UnknownTermError, match=message):
        subset(graph, **conditions)  # type: ignore[arg-type]


def test_a_negative_number_of_hops_is_an_error() -> None:
    with pytest.raises(GraphError, match="from 0 up, got -1"):
        subset(KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")]), seeds=["ex:a"], hops=-1)
