"""Progress bars with rate and time left, on the standard error stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["byte_bar", "count_bar", "stage", "track"]

T = TypeVar("T")


def track(iterable: Iterable[T], description: str, *, total: int | None = None, unit: int = 1) -> Iterator[T]:
    """Yield from ``iterable`` under a progress bar that shows done/total, rate and time left.

    The bar is drawn on standard error; where that is no terminal, one line is printed at the end instead.

    Args:
        iterable: what to go through.
        description: what the work is, in a few words.
        total: number of units; taken from ``len(iterable) * unit`` where left out.
        unit: how many units one element stands for (a batch of 32 pictures: 32).

    >>> list(track([1, 2, 3], "counting"))
    [1, 2, 3]
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    if total is None and isinstance(iterable, Sized):
        total = len(iterable) * unit
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(description, total=total, rate="")
        done = 0
        for element in iterable:
            yield element
            done = min(done + unit, total) if total is not None else done + unit
            speed = progress.tasks[task].speed
            progress.update(task, completed=done, rate=f"{speed:,.0f}/s" if speed else "")


@contextmanager
def stage(description: str) -> Iterator[None]:
    """Show that work is going on, and for how long, where it cannot be counted.

    >>> with stage("counting"):
    ...     pass
    """
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), SpinnerColumn(finished_text="✓"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(description, total=1)
        yield
        progress.update(task, completed=1)


@contextmanager
def byte_bar(description: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function to call with the bytes that are done and those there are, and draw a bar of them.

    >>> with byte_bar("reading") as tell:
    ...     tell(10, 20)
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.progress import TransferSpeedColumn as Rate

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), Rate(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total or None)


@contextmanager
def count_bar(description: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function to call with how many are done and how many there are, and draw a bar with rate and time left.

    >>> with count_bar("indexing") as tell:
    ...     tell(10, 20)
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=None, rate="")

        def tell(done: int, total: int) -> None:
            speed = progress.tasks[task].speed
            progress.update(task, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "")

        yield tell
