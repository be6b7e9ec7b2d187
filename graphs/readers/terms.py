"""Terms of N-Triples (https://www.w3.org/TR/n-triples/), many at a time: from how they are written to what they are.

Terms of the plain kind are told by their bytes alone; all others are handed to pyoxigraph one by one, so that what is
accepted, and what an escape stands for, is decided in one place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyoxigraph as ox

from graphs import vocabulary as v
from graphs.readers.parsing import parse_exactly
from graphs.readers.plain_iris import plain_iris
from graphs.string_bytes import content, count_within

__all__ = ["LiteralParts", "NodeNames", "literal_parts", "node_names", "slices", "term_name"]

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
Node = ox.NamedNode | ox.BlankNode | ox.Triple
Term = Node | ox.Literal

_QUOTE, _BACKSLASH = b'"\\'
_PLAIN_BLANK: Final = re.compile(rb"_:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")


class NodeNames(NamedTuple):
    """Names of entities; which of them are IRIs, and which are triple terms; an invalid term has an empty name."""

    names: pa.LargeStringArray
    iris: Flags
    triples: Flags
    empty: Flags

    @property
    def valid(self) -> Flags:
        """Which terms can stand for an entity at all, and thus at the end of a triple."""
        return ~self.empty

    @property
    def resources(self) -> Flags:
        """Which terms can be the subject of a statement: IRIs and blank nodes."""
        return ~(self.empty | self.triples)


class LiteralParts(NamedTuple):
    """Literals taken apart: lexical forms, one a term; languages and datatypes by number; which are valid."""

    values: pa.LargeStringArray
    language: npt.NDArray[np.int32]
    datatype: npt.NDArray[np.int32]
    languages: list[str]
    datatypes: list[str]
    valid: Flags


def slices(data: Bytes, low: Places, high: Places) -> pa.LargeBinaryArray:
    """Return the bytes from each ``low`` to its ``high``; they must not overlap, and come in order.

    >>> slices(np.frombuffer(b"an owl", np.uint8), np.array([0, 3]), np.array([2, 6])).to_pylist()
    [b'an', b'owl']
    """
    bounds = np.empty(2 * len(low) + 1, np.int64)
    bounds[0:-1:2] = low
    bounds[1::2] = high
    bounds[-1] = high[-1] if len(high) else 0
    pieces = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), 2 * len(low), [None, pa.py_buffer(bounds), pa.py_buffer(data)]
    )
    return pieces.take(pa.array(np.arange(0, 2 * len(low), 2)))


def node_names(tokens: pa.LargeBinaryArray, scope: str) -> NodeNames:
    """Return what the store calls the entities that terms stand for.

    An IRI loses its brackets, a blank node's name gets ``scope`` before it, a triple term stays as it is written
    canonically.

    >>> node_names(pa.array([b"<ex:a>", b"_:b", b"<a b>"], pa.large_binary()), "1-").names.to_pylist()
    ['ex:a', '_:1-b', '']
    """
    data, bounds = content(tokens)
    iris = plain_iris(tokens)
    low, high = bounds[:-1] + iris, bounds[1:] - iris  # brackets go
    names = _text(slices(data, low, high))
    triples, empty = np.zeros(len(tokens), np.bool_), np.zeros(len(tokens), np.bool_)
    rest = np.flatnonzero(~iris)
    if len(rest):
        mask = pa.array(~iris)
        others = [_other_name(token, scope) for token in tokens.take(pa.array(rest)).to_pylist()]
        names = pc.replace_with_mask(names, mask, pa.array(others, pa.large_string()))
        empty[rest] = [not name for name in others]
        triples[rest] = [name.startswith("<<(") for name in others]
        iris[rest] = [not name.startswith(("_:", "<<(")) and name != "" for name in others]
    return NodeNames(names, iris, triples, empty)


def _text(strings: pa.LargeBinaryArray) -> pa.LargeStringArray:
    return strings.view(pa.large_string())


def _other_name(token: bytes, scope: str) -> str:
    """Return the name of a term that is no plain IRI, or an empty one where it is not valid."""
    if _PLAIN_BLANK.fullmatch(token):
        return f"_:{scope}{token[2:].decode()}"
    term = _parsed_one(token)
    return "" if term is None or type(term) is ox.Literal else term_name(term, scope)


def term_name(term: Node, scope: str) -> str:
    """Return what the store calls an entity that pyoxigraph has read.

    >>> term_name(ox.NamedNode("ex:a"), "1-"), term_name(ox.BlankNode("b"), "1-")
    ('ex:a', '_:1-b')
    """
    if type(term) is ox.NamedNode:
        return term.value
    if type(term) is ox.BlankNode:
        return f"_:{scope}{term.value}"
    parts = []
    for part in term:
        if type(part) is ox.Literal:
            parts.append(str(part))
        else:
            name = term_name(part, scope)
            parts.append(f"<{name}>" if type(part) is ox.NamedNode else name)
    return f"<<( {' '.join(parts)} )>>"


def literal_parts(tokens: pa.LargeBinaryArray) -> LiteralParts:
    """Take literals apart.

    >>> parts = literal_parts(pa.array([b'"a"@en', b'"1"^^<ex:t>', b'"say \\\\"b\\\\""', b'"c'], pa.large_binary()))
    >>> parts.values.to_pylist(), [parts.languages[code] for code in parts.language], parts.valid.tolist()
    (['a', '1', 'say "b"', ''], ['en', '', '', ''], [True, True, True, False])
    """
    data, bounds = content(tokens)
    low, high = bounds[:-1], bounds[1:]
    quotes = np.flatnonzero(data == _QUOTE)
    plain = count_within(quotes, bounds) == 2
    plain &= count_within(np.flatnonzero(data == _BACKSLASH), bounds) == 0
    if len(low):
        plain &= data[low] == _QUOTE
    second = np.append(quotes, [0, 0])[np.searchsorted(quotes, low) + 1]
    second = np.where(plain, second, low)
    values = _text(slices(data, low + plain, second))
    ends = slices(data, second + plain, np.where(plain, high, low)).dictionary_encode()
    suffixes = [_suffix(end) for end in ends.dictionary.to_pylist()]
    code = ends.indices.to_numpy()
    valid = plain & np.array([suffix is not None for suffix in suffixes], np.bool_)[code]
    languages, datatypes = _Codes(), _Codes()
    language = np.array([languages[suffix[0] if suffix else ""] for suffix in suffixes], np.int32)[code]
    datatype = np.array([datatypes[suffix[1] if suffix else ""] for suffix in suffixes], np.int32)[code]
    rest = np.flatnonzero(~plain)
    if len(rest):
        literals = _parsed(tokens.take(pa.array(rest)).to_pylist())
        others = []
        for row, literal in zip(rest.tolist(), literals, strict=True):
            others.append("" if literal is None else literal.value)
            if literal is not None:
                valid[row] = True
                tag, kind = literal_kind(literal)
                language[row], datatype[row] = languages[tag], datatypes[kind]
        values = pc.replace_with_mask(values, pa.array(~plain), pa.array(others, pa.large_string()))
    return LiteralParts(values, language, datatype, list(languages), list(datatypes), valid)


class _Codes(dict[str, int]):
    def __missing__(self, key: str) -> int:
        self[key] = len(self)
        return self[key]


def literal_kind(literal: ox.Literal) -> tuple[str, str]:
    """Return the language (with its base direction, if any) and the datatype that the store keeps of a literal.

    >>> literal_kind(ox.Literal("a", language="en")), literal_kind(ox.Literal("a")), literal_kind(ox.Literal(1))
    (('en', ''), ('', ''), ('', 'http://www.w3.org/2001/XMLSchema#integer'))
    """
    if literal.language:
        direction = literal.direction
        return (f"{literal.language}--{direction.value}" if direction else literal.language), ""
    datatype = literal.datatype.value
    return "", "" if datatype == v.XSD_STRING else datatype


def _suffix(written: bytes) -> tuple[str, str] | None:
    """Return language and datatype of what follows a literal's closing quote, or None where it is not valid."""
    literal = _parsed_one(b'""' + written)
    return literal_kind(literal) if type(literal) is ox.Literal else None


def _parsed(tokens: Sequence[bytes]) -> list[ox.Literal | None]:
    """Return what literals stand for, None for one that is not valid; at once where all are valid."""
    try:
        found = [_alone(quad) for quad in ox.parse(b"\n".join(map(_stated, tokens)), ox.RdfFormat.N_QUADS)]
    except SyntaxError:
        found = []
    if len(found) != len(tokens):
        found = [_parsed_one(token) for token in tokens]
    return [term if type(term) is ox.Literal else None for term in found]


def _parsed_one(token: bytes) -> Term | None:
    """Return what a term stands for, or None where it is not valid."""
    try:
        (quad,) = parse_exactly(_stated(token), ox.RdfFormat.N_QUADS)
    except (SyntaxError, ValueError):
        return None
    return _alone(quad)


def _stated(token: bytes) -> bytes:
    """Write a statement about a term, in a named graph."""
    return b"<x:s> <x:p> " + token + b" <x:g> ."


def _alone(quad: ox.Quad) -> Term | None:
    """Return the term, or None where it held the end of the statement and a comment, which hid the graph."""
    term: Term | None = None if type(quad.graph_name) is ox.DefaultGraph else quad.object
    return term
