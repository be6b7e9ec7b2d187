"""Where what is worked out from a run is kept, to be found again by the next process."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from kgx.folders import data_folder

__all__ = ["CACHE", "cache_folder"]

CACHE: Final = "cache"
"""Name of the folder within a run's; all of it may be removed at any time."""


def cache_folder(run: Path) -> Path:
    """Return a folder for what is worked out from a run: within it, or among the data cache where it is read-only.

    Args:
        run: the run's folder.

    >>> cache_folder(Path("/nowhere/run")).parent.name
    'runs'
    """
    if os.access(run, os.W_OK):
        return run / CACHE
    return data_folder() / "runs" / hashlib.sha256(str(run.resolve()).encode()).hexdigest()[:16]
