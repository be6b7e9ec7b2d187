"""Errors of the retrieval layer. Errors of the graph layer stand in :mod:`graphs.errors`.

::

    KgxError
    ├── CollectionError     a manifest or one of its rows is unusable (carries the file and the row)
    ├── MediaError          a picture or a sound cannot be decoded within its bounds
    ├── EncoderError        an encoder cannot be loaded or fed
    │   └── MissingExtraError   an optional package is not installed (names the line that installs it)
    ├── ModelError          a model folder is missing, damaged, or from another version
    ├── IndexFolderError    an index is missing, damaged, or was built with another encoder
    └── ConfigError         a configuration has an unknown key or an impossible value
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "CollectionError",
    "ConfigError",
    "EncoderError",
    "IndexFolderError",
    "KgxError",
    "MediaError",
    "MissingExtraError",
    "ModelError",
]


class KgxError(Exception):
    """Base of every error that `kgx` raises on purpose: what was expected, what was got, what to do."""


class CollectionError(KgxError):
    """A manifest, or one row of it, is unusable.

    >>> str(CollectionError("id is empty", "items.csv", 7))
    'items.csv: row 7: id is empty'
    """

    def __init__(self, message: str, path: str | Path, row: int | None = None) -> None:
        self.path = Path(path)
        self.row = row
        place = f"{path}: row {row}" if row is not None else f"{path}"
        super().__init__(f"{place}: {message}")


class MediaError(KgxError):
    """A picture or a sound cannot be decoded within its bounds; the message names the file."""


class EncoderError(KgxError):
    """An encoder cannot be loaded, or was given inputs it cannot take."""


class MissingExtraError(EncoderError):
    """An optional package is not installed.

    >>> str(MissingExtraError("onnxruntime", extra="bundled"))
    "onnxruntime is not installed; run: pip install 'kgx-retrieval[bundled]'"
    """

    def __init__(self, package: str, *, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install 'kgx-retrieval[{extra}]'")


class ModelError(KgxError):
    """A model folder is missing, damaged, or was written by an incompatible version."""


class IndexFolderError(KgxError):
    """An index is missing, damaged, or was built with another encoder."""


class ConfigError(KgxError):
    """A configuration has an unknown key or an impossible value."""
