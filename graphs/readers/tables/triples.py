"""Tables of triples, as collections for link prediction come: TSV (PyKEEN, GraIL) and CSV.

A row is a triple: head, relation, tail. A first line that names the columns (``head relation tail``, or ``subject
predicate object``; in any order, also with ``weight`` and ``graph``) is a header; without one there are three columns.
In TSV no character but tab and line end has a meaning; CSV has the quotes of RFC 4180. A tail in the syntax of an
N-Triples literal (``"text"@en``, ``"5"^^<iri>``) is a literal. A row counts as one statement; an empty line as none.

Rows are taken apart by where their separators are, and only texts that have not come before are looked at closely.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, starmap
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.block import Block
from graphs.readers.chunks import CHUNK, ahead, line_chunks, too_long
from graphs.readers.reading import Reading
from graphs.readers.tables.naming import Naming
from graphs.readers.tables.quoted import quoted_rows
from graphs.readers.tables.rows import TRIPLE, Layout, Problem, Taken, take_rows

__all__ = ["ROLES", "read_triple_table", "triple_blocks"]

ROLES: Final = {
    "head": "head",
    "subject": "head",
    "relation": "relation",
    "predicate": "relation",
    "tail": "tail",
    "object": "tail",
    "weight": "weight",
    "graph": "graph",
}
"""What the names in a header say that a column holds."""

_SEPARATORS: Final = {"tsv": "\t", "csv": ","}
_ROWS: Final = 100_000
_NEWLINE: Final = ord("\n")

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]


class _Done(NamedTuple):
    """What became of some lines: blocks, problems by line (from 1), and how many lines there are."""

    taken: Taken | None
    problems: list[Problem]
    lines: int


def read_triple_table(reading: Reading, chunk: int = CHUNK) -> Iterator[Block]:
    """Yield the statements of a table of triples.

    Rows that make no statement are rejected one by one, with their line.

    Args:
        reading: the file; its format is ``tsv`` or ``csv``.
        chunk: bytes that are taken apart at a time.

    Raises:
        GraphFormatError: the file cannot be read; or a row is not valid, and the first error stops the reading.
    """
    separator = _SEPARATORS[reading.format]
    with reading.open() as stream:
        chunks = line_chunks(stream, reading, chunk)
        first = next(chunks, None)
        if first is None:
            return
        header = _header(first, separator, reading)
        if header is None:
            return
        layout = Layout(header.columns, Naming.of(reading), reading.source, reading.graph)
        line = 1 + header.lines
        yield from triple_blocks(chain([first[header.bytes :]], chunks), line, separator, layout, reading)


def triple_blocks(
    chunks: Iterator[bytes], line: int, separator: str, layout: Layout, reading: Reading
) -> Iterator[Block]:
    """Yield the statements of rows of triples, and reject rows that make none.

    Args:
        chunks: whole lines, with line feeds.
        line: number of the first line.
        separator: what stands between cells; if it is a comma, cells may be in quotes.
        layout: what the columns hold.
        reading: takes rejections.
    """
    work = partial(_take, separator=separator, layout=layout, longest=reading.limits.max_statement)
    quoted: Iterator[bytes] = iter(())
    if separator == ",":
        chunks, quoted = _until_quoted(chunks)
    for done in ahead(work, chunks, reading.jobs):
        yield from _given(done, line, reading)
        line += done.lines
    for taken in _taken_quoted(quoted, line, layout, reading):
        yield from _given(_Done(taken, taken.problems, 0), 1, reading)


@dataclass(frozen=True, slots=True)
class _Header:
    """What the columns hold, and how much of the file says so."""

    columns: tuple[str, ...]
    lines: int
    bytes: int


def _header(chunk: bytes, separator: str, reading: Reading) -> _Header | None:
    """Return the header, or that of a table without one, or None where it cannot be used."""
    line = chunk[: chunk.find(b"\n") + 1]
    names = [cell.strip().strip('"').lower() for cell in line.decode(errors="replace").split(separator)]
    roles = [ROLES.get(name) for name in names]
    if len({"head", "relation", "tail"} & set(roles)) < 2:
        return _Header(TRIPLE, 0, 0)
    found = ", ".join(names)
    if None in roles or not set(TRIPLE) <= set(roles):
        hint = "; a Biolink table is read as kgx-tsv" if "id" in names or "category" in names else ""
        reading.reject(
            f"expected the columns head, relation, tail and maybe weight and graph, got {found}{hint}", 1
        )
        return None
    if len(set(roles)) < len(roles):
        reading.reject(f"a column stands twice: {found}", 1)
        return None
    return _Header(tuple(role for role in roles if role), 1, len(line))


def _given(done: _Done, first: int, reading: Reading) -> Iterator[Block]:
    """Yield the block of some lines, and reject those that have none."""
    for problem in done.problems:
        reading.reject(problem.reason, first + problem.line - 1)
    if done.taken is not None and len(done.taken.block):
        yield done.taken.block


def _take(data: bytes, separator: str, layout: Layout, longest: int) -> _Done:
    """Take whole lines apart; ``longest`` is how many bytes one may have."""
    if not data:
        return _Done(None, [], 0)
    content = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(content == _NEWLINE)
    starts = np.append(0, ends[:-1] + 1)
    marks = np.flatnonzero(content == ord(separator))
    rows, problems = np.arange(len(ends)), _not_utf8(data)
    for row in np.flatnonzero(ends - starts > longest).tolist():
        problems[row + 1] = too_long(longest)
    cuts = _regular(marks, ends, len(layout))
    if cuts is None or problems:
        cuts, rows = _fitting(marks, starts, ends, layout, separator, problems)
    taken = None
    found = list(starmap(Problem, problems.items()))
    if len(rows):
        taken = take_rows(_columns(content, starts[rows], cuts, ends[rows], layout), rows + 1, layout)
        found += taken.problems
    return _Done(taken, sorted(found), len(ends))


def _regular(marks: Places, ends: Places, width: int) -> Places | None:
    """Return the separators of each line, if every line has the right number of them."""
    if len(marks) != len(ends) * (width - 1):
        return None
    cuts = marks.reshape(-1, width - 1)
    regular = (cuts[:, -1] < ends).all() and (cuts[1:, 0] > ends[:-1]).all()
    return cuts if regular else None


def _fitting(
    marks: Places, starts: Places, ends: Places, layout: Layout, separator: str, problems: dict[int, str]
) -> tuple[Places, Places]:
    """Return the separators of lines that have the right number of them, and which these are; note the others."""
    first = np.searchsorted(marks, starts)
    count = np.searchsorted(marks, ends) - first + 1
    fits = (count == len(layout)) & (ends > starts)
    for row in np.flatnonzero(~fits & (ends > starts)).tolist():
        problems.setdefault(row + 1, miscounted(int(count[row]), layout, separator))
    fits[np.array(list(problems), np.int64) - 1] = False
    rows = np.flatnonzero(fits)
    return marks[first[rows, np.newaxis] + np.arange(len(layout) - 1)], rows


def _columns(
    content: Bytes, starts: Places, cuts: Places, ends: Places, layout: Layout
) -> dict[str, pa.LargeStringArray]:
    """Return the texts of each column."""
    bounds = np.empty((len(starts), 2 * len(layout)), np.int64)  # where each cell begins and ends
    bounds[:, 0], bounds[:, -1] = starts, ends
    bounds[:, 1:-1:2], bounds[:, 2::2] = cuts, cuts + 1
    offsets = pa.py_buffer(np.append(bounds.ravel(), ends[-1]))
    pieces = pa.LargeStringArray.from_buffers(bounds.size, offsets, pa.py_buffer(content))
    step = 2 * len(layout)
    return {
        role: pieces.take(pa.array(np.arange(2 * place, bounds.size, step)))
        for place, role in enumerate(layout.columns)
    }


def _not_utf8(data: bytes) -> dict[int, str]:
    """Return the lines, counted from 1, that are not UTF-8, and why."""
    try:
        if not data.isascii():
            data.decode()
    except UnicodeDecodeError:
        found = {}
        for number, line in enumerate(data.split(b"\n"), 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                found[number] = f"not UTF-8: {error.reason} at byte {error.start + 1} of the line"
        return found
    return {}


def miscounted(count: int, layout: Layout, separator: str) -> str:
    """Say that a row has the wrong number of columns."""
    kind = {"\t": "tab", ",": "comma"}[separator]
    named = ", ".join(layout.columns)
    hint = "; a header can name more" if layout.columns == TRIPLE and count > len(layout) else ""
    return f"expected {len(layout)} {kind}-separated columns ({named}), got {count}{hint}"


def _until_quoted(chunks: Iterator[bytes]) -> tuple[Iterator[bytes], Iterator[bytes]]:
    """Return the chunks before the first one with a quote, and the lines of that and of all that follow."""
    held: list[bytes] = []

    def plain() -> Iterator[bytes]:
        for chunk in chunks:
            if b'"' in chunk:
                held.append(chunk)
                return
            yield chunk

    def lines() -> Iterator[bytes]:
        for chunk in chain(held, chunks):
            yield from chunk.splitlines(keepends=True)

    return plain(), lines()


def _taken_quoted(lines: Iterator[bytes], first: int, layout: Layout, reading: Reading) -> Iterator[Taken]:
    """Take rows with quotes apart, some at a time."""
    rows = quoted_rows(lines, reading.limits, first)
    while batch := list(islice(rows, _ROWS)):
        good, problems = [], []
        for row in batch:
            if row.problem or len(row.cells) != len(layout):
                problems.append(Problem(row.line, row.problem or miscounted(len(row.cells), layout, ",")))
            else:
                good.append(row)
        columns = {
            role: pa.array([row.cells[place] for row in good], pa.large_string())
            for place, role in enumerate(layout.columns)
        }
        taken = take_rows(columns, np.array([row.line for row in good], np.int64), layout)
        yield Taken(taken.block, sorted(problems + taken.problems))
