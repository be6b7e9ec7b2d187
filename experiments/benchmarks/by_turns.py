"""Seconds that several sides take for the same work, measured by turns, so that a busy machine slows all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

__all__ = ["by_turns"]


def by_turns(sides: Sequence[Callable[[], object]], turns: Iterable[object]) -> list[list[float]]:
    """Return for each side the seconds of its turns.

    From turn to turn the sides go in the other order, so that none is always the one that finds warm caches.

    Args:
        sides: what is measured.
        turns: as many as it yields; it is asked for the next one when one is over, and so may look at the clock.

    >>> told = []
    >>> seconds = by_turns([lambda: told.append("ours"), lambda: told.append("theirs")], range(2))
    >>> told
    ['ours', 'theirs', 'theirs', 'ours']
    >>> [len(taken) for taken in seconds]
    [2, 2]
    """
    times: list[list[float]] = [[] for _ in sides]
    order = list(range(len(sides)))
    for _ in turns:
        for side in order:
            start = time.perf_counter()
            sides[side]()
            times[side].append(time.perf_counter() - start)
        order.reverse()
    return times
