"""Python processes of one's own for what strangers send: limits that they set themselves, and where they find modules.

What cannot be interrupted, or may crash, or may take any amount of memory, is done by a child process, which can be
ended without harm to anything else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

__all__ = ["confine", "limit_processor_time", "module_command", "module_environment"]

_ROOT: Final = Path(__file__).resolve().parent.parent


def module_command(module: str, arguments: Sequence[str] = ()) -> list[str]:
    """Return the command that runs a module as a process.

    >>> module_command("graphs.query.confined")[1:]
    ['-P', '-m', 'graphs.query.confined']
    """
    # -P: what lies in the current folder is no module of ours.
    return [sys.executable, "-P", "-m", module, *arguments]


def module_environment() -> dict[str, str]:
    """Return the environment in which such a process finds the modules that this one finds."""
    return {
        **os.environ,
        # Arenas of threads reserve address space, of which there is little, without using it.
        "MALLOC_ARENA_MAX": "1",
        "PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)]),
    }


def confine(memory: int, *, files: bool = True) -> None:
    """Limit this process, for good.

    Args:
        memory: bytes of address space that it may take.
        files: whether it may go on opening files; what it has opened stays open.
    """
    import resource  # POSIX only, as these processes are

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def limit_processor_time(seconds: int) -> None:
    """Have this process ended (SIGXCPU) after so many further seconds of processor time, or up to one more.

    However busy the machine is, the same work is within the limit or beyond it.
    """
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )
