"""LiveIndex: an index that items are added to and deleted from while it is searched, without building it again.

The base is a :class:`kgx.index.VectorIndex` of any kind. What comes later is held beside it and compared exactly; what
goes, or is replaced, is skipped. Every change is one segment on disk (:mod:`kgx.index.segments`), which may carry
further files of the caller's in the same step; compaction makes a new base of all that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64, Shaped

from kgx.closing import Closing
from kgx.errors import IndexFolderError, KgxError
from kgx.index.allowed import Among
from kgx.index.base import Hits
from kgx.index.change import Change
from kgx.index.faiss_index import VectorIndex
from kgx.index.index_writer import IndexWriter
from kgx.index.live_rows import LiveRows
from kgx.index.replaying import opened, rows_of
from kgx.index.segments import Segment, Snapshot, read_segments
from kgx.index.wanted import Wanted

__all__ = ["LiveIndex"]


class LiveIndex(Closing):
    """A base, changes since, and where they are kept; made by :meth:`create` or :meth:`open`.

    Rows are numbered by the base and after that in the order in which they came; they keep their numbers until the next
    compaction. Several threads may search while one changes it: a search sees what was acknowledged when it began. One
    process writes at a time, any number read; :meth:`refresh` shows them what was written meanwhile.

    Attributes:
        folder: where the changes are kept.
        snapshot: the base and the changes that are searched, with what the caller wrote into them.

    >>> import tempfile
    >>> base = VectorIndex.build(np.eye(3)[:2], ["owl", "cat"], ["image", "text"], model="demo")
    >>> with tempfile.TemporaryDirectory() as name, LiveIndex.create(Path(name), base) as index:
    ...     _ = index.add(np.eye(3)[2:], ["hoot"], ["audio"])
    ...     _ = index.delete(["cat"])
    ...     index.search(np.array([[0.1, 0.9, 0.5]]), k=2).ids.tolist()
    [['hoot', 'owl']]
    """

    def __init__(
        self,
        folder: Path,
        rows: LiveRows,
        snapshot: Snapshot,
        writer: IndexWriter | None,
        *,
        plain: Path | None = None,
        mmap: bool = False,
    ) -> None:
        self.folder = folder
        self._rows = rows
        self.snapshot = snapshot
        self._writer = writer
        self._plain, self._mmap = plain, mmap  # for reading it again
        self._change = threading.Lock()
        self._places: dict[str, int] | None = None

    @classmethod
    def create(
        cls,
        folder: str | Path,
        base: VectorIndex,
        *,
        write: Callable[[Path], None] | None = None,
        fields: dict[str, Any] | None = None,
    ) -> Self:
        """Begin with an index, and keep it in the folder; open for writing.

        Args:
            folder: where it is kept; is made where it does not exist.
            base: the index.
            write: writes further files of the base into the folder that it is given; none may be named ``index``.
            fields: what the base says of itself beside that, as JSON.

        Raises:
            IndexFolderError: there is one already, or another process writes there.
        """
        writer = IndexWriter(folder)
        try:
            if writer.snapshot.base is not None or writer.snapshot.segments:
                raise IndexFolderError(f"{folder}: expected no index, found one; open it")
            snapshot = writer.compact_to(base, write, fields)
        except BaseException:
            writer.close()
            raise
        return cls(Path(folder), LiveRows.of(base), snapshot, writer)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        base: str | Path | None = None,
        write: bool = False,
        mmap: bool = False,
        expect_model: str | None = None,
    ) -> Self:
        """Open what is acknowledged.

        Args:
            folder: where changes are kept.
            base: folder of a saved index that the changes begin with, until the first compaction, where the folder was
                not made by :meth:`create`.
            write: be the one that writes, until :meth:`close`.
            mmap: leave the base's vectors on disk, mapped into memory as they are needed.
            expect_model: id of the model that queries will come from.

        Raises:
            IndexFolderError: missing, damaged, of another model, or another process writes there.
        """
        folder, plain = Path(folder), None if base is None else Path(base)
        writer = IndexWriter(folder) if write else None
        try:
            rows, snapshot = opened(folder, plain, mmap=mmap, expect_model=expect_model)
        except BaseException:
            if writer is not None:
                writer.close()
            raise
        return cls(folder, rows, snapshot, writer, plain=plain, mmap=mmap)

    def refresh(self) -> bool:
        """Take over what another process wrote since; tell whether there was anything."""
        with self._change:
            if self._writer is not None or read_segments(self.folder) == self.snapshot:
                return False
            rows, snapshot = opened(self.folder, self._plain, mmap=self._mmap, expect_model=self.model)
            self._rows, self.snapshot, self._places = rows, snapshot, None
            return True

    def add(
        self,
        vectors: Float[np.ndarray, "items dimension"],
        ids: Sequence[str],
        modalities: Sequence[str],
        *,
        replace: bool = False,
        delete: Sequence[str] = (),
        write: Callable[[Path], None] | None = None,
        fields: dict[str, Any] | None = None,
    ) -> Segment:
        """Add items; when this returns, they are on the disk and are found.

        Args:
            vectors: one row an item, of any length but zero.
            ids: one for each row, unique.
            modalities: one for each row.
            replace: let them take the place of items of the same ids.
            delete: ids of items that go in the same step.
            write: writes further files of the same step into the folder that it is given.
            fields: what the step says of itself beside that, as JSON.

        Raises:
            KgxError: an id is there already, or one to be deleted is not.
            IndexFolderError: the index is not open for writing, or the vectors come from another encoder.
            ValueError: see :meth:`kgx.index.change.Change.of`.
        """
        with self._change:
            places = self._place_of
            taken = [name for name in ids if name in places]
            if taken and not replace:
                raise KgxError(
                    f"{self.folder}: the item {taken[0]!r} is there already; replace it, or name it anew"
                )
            gone = dict.fromkeys((*taken, *delete))
            change = Change.of(self.dimension, vectors, ids, modalities, tuple(gone))
            return self._apply(change, write, fields)

    def delete(
        self,
        ids: Sequence[str],
        *,
        write: Callable[[Path], None] | None = None,
        fields: dict[str, Any] | None = None,
    ) -> Segment:
        """Delete items; when this returns, that is on the disk and they are not found any more.

        Raises:
            KgxError: there is no such item.
            IndexFolderError: the index is not open for writing.
            ValueError: an id twice, or none.
        """
        with self._change:
            return self._apply(Change.of(self.dimension, deleted=ids), write, fields)

    def compact(
        self,
        *,
        wanted: Wanted | None = None,
        write: Callable[[Path, Int64[np.ndarray, " rows"]], None] | None = None,
        fields: dict[str, Any] | None = None,
    ) -> Int64[np.ndarray, " rows"]:
        """Make one base of the base and all changes.

        Args:
            wanted: of the new base; what was asked of the old one where left out. Where too few items are left to
                train that kind, they are searched one by one, and a warning says so.
            write: writes further files of the base into the folder that it is given; the second argument is what this
                method returns.
            fields: what the base says of itself beside that, as JSON.

        Returns:
            The rows so far of the rows from now on.

        Raises:
            KgxError: no item is left.
            IndexFolderError: the index is not open for writing.
        """
        with self._change:
            writer, before = self._writing(), self._rows
            rows = np.flatnonzero(before.alive)
            if not len(rows):
                raise KgxError(f"{self.folder}: no item is left to make an index of; add one first")
            rows = rows[np.argsort(before.modalities[rows].astype(str), kind="stable")]
            base = VectorIndex.build(
                before.vectors(rows),
                before.ids[rows].tolist(),
                before.modalities[rows].tolist(),
                model=self.model,
            ).as_wanted(wanted or before.base.wanted)
            further = None if write is None else lambda place: write(place, rows)
            self.snapshot = writer.compact_to(base, further, fields)
            self._rows, self._places = LiveRows.of(base), None
            return rows

    def search(
        self,
        queries: Float[np.ndarray, "queries dimension"],
        k: int = 10,
        modality: str | None = None,
        among: Among | None = None,
        *,
        exact: bool | None = None,
        threads: int | None = None,
    ) -> Hits:
        """Return each query's ``k`` nearest items by cosine; see :meth:`kgx.index.VectorIndex.search`."""
        rows = self._rows
        return rows.search(rows.base.unit_queries(queries), k, modality, among, exact=exact, threads=threads)

    @property
    def base(self) -> VectorIndex:
        """The index as it was built or compacted last."""
        return self._rows.base

    @property
    def model(self) -> str:
        """Id of the model whose vectors are held."""
        return self.base.model

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return self.base.dimension

    @property
    def ids(self) -> Shaped[np.ndarray, " rows"]:
        """Ids of all rows, dead ones among them."""
        return self._rows.ids

    @property
    def modalities(self) -> Shaped[np.ndarray, " rows"]:
        """Modalities of all rows, dead ones among them."""
        return self._rows.modalities

    @property
    def alive(self) -> Bool[np.ndarray, " rows"]:
        """Which rows were neither deleted nor replaced."""
        return self._rows.alive

    @property
    def changes(self) -> int:
        """Number of changes since the last compaction: when to compact again."""
        return len(self.snapshot.segments)

    def row_of(self, identifier: str) -> int | None:
        """Return the row of an item, or nothing where it is not there."""
        with self._change:
            return self._place_of.get(identifier)

    def vectors(
        self, rows: Sequence[int] | Int64[np.ndarray, " rows"]
    ) -> Float32[np.ndarray, "rows dimension"]:
        """Return the vectors of some rows, at length one."""
        return self._rows.vectors(np.asarray(rows, dtype=np.int64))

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"LiveIndex({self.base!r} and {self._rows.rows - len(self.base)} rows, {len(self._rows.dead)} dead)"

    def close(self) -> None:
        """Let another process write."""
        if self._writer is not None:
            self._writer.close()

    def _writing(self) -> IndexWriter:
        if self._writer is None:
            raise IndexFolderError(f"{self.folder}: it was opened for reading; open it for writing")
        return self._writer

    def _apply(
        self, change: Change, write: Callable[[Path], None] | None, fields: dict[str, Any] | None
    ) -> Segment:
        writer, places, before = self._writing(), self._place_of, self._rows
        gone = rows_of(change.deleted, places, self.folder)
        after = before.after(change, gone)
        segment = writer.append_change(change, write, fields)
        for name in change.deleted:
            del places[name]
        places.update(zip(change.ids, range(before.rows, after.rows), strict=True))
        self.snapshot, self._rows = writer.snapshot, after
        return segment

    @property
    def _place_of(self) -> dict[str, int]:
        if self._places is None:
            rows = self._rows
            alive = np.flatnonzero(rows.alive)
            self._places = dict(zip(rows.ids[alive].tolist(), alive.tolist(), strict=True))
        return self._places
