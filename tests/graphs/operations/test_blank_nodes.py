"""Blank nodes are found wherever a name may stand."""

from __future__ import annotations

from graphs import GraphBuilder, KnowledgeGraph
from graphs.assemble import assemble
from graphs.operations.blank_nodes import all_blank_nodes, rename_blank_nodes


def test_all_places_of_blank_nodes_are_known_and_renamed() -> None:
    builder = GraphBuilder()
    builder.add("_:a", "ex:r", "ex:b", graph="_:g")
    builder.add_literal("_:c", "ex:p", "_:text", graph="_:h")
    builder.add("ex:b", "ex:says", '<<( _:d <ex:_:p> "_:text" )>>')
    graph = builder.build()
    assert all_blank_nodes(graph.columns) == {"_:a", "_:g", "_:c", "_:h", "_:d"}
    renamed = KnowledgeGraph(assemble([rename_blank_nodes(graph.block(), lambda name: name + "9")]))
    assert all_blank_nodes(renamed.columns) == {"_:a9", "_:g9", "_:c9", "_:h9", "_:d9"}
    assert renamed.literals.column("value").to_pylist() == ["_:text"]
