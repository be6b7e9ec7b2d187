"""A graph as networkx holds it, for its algorithms and for small pictures (https://networkx.org)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

    from graphs.store import KnowledgeGraph

__all__ = ["to_networkx"]


def to_networkx(graph: KnowledgeGraph, language: str = "en") -> nx.MultiDiGraph:
    """Return the triples as a networkx graph.

    Nodes are IRIs with a ``label``; edge keys are relation IRIs, and edges have a ``label`` and a ``weight``.
    Other literals are left out.
    """
    import networkx as nx

    iris = graph.entity_iris(range(graph.num_entities))
    relations = graph.relation_iris
    labels = [graph.relation_label(iri, language) for iri in relations]
    exported = nx.MultiDiGraph()
    exported.add_nodes_from(
        (iri, {"label": graph.label(entity, language)}) for entity, iri in enumerate(iris)
    )
    columns = (graph.heads, graph.relation_ids, graph.tails, graph.weights)
    for head, relation, tail, weight in zip(*(column.tolist() for column in columns), strict=True):
        exported.add_edge(iris[head], iris[tail], relations[relation], label=labels[relation], weight=weight)
    return exported
