"""IndexWriter: the one process that writes the changes of an index, and the indexes that they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kgx.index.change import Change
from kgx.index.faiss_index import VectorIndex
from kgx.index.segment_writer import SegmentWriter
from kgx.index.segments import Segment, Snapshot

__all__ = ["INDEX", "IndexWriter"]

INDEX = "index"
"""Folder of the vectors within a base."""


class IndexWriter(SegmentWriter):
    """A :class:`kgx.index.SegmentWriter` that writes vectors, and in the same step what else is known of their items.

    >>> import tempfile
    >>> import numpy as np
    >>> birds = VectorIndex.build(np.eye(2), ["owl", "crow"], ["image", "text"], model="demo")
    >>> with tempfile.TemporaryDirectory() as name, IndexWriter(name) as writer:
    ...     _ = writer.compact_to(birds, fields={"birds": 2})
    ...     writer.append_change(Change.of(2, deleted=["owl"]), fields={"why": "flew away"}).fields
    {'why': 'flew away', 'added': 0, 'deleted': 1, 'dimension': 2}
    """

    def append_change(
        self,
        change: Change,
        write: Callable[[Path], object] | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> Segment:
        """Acknowledge a change of the index: when this returns, it is on the disk, whole.

        Args:
            change: what comes and what goes.
            write: writes further files into the folder that it is given.
            fields: what the segment says of itself beside the change, as JSON.
        """
        return self.append(_both(change.write, write), {**(fields or {}), **change.fields})

    def compact_to(
        self,
        index: VectorIndex,
        write: Callable[[Path], object] | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> Snapshot:
        """Put an index in the place of the base and of all changes.

        Args:
            index: what all that has come to.
            write: writes further files into the folder that it is given; none may be named as :data:`INDEX`.
            fields: what the base says of itself, as JSON.
        """
        return self.compact(_both(lambda place: index.save(place / INDEX), write), fields)


def _both(first: Callable[[Path], object], second: Callable[[Path], object] | None) -> Callable[[Path], None]:
    def write(place: Path) -> None:
        first(place)
        if second is not None:
            second(place)

    return write
