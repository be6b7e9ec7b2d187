"""A graph as networkx holds it, for its algorithms and for small pictures (https://networkx.org)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphs.writers.network_attributes import edges_of, nodes_of

if TYPE_CHECKING:
    import networkx as nx

    from graphs.store import Store

__all__ = ["to_networkx"]


def to_networkx(
    graph: Store, language: str = "en", *, complete: bool = False, sources: bool = False
) -> nx.MultiDiGraph:
    """Return the triples as a networkx graph.

    Nodes are IRIs with a ``label``; edge keys are relation IRIs, and edges have a ``label`` and a ``weight``.
    Other literals are left out, unless all is asked for.

    Args:
        graph: the graph.
        language: of the labels.
        complete: keep everything else too: literals as attributes of nodes (see :mod:`graphs.attribute_names`), an
            edge for every named graph that a triple stands in (``relation`` and ``graph`` of the edge), and the
            prefixes. :func:`graphs.readers.networks.from_networkx` makes the same graph of it again.
        sources: with ``complete``, keep the sources of statements as well (``stated_by`` of an edge).
    """
    if complete:
        return _complete(graph, sources)
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


def _complete(graph: Store, sources: bool) -> nx.MultiDiGraph:
    import networkx as nx

    exported = nx.MultiDiGraph()
    if graph.prefixes:
        exported.graph["prefixes"] = dict(graph.prefixes)
    for node in nodes_of(graph, xml=False, sources=sources):
        exported.add_node(node.name)
        exported.nodes[node.name].update(node.attributes)
    for edge in edges_of(graph, sources=sources):
        said: dict[str, Any] = {"relation": edge.relation, "weight": edge.weight}
        if edge.graph:
            said["graph"] = edge.graph
        if sources and edge.source:
            said["stated_by"] = edge.source
        number = exported.add_edge(edge.head, edge.tail)
        exported.edges[edge.head, edge.tail, number].update(said)
    return exported
