"""Export to networkx."""

from __future__ import annotations

from graphs import GraphBuilder
from graphs.vocabulary import RDFS_LABEL
from graphs.writers.networkx import to_networkx


def test_nodes_and_edges_carry_labels_and_weights() -> None:
    builder = GraphBuilder()
    builder.add("ex:a", "ex:r", "ex:b", weight=0.5)
    builder.add("ex:a", "ex:s", "ex:b")
    builder.add("ex:b", "ex:r", "ex:b")
    builder.add_literal("ex:a", RDFS_LABEL, "der erste", language="de")
    builder.add_literal("ex:r", RDFS_LABEL, "erreicht", language="de")
    graph = to_networkx(builder.build(), "de")
    assert dict(graph.nodes(data="label")) == {"ex:a": "der erste", "ex:b": "b", "ex:r": "erreicht"}
    assert sorted(graph.edges(keys=True, data="weight")) == [
        ("ex:a", "ex:b", "ex:r", 0.5),
        ("ex:a", "ex:b", "ex:s", 1.0),
        ("ex:b", "ex:b", "ex:r", 1.0),
    ]
    assert graph.edges["ex:a", "ex:b", "ex:r"]["label"] == "erreicht"
