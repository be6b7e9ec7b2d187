"""Where fetched packages, exported networks and cached vectors are kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

__all__ = ["atomic_path", "data_folder"]


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
