"""One file, or one folder, as a graph in memory; :mod:`graphs.importing` stores many."""

from __future__ import annotations

from pathlib import Path

from graphs.assemble import Assembler
from graphs.errors import EmptyGraphError, GraphError, GraphFormatError
from graphs.graph import KnowledgeGraph
from graphs.prefix_map import PrefixMap
from graphs.readers import READERS, statements_of
from graphs.readers.reading import Reading
from graphs.readers.sniffing import format_of

__all__ = ["read_graph"]


def read_graph(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - the word that every RDF library uses
    base: str | None = None,
    source: str | None = None,
) -> KnowledgeGraph:
    """Read a graph from a file of any format, from a stored graph, or from a folder of WordNet's database.

    Args:
        path: the file or folder; files may be packed (.gz, .bz2, .xz, .zst).
        format: a name in :data:`graphs.readers.READERS`; left out, ending and content tell.
        base: what relative IRIs are resolved against; left out, the file's own ``file:`` IRI.
        source: kept with every statement; left out, the file's name.

    Raises:
        GraphError: an unknown format, or the base is no absolute IRI.
        GraphFormatError: there is no such file, nothing tells its format, or it cannot be parsed; says the line.
        EmptyGraphError: the file holds no statement.
        GraphStoreError: a stored graph is damaged.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "birds.ttl")
    ...     _ = path.write_text("@prefix ex: <http://example.org/> . ex:owl ex:eats ex:mouse .")
    ...     read_graph(path)
    KnowledgeGraph(entities=2, relations=1, triples=1, literals=0)
    """
    path = Path(path)
    if format is not None and format not in READERS:
        raise GraphError(f"unknown graph format {format!r}; known are {', '.join(READERS)}")
    if not path.exists():
        raise GraphFormatError("there is no such file or folder", path)
    name = format or format_of(path)
    if name == "store":
        return KnowledgeGraph.open(path)
    reading = Reading(path, source or path.name, name, base=base)
    assembler = Assembler()
    for block in statements_of(reading):
        assembler.add(block)
    graph = KnowledgeGraph(assembler.columns(PrefixMap(None, {reading.source: reading.prefixes})))
    if graph.num_triples + graph.num_literals == 0:
        raise EmptyGraphError(f"{path} holds no statement")
    return graph
