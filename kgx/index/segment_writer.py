"""SegmentWriter: acknowledges changes of a folder, one at a time, and compacts them (:mod:`kgx.index.segments`)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from kgx.closing import Closing
from kgx.errors import IndexFolderError
from kgx.index.segments import CONTENTS, CURRENT, NAME, Segment, Snapshot, read_segments

__all__ = ["SegmentWriter"]

_PART = ".part-"
_FLUSHED_TOGETHER = 8


class SegmentWriter(Closing):
    """The one process that writes changes into a folder, until it is closed.

    Args:
        folder: is made where it does not exist.

    Raises:
        IndexFolderError: another process writes there, or what is there is damaged.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     with SegmentWriter(Path(name) / "birds") as writer:
    ...         for bird in ("owl", "crow"):
    ...             _ = writer.append(lambda folder: None, {"bird": bird})
    ...         [segment.fields["bird"] for segment in read_segments(writer.folder).segments]
    ...         _ = writer.compact(lambda folder: None, {"birds": 2})
    ...     snapshot = read_segments(writer.folder)
    ['owl', 'crow']
    >>> snapshot.base.name, snapshot.fields["birds"], snapshot.segments
    ('base-00000002', 2, ())
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self.folder)
        try:
            self.snapshot = read_segments(self.folder)
            self._clear()
        except BaseException:
            self.close()
            raise

    def append(self, write: Callable[[Path], None], fields: Mapping[str, Any] | None = None) -> Segment:
        """Acknowledge one change: when this returns, it is on the disk, whole.

        Args:
            write: writes the change's files into the folder that it is given.
            fields: what the change says of itself, as JSON.
        """
        number = self.snapshot.last + 1
        told = dict(fields or {})
        place = self._place(f"segment-{number:08d}", write, told)
        segment = Segment(number, place, told)
        before = self.snapshot
        self.snapshot = Snapshot(before.base, before.fields, before.through, (*before.segments, segment))
        return segment

    def compact(self, write: Callable[[Path], None], fields: Mapping[str, Any] | None = None) -> Snapshot:
        """Put a new base in the place of the old one and of all segments.

        Args:
            write: writes the base's files into the folder that it is given.
            fields: what the base says of itself, as JSON.
        """
        through = self.snapshot.last
        told = dict(fields or {})
        # A base that took over no change since the last one would have its name.
        taken = self.snapshot.base is not None and through == self.snapshot.through
        through += taken
        base = self._place(f"base-{through:08d}", write, told)
        part = self.folder / f"{_PART}{CURRENT}"
        part.write_text(json.dumps({"format": CONTENTS.name, "base": base.name}) + "\n", encoding="utf-8")
        _flush(part)
        part.replace(self.folder / CURRENT)
        _flush(self.folder)
        self.snapshot = Snapshot(base, told, through, ())
        self._clear()
        return self.snapshot

    def close(self) -> None:
        """Let others write."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _place(self, name: str, write: Callable[[Path], None], fields: Mapping[str, Any]) -> Path:
        """Write a folder, flush it, and give it its name."""
        if self._lock < 0:
            raise IndexFolderError(f"{self.folder}: it was closed; open it again to write")
        part = Path(mkdtemp(prefix=_PART, dir=self.folder))
        try:
            part.chmod(0o755)
            write(part)
            files = [path for path in part.rglob("*") if path.is_file()]
            CONTENTS.write(part, {"fields": fields}, files)
            # On threads: the disk is waited for once, not file by file.
            with ThreadPoolExecutor(_FLUSHED_TOGETHER) as pool:
                list(pool.map(_flush, (*part.rglob("*"), part)))
            place = self.folder / name
            shutil.rmtree(place, ignore_errors=True)  # a base that no ``current.json`` came to name
            part.replace(place)
            _flush(self.folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return place

    def _clear(self) -> None:
        """Remove what is not in use any more, or never was."""
        used = {segment.folder.name for segment in self.snapshot.segments}
        if self.snapshot.base is not None:
            used.add(self.snapshot.base.name)
        for path in self.folder.iterdir():
            if path.name.startswith(_PART) or (NAME.fullmatch(path.name) and path.name not in used):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)


def _locked(folder: Path) -> int:
    """Return a handle that holds the folder's lock until it is closed, or the process ends in any way."""
    import fcntl

    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "another"
        os.close(handle)
        raise IndexFolderError(
            f"{folder}: expected to be the only one to write, but process {owner} does; wait until it is "
            "done, or let that process do it"
        ) from error
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle


def _flush(path: Path) -> None:
    """Make sure that a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
