"""What is said of items when it is asked for is what would have been said at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kgx.arrow_file import read_table, write_table
from kgx.concept_rows import PickedRows, StoredRows
from kgx.concept_table import ConceptTable
from kgx.errors import KgxError
from kgx.item_concepts import HitConcept, ItemConcepts, LinkedConcept

OWL = LinkedConcept(3, HitConcept("owl", "depicts", 0.75, "classifier"), {9: "hypernym", 4: "part holonym"})
HEN = LinkedConcept(5, HitConcept("hen", "mentions", 0.25, "lexical"), {})
ROWS = (
    ItemConcepts.of([]),
    ItemConcepts.of([OWL, HEN]),
    ItemConcepts.of([]),
    ItemConcepts.of([HEN]),
    ItemConcepts.of([]),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    ConceptTable(ROWS).save(tmp_path / "concepts.arrow")
    return tmp_path / "concepts.arrow"


@pytest.fixture
def stored(path: Path, monkeypatch: pytest.MonkeyPatch) -> ConceptTable:
    monkeypatch.setattr("kgx.concept_rows._FEW", 0)
    return ConceptTable.open(path, len(ROWS))


def test_rows_are_made_when_they_are_asked_for(path: Path, stored: ConceptTable) -> None:
    assert isinstance(stored.rows, StoredRows)
    assert tuple(stored.rows) == ROWS == ConceptTable.open(path, len(ROWS)).rows[:]
    assert stored.rows[-2] == ROWS[-2]
    assert stored.rows[1:4] == ROWS[1:4]
    with pytest.raises(IndexError):
        stored.rows[5]
    assert stored.linked.tolist() == [False, True, False, True, False]


def test_few_rows_are_made_at_once(path: Path) -> None:
    assert ConceptTable.open(path, len(ROWS)).rows == ROWS


def test_tables_are_joined_and_rows_picked(stored: ConceptTable) -> None:
    joined = ConceptTable.joined([stored, ConceptTable(()), ConceptTable(ROWS[1:2])])
    assert isinstance(joined.rows, PickedRows)
    assert tuple(joined.rows) == (*ROWS, ROWS[1])
    picked = joined.select(np.array([5, 0, 3]))
    assert tuple(picked.rows) == (ROWS[1], ROWS[0], ROWS[3])
    assert picked.linked.tolist() == [True, False, True]


def test_no_item_has_no_row(tmp_path: Path) -> None:
    ConceptTable(()).save(tmp_path / "none")
    assert len(ConceptTable.open(tmp_path / "none", 0).rows) == 0


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("row", pa.array([1, 1, 7], pa.int32())),
        ("row", pa.array([3, 1, 1], pa.int32())),
        ("row", pa.array([-1, 1, 3], pa.int32())),
        ("label", pa.array(["owl", None, "hen"])),
        ("kin", pa.array([[9], [], []], pa.list_(pa.int32()))),
        ("kin", pa.array([9, 4, 5], pa.int32())),
        ("weight", pa.array(["much", "more", "most"])),
    ],
)
def test_a_table_that_cannot_be_is_refused(path: Path, column: str, values: pa.Array) -> None:
    names = ("row", "concept", "label", "relation", "weight", "provenance", "kin", "kin_relation")
    table = read_table(path, names)
    write_table(path, table.set_column(names.index(column), column, values))
    with pytest.raises(KgxError, match=r"concepts\.arrow is damaged"):
        ConceptTable.open(path, len(ROWS))
