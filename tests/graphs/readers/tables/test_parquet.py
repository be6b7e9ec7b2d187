"""Statements in Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphs.assemble import assemble
from graphs.errors import GraphFormatError
from graphs.readers.limits import Limits
from graphs.readers.reading import Reading
from graphs.readers.tables.parquet import read_parquet
from graphs.store import Store


def written(path: Path, **columns: Any) -> Reading:
    pq.write_table(pa.table(columns), path)
    return Reading(path, "kg", "parquet", on_error="report")


def statements(reading: Reading) -> tuple[list[Any], list[Any]]:
    """Return the triples, and the values, languages and datatypes of literals."""
    graph = Store(assemble(read_parquet(reading)))
    relations = [graph.relation_iris[number] for number in graph.relation_ids]
    triples = list(
        zip(graph.entity_iris(graph.heads), relations, graph.entity_iris(graph.tails), strict=True)
    )
    names = ("value", "language", "datatype")
    return triples, [tuple(row[name] for name in names) for row in graph.literals.to_pylist()]


def rejected(reading: Reading) -> list[str]:
    return [f"{found.line}: {found.reason}" for found in reading.rejections()]


@pytest.mark.parametrize("names", [("head", "relation", "tail"), ("Subject", "Predicate", "Object")])
@pytest.mark.parametrize("encoded", [False, True])
def test_three_columns_are_read_as_tsv_is(names: tuple[str, ...], encoded: bool, tmp_path: Path) -> None:
    texts = [["owl", "owl", None], ["eats", "name", "r"], ["mouse", '"Eule"@de', "x"]]
    columns: list[Any] = [pa.array(column) for column in texts]
    if encoded:
        columns = [column.dictionary_encode() for column in columns]
    reading = written(tmp_path / "kg.parquet", **dict(zip(names, columns, strict=True)))
    assert statements(reading) == ([("owl", "eats", "mouse")], [("Eule", "de", "")])
    assert rejected(reading) == ["3: the head is empty"]


def test_columns_say_what_is_a_literal(tmp_path: Path) -> None:
    reading = written(
        tmp_path / "kg.parquet",
        head=["a"] * 7,
        relation=["r"] * 7,
        tail=["b", '"b"', "text", "1", "x", "y", "z"],
        kind=["entity", None, "literal", "literal", "literal", "entity", "thing"],
        language=[None, None, "en", None, "no tag", "en", None],
        datatype=[None, None, None, "http://www.w3.org/2001/XMLSchema#integer", None, None, None],
        weight=pa.array([0.1, None, 2, 1, 1, 1, 1], pa.float32()),
    )
    triples, literals = statements(reading)
    assert triples == [("a", "r", '"b"'), ("a", "r", "b")]
    assert literals == [("1", "", "http://www.w3.org/2001/XMLSchema#integer"), ("text", "en", "")]
    kind = "expected literal or entity in the column kind, and a language or datatype of literals only"
    assert rejected(reading) == ["5: the language is not a tag of BCP 47", f"6: {kind}", f"7: {kind}"]


def test_numbers_are_names_too(tmp_path: Path) -> None:
    reading = written(tmp_path / "kg.parquet", head=[1, 2], relation=["r", "r"], tail=[3, 4], weight=[1, -1])
    assert statements(reading) == ([("1", "r", "3")], [])
    assert rejected(reading) == ["2: expected a weight, a finite number from 0 up, got '-1'"]


@pytest.mark.parametrize(
    "columns", [["head", "relation", "value"], ["head", "relation"], ["head", "subject", "relation", "tail"]]
)
def test_missing_columns_are_named(columns: list[str], tmp_path: Path) -> None:
    reading = written(tmp_path / "kg.parquet", **{column: ["a"] for column in columns})
    assert statements(reading) == ([], [])
    (reason,) = rejected(reading)
    assert f"got {', '.join(columns)}" in reason


def test_packed_files_are_unpacked(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "kg.parquet"
    written(path, head=["a"], relation=["r"], tail=["b"])
    packed = tmp_path / "kg.parquet.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert statements(Reading(packed, "kg", "parquet")) == ([("a", "r", "b")], [])


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 40 + b"PAR1", b"no table"])
def test_damaged_files_are_one_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "kg.parquet"
    path.write_bytes(content)
    with pytest.raises(GraphFormatError, match=r"kg\.parquet: cannot be read as Parquet"):
        list(read_parquet(Reading(path, "kg", "parquet")))


def test_names_of_columns_that_are_not_utf8_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "kg.parquet"
    written(path, head=["a"], relation=["r"], tail=["b"])
    path.write_bytes(path.read_bytes().replace(b"relation", b"relat\xb7on"))
    with pytest.raises(GraphFormatError, match="cannot be read as Parquet"):
        list(read_parquet(Reading(path, "kg", "parquet")))


def test_text_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    broken = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff"))
    reading = written(tmp_path / "kg.parquet", head=broken, relation=["r"], tail=["b"])
    with pytest.raises(GraphFormatError, match=r"cannot be read as Parquet: .*UTF8"):
        list(read_parquet(reading))


def test_bombs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "kg.parquet"
    text = "x" * 100_000
    pq.write_table(pa.table({"head": [text], "relation": ["r"], "tail": [text]}), path, compression="zstd")
    for limits in (Limits(ratio_free=1000, max_ratio=2), Limits(max_bytes=50_000)):
        with pytest.raises(GraphFormatError, match=r"limit|bomb"):
            list(read_parquet(Reading(path, "kg", "parquet", limits=limits)))
