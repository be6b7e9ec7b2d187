"""Differences as a file: RDF Patch (https://afs.github.io/rdf-delta/rdf-patch.html).

A row is ``A`` (to add) or ``D`` (to delete), a statement as N-Quads writes it, and a dot. Of the other rows ``TX``,
``TC``, ``PA``, ``PD`` and ``H`` change no statement; ``TA`` (a transaction that was given up) is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from graphs.errors import GraphFormatError
from graphs.operations.diff import GraphDiff
from graphs.readers.limits import Limits
from graphs.readers.opening import opened
from graphs.statement import Statement, parse_statement

__all__ = ["Patch", "patch_lines", "read_patch", "read_statements"]

_SILENT: Final = ("H", "TX", "TC", "PA", "PD")


@dataclass(slots=True)
class Patch:
    """Statements to remove, and statements to add."""

    removed: list[Statement] = field(default_factory=list)
    added: list[Statement] = field(default_factory=list)


def patch_lines(changes: GraphDiff) -> Iterator[str]:
    """Yield the rows that turn the old graph into the new one, without ends of line; weights have no place in them.

    >>> from graphs.operations.diff import diff
    >>> from graphs.store import Store
    >>> old, new = (Store.from_triples([("ex:owl", "ex:isA", name)]) for name in ("ex:fish", "ex:bird"))
    >>> list(patch_lines(diff(old, new)))
    ['TX .', 'D <ex:owl> <ex:isA> <ex:fish> .', 'A <ex:owl> <ex:isA> <ex:bird> .', 'TC .']
    """
    yield "TX ."
    for added, statement in changes.statements():
        yield f"{'A' if added else 'D'} {statement.n_quad()}"
    yield "TC ."


def read_patch(path: str | Path, limits: Limits | None = None) -> Patch:
    """Read an RDF Patch; the file may be packed.

    A statement that is added and deleted counts as its last row says.

    Raises:
        GraphFormatError: the file cannot be read, or a row is not valid.
    """
    wanted: dict[Statement, bool] = {}
    for number, line in _lines(path, limits):
        code, _, rest = line.partition(" ")
        if code in ("A", "D"):
            statement = _parsed(rest, path, number)
            wanted.pop(statement, None)
            wanted[statement] = code == "A"
        elif code not in _SILENT:
            raise GraphFormatError(
                f"expected a row of RDF Patch (A or D and a statement, or one of {', '.join(_SILENT)}), "
                f"got {line[:80]!r}",
                path,
                number,
            )
    return Patch(
        [statement for statement, add in wanted.items() if not add],
        [statement for statement, add in wanted.items() if add],
    )


def read_statements(path: str | Path, limits: Limits | None = None) -> list[Statement]:
    """Read statements that are written as N-Triples or N-Quads, with the names that a stored graph gives.

    Raises:
        GraphFormatError: the file cannot be read, or a line is not valid.
    """
    return [_parsed(line, path, number) for number, line in _lines(path, limits)]


def _parsed(text: str, path: str | Path, line: int) -> Statement:
    try:
        return parse_statement(text)
    except ValueError as error:
        raise GraphFormatError(str(error), path, line) from error


def _lines(path: str | Path, limits: Limits | None) -> Iterator[tuple[int, str]]:
    """Yield the lines that are neither empty nor comments, with their numbers."""
    path, limits = Path(path), limits or Limits()
    with opened(path, str(path), limits) as stream:
        number = 0
        while line := stream.readline(limits.max_statement + 1):
            number += 1
            if len(line) > limits.max_statement:
                raise GraphFormatError(
                    f"a line is longer than the limit of {limits.max_statement:,} bytes", path, number
                )
            try:
                text = line.decode().strip(" \t\r\n")
            except UnicodeDecodeError as error:
                raise GraphFormatError(f"not valid UTF-8: {error.reason}", path, number) from error
            if text and not text.startswith("#"):
                yield number, text
