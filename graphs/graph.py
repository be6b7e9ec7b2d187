"""KnowledgeGraph: a graph with all that can be done with it, in one place.

Every method calls the module where the work is done, which is loaded then: opening a graph waits for no parser.
:class:`graphs.store.Store` holds the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from graphs.assemble import assemble
from graphs.block import Block
from graphs.store import Store

if TYPE_CHECKING:
    import networkx as nx
    import numpy.typing as npt
    import rdflib
    from torch_geometric.data import HeteroData

    from graphs.describe import Description
    from graphs.exporting import ExportReport
    from graphs.operations.diff import GraphDiff
    from graphs.operations.split import Split
    from graphs.query import Answer
    from graphs.schema import Schema
    from graphs.stats import Statistics
    from graphs.validate import Report

__all__ = ["KnowledgeGraph"]


class KnowledgeGraph(Store):
    """A read-only graph, made by :class:`graphs.GraphBuilder`, :meth:`from_triples`, :meth:`open` or a reader.

    >>> graph = KnowledgeGraph.from_triples(
    ...     [("ex:owl", "ex:isA", "ex:bird"), ("ex:hen", "ex:isA", "ex:bird")],
    ...     literals=[("ex:owl", "http://www.w3.org/2004/02/skos/core#prefLabel", "owl (bird)", "en")],
    ... )
    >>> graph
    KnowledgeGraph(entities=3, relations=1, triples=2, literals=1)
    >>> graph.subset(seeds=["ex:owl"]).merged(graph).equals(graph)
    True
    """

    @classmethod
    def from_blocks(cls, blocks: Iterable[Block]) -> Self:
        """Make a graph of blocks of statements, which readers yield."""
        return cls(assemble(blocks))

    # To other libraries, and back.

    def to_networkx(
        self, language: str = "en", *, complete: bool = False, sources: bool = False
    ) -> nx.MultiDiGraph:
        """Return the triples as a networkx graph; see :func:`graphs.writers.networkx.to_networkx`.

        >>> exported = KnowledgeGraph.from_triples([("ex:a", "ex:hasPart", "ex:b")]).to_networkx()
        >>> list(exported.edges(keys=True, data=True))
        [('ex:a', 'ex:b', 'ex:hasPart', {'label': 'has part', 'weight': 1.0})]
        """
        from graphs.writers.networkx import to_networkx

        return to_networkx(self, language, complete=complete, sources=sources)

    @classmethod
    def from_networkx(cls, graph: nx.Graph, *, source: str = "networkx") -> Self:
        """Make a graph of a networkx graph; see :func:`graphs.readers.networks.from_networkx`."""
        from graphs.readers.networks import from_networkx

        return cls.from_blocks([from_networkx(graph, source=source)])

    def to_rdflib(self) -> rdflib.Dataset:
        """Return all statements as an rdflib dataset; see :func:`graphs.writers.rdflib.to_rdflib`."""
        from graphs.writers.rdflib import to_rdflib

        return to_rdflib(self)

    @classmethod
    def from_rdflib(cls, graph: rdflib.Graph, *, source: str = "rdflib") -> Self:
        """Make a graph of an rdflib graph or dataset; see :func:`graphs.writers.rdflib.from_rdflib`."""
        from graphs.writers.rdflib import from_rdflib

        return cls.from_blocks([from_rdflib(graph, source=source)])

    def to_triples(self, *, ids: bool = False) -> npt.NDArray[Any]:
        """Return the triples as an array, names or numbers [num_triples, 3]; :meth:`from_triples` takes names.

        >>> KnowledgeGraph.from_triples([("ex:owl", "ex:isA", "ex:bird")]).to_triples().tolist()
        [['ex:owl', 'ex:isA', 'ex:bird']]
        """
        from graphs.writers.arrays import to_triples

        return to_triples(self, ids=ids)

    def to_hetero(self, features: npt.NDArray[Any] | None = None) -> HeteroData:
        """Return the triples as torch_geometric data; see :func:`graphs.writers.hetero.to_hetero`."""
        from graphs.writers.hetero import to_hetero

        return to_hetero(self, features)

    @classmethod
    def from_hetero(cls, data: HeteroData, *, source: str = "torch_geometric") -> Self:
        """Make a graph of torch_geometric data; see :func:`graphs.writers.hetero.from_hetero`."""
        from graphs.writers.hetero import from_hetero

        return cls.from_blocks([from_hetero(data, source=source)])

    def export(self, path: str | Path, *, format: str | None = None, lossy: bool = False) -> ExportReport:  # noqa: A002
        """Write the graph to a file of any format; see :func:`graphs.exporting.export_graph`."""
        from graphs.exporting import ExportOptions, export_graph

        return export_graph(self, Path(path), ExportOptions(format=format, lossy=lossy))

    # What can be asked of it.

    def validate(self, *, shapes: Store | None = None, languages: Sequence[str] = ()) -> Report:
        """Check the graph's structure, and SHACL shapes; see :func:`graphs.validate.validate`."""
        from graphs.validate import validate

        return validate(self, shapes=shapes, languages=languages)

    def statistics(self, *, top: int = 20, language: str = "en") -> Statistics:
        """Return sizes, degrees, components, relations and labels; see :func:`graphs.stats.statistics`."""
        from graphs.stats import statistics

        return statistics(self, top=top, language=language)

    def query(self, text: str, *, limit: int | None = None) -> Answer:
        """Answer a SPARQL query; see :func:`graphs.query.query`."""
        from graphs.query import query

        return query(self, text, limit=limit)

    def describe(self, entity: int, *, language: str = "en", limit: int = 10) -> Description:
        """Return all that is said of an entity; see :func:`graphs.describe.describe`."""
        from graphs.describe import describe

        return describe(self, entity, language=language, limit=limit)

    def schema(self) -> Schema:
        """Return the classes and properties that the graph declares; see :class:`graphs.schema.Schema`."""
        from graphs.schema import Schema

        return Schema.of(self)

    # New graphs.

    def subset(
        self,
        *,
        seeds: Sequence[str] = (),
        hops: int = 1,
        relations: Sequence[str] = (),
        sources: Sequence[str] = (),
        graphs: Sequence[str] = (),
    ) -> Self:
        """Return a part of the graph; see :func:`graphs.operations.subset.subset`."""
        from graphs.operations.subset import subset

        found = subset(self, seeds=seeds, hops=hops, relations=relations, sources=sources, graphs=graphs)
        return type(self)(found.columns)

    def merged(self, *others: Store) -> Self:
        """Return the union with other graphs, sources kept; see :func:`graphs.operations.merging.merge`."""
        from graphs.operations.merging import merge

        return type(self)(merge([self, *others]))

    def diff(self, new: Store, *, provenance: bool = False) -> GraphDiff:
        """Compare with a newer graph; see :func:`graphs.operations.diff.diff`."""
        from graphs.operations.diff import diff

        return diff(self, new, provenance=provenance)

    def forget(self, source: str) -> Self:
        """Return the graph that was never given a source; see :func:`graphs.operations.editing.forget`.

        >>> graph = KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")], source="a.nt")
        >>> graph.forget("a.nt").num_triples
        0
        """
        from graphs.operations.editing import forget

        return type(self)(forget(self, source).columns)

    def split(
        self, ratios: Sequence[float] = (0.8, 0.1, 0.1), *, seed: int = 0, inductive: bool = False
    ) -> Split:
        """Divide the triples for link prediction; see :func:`graphs.operations.split.split`."""
        from graphs.operations.split import split

        return split(self, ratios, seed=seed, inductive=inductive)

    def entailed(self) -> Self:
        """Return the graph with what its schema entails; see :func:`graphs.entailment.entailed`."""
        from graphs.entailment import entailed

        return type(self)(assemble([self.block(), entailed(self)], self.prefixes))
