"""Folders of numbers in OpenKE's format."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphs.assemble import assemble
from graphs.errors import GraphFormatError
from graphs.readers.reading import Reading
from graphs.readers.tables.openke import read_openke
from graphs.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "entity2id.txt").write_text("3\n/m/owl\t0\nbarn owl\t1\nmouse 7\n")
    (tmp_path / "relation2id.txt").write_text("1\neats often\t0\n")
    (tmp_path / "train2id.txt").write_text("2\n0 7 0\n1\t7\t0\n")
    (tmp_path / "test2id.txt").write_text("1\r\n7 0 0\r\n")
    return tmp_path


def triples(reading: Reading) -> list[tuple[str, ...]]:
    graph = Store(assemble(read_openke(reading)))
    relations = [graph.relation_iris[number] for number in graph.relation_ids]
    return list(zip(graph.entity_iris(graph.heads), relations, graph.entity_iris(graph.tails), strict=True))


def test_one_part_and_all_parts(folder: Path) -> None:
    train = [("/m/owl", "eats often", "mouse"), ("barn owl", "eats often", "mouse")]
    assert triples(Reading(folder / "train2id.txt", "kg", "openke")) == train
    assert list(read_openke(Reading(folder / "entity2id.txt", "kg", "openke"))) == []
    assert triples(Reading(folder, "kg", "openke")) == [*train, ("mouse", "eats often", "/m/owl")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("1\n0 7\n", "2: train2id.txt: expected the numbers of head, tail and relation, got '0 7'"),
        ("1\n0 7 x\n", "2: train2id.txt: expected the numbers of head, tail and relation, got '0 7 x'"),
        ("1\n0 5 9\n", "2: train2id.txt: entity 5 and relation 9 have no name"),
        ("3\n0 7 0\n", "1: train2id.txt: the first line says that 3 lines follow, got 1"),
        ("1\n0 7 0\n1 7 0\n", "1: train2id.txt: the first line says that 1 lines follow, got 2"),
    ],
)
def test_what_is_wrong_is_said(content: str, reason: str, folder: Path) -> None:
    (folder / "train2id.txt").write_text(content)
    reading = Reading(folder / "train2id.txt", "kg", "openke", on_error="report")
    list(read_openke(reading))
    assert [f"{found.line}: {found.reason}" for found in reading.rejections()] == [reason]


def test_files_that_are_missing_or_something_else_are_an_error(folder: Path) -> None:
    (folder / "train2id.txt").write_text("owl\teats\tmouse\n")
    with pytest.raises(GraphFormatError, match=r"train2id\.txt:1: expected the number of lines that follow"):
        triples(Reading(folder / "train2id.txt", "kg", "openke"))
    (folder / "relation2id.txt").unlink()
    with pytest.raises(GraphFormatError, match=r"relation2id\.txt: cannot be read"):
        triples(Reading(folder / "train2id.txt", "kg", "openke"))
