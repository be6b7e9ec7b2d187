"""N-Triples and N-Quads (https://www.w3.org/TR/n-triples/, https://www.w3.org/TR/n-quads/), on one thread or more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

import pyoxigraph as ox

from graphs.block import Block
from graphs.readers.chunks import CHUNK, ahead, line_chunks
from graphs.readers.parsing import parse_exactly, reason_of
from graphs.readers.reading import Reading
from graphs.readers.scan import scan
from graphs.readers.terms import literal_kind, term_name
from graphs.statements import Statements

__all__ = ["add_quad", "read_lines", "take_lines"]

_FORMATS: Final = {"n-triples": ox.RdfFormat.N_TRIPLES, "n-quads": ox.RdfFormat.N_QUADS}


def read_lines(reading: Reading, chunk: int = CHUNK) -> Iterator[Block]:
    """Yield the statements of a file of N-Triples or N-Quads.

    Lines that are not valid, or too long, are rejected one by one, with their number.

    Args:
        reading: the file.
        chunk: bytes that are taken apart at a time; blocks are as large as these.

    Raises:
        GraphFormatError: the file cannot be read; or a line is not valid, and the first error stops the reading.
    """
    quads = reading.format == "n-quads"
    work = partial(scan, quads=quads, scope=reading.scope, source=reading.source, graph=reading.graph)
    line = 1
    with reading.open() as stream:
        for scanned in ahead(work, line_chunks(stream, reading, chunk), reading.jobs):
            yield scanned.block
            if scanned.others:
                yield take_lines(scanned.others, line, reading)
            line += scanned.lines


def take_lines(lines: Iterable[tuple[int, bytes]], first: int | None, reading: Reading) -> Block:
    """Take lines one by one, and reject those that are not valid.

    Args:
        lines: number, counted from 1, and content.
        first: the file's line that the first one is; None where these are not the lines of the file.
        reading: the file.

    Raises:
        GraphFormatError: a line is not valid, and the first error stops the reading.
    """
    statements = Statements()
    for number, line in lines:
        try:
            for quad in parse_exactly(line, _FORMATS.get(reading.format, ox.RdfFormat.N_QUADS)):
                add_quad(statements, quad, reading)
        except SyntaxError as error:
            place = None if first is None else first + number - 1
            reading.reject(f"not valid {reading.format}: {reason_of(error)}", place)
    return statements.block()


def add_quad(statements: Statements, quad: ox.Quad, reading: Reading) -> None:
    """Add what pyoxigraph has read."""
    scope, value = reading.scope, quad.object
    place = quad.graph_name
    graph = reading.graph if type(place) is ox.DefaultGraph else term_name(place, scope)
    subject = term_name(quad.subject, scope)
    if type(value) is ox.Literal:
        language, datatype = literal_kind(value)
        statements.add_literal(
            subject,
            quad.predicate.value,
            value.value,
            language=language,
            datatype=datatype,
            source=reading.source,
            graph=graph,
        )
    else:
        statements.add(
            subject, quad.predicate.value, term_name(value, scope), source=reading.source, graph=graph
        )
