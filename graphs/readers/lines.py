"""N-Triples and N-Quads (https://www.w3.org/TR/n-triples/, https://www.w3.org/TR/n-quads/), on one thread or more."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import IO, Final

import pyoxigraph as ox

from graphs.block import Block
from graphs.readers.parsing import parse_exactly, reason_of
from graphs.readers.reading import Reading
from graphs.readers.scan import Scanned, scan
from graphs.readers.terms import literal_kind, term_name
from graphs.statements import Statements

__all__ = ["add_quad", "read_lines", "take_lines"]

_CHUNK: Final = 16 << 20
"""Bytes that are taken apart at a time."""
_FORMATS: Final = {"n-triples": ox.RdfFormat.N_TRIPLES, "n-quads": ox.RdfFormat.N_QUADS}


def read_lines(reading: Reading, chunk: int = _CHUNK) -> Iterator[Block]:
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
        for scanned in _ahead(work, _chunks(stream, reading, chunk), reading.jobs):
            yield scanned.block
            if scanned.others:
                yield take_lines(scanned.others, line, reading)
            line += scanned.lines


def _ahead(work: Callable[[bytes], Scanned], chunks: Iterator[bytes], jobs: int) -> Iterator[Scanned]:
    """Yield what becomes of chunks, in order; with more than one job, others are worked on meanwhile."""
    if jobs == 1:
        yield from map(work, chunks)
        return
    with ThreadPoolExecutor(jobs) as pool:
        waiting = deque(pool.submit(work, chunk) for chunk in islice(chunks, jobs + 1))
        while waiting:
            scanned = waiting.popleft().result()
            waiting.extend(pool.submit(work, chunk) for chunk in islice(chunks, 1))
            yield scanned


def _chunks(stream: IO[bytes], reading: Reading, size: int) -> Iterator[bytes]:
    """Yield whole lines, many at a time, with newlines as the only line ends; a line that is too long is left empty."""
    limit = reading.limits.max_statement
    rest, line, skipping = b"", 1, False
    while data := stream.read(size):
        if skipping:
            end = _line_end(data)
            if end < 0:
                continue
            data, skipping = data[end:], False
        data = rest + data
        # a carriage return that comes last may have its newline in what is read next
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
        whole, rest = _unix(data[:end]), data[end:]
        line += whole.count(b"\n")
        if whole:
            yield whole
        if len(rest) > limit:
            reading.reject(f"a line is longer than the limit of {limit:,} bytes", line)
            rest, skipping = rest[-1:] if rest.endswith(b"\r") else b"", not rest.endswith(b"\r")
    if rest:
        yield _unix(rest)


def _line_end(data: bytes) -> int:
    """Return where the first line ends, or -1."""
    ends = [end for end in (data.find(b"\n"), data.find(b"\r")) if end >= 0]
    return min(ends, default=-1)


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


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
