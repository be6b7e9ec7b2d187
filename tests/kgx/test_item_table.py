"""What is kept of a run's items, their metadata among it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kgx.arrow_file import read_table, write_table
from kgx.errors import KgxError
from kgx.item_table import ItemTable, MetadataColumn

TABLE = ItemTable(
    ("a", "b"),
    ("text", "image"),
    ("one", "two"),
    ("", "b.png"),
    ("ex:a", "ex:b"),
    {
        "year": MetadataColumn.of(["", "1900"]),
        "split": MetadataColumn.of(["", ""]),
        "é.\n": MetadataColumn.of("xy"),
    },
)


def test_what_is_saved_is_opened(tmp_path: Path) -> None:
    TABLE.save(tmp_path / "items.arrow")
    opened = ItemTable.open(tmp_path / "items.arrow")
    assert replace(opened, metadata=None) == replace(TABLE, metadata=None)
    assert opened.metadata is not None
    assert opened.metadata.keys() == {"year", "split", "é.\n"}
    assert [opened.told(row) for row in (0, 1)] == [{"é.\n": "x"}, {"year": "1900", "é.\n": "y"}]
    assert opened.metadata["split"].values == ()


def test_a_table_from_before_metadata_was_kept(tmp_path: Path) -> None:
    replace(TABLE, metadata=None).save(tmp_path / "items.arrow")
    opened = ItemTable.open(tmp_path / "items.arrow")
    assert opened.metadata is None
    assert opened.told(0) == {}


def test_rows_by_id_are_those_of_the_table_asked() -> None:
    assert TABLE.row_of == {"a": 0, "b": 1}
    assert TABLE.select(np.array([1])).row_of == {"b": 0}
    assert ItemTable.joined([TABLE, replace(TABLE, id=("c", "d"))]).row_of["d"] == 3


def test_columns_that_are_missing(tmp_path: Path) -> None:
    TABLE.save(tmp_path / "items.arrow")
    whole = read_table(tmp_path / "items.arrow", ("id",), further=True)
    write_table(tmp_path / "items.arrow", whole.drop_columns(["caption"]))
    with pytest.raises(KgxError, match="expected the columns id, modality, caption"):
        ItemTable.open(tmp_path / "items.arrow")
