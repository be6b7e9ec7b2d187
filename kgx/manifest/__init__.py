"""Rows of a manifest as they stand in the file: CSV, TSV, JSON Lines or Parquet, in and out.

Only the syntax is judged here; what the cells mean is judged in :mod:`kgx.collection`. A row that cannot be
taken apart is kept with the reason, so that the caller may skip it and go on with the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from kgx.errors import CollectionError
from kgx.folders import atomic_path
from kgx.manifest.delimited import read_csv, read_tsv, write_csv, write_tsv
from kgx.manifest.jsonl import read_jsonl, write_jsonl
from kgx.manifest.parquet import read_parquet, write_parquet
from kgx.manifest.rows import RawRow

__all__ = ["FOLDER_MANIFEST", "READERS", "WRITERS", "RawRow", "manifest_path", "read_rows", "write_rows"]

FOLDER_MANIFEST = "metadata.jsonl"
"""The manifest's name where a whole folder is given."""

READERS: dict[str, Callable[[Path], tuple[list[str], list[RawRow]]]] = {
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".jsonl": read_jsonl,
    ".parquet": read_parquet,
}
WRITERS: dict[str, Callable[[Path, Sequence[str], Iterable[Mapping[str, str]]], None]] = {
    ".csv": write_csv,
    ".tsv": write_tsv,
    ".jsonl": write_jsonl,
    ".parquet": write_parquet,
}

Handler = TypeVar("Handler")


def manifest_path(path: Path) -> Path:
    """Return the manifest's file: ``path`` itself, or ``metadata.jsonl`` where it is a folder.

    >>> str(manifest_path(Path("items.csv")))
    'items.csv'
    """
    return path / FOLDER_MANIFEST if path.is_dir() else path


def read_rows(path: Path) -> tuple[list[str], list[RawRow]]:
    """Read a manifest's column names and its rows.

    Args:
        path: a file that ends in a key of :data:`READERS`.

    Returns:
        The names of all columns, in the file's order, and the records, blank ones left out.

    Raises:
        CollectionError: the file is missing, unreadable, empty, of an unknown kind, or has no usable header.
    """
    reader = _choose(READERS, path)
    try:
        columns, rows = reader(path)
    except FileNotFoundError as error:
        raise CollectionError("the manifest does not exist", path) from error
    except OSError as error:
        raise CollectionError(f"the manifest cannot be read ({error.strerror or error})", path) from error
    return columns, [row for row in rows if row.cells or row.problem]


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write a manifest, atomically; cells that a row does not have are empty.

    Args:
        path: a file that ends in a key of :data:`WRITERS`.
        columns: names of the columns, in order.
        rows: text of the cells by column.

    Raises:
        CollectionError: unknown ending, a text that is not Unicode (lone surrogates), or the disk refuses.
    """
    writer = _choose(WRITERS, path)
    try:
        with atomic_path(path) as temporary:
            writer(temporary, columns, rows)
    except UnicodeEncodeError as error:
        raise CollectionError(f"a text cannot be written as UTF-8 ({error.reason})", path) from error
    except OSError as error:
        raise CollectionError(f"the manifest cannot be written ({error.strerror or error})", path) from error


def _choose(registry: Mapping[str, Handler], path: Path) -> Handler:
    handler = registry.get(path.suffix.lower())
    if handler is None:
        kinds = ", ".join(registry)
        raise CollectionError(
            f"a manifest ends in one of {kinds}, or is a folder with {FOLDER_MANIFEST}", path
        )
    return handler
