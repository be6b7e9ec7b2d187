"""Merging: what any graph says, with its sources, and blank nodes that stay apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphBuilder, GraphError, KnowledgeGraph
from graphs.assemble import assemble
from graphs.operations.editing import forget
from graphs.operations.merging import merge, merge_prefixes
from graphs.prefix_map import PrefixMap

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ex:a", "ex:b"]),
        st.sampled_from(["ex:r", "ex:s"]),
        st.sampled_from(["ex:a", "ex:c"]),
        st.sampled_from(["one", "two"]),
        st.sampled_from([0.5, 1.0]),
    ),
    max_size=8,
)
Rows = list[tuple[str, str, str, str, float]]
SCOPED = "_:0123456789ab-x"


def build(rows: Rows) -> KnowledgeGraph:
    builder = GraphBuilder()
    for head, relation, tail, source, weight in rows:
        builder.add(head, relation, tail, source=source, weight=weight)
        builder.add_literal(head, relation, tail, source=source, weight=weight)
    return builder.build()


@settings(max_examples=50)
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_merging_is_building_of_everything_at_once(parts: list[Rows]) -> None:
    merged = KnowledgeGraph(merge([build(rows) for rows in parts]))
    assert merged.equals(build([row for rows in parts for row in rows]))


def test_blank_nodes_of_different_graphs_stay_apart_wherever_they_are_named() -> None:
    def one(tail: str) -> KnowledgeGraph:
        builder = GraphBuilder()
        builder.add("_:x", "ex:eats", tail, graph="_:g")
        builder.add("ex:me", "ex:says", f"<<( _:x <ex:eats> <{tail}> )>>")
        return builder.build()

    merged = KnowledgeGraph(merge([one("ex:mouse"), one("ex:corn")]))
    assert merged.entity_iris(range(merged.num_entities)) == [
        "<<( _:x <ex:eats> <ex:mouse> )>>",
        "<<( _:x-2 <ex:eats> <ex:corn> )>>",
        "_:x",
        "_:x-2",
        "ex:corn",
        "ex:me",
        "ex:mouse",
    ]
    assert set(merged.graphs()) == {"", "_:g", "_:g-2"}


def test_new_names_of_blank_nodes_are_free() -> None:
    graphs = [
        KnowledgeGraph.from_triples([("_:x", "ex:r", "ex:a"), ("_:x-2", "ex:r", "ex:b")]),
        KnowledgeGraph.from_triples([("_:x", "ex:r", "ex:c"), ("_:x-3", "ex:r", "ex:d")]),
        KnowledgeGraph.from_triples([("_:x", "ex:r", "ex:e")]),
    ]
    merged = KnowledgeGraph(merge(graphs))
    blanks = [iri for iri in merged.entity_iris(range(merged.num_entities)) if iri.startswith("_:")]
    assert blanks == ["_:x", "_:x-2", "_:x-3", "_:x-4", "_:x-5"]


def test_blank_nodes_named_after_their_file_are_the_same_in_both() -> None:
    graph = KnowledgeGraph.from_triples([(SCOPED, "ex:r", "ex:a")], source="a.ttl")
    assert KnowledgeGraph(merge([graph, graph])).equals(graph)


def test_prefixes_are_merged_and_a_conflict_names_both() -> None:
    one, two = {"ex": "http://a.example/", "a": "http://a/"}, {"ex": "http://b.example/", "b": "http://b/"}
    message = "'ex' stands for http://a.example/ in old and for http://b.example/ in new"
    with pytest.raises(GraphError, match=message):
        merge_prefixes([one, two], names=["old", "new"])
    assert merge_prefixes([one, two], prefer="first") == {**two, **one}
    assert merge_prefixes([one, two], prefer="last") == {**one, **two}


def test_nothing_to_merge_is_an_error() -> None:
    with pytest.raises(GraphError, match="at least one graph"):
        merge([])


def test_prefixes_keep_their_source_so_that_they_can_be_forgotten() -> None:
    def declaring(source: str, namespace: str) -> KnowledgeGraph:
        graph = KnowledgeGraph.from_triples([("ex:a", "ex:r", source)], source=source)
        columns = assemble([graph.block()], PrefixMap(None, {source: {"p": namespace, source: namespace}}))
        return KnowledgeGraph(columns)

    merged = merge([declaring("b", "http://b/"), declaring("a", "http://a/")], prefer="first")
    assert dict(merged.prefixes) == {"p": "http://b/", "a": "http://a/", "b": "http://b/"}
    assert dict(forget(KnowledgeGraph(merged), "a").columns.prefixes) == {"p": "http://b/", "b": "http://b/"}
