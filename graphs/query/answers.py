"""Answers to SPARQL queries, and how they are written.

Specifications: https://www.w3.org/TR/sparql12-results-json/ and https://www.w3.org/TR/sparql11-results-csv-tsv/.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, Final, TextIO, cast

import pyoxigraph as ox

from graphs import vocabulary as v
from graphs.errors import GraphError
from graphs.readers.terms import term_name

__all__ = ["FORMATS", "Answer", "Term", "term_text", "write_answer"]

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = tuple[Term | None, ...]

_GRAPH: Final = ("subject", "predicate", "object")


@dataclass(slots=True)
class Answer:
    """What a query gives.

    Attributes:
        kind: ``select`` (rows), ``ask`` (yes or no) or ``construct`` (triples, as rows of three).
        variables: what each column of the rows is.
        rows: the rows, worked out as they are taken; once.
        boolean: the answer to ASK, else None.
        limit: how many rows to give out at most; None: all.
        more: whether there are more rows than the limit; known when all are taken.
    """

    kind: str
    variables: tuple[str, ...] = ()
    rows: Iterator[Row] = field(default_factory=lambda: iter(()))
    boolean: bool | None = None
    limit: int | None = None
    more: bool = False

    @classmethod
    def of(cls, found: Any, limit: int | None) -> Answer:
        """Wrap what pyoxigraph returns."""
        if isinstance(found, ox.QueryBoolean):
            return cls("ask", boolean=bool(found))
        if isinstance(found, ox.QueryTriples):
            answer = cls("construct", _GRAPH, limit=limit)
        else:
            answer = cls("select", tuple(variable.value for variable in found.variables), limit=limit)
        answer.rows = answer._limited(map(tuple, found))
        return answer

    def _limited(self, rows: Iterator[Row]) -> Iterator[Row]:
        try:
            yield from islice(rows, self.limit)
            self.more = self.limit is not None and next(rows, None) is not None
        except (OSError, RuntimeError, ValueError) as error:
            raise GraphError(f"the query failed: {error}") from error


def write_answer(answer: Answer, stream: TextIO, format: str) -> None:  # noqa: A002 - as everywhere
    """Write an answer, row by row as it is worked out.

    Args:
        answer: the answer; its rows are used up.
        stream: where to write text.
        format: a name in :data:`FORMATS`. JSON of CONSTRUCT and DESCRIBE is JSON-LD; only they can be N-Triples.

    Raises:
        GraphError: an unknown format, or one that has no place for this kind of answer.

    >>> import sys
    >>> answer = Answer("select", ("bird",), iter([(ox.Literal("barn owl"),)]))
    >>> write_answer(answer, sys.stdout, "tsv")
    ?bird
    "barn owl"
    """
    if format not in FORMATS:
        raise GraphError(f"unknown format {format!r} of answers; known are {', '.join(FORMATS)}")
    FORMATS[format](answer, stream)


def term_text(term: Term) -> str:
    """Return a term as N-Triples writes it (pyoxigraph leaves out what surrounds a triple term).

    >>> term_text(ox.Triple(ox.NamedNode("ex:a"), ox.NamedNode("ex:b"), ox.Literal("c", language="en")))
    '<<( <ex:a> <ex:b> "c"@en )>>'
    """
    return term_name(term, "") if isinstance(term, ox.Triple) else str(term)


def _write_csv(answer: Answer, stream: TextIO) -> None:
    if answer.kind == "ask":
        stream.write(f"{str(answer.boolean).lower()}\r\n")
        return
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(answer.variables)
    for row in answer.rows:
        writer.writerow(["" if term is None else _plain(term) for term in row])


def _plain(term: Term) -> str:
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else term_text(term)


def _write_tsv(answer: Answer, stream: TextIO) -> None:
    if answer.kind == "ask":
        stream.write(f"{str(answer.boolean).lower()}\n")
        return
    stream.write("\t".join(f"?{name}" for name in answer.variables) + "\n")
    for row in answer.rows:
        stream.write("\t".join("" if term is None else term_text(term) for term in row) + "\n")


def _write_json(answer: Answer, stream: TextIO) -> None:
    if answer.kind == "ask":
        stream.write(json.dumps({"head": {}, "boolean": answer.boolean}) + "\n")
        return
    if answer.kind == "construct":
        _serialize(answer, stream, ox.RdfFormat.JSON_LD)
        return
    stream.write(f'{{"head": {json.dumps({"vars": answer.variables})}, "results": {{"bindings": [')
    separator = "\n"
    for row in answer.rows:
        found = {
            name: _json_term(term)
            for name, term in zip(answer.variables, row, strict=True)
            if term is not None
        }
        stream.write(separator + json.dumps(found, ensure_ascii=False))
        separator = ",\n"
    stream.write("\n]}}\n")


def _json_term(term: Term) -> dict[str, Any]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = zip(_GRAPH, term, strict=True)
        return {"type": "triple", "value": {name: _json_term(part) for name, part in parts}}
    told = {"type": "literal", "value": term.value}
    if term.language:
        told["xml:lang"] = term.language
        if term.direction:
            told["its:dir"] = term.direction.value
    elif term.datatype.value != v.XSD_STRING:
        told["datatype"] = term.datatype.value
    return told


def _write_triples(answer: Answer, stream: TextIO) -> None:
    if answer.kind != "construct":
        raise GraphError(f"n-triples holds the triples of CONSTRUCT and DESCRIBE, got {answer.kind.upper()}")
    _serialize(answer, stream, ox.RdfFormat.N_TRIPLES)


class _Decoded:
    """A stream of bytes that is written on as text."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def write(self, data: bytes) -> int:
        self._stream.write(self._decoder.decode(bytes(data)))
        return len(data)

    def flush(self) -> None:
        self._stream.flush()


def _serialize(answer: Answer, stream: TextIO, syntax: ox.RdfFormat) -> None:
    triples = (ox.Triple(*cast(Any, row)) for row in answer.rows)
    ox.serialize(triples, cast(IO[bytes], _Decoded(stream)), syntax)
    if syntax is ox.RdfFormat.JSON_LD:
        stream.write("\n")


FORMATS: Final[dict[str, Callable[[Answer, TextIO], None]]] = {
    "csv": _write_csv,
    "tsv": _write_tsv,
    "json": _write_json,
    "n-triples": _write_triples,
}
"""How answers are written, by name."""
