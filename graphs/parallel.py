"""Work on many things at once, on threads: NumPy and Arrow let go of the interpreter while they work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["default_jobs", "spread"]

Given = TypeVar("Given")
Made = TypeVar("Made")


def default_jobs() -> int:
    """Return how many threads to work with where nobody says: two, or one where this process has one core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(2, cores)


def spread(work: Callable[[Given], Made], things: Iterable[Given], jobs: int) -> list[Made]:
    """Return what becomes of each thing, in their order, worked out on up to ``jobs`` threads.

    >>> spread(len, ["owl", "hen", "cuckoo"], jobs=2)
    [3, 3, 6]
    """
    if jobs == 1:
        return list(map(work, things))
    with ThreadPoolExecutor(jobs) as threads:
        return list(threads.map(work, things))
