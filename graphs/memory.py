"""Memory that comes and goes in pieces of some megabytes."""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["keep_freed_memory"]

_LARGEST: Final = (32 << 20) - (64 << 10)
"""Just under the 32 MB up to which the threshold moves."""


def keep_freed_memory() -> None:
    """Let the process keep freed pieces of up to 32 MB for the next ones instead of giving them back each time.

    Giving back and getting again costs clearing every page, which takes longer than most of what is done with a
    piece. GNU's allocator moves its threshold up to the largest piece that it has seen freed
    (https://man7.org/linux/man-pages/man3/mallopt.3.html, ``M_MMAP_THRESHOLD``), so one is taken and freed,
    untouched. Other allocators take no notice.

    >>> keep_freed_memory()
    """
    np.empty(_LARGEST, np.uint8)
