"""GraphBuilder: collects statements and makes a :class:`~graphs.store.KnowledgeGraph` of them."""

from __future__ import annotations

from graphs.statements import Statements
from graphs.store import KnowledgeGraph

__all__ = ["GraphBuilder"]


class GraphBuilder(Statements):
    """Collects triples, literals and whole graphs.

    >>> from graphs.vocabulary import SKOS_BROADER, SKOS_PREF_LABEL
    >>> builder = GraphBuilder()
    >>> builder.add("ex:owl", SKOS_BROADER, "ex:bird", source="my thesaurus")
    >>> builder.add_literal("ex:owl", SKOS_PREF_LABEL, "Eule", language="de", source="my thesaurus")
    >>> graph = builder.build()
    >>> graph
    KnowledgeGraph(entities=2, relations=1, triples=1, literals=1)
    >>> graph.label(graph.entity_id("ex:owl"), "de"), graph.sources()
    ('Eule', {'my thesaurus': 2})
    """

    def add_graph(self, other: KnowledgeGraph) -> None:
        """Add every statement of another graph, with its source and weight."""
        self.add_columns(other.columns)

    def build(self) -> KnowledgeGraph:
        """Return the graph: duplicates merged, everything sorted; the builder may go on collecting."""
        return KnowledgeGraph(self.columns())
