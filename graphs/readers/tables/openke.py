"""Benchmarks in the format of OpenKE (https://github.com/thunlp/OpenKE#data): names and triples in files of numbers.

``entity2id.txt`` and ``relation2id.txt`` number the names, one ``name id`` a line; ``train2id.txt``, ``valid2id.txt``
and ``test2id.txt`` hold the triples, one ``head tail relation`` a line, in this order. The first line of each file
says how many follow. A file of triples is read with the names that stand beside it, and a file of names makes no
statement itself. Of a folder that is read as a whole, the three parts are one source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from graphs.block import Block
from graphs.errors import GraphFormatError
from graphs.readers.opening import opened
from graphs.readers.reading import Reading
from graphs.readers.tables.naming import Naming
from graphs.readers.tables.rows import TRIPLE, Layout, take_rows

__all__ = ["ENTITIES", "PARTS", "RELATIONS", "read_openke"]

ENTITIES: Final = "entity2id.txt"
RELATIONS: Final = "relation2id.txt"
PARTS: Final = ("train2id.txt", "valid2id.txt", "test2id.txt")

_ROWS: Final = 100_000
_COLUMNS: Final = 3
_NUMBER: Final = re.compile(r"[0-9]{1,10}")


def read_openke(reading: Reading) -> Iterator[Block]:
    """Yield the triples of a file in OpenKE's format, or of all such files of a folder.

    Raises:
        GraphFormatError: a file is missing or cannot be read; or a line is not valid, and the first error stops the
            reading.
    """
    if reading.path is None:
        raise GraphFormatError(f"expected a file or folder beside {ENTITIES} and {RELATIONS}", reading.name)
    if reading.path.name in (ENTITIES, RELATIONS):
        return  # names are read with each file of triples
    folder = reading.path if reading.path.is_dir() else reading.path.parent
    parts = [folder / name for name in PARTS] if reading.path.is_dir() else [reading.path]
    parts = [path for path in parts if path.exists() or path == reading.path]
    if not parts:
        raise GraphFormatError(f"expected a folder with {', '.join(PARTS)}", reading.name)
    names = [_names(folder / name, reading) for name in (ENTITIES, RELATIONS)]
    layout = Layout(TRIPLE, Naming.of(reading), reading.source, reading.graph, literals=False)
    for path in parts:
        yield from _triples(path, names[0], names[1], layout, reading)


def _names(path: Path, reading: Reading) -> dict[int, str]:
    """Return names by their number."""
    names: dict[int, str] = {}
    for number, line in _lines(path, reading):
        name, _, code = line.rpartition("\t" if "\t" in line else " ")
        if not name or not _NUMBER.fullmatch(code) or int(code) in names:
            reading.reject(_in(path, f"expected a name and a number of its own, got {line[:80]!r}"), number)
        else:
            names[int(code)] = name
    return names


def _triples(
    path: Path, entities: dict[int, str], relations: dict[int, str], layout: Layout, reading: Reading
) -> Iterator[Block]:
    columns: list[list[str]] = [[], [], []]
    lines: list[int] = []
    for number, line in _lines(path, reading):
        cells = line.split()
        if len(cells) != _COLUMNS or not all(map(_NUMBER.fullmatch, cells)):
            reading.reject(
                _in(path, f"expected the numbers of head, tail and relation, got {line[:80]!r}"), number
            )
            continue
        head, tail, relation = map(int, cells)
        unknown = [f"entity {end}" for end in (head, tail) if end not in entities]
        unknown += [f"relation {relation}"] if relation not in relations else []
        if unknown:
            reading.reject(_in(path, f"{' and '.join(unknown)} have no name"), number)
            continue
        for column, name in zip(columns, (entities[head], relations[relation], entities[tail]), strict=True):
            column.append(name)
        lines.append(number)
        if len(lines) == _ROWS:
            yield _block(columns, lines, layout, path, reading)
            columns, lines = [[], [], []], []
    yield _block(columns, lines, layout, path, reading)


def _block(columns: list[list[str]], lines: list[int], layout: Layout, path: Path, reading: Reading) -> Block:
    texts = {role: pa.array(column, pa.large_string()) for role, column in zip(TRIPLE, columns, strict=True)}
    taken = take_rows(texts, np.array(lines, np.int64), layout)
    for problem in taken.problems:
        reading.reject(_in(path, problem.reason), problem.line)
    return taken.block


def _in(path: Path, reason: str) -> str:
    return f"{path.name}: {reason}"


def _lines(path: Path, reading: Reading) -> Iterator[tuple[int, str]]:
    """Yield the lines after the first, which says how many there are."""
    count = 0
    with opened(path, str(path), reading.limits) as stream:
        first = stream.readline(reading.limits.max_statement).strip()
        if not first.isdigit():
            raise GraphFormatError(f"expected the number of lines that follow, got {first[:80]!r}", path, 1)
        for number, data in enumerate(iter(lambda: stream.readline(reading.limits.max_statement), b""), 2):
            try:
                line = data.decode().strip("\r\n")
            except UnicodeDecodeError as error:
                reading.reject(
                    _in(path, f"not UTF-8: {error.reason} at byte {error.start + 1} of the line"), number
                )
                count += 1
                continue
            if line:
                count += 1
                yield number, line
    if count != int(first):
        missing = max(int(first) - count, 0)
        reading.reject(
            _in(path, f"the first line says that {int(first):,} lines follow, got {count:,}"), 1, missing
        )
