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
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kgx.errors import IndexFolderError, KgxError
from kgx.folder_format import FolderFormat

__all__ = ["CONTENTS", "CURRENT", "NAME", "Segment", "Snapshot", "read_segments", "read_steadily"]

T = TypeVar("T")

CONTENTS = FolderFormat(
    "kgx-segment", 1, "contents.json", "segment", "restore it, or build the index again", IndexFolderError
)
"""What the folder of a base or of a segment says of itself."""

CURRENT = "current.json"
"""Name of the file that names the base in use."""

NAME = re.compile(r"(base|segment)-(\d{8})")
"""What those folders are called, with the number of the last change that they hold."""

_ATTEMPTS = 5  # to read while others compact


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
        folder: where a :class:`kgx.index.SegmentWriter` writes.
        verify: compare checksums, which reads every byte; sizes are always compared.

    Raises:
        IndexFolderError: something acknowledged is missing or damaged, or from another version.
    """
    folder = Path(folder)
    return read_steadily(folder, lambda snapshot: snapshot, verify=verify)


def read_steadily(folder: str | Path, load: Callable[[Snapshot], T], *, verify: bool = False) -> T:
    """Load what is acknowledged, again where a compaction took the files away meanwhile.

    Args:
        folder: where a :class:`kgx.index.SegmentWriter` writes.
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


def _current(folder: Path) -> str | None:
    """Return the name of the base in use."""
    path = folder / CURRENT
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CONTENTS.damaged(folder, error) from error
    name = told.get("base") if isinstance(told, dict) and told.get("format") == CONTENTS.name else None
    if not isinstance(name, str) or not name.startswith("base-") or not NAME.fullmatch(name):
        raise CONTENTS.damaged(folder, f"{CURRENT} names no base")
    return name


def _snapshot(folder: Path, current: str | None, *, verify: bool) -> Snapshot:
    base, fields, through = None, {}, 0
    if current is not None:
        base, through = folder / current, int(current.removeprefix("base-"))
        fields = CONTENTS.read(base, verify=verify)["fields"]
    found = sorted(folder.glob("segment-*")) if folder.is_dir() else []
    numbered = {int(match[2]): path for path in found if (match := NAME.fullmatch(path.name))}
    segments: list[Segment] = []
    for number in sorted(numbered):
        if number <= through:  # the base holds it; a killed compaction left it
            continue
        if number != through + len(segments) + 1:
            raise CONTENTS.damaged(folder, f"segment {through + len(segments) + 1} is missing")
        told = CONTENTS.read(numbered[number], verify=verify)
        segments.append(Segment(number, numbered[number], told["fields"]))
    return Snapshot(base, fields, through, tuple(segments))
