"""Biolink's KGX format as tables and as JSON Lines, nodes or edges a file (JSON Lines may hold both).

https://github.com/biolink/kgx/blob/master/specification/kgx-format.md; :mod:`graphs.readers.tables.biolink` says what
columns mean, :mod:`graphs.readers.tables.kgx_records` what records become. In tables, ``|`` separates the values of a
cell (not in names and descriptions), an empty cell has none, and all values are texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from graphs.attribute_names import RDF_JSON, XSD_BOOLEAN, XSD_DOUBLE, XSD_INTEGER
from graphs.block import Block
from graphs.readers.chunks import line_chunks, stream_lines
from graphs.readers.json_text import JsonError, nesting, parse_json
from graphs.readers.limits import Limits
from graphs.readers.reading import Reading
from graphs.readers.tables.biolink import SINGLE, WELL_KNOWN
from graphs.readers.tables.families import shared_scope
from graphs.readers.tables.kgx_records import DATATYPE, EDGE, LANGUAGE, KgxRecords, Value
from graphs.readers.tables.naming import Naming
from graphs.readers.tables.quoted import tab_rows
from graphs.readers.tables.rows import TRIPLE, Layout
from graphs.readers.tables.triples import ROLES, triple_blocks

__all__ = ["LIST", "read_kgx_jsonl", "read_kgx_tsv"]

LIST: Final = "|"
_STATEMENTS: Final = 100_000


def read_kgx_tsv(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a table of nodes or of edges; its header tells which.

    Edges of which nothing else is told (but a ``weight`` or a ``graph``) are read as other tables of triples are.

    Raises:
        GraphFormatError: the file cannot be read; or a row is not valid, and the first error stops the reading.
    """
    records = KgxRecords(reading)
    with reading.open() as stream:
        rows = tab_rows(stream_lines(stream, reading))
        header = next(rows, None)
        if header is None:
            return
        columns = [header.cells[0].removeprefix("#"), *header.cells[1:]]
        problem = header.problem or _header_problem(columns)
        if problem:
            reading.reject(problem, header.line)
            return
        roles = [ROLES.get(column.lower(), "") for column in columns]
        if set(TRIPLE) <= set(roles) and all(roles) and len(set(roles)) == len(roles):
            naming = Naming.of(reading, WELL_KNOWN, shared_scope(reading))
            layout = Layout(tuple(roles), naming, reading.source, reading.graph)
            yield from triple_blocks(line_chunks(stream, reading), header.line + 1, "\t", layout, reading)
            return
        for row in rows:
            if row.problem or len(row.cells) != len(columns):
                reading.reject(
                    row.problem or f"expected {len(columns)} columns, got {len(row.cells)}", row.line
                )
                continue
            if any("\0" in cell for cell in row.cells):
                reading.reject("a cell holds a NUL character", row.line)
                continue
            cells = zip(columns, row.cells, strict=True)
            records.add({column: _cell(column, cell) for column, cell in cells if cell}, row.line)
            if len(records) >= _STATEMENTS:
                yield records.block()
    yield records.block()


def _header_problem(columns: list[str]) -> str:
    """Say why a header can be neither that of nodes nor that of edges, or nothing."""
    found = ", ".join(columns)
    if len(set(columns)) < len(columns):
        return f"a column stands twice: {found}"
    if not all(columns):
        return f"a column has no name: {found}"
    is_edges = "subject" in columns or "object" in columns
    missing = [name for name in (EDGE if is_edges else ("id",)) if name not in columns]
    if missing:
        kind = "edges" if is_edges else "nodes"
        return f"expected the column {' and '.join(missing)} in a table of {kind}, got {found}"
    return ""


def _cell(column: str, cell: str) -> list[Value]:
    if column in SINGLE:
        return [Value(cell)]
    beside = column.endswith((LANGUAGE, DATATYPE))  # an empty one says that the value has none
    return [Value(text) for text in cell.split(LIST) if text or beside]


def read_kgx_jsonl(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a file with a JSON object a line, each a node or an edge.

    Numbers and truth values have the datatypes of XML Schema and are kept as they are written; ``null`` is no value;
    what is nested deeper than a list is kept as JSON.

    Raises:
        GraphFormatError: the file cannot be read; or a line is not valid, and the first error stops the reading.
    """
    records = KgxRecords(reading)
    with reading.open() as stream:
        for number, line in enumerate(stream_lines(stream, reading), 1):
            if not line.strip():
                continue
            try:
                records.add(_record(line, reading.limits), number)
            except JsonError as error:
                reading.reject(str(error), number)
            if len(records) >= _STATEMENTS:
                yield records.block()
    yield records.block()


class _Integer(str):
    """A whole number as it is written."""


class _Double(str):
    """A number with a point or an exponent as it is written."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise JsonError("a name stands twice in an object")
    return found


def _no_number(name: str) -> None:
    raise JsonError(f"not valid JSON: {name} is no number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_Integer, parse_float=_Double, parse_constant=_no_number
)


def _record(line: bytes, limits: Limits) -> dict[str, list[Value]]:
    """Return the values of a JSON object by name."""
    if nesting(line) > limits.max_depth:
        raise JsonError(f"JSON nested deeper than {limits.max_depth}")
    try:
        text = line.decode()
        found = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise JsonError(f"not UTF-8: {error.reason} at byte {error.start + 1} of the line") from error
    except json.JSONDecodeError as error:
        raise JsonError(f"not valid JSON: {error.msg} at character {error.pos + 1}") from error
    if not isinstance(found, dict):
        raise JsonError(f"expected a JSON object, got {text.strip()[:80]}")
    nested: dict[str, Any] = {}
    if "\\u" in text or any(map(_is_nested, found.values())):
        nested = parse_json(line, limits)  # which also looks for halves of surrogate pairs
    record = {}
    for name, value in found.items():
        values = value if isinstance(value, list) else [value]
        plain = nested.get(name)
        written = plain if isinstance(plain, list) else [plain] * len(values)
        kept = zip(values, written, strict=True)
        record[name] = [_value(one, other) for one, other in kept if one is not None]
    return {name: values for name, values in record.items() if values}


def _is_nested(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(element, list | dict) for element in value)
    return isinstance(value, dict)


def _value(value: Any, plain: Any) -> Value:
    """Return a value of JSON; ``plain`` is the same as Python has it, for what is kept as JSON."""
    if isinstance(value, list | dict):
        return Value(json.dumps(plain, ensure_ascii=False, sort_keys=True), RDF_JSON)
    if isinstance(value, bool):
        return Value(str(value).lower(), XSD_BOOLEAN)
    if isinstance(value, _Integer | _Double):
        return Value(str(value), XSD_INTEGER if isinstance(value, _Integer) else XSD_DOUBLE)
    return Value(value)
