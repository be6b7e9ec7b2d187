"""What a parser is fed: the bytes of a file, looked at before the parser sees them.

pyoxigraph follows XML entities without a bound, takes RDF/XML that is cut short for complete, is slow where elements
are nested deeply, and overflows the stack on deeply nested triple terms; whatever would do that is stopped here, in
bounded memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO, Final
from xml.parsers import expat

import numpy as np

from graphs.errors import GraphFormatError
from graphs.readers.limits import Limits

__all__ = ["Feed", "MalformedError"]

_MOST_TRIPLE_TERMS: Final = 2_000
"""Triple terms that may begin within one statement; pyoxigraph's stack holds some thousands, one in another."""
_MOST_ELEMENTS: Final = 2_000
"""XML elements that may stand one within another: pyoxigraph's time grows with the square of their depth."""
_PARSED: Final = frozenset({"Resource", "Collection"})
"""What ``rdf:parseType`` says of content that is no literal of XML."""
_REFERENCE: Final = re.compile(rb"&([^\s;&#]+);")
_ESCAPED: Final = re.compile(rb"\\.", re.DOTALL)
_NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_OPENING: Final = np.isin(np.arange(256), list(b"[{"))


class MalformedError(Exception):
    """Content is not valid from ``at``, a place in the piece that was looked at, on.

    ``line`` counts from 1; None where only a feed that goes line by line can tell.
    """

    def __init__(self, message: str, at: int = 0, line: int | None = None) -> None:
        self.at, self.line = at, line
        super().__init__(message)


class Feed:
    """A stream that a parser reads, and that knows how far it has come.

    Attributes:
        line: the line that the last byte handed out stands in, from 1; exact where the feed goes line by line.
        statements: how many statements the parser has given; its user counts them here.

    >>> import io
    >>> feed = Feed(io.BytesIO(b"<rdf:RDF>\\n</rdf:Description>"), "birds.rdf", "rdf-xml", Limits())
    >>> feed.read()
    b'<rdf:RDF>\\n</'
    >>> feed.read()
    Traceback (most recent call last):
        ...
    graphs.readers.feed.MalformedError: mismatched tag
    """

    def __init__(
        self,
        stream: IO[bytes],
        name: str,
        format: str,  # noqa: A002 - the word that every RDF library uses
        limits: Limits,
        *,
        by_line: bool = False,
    ) -> None:
        self.line, self.statements = 0, 0
        self._name, self._limits = name, limits
        self._next = stream.readline if by_line else stream.read
        self._newlines, self._by_line = 0, by_line
        self._check = _CHECKS[format](limits)
        self._is_whole = format == "json-ld"  # a document gives its statements when all of it has been read
        self._seen, self._since, self._taken = 0, 0, 0
        self._failure: MalformedError | None = None

    @property
    def taken(self) -> int:
        """How many bytes have been handed out."""
        return self._taken

    def read(self, size: int = -1) -> bytes:
        """Hand out the next bytes.

        Raises:
            MalformedError: the content is not valid from here on.
            GraphFormatError: it goes beyond the limits.
        """
        if self._failure is not None:
            raise self._failure
        data = self._next(size)
        progressed, self._seen = self.statements != self._seen, self.statements
        self._since = len(data) + (0 if progressed else self._since)
        if self._since > self._limits.max_statement and not self._is_whole:
            raise GraphFormatError(
                f"a statement is longer than the limit of {self._limits.max_statement:,} bytes",
                self._name,
                self.line,
            )
        try:
            self._check(data, progressed)
        except MalformedError as failure:
            if failure.line is None and self._by_line:
                failure.line = self._newlines + 1
            self._failure, data = failure, data[: failure.at]
            if not data:
                raise
        if data:
            self._newlines += data.count(b"\n")
            self.line = self._newlines + (not data.endswith(b"\n"))
        self._taken += len(data)
        return data


class _TripleTerms:
    """Stops nests of triple terms that would overflow the parser's stack."""

    def __init__(self, limits: Limits) -> None:
        self._found = 0

    def __call__(self, data: bytes, progressed: bool) -> None:
        self._found = data.count(b"<<(") + (0 if progressed else self._found)
        if self._found > _MOST_TRIPLE_TERMS:
            raise MalformedError(f"more than {_MOST_TRIPLE_TERMS:,} triple terms within one statement")


class _Json:
    """Stops nests of arrays and objects, and strings without an end."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._depth, self._string, self._length, self._rest = 0, False, 0, b""

    def __call__(self, data: bytes, progressed: bool) -> None:
        whole = self._rest + data
        slashes = len(whole) - len(whole.rstrip(b"\\"))
        self._rest = b"\\" if slashes % 2 and data else b""
        parts = _ESCAPED.sub(b"", whole.removesuffix(self._rest)).split(b'"')
        outside = b"".join(parts[self._string :: 2]).translate(None, _NOT_BRACKETS)
        self._length = len(parts[-1]) + (self._length if len(parts) == 1 else 0)
        self._string ^= len(parts) % 2 == 0
        if self._string and self._length > self._limits.max_statement:
            raise MalformedError(f"a string is longer than the limit of {self._limits.max_statement:,} bytes")
        if outside:
            depths = self._depth + np.cumsum(np.where(_OPENING[np.frombuffer(outside, np.uint8)], 1, -1))
            if depths.max() > self._limits.max_depth:
                raise MalformedError(f"nested deeper than {self._limits.max_depth}")
            self._depth = int(depths[-1])


class _Xml:
    """Stops what is not well-formed XML (https://www.w3.org/TR/xml/), and entities that expand to too much."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parser = expat.ParserCreate(
            "utf-8"
        )  # whatever the document declares: pyoxigraph reads no other
        self._parser.EntityDeclHandler = self._declared
        self._parser.StartElementHandler = self._started
        self._parser.EndElementHandler = self._ended
        self._depth, self._literal = 0, 0
        self._scopes: list[tuple[int, int]] = []
        self._in_scope, self._repeated = 0, 0
        self._entities: dict[str, int] = {}
        self._before, self._expanded = 0, 0

    def __call__(self, data: bytes, progressed: bool) -> None:
        if progressed:
            self._repeated = 0
        try:
            self._parser.Parse(data, not data)
        except expat.ExpatError as error:
            at = self._parser.ErrorByteIndex - self._before
            message = expat.ErrorString(error.code)
            raise MalformedError(message, min(max(at, 0), len(data)), error.lineno) from error
        self._before += len(data)
        if self._entities:
            names = [name.decode("utf-8", "replace") for name in _REFERENCE.findall(data)]
            self._expanded = sum(self._entities.get(name, 0) for name in names) + (
                0 if progressed else self._expanded
            )
            if self._expanded > self._limits.max_statement:
                raise MalformedError(
                    f"entities expand to more than the limit of {self._limits.max_statement:,} bytes"
                )

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if attributes:
            self._declare(attributes)
        if self._literal and self._depth == self._literal + 1:  # such elements declare all that is in scope
            self._repeated += self._in_scope
            if self._repeated > self._limits.max_statement:
                raise MalformedError(
                    f"namespaces that XML literals repeat are longer than the limit of "
                    f"{self._limits.max_statement:,} bytes",
                    0,
                    self._parser.CurrentLineNumber,
                )
        if self._depth > _MOST_ELEMENTS:
            raise MalformedError(
                f"elements are nested deeper than {_MOST_ELEMENTS:,}", 0, self._parser.CurrentLineNumber
            )

    def _declare(self, attributes: dict[str, str]) -> None:
        """Note the namespaces that an element declares, and whether it is an XML literal."""
        declared = 0
        for key, value in attributes.items():
            if key.startswith("xmlns"):
                declared += len(key) + len(value)
            elif not self._literal and key.endswith(":parseType") and value not in _PARSED:
                self._literal = self._depth
        if declared:
            self._scopes.append((self._depth, declared))
            self._in_scope += declared

    def _ended(self, name: str) -> None:
        if self._scopes and self._scopes[-1][0] == self._depth:
            self._in_scope -= self._scopes.pop()[1]
        if self._literal == self._depth:
            self._literal = 0
        self._depth -= 1

    def _declared(
        self,
        name: str,
        is_parameter: bool,
        value: str | None,
        base: str | None,
        system: str | None,
        public: str | None,
        notation: str | None,
    ) -> None:
        line = self._parser.CurrentLineNumber
        if value is None:
            raise MalformedError(
                f"the external entity {name!r} stands elsewhere, and is not fetched", 0, line
            )
        if is_parameter:
            return
        inner = sum(self._entities.get(found.decode(), 0) for found in _REFERENCE.findall(value.encode()))
        self._entities[name] = len(value) + inner
        if self._entities[name] > self._limits.max_entity:
            raise MalformedError(
                f"the entity {name!r} expands to more than the limit of {self._limits.max_entity:,} bytes",
                0,
                line,
            )


_CHECKS: Final[dict[str, Callable[[Limits], Callable[[bytes, bool], None]]]] = {
    "turtle": _TripleTerms,
    "trig": _TripleTerms,
    "n3": _TripleTerms,
    "rdf-xml": _Xml,
    "json-ld": _Json,
}
