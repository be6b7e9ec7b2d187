"""Rows of comma-separated values with quotes (RFC 4180, https://www.rfc-editor.org/rfc/rfc4180), with their lines."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Generator, Iterator
from typing import NamedTuple

from graphs.readers.limits import Limits

__all__ = ["Row", "quoted_rows", "tab_rows"]


class Row(NamedTuple):
    """A row: the line on which it begins, counted from 1, its cells, and what is wrong where it has none."""

    line: int
    cells: list[str]
    problem: str = ""


def tab_rows(lines: Iterator[bytes], first: int = 1) -> Iterator[Row]:
    r"""Yield the rows of tab-separated lines, in which no character has a special meaning; empty lines are none.

    >>> [row.cells for row in tab_rows(iter([b'a\t"b\n', b"\n", b"c\td\n"]))]
    [['a', '"b'], ['c', 'd']]
    """
    for number, line in enumerate(lines, first):
        text, problem = _text(line)
        text = text.removesuffix("\n").removesuffix("\r")
        if text or problem:
            yield Row(number, text.split("\t"), problem)


def quoted_rows(
    lines: Iterator[bytes], limits: Limits, first: int = 1, separator: str = ","
) -> Iterator[Row]:
    r"""Yield the rows of comma-separated lines; a cell in double quotes may hold commas, quotes and line ends.

    Where quotes do not fit, or do not close, the line on which the row begins is given up, and reading goes on with
    the line after it.

    Args:
        lines: lines with their ends.
        limits: how long a row may be.
        first: number of the first line.
        separator: what stands between cells.

    >>> list(quoted_rows(iter([b'a,"b, c"\n', b'd,"e\n', b"f,g\n"]), Limits()))[:2]
    [Row(line=1, cells=['a', 'b, c'], problem=''), Row(line=2, cells=[], problem='a quote never closes')]
    """
    # The module's own limit is for all of the program; the limit that counts is the one on lines.
    csv.field_size_limit(max(csv.field_size_limit(), limits.max_statement))
    again: deque[bytes] = deque()
    number = first
    while True:
        batch = _batch(lines, again, limits)
        if not batch:
            return
        done = yield from _parsed(batch, number, separator)
        again.extendleft(reversed(batch[done:]))
        number += done


def _batch(lines: Iterator[bytes], again: deque[bytes], limits: Limits) -> list[bytes]:
    """Return lines up to where all quotes are closed, or the limit or the end is reached."""
    batch: list[bytes] = []
    odd, size = 0, 0
    while True:
        line = again.popleft() if again else next(lines, b"")
        if not line:
            return batch
        batch.append(line)
        odd ^= line.count(b'"') & 1
        size += len(line)
        if not odd or size > limits.max_statement:
            return batch


def _parsed(batch: list[bytes], number: int, separator: str) -> Generator[Row, None, int]:
    """Yield the rows of some lines; return how many lines that makes."""
    texts = [_text(line) for line in batch]
    reader = csv.reader((text for text, _ in texts), strict=True, delimiter=separator)
    start = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            cut = "unexpected end" in str(error)
            reason = "a quote never closes" if cut else f"not valid CSV: {error}"
            yield Row(number + start, [], texts[start][1] or reason)
            return start + 1
        if cells is None:
            return len(batch)
        problem = next((found for _, found in texts[start : reader.line_num] if found), "")
        if cells or problem:
            yield Row(number + start, cells, problem)
        start = reader.line_num


def _text(line: bytes) -> tuple[str, str]:
    """Return a line as text, and what is wrong with it."""
    try:
        return line.decode(), ""
    except UnicodeDecodeError as error:
        return line.decode(
            errors="replace"
        ), f"not UTF-8: {error.reason} at byte {error.start + 1} of the line"
