"""Small tables on disk as Arrow files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kgx.errors import KgxError
from kgx.folders import atomic_path

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_table", "write_table"]


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table, atomically."""
    import pyarrow as pa
    from pyarrow import ipc

    with (
        atomic_path(path) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)


def read_table(path: Path, columns: tuple[str, ...], *, further: bool = False) -> pa.Table:
    """Read a table.

    Args:
        path: the file.
        columns: the columns that it must have, in their order.
        further: let others follow them.

    Raises:
        KgxError: it is missing or damaged, or does not have just these columns.
    """
    import pyarrow as pa
    from pyarrow import ipc

    try:
        with pa.OSFile(str(path)) as source:
            table = ipc.open_file(source).read_all()
    except (OSError, pa.ArrowException) as error:
        raise KgxError(f"{path} is missing or damaged ({error})") from error
    found = tuple(table.column_names)
    if (found[: len(columns)] if further else found) != columns:
        raise KgxError(f"{path}: expected the columns {', '.join(columns)}, got {', '.join(found)}")
    return table
