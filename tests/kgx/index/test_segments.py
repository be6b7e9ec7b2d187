"""Segments: whole or not at all, in order, one writer, and whatever a killed process leaves."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from kgx.errors import IndexFolderError
from kgx.index import SegmentWriter, Snapshot, read_segments, read_steadily


def note(text: str):  # type: ignore[no-untyped-def]
    return lambda folder: (folder / "note").write_text(text)


def notes(snapshot: Snapshot) -> list[str]:
    folders = [snapshot.base] if snapshot.base else []
    return [(place / "note").read_text() for place in (*folders, *(s.folder for s in snapshot.segments))]


def test_changes_are_read_in_order_and_compacted(tmp_path: Path) -> None:
    with SegmentWriter(tmp_path / "deep" / "log") as writer:
        for text in "abc":
            writer.append(note(text), {"text": text})
        assert notes(read_segments(writer.folder)) == ["a", "b", "c"]
        writer.compact(note("abc"), {"joined": 3})
        writer.append(note("d"))
        writer.compact(note("abcd"))
        writer.compact(note("abcd again"))
        last = writer.append(note("e"))
    snapshot = read_segments(writer.folder, verify=True)
    assert notes(snapshot) == ["abcd again", "e"]
    assert snapshot == writer.snapshot
    assert snapshot.last == last.number
    assert sorted(path.name for path in writer.folder.iterdir()) == [
        ".lock", "base-00000005", "current.json", "segment-00000006",
    ]  # fmt: skip


def test_nothing_yet(tmp_path: Path) -> None:
    assert read_segments(tmp_path / "nowhere") == Snapshot(None, {}, 0, ())


def test_a_change_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise OSError("disk full")

    with SegmentWriter(tmp_path) as writer:
        writer.append(note("a"))
        with pytest.raises(OSError, match="disk full"):
            writer.append(fails)
        with pytest.raises(OSError, match="disk full"):
            writer.compact(fails)
        writer.append(note("b"))
    assert notes(read_segments(tmp_path)) == ["a", "b"]
    assert not list(tmp_path.glob(".part*"))


def test_leftovers_of_a_killed_process_are_ignored_and_removed(tmp_path: Path) -> None:
    with SegmentWriter(tmp_path) as writer:
        writer.append(note("a"))
        shutil.copytree(tmp_path / "segment-00000001", tmp_path / "kept")
        writer.compact(note("a in base"))
        writer.append(note("b"))
    shutil.copytree(tmp_path / "kept", tmp_path / "segment-00000001")  # killed before it was removed
    shutil.move(tmp_path / "kept", tmp_path / "base-00000002")  # killed before ``current.json`` named it
    (tmp_path / ".part-xyz").mkdir()
    (tmp_path / ".part-current.json").write_text("{")
    assert notes(read_segments(tmp_path)) == ["a in base", "b"]
    with SegmentWriter(tmp_path) as writer:
        assert not (tmp_path / ".part-xyz").exists()
        assert not (tmp_path / "segment-00000001").exists()
        writer.compact(note("both"))
    assert notes(read_segments(tmp_path)) == ["both"]


def test_one_process_writes(tmp_path: Path) -> None:
    with SegmentWriter(tmp_path) as writer:
        with pytest.raises(IndexFolderError, match=f"only one to write, but process {os.getpid()} does"):
            SegmentWriter(tmp_path)
        writer.append(note("a"))
    SegmentWriter(tmp_path).close()
    with pytest.raises(IndexFolderError, match="it was closed; open it again"):
        writer.append(note("b"))


def test_a_reader_that_is_overtaken_reads_again(tmp_path: Path) -> None:
    with SegmentWriter(tmp_path) as writer:
        writer.append(note("a"))
        overtaken = []

        def load(snapshot: Snapshot) -> list[str]:
            if not overtaken:
                overtaken.append(snapshot)
                writer.compact(note("base"))
            return notes(snapshot)

        assert read_steadily(tmp_path, load) == ["base"]


def test_what_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    def fresh() -> None:
        shutil.rmtree(tmp_path)
        with SegmentWriter(tmp_path) as writer:
            writer.compact(note("base"))
            for text in "abc":
                writer.append(note(text))

    fresh()
    shutil.rmtree(tmp_path / "segment-00000002")
    with pytest.raises(IndexFolderError, match="segment 2 is missing"):
        read_segments(tmp_path)
    fresh()
    (tmp_path / "segment-00000002" / "note").write_text("longer")
    with pytest.raises(IndexFolderError, match="expected 1 bytes, got 6"):
        read_segments(tmp_path)
    fresh()
    (tmp_path / "segment-00000002" / "note").write_text("x")
    assert len(read_segments(tmp_path).segments) == 3
    with pytest.raises(IndexFolderError, match="SHA-256 differs"):
        read_segments(tmp_path, verify=True)
    fresh()
    (tmp_path / "segment-00000003" / "contents.json").unlink()
    with pytest.raises(IndexFolderError, match=r"found no contents\.json"):
        read_segments(tmp_path)
    fresh()
    shutil.rmtree(tmp_path / "base-00000000")
    with pytest.raises(IndexFolderError, match="base-00000000"):
        read_segments(tmp_path)
    for told in ("{", "[]", json.dumps({"format": "kgx-segment", "base": "base-../../etc"})):
        fresh()
        (tmp_path / "current.json").write_text(told)
        with pytest.raises(IndexFolderError, match="damaged"):
            read_segments(tmp_path)
    with pytest.raises(IndexFolderError, match="damaged"):
        SegmentWriter(tmp_path)
    fresh()
    SegmentWriter(tmp_path).close()
