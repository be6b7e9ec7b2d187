"""A graph as a file of RDF: N-Triples, N-Quads, Turtle, TriG, RDF/XML, JSON-LD or Notation3.

N-Triples and N-Quads are written by columns; the other syntaxes are made of these by pyoxigraph. Specifications:
https://www.w3.org/TR/n-triples/, https://www.w3.org/TR/n-quads/, https://www.w3.org/TR/turtle/,
https://www.w3.org/TR/trig/, https://www.w3.org/TR/rdf-syntax-grammar/, https://www.w3.org/TR/json-ld11/ and
https://www.w3.org/TeamSubmission/n3/ (of which the part is written that is Turtle).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph as ox

from graphs.bare_names import NAMES
from graphs.errors import GraphError
from graphs.store import Store
from graphs.writers.packing import created
from graphs.writers.quads import Quads, as_stream
from graphs.writers.writable import Dialect
from graphs.writers.written import PREFIXES, Written

__all__ = ["RDF_FORMATS", "write_rdf"]


@dataclass(frozen=True, slots=True)
class _Syntax:
    """How a format is written, and what it has a place for."""

    format: ox.RdfFormat
    dialect: Dialect
    prefixes: bool = True


RDF_FORMATS: Final[dict[str, _Syntax]] = {
    "n-triples": _Syntax(ox.RdfFormat.N_TRIPLES, Dialect(), prefixes=False),
    "n-quads": _Syntax(ox.RdfFormat.N_QUADS, Dialect(graphs=True), prefixes=False),
    "turtle": _Syntax(ox.RdfFormat.TURTLE, Dialect()),
    "trig": _Syntax(ox.RdfFormat.TRIG, Dialect(graphs=True)),
    "rdf-xml": _Syntax(ox.RdfFormat.RDF_XML, Dialect(rdf12=False, xml=True)),
    "json-ld": _Syntax(ox.RdfFormat.JSON_LD, Dialect(graphs=True, rdf12=False), prefixes=False),
    "n3": _Syntax(ox.RdfFormat.N3, Dialect(rdf12=False)),
}
"""Formats by name."""

_LINES: Final = (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS)
_XML_PREFIXES: Final = re.compile("(?!xml)[A-Za-z][A-Za-z0-9_.-]*", re.IGNORECASE)
_TURTLE_PREFIXES: Final = re.compile(r"([^\W\d_]([\w.-]*[\w-])?)?")


def write_rdf(
    store: Store,
    path: Path,
    format: str,  # noqa: A002 - the word that every RDF library uses
    *,
    namespace: str = NAMES,
    provenance: bool = False,
) -> Written:
    """Write a graph to a file of RDF.

    Every statement is written once, though several sources say it. Names that are no IRIs become IRIs under
    ``namespace``; see :mod:`graphs.bare_names`. A blank node keeps its name where the syntax allows it.

    Args:
        store: the graph.
        path: the file; packed where it ends in ``.gz``, ``.bz2``, ``.xz`` or ``.zst``.
        format: a name in :data:`RDF_FORMATS`.
        namespace: where names that are no IRIs become IRIs.
        provenance: whether to say of every statement, as an ``rdf:Statement``, which source it comes from
            (``dcterms:source``), and its weight where it is not 1.

    Returns:
        How many statements the file holds, and what the format has no place for: named graphs in all but N-Quads,
        TriG and JSON-LD; triple terms and base directions in RDF/XML, JSON-LD and Notation3; in RDF/XML also
        relations that XML cannot name and control characters; and, without ``provenance``, weights and sources.

    Raises:
        GraphError: an unknown format, a namespace that is no IRI, or a file that cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> graph = Store.from_triples([("http://example.org/owl", "http://example.org/eats", "mouse")])
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "owls.nt")
    ...     write_rdf(graph, path, "n-triples").statements, path.read_text()
    (1, '<http://example.org/owl> <http://example.org/eats> <urn:graphs:name:mouse> .\\n')
    """
    if format not in RDF_FORMATS:
        raise GraphError(f"unknown RDF format {format!r}; known are {', '.join(RDF_FORMATS)}")
    try:
        ox.NamedNode(namespace)
    except ValueError as error:
        raise GraphError(
            f"expected an absolute IRI as the namespace of bare names, got {namespace!r}"
        ) from error
    syntax = RDF_FORMATS[format]
    quads = Quads(store, syntax.dialect, namespace=namespace, provenance=provenance)
    prefixes = {}
    if syntax.prefixes:
        fits = _fits_xml if syntax.dialect.xml else _fits_turtle
        prefixes = {prefix: iri for prefix, iri in store.prefixes.items() if fits(prefix, iri)}
    with created(path) as stream:
        if syntax.format in _LINES:
            for lines in quads.lines():
                stream.write(lines)
        else:
            _serialize(quads, syntax, prefixes, stream)
    left_out = dict(quads.left_out)
    if len(prefixes) < len(store.prefixes):
        left_out[PREFIXES] = len(store.prefixes) - len(prefixes)
    return Written(quads.statements, left_out)


def _serialize(quads: Quads, syntax: _Syntax, prefixes: Mapping[str, str], stream: IO[bytes]) -> None:
    # The lines are valid: checking their IRIs again would take as long as all the rest.
    parsed = ox.parse(as_stream(quads.lines()), ox.RdfFormat.N_QUADS, lenient=True)
    output = cast(IO[bytes], _KeptReturns(stream)) if syntax.dialect.xml else stream
    ox.serialize(parsed, output, syntax.format, prefixes=dict(prefixes))


class _KeptReturns:
    """A stream that writes carriage returns as references: XML parsers take plain ones for line ends."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        self._stream.write(bytes(data).replace(b"\r", b"&#13;"))
        return len(data)

    def flush(self) -> None:
        self._stream.flush()


def _fits_turtle(prefix: str, iri: str) -> bool:
    """Tell whether Turtle can declare a prefix (https://www.w3.org/TR/turtle/#grammar-production-PN_PREFIX)."""
    if not _TURTLE_PREFIXES.fullmatch(prefix) or ">" in iri:
        return False
    try:
        return not any(ox.parse(f"@prefix {prefix}: <{iri}> .".encode(), ox.RdfFormat.TURTLE))
    except SyntaxError:
        return False


def _fits_xml(prefix: str, iri: str) -> bool:
    """Tell whether an XML document can declare a prefix (https://www.w3.org/TR/xml-names/#ns-decl)."""
    return _XML_PREFIXES.fullmatch(prefix) is not None and _fits_turtle(prefix, iri)
