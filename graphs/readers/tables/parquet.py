"""Statements in Parquet files (https://parquet.apache.org/docs/file-format/), row by row.

=====================  ===========================================================================================
``head``, ``subject``  a name, as in TSV: an IRI, a CURIE of a known prefix, ``_:blank``, or a bare name
``relation``,          a name
``predicate``
``tail``, ``object``   a name, or the lexical form of a literal
``kind``               ``literal`` or ``entity``; without it, a row with a language or a datatype is a literal, and
                       so is, in a file with neither column, what is written as N-Triples writes literals
``language``           BCP 47 tag of a literal
``datatype``           IRI of the datatype of a literal
``weight``             a number from 0 up; a missing one stands for 1
``graph``              the named graph; a missing one stands for the graph of the import, or the default graph
=====================  ===========================================================================================

Only the three names are needed. Row groups are read one after another, some rows at a time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphs.block import Block
from graphs.errors import GraphFormatError
from graphs.readers.reading import Reading
from graphs.readers.tables.literal_rows import take_literal_rows
from graphs.readers.tables.naming import Naming
from graphs.readers.tables.rows import TRIPLE, Layout, Problem, Taken, take_rows
from graphs.readers.tables.triples import ROLES

__all__ = ["read_parquet"]

_BATCH: Final = 1 << 17
_BUFFER: Final = 1 << 20
_MAGIC: Final = b"PAR1"
_PARTS: Final = ("kind", "language", "datatype")
_ROLES: Final = {**ROLES, **{part: part for part in _PARTS}}
_WRONG_KIND: Final = (
    "expected literal or entity in the column kind, and a language or datatype of literals only"
)

Flags = npt.NDArray[np.bool_]
Lines = npt.NDArray[np.int64]


def read_parquet(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a Parquet file; a row is a statement.

    Raises:
        GraphFormatError: the file cannot be read, or goes beyond the limits; or it lacks a column, or a row is not
            valid, and the first error stops the reading.
    """
    with _opened(reading) as file:
        with _arrow_errors(reading):
            table = pq.ParquetFile(file)
        _check_size(table.metadata, os.fstat(file.fileno()).st_size, reading)
        roles = _roles(table.schema_arrow, reading)
        if roles is None:
            return
        told = not roles.keys().isdisjoint(_PARTS)
        layout = Layout(tuple(roles), Naming.of(reading), reading.source, reading.graph, literals=not told)
        line = 1
        for columns in _batches(table, roles, reading):
            lines = np.arange(line, line + len(columns["head"]))
            line += len(lines)
            for taken in _by_kind(columns, lines, layout) if told else [take_rows(columns, lines, layout)]:
                for problem in taken.problems:
                    reading.reject(problem.reason, problem.line)
                if len(taken.block):
                    yield taken.block


@contextmanager
def _arrow_errors(reading: Reading) -> Iterator[None]:
    """Say what is wrong with a file in one line."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        reason = str(error).partition("\n")[0]
        raise GraphFormatError(f"cannot be read as Parquet: {reason}", reading.name) from error


@contextmanager
def _opened(reading: Reading) -> Iterator[IO[bytes]]:
    """Open the file itself, or what it unpacks to: Parquet is read from its end."""
    with reading.open() as stream:
        if reading.path is not None and _is_plain(reading.path):
            with reading.path.open("rb") as file:
                yield file
        else:
            with tempfile.TemporaryFile() as unpacked:
                shutil.copyfileobj(stream, unpacked, _BUFFER)
                unpacked.seek(0)
                yield unpacked


def _is_plain(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _check_size(metadata: pq.FileMetaData, packed: int, reading: Reading) -> None:
    """Refuse a file whose columns unpack to more than the limits allow."""
    limits = reading.limits
    groups = [metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)]
    size = sum(groups)
    if limits.max_bytes is not None and size > limits.max_bytes:
        raise GraphFormatError(f"larger than the limit of {limits.max_bytes:,} bytes", reading.name)
    if size > limits.ratio_free and size > limits.max_ratio * packed:
        raise GraphFormatError(
            f"unpacks to more than {limits.max_ratio} times its size: refused as a decompression bomb",
            reading.name,
        )


def _batches(
    table: pq.ParquetFile, roles: Mapping[str, str], reading: Reading
) -> Iterator[dict[str, pa.Array]]:
    """Yield the columns, some rows at a time, as texts."""
    with _arrow_errors(reading):
        batches = table.iter_batches(_BATCH, columns=list(roles.values()))
    while True:
        with _arrow_errors(reading):
            batch = next(batches, None)
            if batch is None:
                return
            batch.validate(full=True)  # Arrow does not look by itself whether texts are UTF-8
            columns = {role: _texts(batch.column(name)) for role, name in roles.items()}
        yield columns


def _roles(schema: pa.Schema, reading: Reading) -> dict[str, str] | None:
    """Return the name of the column of each role, or None where they are not those of statements."""
    found = [(_ROLES.get(name.lower()), name) for name in schema.names]
    roles = {role: name for role, name in found if role is not None}
    if len(roles) < len(found) or not roles.keys() >= set(TRIPLE):
        reading.reject(
            "expected the columns head, relation and tail, each once, and maybe "
            f"{', '.join((*_PARTS, 'weight', 'graph'))}; got {', '.join(schema.names)}"
        )
        return None
    return roles


def _texts(column: pa.Array) -> pa.Array:
    """Return a column as large strings, dictionary-encoded or not; what is missing is empty."""
    if pa.types.is_dictionary(column.type):
        if not column.null_count and not column.dictionary.null_count:
            return pa.DictionaryArray.from_arrays(column.indices.cast(pa.int32()), _texts(column.dictionary))
        column = column.dictionary_decode()
    return pc.fill_null(column.cast(pa.large_string()), "")


def _by_kind(columns: Mapping[str, pa.Array], lines: Lines, layout: Layout) -> list[Taken]:
    """Take rows that say themselves whether they are literals."""
    nothing = pa.array([""] * len(lines), pa.large_string())
    parts = {part: columns.get(part, nothing) for part in _PARTS}
    kind = parts.pop("kind")
    described = ~(_is(parts["language"], "") & _is(parts["datatype"], ""))
    literal = _is(kind, "literal") | (_is(kind, "") & described)
    entity = (_is(kind, "entity") | _is(kind, "")) & ~described
    names = {role: column for role, column in columns.items() if role not in _PARTS}
    taken = take_rows(_where(names, entity), lines[entity], layout)
    said = take_literal_rows(_where({**names, **parts}, literal), lines[literal], layout)
    wrong = [Problem(line, _WRONG_KIND) for line in lines[~(entity | literal)].tolist()]
    return [taken, Taken(said.block, sorted(said.problems + wrong))]


def _is(column: pa.Array, text: str) -> Flags:
    """Tell which rows hold a text."""
    encoded = column.dictionary_encode()
    held = np.array([found == text for found in encoded.dictionary.to_pylist()], np.bool_)
    rows: Flags = held[encoded.indices.to_numpy()]
    return rows


def _where(columns: Mapping[str, pa.Array], rows: Flags) -> dict[str, pa.Array]:
    return {role: column.filter(pa.array(rows)) for role, column in columns.items()}
