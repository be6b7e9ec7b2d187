"""GraphBuilder: collects statements and makes a :class:`~graphs.KnowledgeGraph` of them."""

from __future__ import annotations

from graphs.assemble import assemble
from graphs.block import Block
from graphs.graph import KnowledgeGraph
from graphs.statements import Statements

__all__ = ["GraphBuilder"]


class GraphBuilder(Statements):
    """Collects triples, literals, blocks of them and whole graphs.

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

    def __init__(self) -> None:
        super().__init__()
        self.prefixes: dict[str, str] = {}
        self._blocks: list[Block] = []

    def add_block(self, block: Block) -> None:
        """Add the statements of a block."""
        self._blocks.append(block)

    def add_graph(self, other: KnowledgeGraph) -> None:
        """Add everything that another graph holds, with its sources and weights; its prefixes fill gaps."""
        self.add_block(other.block())
        self.prefixes = {**other.prefixes, **self.prefixes}

    def build(self) -> KnowledgeGraph:
        """Return a graph of all that has been added; adding may go on, without effect on it.

        What is said twice by one source is kept once, with the greater weight.
        """
        return KnowledgeGraph(assemble([self.block(), *self._blocks], self.prefixes))
