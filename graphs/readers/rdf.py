"""RDF files: Turtle, N-Triples, N-Quads, TriG, RDF/XML, JSON-LD (by pyoxigraph) and Notation3 (by rdflib).

Specifications: https://www.w3.org/TR/turtle/, https://www.w3.org/TR/n-triples/, https://www.w3.org/TR/n-quads/,
https://www.w3.org/TR/trig/, https://www.w3.org/TR/rdf-syntax-grammar/, https://www.w3.org/TR/json-ld11/ and
https://www.w3.org/TeamSubmission/n3/. Nothing is fetched while parsing: a remote JSON-LD context is an error.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph as ox

from graphs import vocabulary as v
from graphs.builder import GraphBuilder
from graphs.errors import EmptyGraphError, GraphError, GraphFormatError
from graphs.readers.notation3 import NotationError, parse_notation3
from graphs.store import KnowledgeGraph

__all__ = ["ENDINGS", "FORMATS", "read_rdf"]

FORMATS: Final[dict[str, ox.RdfFormat]] = {
    "turtle": ox.RdfFormat.TURTLE,
    "n-triples": ox.RdfFormat.N_TRIPLES,
    "n-quads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdf-xml": ox.RdfFormat.RDF_XML,
    "json-ld": ox.RdfFormat.JSON_LD,
    "n3": ox.RdfFormat.N3,
}
"""Formats by name."""

ENDINGS: Final[dict[str, str]] = {
    ".ttl": "turtle",
    ".turtle": "turtle",
    ".nt": "n-triples",
    ".nq": "n-quads",
    ".trig": "trig",
    ".rdf": "rdf-xml",
    ".owl": "rdf-xml",
    ".xml": "rdf-xml",
    ".jsonld": "json-ld",
    ".json": "json-ld",
    ".n3": "n3",
}
"""Format that a file's ending tells; ``.gz`` may follow it."""

_SIGNS: Final = (
    (re.compile(rb"\s*<!doctype html|\s*<html", re.IGNORECASE), "a web page"),
    (re.compile(rb"\s*(<\?xml|<!DOCTYPE rdf|<rdf:)"), "rdf-xml"),
    (re.compile(rb'\s*[\[{].*"@(context|id|graph|type)"', re.DOTALL), "json-ld"),
    (re.compile(rb"^\s*(@prefix|@base|prefix\s+\S*:\s*<)", re.MULTILINE | re.IGNORECASE), "turtle"),
    (re.compile(rb"^(<\S+>|_:\S+) <\S+> [^\n]+ \.\s*$", re.MULTILINE), "n-triples"),
)
_SUPERSETS: Final = {
    "turtle": {"turtle", "trig", "n3"},
    "n-triples": {"n-triples", "n-quads", "turtle", "trig", "n3"},
}


def read_rdf(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - the word that every RDF library uses
    base: str | None = None,
    source: str | None = None,
) -> KnowledgeGraph:
    """Read one RDF file.

    Blank nodes are named by the file's content and the order in which they appear, so that two files' nodes
    stay apart and reading a file again gives the same graph. Of Notation3, facts are read; rules and quoted
    formulas, which state none, are left out.

    Args:
        path: the file, which may be gzipped.
        format: a name in :data:`FORMATS`; left out, the ending tells (:data:`ENDINGS`).
        base: what relative IRIs are resolved against; left out, the file's own ``file:`` IRI.
        source: kept with every statement; left out, the IRI of the named graph that it stands in, else the
            file's name.

    Raises:
        GraphFormatError: the file cannot be read or parsed; says the line.
        GraphError: the base is no absolute IRI.
        EmptyGraphError: the file holds no statement.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "birds.ttl")
    ...     _ = path.write_text("@prefix ex: <http://example.org/> . ex:owl ex:eats ex:mouse .")
    ...     read_rdf(path)
    KnowledgeGraph(entities=2, relations=1, triples=1, literals=0)
    """
    path = Path(path)
    name = _format_of(path) if format is None else format
    if name not in FORMATS:
        raise GraphFormatError(f"unknown RDF format {name!r}; known are {', '.join(FORMATS)}", path)
    base = base or path.resolve().as_uri()
    try:
        ox.NamedNode(base)
    except ValueError as error:
        raise GraphError(f"expected an absolute IRI as the base of {path}, got {base!r}") from error
    try:
        graph = _build(path, name, base, source)
    except (OSError, EOFError, zlib.error) as error:
        raise GraphFormatError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}", path
        ) from error
    if graph.num_triples + graph.num_literals == 0:
        raise EmptyGraphError(f"{path} holds no statement")
    return graph


def _format_of(path: Path) -> str:
    endings = [ending.lower() for ending in path.suffixes]
    ending = (endings[-2:-1] if endings[-1:] == [".gz"] else endings[-1:]) or [""]
    if ending[0] not in ENDINGS:
        raise GraphFormatError(
            f"the ending {ending[0]!r} tells no RDF format; name one of {', '.join(FORMATS)}, "
            f"or use one of {' '.join(ENDINGS)}",
            path,
        )
    return ENDINGS[ending[0]]


def _build(path: Path, name: str, base: str, source: str | None) -> KnowledgeGraph:
    builder = GraphBuilder()
    with path.open("rb") as content:
        scope = hashlib.file_digest(content, "sha256").hexdigest()[:12]
    blanks: dict[str, str] = {}

    def node(term: object) -> str:
        if type(term) is ox.NamedNode:
            return term.value
        if type(term) is ox.BlankNode:
            return blanks.setdefault(term.value, f"_:{scope}-{len(blanks)}")
        raise _StatementTermError(f"a statement about a statement is not supported: {term}")

    try:
        with _open(path) as stream:
            for quad in _parse(stream, name, base):
                place = quad.graph_name
                origin = source
                if origin is None:
                    origin = place.value if type(place) is ox.NamedNode else path.name
                value = quad.object
                if type(value) is ox.Literal:
                    datatype = value.datatype.value
                    builder.add_literal(
                        node(quad.subject),
                        quad.predicate.value,
                        value.value,
                        language=value.language or "",
                        datatype="" if value.language or datatype == v.XSD_STRING else datatype,
                        source=origin,
                    )
                else:
                    builder.add(node(quad.subject), quad.predicate.value, node(value), source=origin)
    except (SyntaxError, NotationError, _StatementTermError) as error:
        raise _explain(error, path, name, base) from error
    return builder.build()


class _StatementTermError(Exception):
    """A quoted triple stands where an entity is needed."""


class _LineByLine:
    """A stream that hands out one line a call, so that ``line`` is where its reader has come to."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.line = 0
        self._stream = stream
        self._at_start = True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.readline(size)
        self.line += self._at_start and bool(data)
        self._at_start = data.endswith(b"\n")
        return data


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked, past its byte order mark."""
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
        if stream.peek(3).startswith(codecs.BOM_UTF8):
            stream.read(3)
        yield cast(IO[bytes], stream)


def _parse(stream: IO[bytes], name: str, base: str) -> Iterator[ox.Quad]:
    if name == "n3":
        return parse_notation3(stream.read(), base)
    return iter(ox.parse(stream, FORMATS[name], base_iri=base))


def _explain(error: Exception, path: Path, name: str, base: str) -> GraphFormatError:
    """Say what was expected, on which line, and what the content looks like instead."""
    line = getattr(error, "lineno", None) or getattr(error, "line", None)
    message = re.sub(r"^Parser error at line \d+[^:]*: ", "", str(error.args[0] if error.args else error))
    if line is None and name not in ("json-ld", "n3"):  # these are read as a whole: no telling where
        line = _line_of_error(path, name, base)
    if "LoadDocumentCallback" in message:
        message = "it names a remote @context, and nothing is fetched: write the context into the file"
    message = f"not valid {name}: {message}"
    with _open(path) as stream:
        head = stream.read(4096)
    looks = next((kind for sign, kind in _SIGNS if sign.search(head)), None)
    if looks not in FORMATS and looks is not None:
        message += f"; the content looks like {looks}"
    elif looks is not None and name not in _SUPERSETS.get(looks, {looks}):
        message += f"; the content looks like {looks}: change the file's ending, or name the format {looks!r}"
    return GraphFormatError(message, path, line)


def _line_of_error(path: Path, name: str, base: str) -> int | None:
    """Parse once more, a line at a time, for parsers that do not tell where they failed."""
    with _open(path) as stream:
        lines = _LineByLine(stream)
        try:
            for quad in ox.parse(cast(IO[bytes], lines), FORMATS[name], base_iri=base):
                if isinstance(quad.object, ox.Triple):
                    break
            else:
                return None
        except SyntaxError:
            pass
        return lines.line
