"""Fetch every package that the real collections come from: ``python -m experiments.domains.fetch``."""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.domains.debian import FetchError
from experiments.domains.packages import PACKAGES, fetch
from kgx.folders import data_folder

__all__ = ["FetchError", "data_folder", "fetch", "main"]


def main() -> int:
    """Fetch all packages, print where they are and how large, and return the exit code."""
    for package, inside in PACKAGES.items():
        try:
            folder = fetch(package) / inside
        except FetchError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        count, size = _extent(folder)
        print(f"{package:24} {count:6,} files {size / 1e6:8.1f} MB  {folder}")
    return 0


def _extent(folder: Path) -> tuple[int, int]:
    """Return the number of files below a folder, and their size in bytes."""
    sizes = [path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()]
    return len(sizes), sum(sizes)


if __name__ == "__main__":
    sys.exit(main())
