"""Manifests as JSON Lines (https://jsonlines.org): one object a line, columns as its keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kgx.manifest.rows import RawRow, cell_text, check_columns, checked_row, is_text

__all__ = ["read_jsonl", "write_jsonl"]


def read_jsonl(path: Path) -> tuple[list[str], list[RawRow]]:
    """Read the rows of a JSON Lines file, and the keys that occur in any of them."""
    columns: dict[str, None] = {}
    rows: list[RawRow] = []
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                row, names = _row(number, line)
                columns.update(dict.fromkeys(names))
                rows.append(row)
    check_columns(list(columns), path, None)
    return list(columns), rows


def write_jsonl(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows as JSON Lines; empty cells are left out."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for row in rows:
            record = {name: row[name] for name in columns if row.get(name)}
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")


def _row(number: int, line: str) -> tuple[RawRow, list[str]]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return RawRow(number, problem=f"the line is not JSON ({error})"), []
    if not isinstance(record, dict):
        return RawRow(number, problem=f"expected a JSON object, got {type(record).__name__}"), []
    names = [name.strip() for name in record]
    if not all(name and is_text(name) for name in names) or len(set(names)) < len(names):
        return RawRow(number, problem="a column's name is empty, repeated, or not text"), []
    cells = zip(names, map(cell_text, record.values()), strict=True)
    return checked_row(number, dict(cells)), names
