"""What can be imported: files, folders of them, binary streams and SPARQL endpoints; and what they are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from graphs.errors import GraphFormatError
from graphs.readers.sniffing import is_format_folder
from graphs.readers.sparql import Endpoint

__all__ = ["Input", "expanded", "source_names"]

Input = str | Path | IO[bytes] | Endpoint


def expanded(place: Input) -> Iterator[Path | IO[bytes] | Endpoint]:
    """Yield the files of a folder, unless the folder is read as a whole, and other places as they are."""
    if not isinstance(place, str | Path):
        yield place
        return
    path = Path(place)
    if not path.exists():
        raise GraphFormatError("there is no such file or folder", path)
    if not path.is_dir() or is_format_folder(path):
        yield path
        return
    files = sorted(
        file for file in path.rglob("*") if file.is_file() and not _is_hidden(file.relative_to(path))
    )
    if not files:
        raise GraphFormatError("the folder holds no file", path)
    yield from files


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def source_names(files: Sequence[Path]) -> dict[Path, str]:
    """Name each file by its last part, or, where that would name two of them, as it was given."""
    counts = Counter(file.name for file in set(files))
    return {file: file.name if counts[file.name] == 1 else file.as_posix() for file in files}
