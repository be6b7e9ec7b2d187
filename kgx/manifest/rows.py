"""One record of a manifest, whatever its file's kind, and what every kind checks of its text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgx.errors import CollectionError

__all__ = ["MAX_CELL", "RawRow", "cell_text", "check_columns", "checked_row", "is_text"]

MAX_CELL = 1_000_000
"""The longest cell, in characters; a longer one is most likely an unclosed quote."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record of a manifest.

    Attributes:
        number: its place in the file, as the file's own tools count: in CSV the header is row 1, blank lines
            count, and a record over several lines is one row; the first line of JSON Lines and the first row
            of Parquet are 1.
        cells: text of every cell that is not empty, by column.
        problem: why the record cannot be used; empty where it can.
    """

    number: int
    cells: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def check_columns(names: Sequence[str], path: Path, row: int | None) -> None:
    """Refuse a header with nameless or repeated columns, or one that is not text.

    Raises:
        CollectionError: naming the column.
    """
    for position, name in enumerate(names, start=1):
        if not name:
            raise CollectionError(f"column {position} has no name", path, row)
        if not is_text(name):
            raise CollectionError("the header is not UTF-8 text; save the file as UTF-8", path, row)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise CollectionError(f"the column {repeated[0]!r} stands there twice", path, row)


def checked_row(number: int, cells: Mapping[str, str]) -> RawRow:
    """Return the row without its empty cells, or with what is wrong with its text.

    >>> checked_row(2, {"id": "owl", "split": ""})
    RawRow(number=2, cells={'id': 'owl'}, problem='')
    >>> checked_row(3, {"id": "o\\0l"}).problem
    "'id' holds a NUL character"
    """
    filled = {name: text for name, text in cells.items() if text}
    whole = "".join(filled.values())
    if len(whole) <= MAX_CELL and is_text(whole):
        return RawRow(number, filled)
    for name, text in filled.items():
        problem = _text_problem(name, text)
        if problem:
            known = {"id": cells["id"]} if is_text(cells.get("id", "\0")) else {}
            return RawRow(number, known, problem)
    return RawRow(number, filled)


def _text_problem(name: str, text: str) -> str:
    if len(text) > MAX_CELL:
        return f"{name!r} has {len(text):,} characters, more than {MAX_CELL:,} (an unclosed quote?)"
    if "\0" in text:
        return f"{name!r} holds a NUL character"
    return "" if is_text(text) else f"{name!r} is not valid UTF-8"


def is_text(text: str) -> bool:
    """Tell whether a text has neither NUL nor lone surrogates, which stand for bytes that are not UTF-8."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def cell_text(value: Any) -> str:
    """Write a typed value as the text of a cell: nothing as empty, a number, list or object as JSON.

    >>> cell_text(None), cell_text("owl"), cell_text(7), cell_text(["night", "bird"])
    ('', 'owl', '7', '["night", "bird"]')
    """
    if value is None:
        return ""
    if isinstance(value, bool | int | float | list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
