"""One pass of pyoxigraph through an RDF document, fast as long as all is valid, careful where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import IO, Final, cast

import pyoxigraph as ox

from graphs.block import Block
from graphs.readers.anonymous import AnonymousNodes
from graphs.readers.feed import Feed, MalformedError
from graphs.readers.lines import take_lines
from graphs.readers.parsing import quad_fault
from graphs.readers.reading import Reading
from graphs.readers.replaying import Opener
from graphs.readers.scan import scan
from graphs.readers.written import Written
from graphs.readers.xml_literals import declared_entities, mended, mentions_xml_literals

__all__ = ["FORMATS", "REMOTE_CONTEXT", "DocumentPass"]

REMOTE_CONTEXT: Final = "LoadDocumentCallback"
"""What pyoxigraph's error says where a document of JSON-LD names a context that stands elsewhere."""

FORMATS: Final[dict[str, ox.RdfFormat]] = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "rdf-xml": ox.RdfFormat.RDF_XML,
    "json-ld": ox.RdfFormat.JSON_LD,
    "n3": ox.RdfFormat.N3,
}
"""Formats of documents, by name."""

_BATCH: Final = 100_000
"""Statements that are taken apart at a time, at most."""
_FAULT_OF_A_TERM: Final = re.compile(r"\bIRI\b|subtag|host IP|Invalid character|language", re.IGNORECASE)


@dataclass
class DocumentPass:
    """One pass through a document.

    Attributes:
        reading: what is read.
        opener: opens the document from its beginning.
        base: what relative IRIs are resolved against.
        batches: how many statements each batch that has been taken apart has.
        statements: how many statements the parser has given.
        failure: what ended the pass before the end of the document.
    """

    reading: Reading
    opener: Opener
    base: str | None
    batches: list[int] = field(default_factory=list)
    statements: int = 0
    failure: SyntaxError | MalformedError | None = None

    def __post_init__(self) -> None:
        self._names = AnonymousNodes(self.reading.scope)
        self._written = Written(self.reading.name, self.reading.limits)

    @property
    def fault_of_a_term(self) -> bool:
        """Whether the failure may concern a single statement: an IRI, or a language tag, that is not valid."""
        message = str(self.failure or "")
        if self.reading.format == "json-ld":
            return "Invalid @base" in message
        return isinstance(self.failure, SyntaxError) and _FAULT_OF_A_TERM.search(message) is not None

    def blocks(self) -> Iterator[Block]:
        """Yield the statements up to the first failure; where that is a term's fault, up to its batch."""
        with self.opener() as stream:
            feed = self._feed(stream)
            parser = self._parser(feed)
            while self.failure is None:
                before = feed.statements
                data = self._written.batch(self._batch(parser, feed, _BATCH), lambda: feed.taken)
                if not data or self.fault_of_a_term:
                    break
                yield from self.taken_apart(data)
                self.batches.append(feed.statements - before)
            self.statements = feed.statements
            for prefix, namespace in parser.prefixes.items():
                self.reading.prefixes.setdefault(prefix, namespace)

    def rows(self, batches: list[int]) -> Iterator[Block]:
        """Yield the statements one by one, and reject those with a term that is not valid.

        Args:
            batches: what another pass has yielded, and this one does not.
        """
        with self.opener() as stream:
            feed = self._feed(stream, by_line=True)
            parser = self._parser(feed, lenient=True)
            for size in batches:  # taken apart once more, for the names of blank nodes
                data = self._written.batch(self._batch(parser, feed, size), lambda: feed.taken)
                for _ in self.taken_apart(data):
                    pass
            ended = False
            while not ended and self.failure is None:
                before = feed.statements
                valid = self._valid(self._batch(parser, feed, _BATCH), feed)
                yield from self.taken_apart(self._written.batch(valid, lambda: feed.taken))
                ended = feed.statements == before

    def line_of_failure(self) -> int | None:
        """Return where the failure is; for parsers that do not tell, by parsing once more, line by line."""
        line: int | None = getattr(self.failure, "lineno", None) or getattr(self.failure, "line", None)
        if line is not None or self.failure is None:
            return line
        with self.opener() as stream:
            feed = self._feed(stream, by_line=True)
            for _ in self._batch(self._parser(feed), feed, None):
                pass
            return getattr(self.failure, "line", None) or max(feed.line, 1)

    def states_facts_only(self) -> bool:
        """Tell whether all of a document of Notation3 can be said in RDF, and pyoxigraph parses it."""
        with self.opener() as stream:
            feed = self._feed(stream)
            quads = self._batch(self._parser(feed), feed, None)
            return all(type(quad.graph_name) is ox.DefaultGraph for quad in quads) and self.failure is None

    def names_remote_contexts(self) -> bool:
        """Tell whether a document of JSON-LD names contexts that stand elsewhere."""
        if self.reading.format != "json-ld":
            return False
        with self.opener() as stream:
            feed = self._feed(stream)
            for _ in self._batch(self._parser(feed), feed, None):
                pass
        return REMOTE_CONTEXT in str(self.failure)

    def leave_out(self) -> None:
        """Count what JSON-LD's algorithms leave out because a term is not valid, or has no IRI."""
        with self.opener() as stream:
            feed = self._feed(stream, by_line=True)
            for quad in self._batch(self._parser(feed, lenient=True), feed, None):
                if fault := quad_fault(quad):
                    self.reading.leave_out(f"JSON-LD leaves it out: {fault}", feed.line)

    def _feed(self, stream: IO[bytes], *, by_line: bool = False) -> Feed:
        return Feed(stream, self.reading.name, self.reading.format, self.reading.limits, by_line=by_line)

    def _parser(self, feed: Feed, *, lenient: bool = False) -> ox.QuadParser:
        kind = FORMATS[self.reading.format]
        return ox.parse(cast("IO[bytes]", feed), kind, base_iri=self.base, lenient=lenient)

    def _batch(self, parser: Iterator[ox.Quad], feed: Feed, size: int | None) -> Iterator[ox.Quad]:
        """Yield the next statements, and keep the error that ends them."""
        try:
            for quad in islice(parser, size):
                feed.statements += 1
                yield quad
                if self._written.full:
                    return
        except (SyntaxError, MalformedError) as error:
            self.failure = error

    def taken_apart(self, data: bytes) -> Iterator[Block]:
        """Yield the statements of N-Quads that say what the document says."""
        reading = self.reading
        if reading.format == "rdf-xml" and mentions_xml_literals(data):
            data = mended(data, self._entities)
        scanned = scan(data, quads=True, scope=reading.scope, source=reading.source, graph=reading.graph)
        yield self._names.named(scanned.block)
        if scanned.others:
            yield self._names.named(take_lines(scanned.others, None, reading))

    def _valid(self, quads: Iterator[ox.Quad], feed: Feed) -> Iterator[ox.Quad]:
        """Yield the statements whose terms are valid, and say what is wrong with the others."""
        for quad in quads:
            fault = quad_fault(quad)
            if fault is None:
                yield quad
            elif self.reading.format == "json-ld":
                self.reading.leave_out(f"JSON-LD leaves it out: {fault}", feed.line)
            else:
                self.reading.reject(f"not valid {self.reading.format}: {fault}", feed.line)

    @cached_property
    def _entities(self) -> dict[str, str]:
        with self.opener() as stream:
            return declared_entities(stream)
