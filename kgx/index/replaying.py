"""Doing again what was done to an index: from the segments on disk to rows in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from kgx.errors import IndexFolderError, KgxError
from kgx.index.change import Change
from kgx.index.faiss_index import VectorIndex
from kgx.index.index_writer import INDEX
from kgx.index.live_rows import LiveRows
from kgx.index.segments import Segment, Snapshot, read_steadily

__all__ = ["opened", "replayed", "rows_of"]


def opened(
    folder: Path, plain: Path | None, *, mmap: bool, expect_model: str | None
) -> tuple[LiveRows, Snapshot]:
    """Read an index and its changes, and what of them is acknowledged.

    Args:
        folder: where changes are kept.
        plain: folder of the index that they begin with, until the first compaction.
        mmap: leave the base's vectors on disk, mapped into memory as they are needed.
        expect_model: id of the model that queries will come from.

    Raises:
        IndexFolderError: missing, damaged, or of another model.
    """

    def load(snapshot: Snapshot) -> tuple[LiveRows, Snapshot]:
        place = plain if snapshot.base is None else snapshot.base / INDEX
        if place is None:
            raise IndexFolderError(f"{folder}: expected a base to begin with, found none; create it")
        index = VectorIndex.open(place, mmap=mmap, expect_model=expect_model)
        return replayed(LiveRows.of(index), snapshot.segments), snapshot

    return read_steadily(folder, load)


def replayed(rows: LiveRows, segments: Sequence[Segment]) -> LiveRows:
    """Return an index after the changes that were acknowledged."""
    if not segments:
        return rows
    places = {name: row for row, name in enumerate(rows.base.ids.tolist())}
    gone: list[int] = []
    changes = [Change.read(segment, rows.base.dimension) for segment in segments]
    count = rows.rows
    for segment, change in zip(segments, changes, strict=True):
        gone += rows_of(change.deleted, places, segment.folder).tolist()
        for name in change.deleted:
            del places[name]
        places.update(zip(change.ids, range(count, count + len(change.ids)), strict=True))
        count += len(change.ids)
    every = Change(
        np.concatenate([change.vectors for change in changes]),
        tuple(name for change in changes for name in change.ids),
        tuple(name for change in changes for name in change.modalities),
        (),
    )
    return rows.after(every, np.array(gone, dtype=np.int64))


def rows_of(ids: Sequence[str], places: Mapping[str, int], folder: Path) -> Int64[np.ndarray, " rows"]:
    """Return the rows of items that are to go.

    Raises:
        KgxError: one of them is not there.
    """
    missing = [name for name in ids if name not in places]
    if missing:
        raise KgxError(f"{folder}: expected an item {missing[0]!r} to delete, found none")
    return np.array([places[name] for name in ids], dtype=np.int64)
