"""Changes on disk that a process killed at any moment can neither lose nor halve.

As in a log-structured merge-tree (O'Neil et al., Acta Informatica 33, 1996): a *base*, *segments* on top of it, each
one acknowledged change, and compaction, which makes a new base of all that. What is in them is the caller's: files of
any names::

    current.json        which base is in use, and the last segment that it holds; absent until there is a base
    base-00000012/      what all up to segment 12 came to
    segment-00000013/   one change
    .lock               held by the process that writes

Every folder lists its files with sizes and checksums in ``contents.json``. It is written beside its place, flushed to
the disk with all that is in it, and renamed; so is ``current.json``. What a killed process leaves behind has other
names, is never read, and is removed by the next one that writes. Readers take no lock.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Any, Self, TypeVar

from kgx.errors import IndexFolderError, KgxError
from kgx.folder_format import FolderFormat

__all__ = ["Segment", "SegmentWriter", "Snapshot", "read_segments", "read_steadily"]

T = TypeVar("T")

_CONTENTS = FolderFormat(
    "kgx-segment", 1, "contents.json", "segment", "restore it, or build the index again", IndexFolderError
)
_CURRENT = "current.json"
_PART = ".part-"
_NAME = re.compile(r"(base|segment)-(\d{8})")
_ATTEMPTS = 5  # to read while others compact
_FLUSHED_TOGETHER = 8


@dataclass(frozen=True, slots=True)
class Segment:
    """One acknowledged change.

    Attributes:
        number: from 1, in the order in which changes were acknowledged.
        folder: where its files are.
        fields: what it says of itself, beside its files.
    """

    number: int
    folder: Path
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is acknowledged at a moment.

    Attributes:
        base: folder of the base; none where nothing was compacted yet.
        fields: what the base says of itself, beside its files.
        through: the last change that the base holds, 0 where there is none.
        segments: the changes since, oldest first.
    """

    base: Path | None
    fields: Mapping[str, Any]
    through: int
    segments: tuple[Segment, ...]

    @property
    def last(self) -> int:
        """Number of the last change."""
        return self.segments[-1].number if self.segments else self.through


def read_segments(folder: str | Path, *, verify: bool = False) -> Snapshot:
    """Return what is acknowledged; nothing where the folder does not exist.

    Args:
        folder: where a :class:`SegmentWriter` writes.
        verify: compare checksums, which reads every byte; sizes are always compared.

    Raises:
        IndexFolderError: something acknowledged is missing or damaged, or from another version.
    """
    folder = Path(folder)
    return read_steadily(folder, lambda snapshot: snapshot, verify=verify)


def read_steadily(folder: str | Path, load: Callable[[Snapshot], T], *, verify: bool = False) -> T:
    """Load what is acknowledged, again where a compaction took the files away meanwhile.

    Args:
        folder: where a :class:`SegmentWriter` writes.
        load: reads the files.
        verify: see :func:`read_segments`.

    Raises:
        IndexFolderError: something acknowledged is missing or damaged, or from another version.
    """
    folder = Path(folder)
    for attempt in range(1, _ATTEMPTS + 1):
        before = _current(folder)
        try:
            return load(_snapshot(folder, before, verify=verify))
        except (KgxError, FileNotFoundError):
            if attempt == _ATTEMPTS or _current(folder) == before:
                raise
    raise AssertionError("unreachable")


class SegmentWriter:
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
        part = self.folder / f"{_PART}{_CURRENT}"
        part.write_text(json.dumps({"format": _CONTENTS.name, "base": base.name}) + "\n", encoding="utf-8")
        _flush(part)
        part.replace(self.folder / _CURRENT)
        _flush(self.folder)
        self.snapshot = Snapshot(base, told, through, ())
        self._clear()
        return self.snapshot

    def close(self) -> None:
        """Let others write."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _place(self, name: str, write: Callable[[Path], None], fields: Mapping[str, Any]) -> Path:
        """Write a folder, flush it, and give it its name."""
        if self._lock < 0:
            raise IndexFolderError(f"{self.folder}: it was closed; open it again to write")
        part = Path(mkdtemp(prefix=_PART, dir=self.folder))
        try:
            part.chmod(0o755)
            write(part)
            files = [path for path in part.rglob("*") if path.is_file()]
            _CONTENTS.write(part, {"fields": fields}, files)
            with ThreadPoolExecutor(
                _FLUSHED_TOGETHER
            ) as pool:  # the disk is waited for once, not file by file
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
            if path.name.startswith(_PART) or (_NAME.fullmatch(path.name) and path.name not in used):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)


def _current(folder: Path) -> str | None:
    """Return the name of the base in use."""
    path = folder / _CURRENT
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _CONTENTS.damaged(folder, error) from error
    name = told.get("base") if isinstance(told, dict) and told.get("format") == _CONTENTS.name else None
    if not isinstance(name, str) or not name.startswith("base-") or not _NAME.fullmatch(name):
        raise _CONTENTS.damaged(folder, f"{_CURRENT} names no base")
    return name


def _snapshot(folder: Path, current: str | None, *, verify: bool) -> Snapshot:
    base, fields, through = None, {}, 0
    if current is not None:
        base, through = folder / current, int(current.removeprefix("base-"))
        fields = _CONTENTS.read(base, verify=verify)["fields"]
    found = sorted(folder.glob("segment-*")) if folder.is_dir() else []
    numbered = {int(match[2]): path for path in found if (match := _NAME.fullmatch(path.name))}
    segments: list[Segment] = []
    for number in sorted(numbered):
        if number <= through:  # the base holds it; a killed compaction left it
            continue
        if number != through + len(segments) + 1:
            raise _CONTENTS.damaged(folder, f"segment {through + len(segments) + 1} is missing")
        told = _CONTENTS.read(numbered[number], verify=verify)
        segments.append(Segment(number, numbered[number], told["fields"]))
    return Snapshot(base, fields, through, tuple(segments))


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
