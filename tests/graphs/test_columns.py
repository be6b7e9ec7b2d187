"""The folder on disk: all or nothing, and damage is noticed when it is opened."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from graphs import GraphStoreError, KnowledgeGraph
from graphs.assemble import assemble
from graphs.statements import Statements
from graphs.vocabulary import RDFS_LABEL

FILES = (
    "entities.arrow",
    "relations.arrow",
    "triples.arrow",
    "neighbours.arrow",
    "statements.arrow",
    "literals.arrow",
)


@pytest.fixture
def graph() -> KnowledgeGraph:
    return KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")], literals=[("ex:a", RDFS_LABEL, "A", "en")])


@pytest.fixture
def folder(graph: KnowledgeGraph, tmp_path: Path) -> Path:
    graph.save(tmp_path / "kg")
    return tmp_path / "kg"


def test_a_stored_graph_is_replaced_and_nothing_else_is_left(folder: Path, graph: KnowledgeGraph) -> None:
    before = KnowledgeGraph.open(folder)
    other = KnowledgeGraph.from_triples([("ex:x", "ex:r", "ex:y")])
    other.save(folder)
    assert KnowledgeGraph.open(folder).equals(other)
    assert before.equals(graph), "what was open stays readable"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["kg"]
    assert sorted(path.name for path in folder.iterdir()) == sorted((*FILES, "meta.json"))


def test_parents_are_made_and_an_empty_folder_is_used(graph: KnowledgeGraph, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "deep" / "er" / "kg", tmp_path / "empty"):
        graph.save(place)
        assert KnowledgeGraph.open(str(place)).equals(graph)


@pytest.mark.parametrize("name", ["notes.txt", "meta.json"])
def test_other_folders_and_files_are_left_alone(name: str, graph: KnowledgeGraph, tmp_path: Path) -> None:
    (tmp_path / name).write_text('{"format": "something else"}')
    for place in (tmp_path, tmp_path / name):
        with pytest.raises(GraphStoreError, match="is not a stored graph"):
            graph.save(place)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_failed_save_leaves_what_was_there(
    folder: Path, graph: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("graphs.columns._swapped", fail)
    with pytest.raises(OSError, match="full"):
        KnowledgeGraph.from_triples([("ex:x", "ex:r", "ex:y")]).save(folder)
    assert KnowledgeGraph.open(folder).equals(graph)
    assert [path.name for path in folder.parent.iterdir()] == ["kg"]


def test_what_a_killed_process_left_is_cleared_away(folder: Path, graph: KnowledgeGraph) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    (folder.parent / f".kg.{gone.pid}.abc" / "new").mkdir(parents=True)
    (folder.parent / f".kg.{os.getpid()}.abc").mkdir()
    graph.save(folder)
    assert sorted(path.name for path in folder.parent.iterdir()) == [f".kg.{os.getpid()}.abc", "kg"]


def test_the_old_graph_comes_back_when_the_new_one_cannot_take_its_place(
    folder: Path, graph: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def fail_second(source: Path, target: Path) -> None:
        if Path(source).name == "new":
            raise OSError("no more names")
        replace(source, target)

    monkeypatch.setattr("graphs.columns._swapped", lambda *_: False)  # as on other systems
    monkeypatch.setattr(os, "replace", fail_second)
    with pytest.raises(OSError, match="no more names"):
        KnowledgeGraph.from_triples([("ex:x", "ex:r", "ex:y")]).save(folder)
    assert KnowledgeGraph.open(folder).equals(graph)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_missing_or_exchanged_file_is_noticed(name: str, folder: Path) -> None:
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(GraphStoreError, match=rf"{name} is damaged: expected {len(content)} bytes"):
        KnowledgeGraph.open(folder)
    path.write_bytes(bytes(len(content)))
    with pytest.raises(GraphStoreError, match=f"{name} is damaged"):
        KnowledgeGraph.open(folder)
    path.unlink()
    with pytest.raises(GraphStoreError, match=f"{name} is missing"):
        KnowledgeGraph.open(folder)


def test_a_changed_byte_is_noticed_when_asked_to_verify(folder: Path, graph: KnowledgeGraph) -> None:
    path = folder / "literals.arrow"
    content = bytearray(path.read_bytes())
    content[content.index(b"label")] ^= 1
    path.write_bytes(content)
    assert not KnowledgeGraph.open(folder).equals(graph)
    with pytest.raises(GraphStoreError, match=r"literals\.arrow is damaged: its SHA-256"):
        KnowledgeGraph.open(folder, verify=True)


def test_what_is_zero_in_all_rows_is_a_hole_that_reads_as_it_was_written(tmp_path: Path) -> None:
    statements = Statements()
    for number in range(50_000):
        statements.add(f"ex:{number}", "ex:next", f"ex:{number + 1}", source="line.nt")
    graph = KnowledgeGraph(assemble([statements.block()]))
    graph.save(tmp_path / "kg")
    reopened = KnowledgeGraph.open(tmp_path / "kg", verify=True)
    assert reopened.columns.equals(graph.columns)
    meta = json.loads((tmp_path / "kg" / "meta.json").read_text())
    for name, entry in meta["files"].items():
        content = (tmp_path / "kg" / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])
    assert not np.any(reopened.columns.statements.column("source").indices.to_numpy())


def test_other_columns_than_expected_are_noticed(folder: Path) -> None:
    path = folder / "triples.arrow"
    batch = pa.record_batch({"head": pa.array([0], pa.int64())})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    meta = json.loads((folder / "meta.json").read_text())
    meta["files"]["triples.arrow"]["bytes"] = path.stat().st_size
    (folder / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(GraphStoreError, match="columns or rows"):
        KnowledgeGraph.open(folder)


@pytest.mark.parametrize(
    ("meta", "says"),
    [
        ("{", "is damaged"),
        ("[]", "does not describe a stored graph"),
        (
            '{"format": "graphs.KnowledgeGraph", "version": 1, "files": []}',
            "does not describe a stored graph",
        ),
        ('{"format": "graphs.KnowledgeGraph", "version": 99, "files": {}}', "version 99, expected 2; build"),
        (
            '{"format": "graphs.KnowledgeGraph", "version": 2, "prefixes": {}, "files": {}}',
            r"entities\.arrow is missing",
        ),
    ],
)
def test_a_wrong_description_is_refused(meta: str, says: str, folder: Path) -> None:
    (folder / "meta.json").write_text(meta)
    with pytest.raises(GraphStoreError, match=says):
        KnowledgeGraph.open(folder)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GraphStoreError, match=r"none is not a stored graph: .*No such file"):
        KnowledgeGraph.open(tmp_path / "none")
