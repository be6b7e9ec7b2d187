"""Where fetched packages, exported networks and cached vectors are kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, mkdtemp

__all__ = ["atomic_folder", "atomic_path", "data_folder", "is_empty"]


def data_folder() -> Path:
    """The data cache: the environment variable ``KGX_DATA``, or ``~/.cache/kgx``.

    >>> data_folder().is_absolute()
    True
    """
    chosen = os.environ.get("KGX_DATA")
    return Path(chosen).expanduser().resolve() if chosen else Path.home() / ".cache" / "kgx"


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary file beside ``target`` that takes its name when the block ends without an error.

    A reader, or a process killed at any moment, sees the old file, the whole new one, or none.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_path(Path(folder) / "a.txt") as temporary:
    ...         _ = temporary.write_text("whole")
    ...     (Path(folder) / "a.txt").read_text()
    'whole'
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        dir=target.parent, prefix=f".{target.name}.", suffix=".part", delete=False
    ) as handle:
        temporary = Path(handle.name)
    try:
        temporary.chmod(0o644)
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary folder beside ``target`` that takes its place when the block ends without an error.

    What stood at ``target`` before is removed at that moment, and stays as it was if the block fails: whoever calls
    this has made sure that it may go.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_folder(Path(folder) / "a") as temporary:
    ...         _ = (temporary / "b.txt").write_text("whole")
    ...     [path.name for path in (Path(folder) / "a").iterdir()]
    ['b.txt']
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    fresh, old = workplace / "new", workplace / "old"
    try:
        fresh.mkdir()
        yield fresh
        if target.exists():
            target.replace(old)
        try:
            fresh.replace(target)
        except OSError:
            if old.exists():
                old.replace(target)
            raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def is_empty(folder: Path) -> bool:
    """Tell whether a path is a folder without anything in it."""
    return folder.is_dir() and not any(folder.iterdir())
