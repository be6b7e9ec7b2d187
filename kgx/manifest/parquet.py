"""Manifests as Apache Parquet (https://parquet.apache.org/docs/file-format/), through pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kgx.errors import CollectionError
from kgx.manifest.rows import RawRow, cell_text, check_columns, checked_row

__all__ = ["read_parquet", "write_parquet"]


def read_parquet(path: Path) -> tuple[list[str], list[RawRow]]:
    """Read the columns and rows of a Parquet file; typed values become text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # opened here: by its path it would become a data set, with columns from folders named key=value
        with path.open("rb") as stream:
            table = pq.ParquetFile(stream).read()
    except pa.ArrowException as error:
        reason = " ".join(str(error).split())
        raise CollectionError(f"the manifest is not Parquet ({reason})", path) from error
    names = [name.strip() for name in table.column_names]
    check_columns(names, path, None)
    records = (
        dict(zip(names, cells, strict=True)) for cells in zip(*map(_texts, table.columns), strict=True)
    )
    return names, [checked_row(number, cells) for number, cells in enumerate(records, start=1)]


def write_parquet(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows as Parquet, every column as text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    records = list(rows)
    table = pa.table(
        {name: pa.array([row.get(name, "") for row in records], pa.string()) for name in columns}
    )
    pq.write_table(table, str(path), compression="zstd")


def _texts(column: Any) -> list[str]:
    """Return a column's cells as text; bytes that are not UTF-8 become lone surrogates."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return [
            "" if cell is None else cell.decode("utf-8", "surrogateescape") for cell in column.to_pylist()
        ]
    return [cell_text(cell) for cell in column.to_pylist()]
