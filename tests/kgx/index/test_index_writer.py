"""An index's changes and bases on disk, with the caller's own files in the same step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgx.index import VectorIndex, read_segments
from kgx.index.change import Change
from kgx.index.index_writer import INDEX, IndexWriter

BIRDS = VectorIndex.build(np.eye(2), ["owl", "crow"], ["image", "image"], model="demo")


def labelled(folder: Path) -> None:
    (folder / "label").write_text("birds")


def test_vectors_and_further_files_come_together(tmp_path: Path) -> None:
    with IndexWriter(tmp_path) as writer:
        base = writer.compact_to(BIRDS, labelled, {"told": 1}).base
        segment = writer.append_change(Change.of(2, deleted=["owl"]), labelled, {"told": 2})
    snapshot = read_segments(tmp_path, verify=True)
    assert base is not None
    assert VectorIndex.open(base / INDEX).fingerprint == BIRDS.fingerprint
    assert (base / "label").read_text() == (segment.folder / "label").read_text() == "birds"
    assert (snapshot.fields, snapshot.segments) == ({"told": 1}, (segment,))
    assert segment.fields == {"told": 2, "added": 0, "deleted": 1, "dimension": 2}
    assert Change.read(snapshot.segments[0], 2).deleted == ("owl",)


def test_a_change_says_of_itself_what_it_is(tmp_path: Path) -> None:
    with IndexWriter(tmp_path) as writer:
        segment = writer.append_change(Change.of(2, deleted=["owl"]), fields={"deleted": 9})
    assert segment.fields["deleted"] == 1


def test_where_further_files_fail_nothing_comes(tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        raise OSError("disk full")

    with IndexWriter(tmp_path) as writer:
        with pytest.raises(OSError, match="disk full"):
            writer.compact_to(BIRDS, fails)
        with pytest.raises(OSError, match="disk full"):
            writer.append_change(Change.of(2, deleted=["owl"]), fails)
    snapshot = read_segments(tmp_path)
    assert (snapshot.base, snapshot.segments) == (None, ())
