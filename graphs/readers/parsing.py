"""Single statements of N-Triples and N-Quads by pyoxigraph, with the IRIs that RDF allows and its parser does not.

The grammars of RDF let every character beyond ASCII stand in an IRI (https://www.w3.org/TR/n-triples/#grammar-production-IRIREF),
private ones too; RFC 3987 and with it pyoxigraph do not. W3C's Turtle tests have such IRIs, so they are taken;
controls (U+0080 to U+009F) are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

__all__ = [
    "MAX_TERM_DEPTH",
    "iri_fault",
    "one_line",
    "parse_exactly",
    "quad_fault",
    "reason_of",
    "term_depth",
]

MAX_TERM_DEPTH: Final = 200
"""How deep triple terms may be nested; pyoxigraph's parser overflows the stack at some thousands."""

_PLANES: Final = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 15))
_BEYOND_RFC_3987: Final = re.compile(
    f"[\ue000-\uf8ff\ufdd0-\ufdef\ufff0-\uffff\U000e0000-\U000e0fff\U000f0000-\U0010ffff{_PLANES}]"
)
_LONGEST: Final = 2_000
"""Letters of a message, at most: parsers quote names however long they are."""
_PLACE: Final = re.compile(r"^(?:Parser error )?(?:at|between) line \d+[^:]*: ")
_STRINGS_AND_IRIS: Final = re.compile(
    rb'"""(?:[^"\\]|\\.|"(?!""))*(?:"""|\Z)|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*(?:\'\'\'|\Z)'
    rb'|"(?:[^"\\\n]|\\.)*(?:"|\Z)|\'(?:[^\'\\\n]|\\.)*(?:\'|\Z)|<(?!<)[^<>\s]*>',
    re.DOTALL,
)
_BRACKETS: Final = re.compile(rb"<<|>>")


def iri_fault(iri: str) -> str | None:
    """Return what is wrong with an absolute IRI, or None.

    >>> iri_fault("http://example.org/\\ue000"), iri_fault("a b")
    (None, "Invalid IRI code point ' '")
    """
    try:
        ox.NamedNode(_BEYOND_RFC_3987.sub("\u00e9", iri))
    except ValueError as error:
        return one_line(str(error))
    return None


def quad_fault(quad: ox.Quad) -> str | None:
    """Return what is wrong with the IRIs and language tags of a quad that was parsed leniently, or None."""
    for term in quad:
        fault = _term_fault(term)
        if fault is not None:
            return fault
    return None


def _term_fault(term: object) -> str | None:
    if isinstance(term, ox.NamedNode):
        fault = iri_fault(term.value)
        return fault and f"{fault} in {term.value!r}"
    if isinstance(term, ox.Literal):
        if term.language is None:
            return _term_fault(term.datatype)
        try:
            ox.Literal("", language=term.language)
        except ValueError as error:
            return f"{one_line(str(error))}: {term.language!r}"
    elif isinstance(term, ox.Triple):
        return next(filter(None, map(_term_fault, term)), None)
    return None


def parse_exactly(line: bytes, format: ox.RdfFormat) -> Iterator[ox.Quad]:  # noqa: A002 - pyoxigraph's word
    """Yield the statements of a line, or of a few.

    Raises:
        SyntaxError: it is not valid.

    >>> [str(quad) for quad in parse_exactly(b"<e:a> <e:b> <e:c> .", ox.RdfFormat.N_TRIPLES)]
    ['<e:a> <e:b> <e:c>']
    """
    if line.count(b"<<") > MAX_TERM_DEPTH and term_depth(line) > MAX_TERM_DEPTH:
        raise SyntaxError(f"triple terms are nested deeper than {MAX_TERM_DEPTH}")
    try:
        line.decode()
    except UnicodeDecodeError as error:
        raise SyntaxError(f"not UTF-8: {error.reason} {line[error.start : error.end]!r}") from error
    try:
        quads = list(ox.parse(line, format))
    except SyntaxError:
        quads = list(ox.parse(line, format, lenient=True))
        if fault := next(filter(None, map(quad_fault, quads)), None):
            raise SyntaxError(fault) from None
    yield from quads


def reason_of(error: SyntaxError) -> str:
    """Return what pyoxigraph says is wrong, in a line and without the place.

    >>> reason_of(SyntaxError("Parser error at line 1 column 2: no dot"))
    'no dot'
    """
    return one_line(_PLACE.sub("", error.msg))


def one_line(message: str) -> str:
    r"""Return a message with its line ends and other controls written as escapes, without the middle of a long one.

    >>> one_line("invalid '\0'")
    "invalid '\\x00'"
    """
    if len(message) > _LONGEST:
        message = f"{message[: _LONGEST // 2]} … {message[-_LONGEST // 2 :]}"
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in message)


def term_depth(text: bytes) -> int:
    """Return how deep triple terms are nested in a text of N-Triples or Turtle.

    >>> term_depth(b'<e:a> <e:b> <<( <e:a> <e:b> <<( <e:a> <e:b> "<<(<<(<<(" )>> )>> .')
    2
    """
    deepest = depth = 0
    for bracket in _BRACKETS.findall(_STRINGS_AND_IRIS.sub(b" ", text)):
        depth += 1 if bracket == b"<<" else -1
        deepest = max(deepest, depth)
    return deepest
