"""Readers: from files to a :class:`graphs.KnowledgeGraph`. One family of formats a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from graphs.columns import META
from graphs.errors import GraphError, GraphFormatError
from graphs.readers.rdf import FORMATS, read_rdf
from graphs.readers.wordnet import read_wordnet
from graphs.store import KnowledgeGraph

__all__ = ["READERS", "read_graph", "read_rdf", "read_wordnet"]

READERS: Final[dict[str, Callable[[Path], KnowledgeGraph]]] = {
    "store": KnowledgeGraph.open,
    "wordnet": read_wordnet,
    **{name: partial(read_rdf, format=name) for name in FORMATS},
}
"""What a graph can be read from, by name."""


def read_graph(path: str | Path, *, format: str | None = None) -> KnowledgeGraph:  # noqa: A002 - as in read_rdf
    """Read a graph from a file or a folder.

    Args:
        path: an RDF file (its ending tells the format), a folder of WordNet's database, or a stored graph.
        format: a name in :data:`READERS`; left out, the path tells.

    Raises:
        GraphError: an unknown format.
        GraphFormatError: there is no such file, nothing tells its format, or it cannot be parsed.
        EmptyGraphError: an RDF file without any statement.
        GraphStoreError: a stored graph is damaged.
    """
    path = Path(path)
    if format is not None:
        if format not in READERS:
            raise GraphError(f"unknown graph format {format!r}; known are {', '.join(READERS)}")
        return READERS[format](path)
    if not path.exists():
        raise GraphFormatError("there is no such file or folder", path)
    if not path.is_dir():
        return read_rdf(path)
    if (path / META).is_file():
        return KnowledgeGraph.open(path)
    if (path / "data.noun").is_file():
        return read_wordnet(path)
    raise GraphFormatError(
        f"expected a stored graph (a folder with {META}) or a WordNet database (a folder with data.noun)",
        path,
    )
