"""Manifests as delimited text: CSV (https://www.rfc-editor.org/rfc/rfc4180), and TSV by the same rules."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from kgx.errors import CollectionError
from kgx.manifest.rows import RawRow, check_columns, checked_row

__all__ = ["read_csv", "read_tsv", "write_csv", "write_tsv"]


def read_csv(path: Path) -> tuple[list[str], list[RawRow]]:
    """Read the header and the rows of a CSV file; a byte-order mark is skipped."""
    return _read(path, ",")


def read_tsv(path: Path) -> tuple[list[str], list[RawRow]]:
    """Read the header and the rows of a tab-separated file, quoted as CSV is."""
    return _read(path, "\t")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows as CSV."""
    _write(path, columns, rows, ",")


def write_tsv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows as tab-separated text, quoted as CSV is."""
    _write(path, columns, rows, "\t")


def _read(path: Path, delimiter: str) -> tuple[list[str], list[RawRow]]:
    # a byte that is not UTF-8 becomes a lone surrogate, so that the one row it stands in can be named
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream, _long_cells():
        records = csv.reader(stream, delimiter=delimiter, strict=True)
        try:
            header = [name.strip() for name in next(records)]
        except StopIteration as error:
            raise CollectionError("the manifest is empty", path) from error
        except csv.Error as error:
            raise CollectionError(f"the header cannot be read ({error})", path, 1) from error
        check_columns(header, path, 1)
        return header, list(_rows(records, header))


def _rows(records: Iterator[list[str]], header: list[str]) -> Iterator[RawRow]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            yield RawRow(number, problem=f"the row cannot be read ({error})")
            continue
        if cells and len(cells) != len(header):
            yield RawRow(number, problem=f"expected {len(header)} cells as in the header, got {len(cells)}")
        elif cells:
            yield checked_row(number, dict(zip(header, cells, strict=True)))


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let the csv module read cells of any length: over its own limit it could not name the column."""
    previous = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(previous)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]], delimiter: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        # the csv module quotes a lone carriage return only where the line's end has one too
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows([row.get(name, "") for name in columns] for row in rows)
