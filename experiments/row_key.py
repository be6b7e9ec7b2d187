"""What a row of results is called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["RowKey", "zero_shot_keys"]


@dataclass(frozen=True, order=True)
class RowKey:
    """Names one row of the results."""

    direction: str
    method: str
    shots: int
    seed: int

    def __str__(self) -> str:
        return f"{self.direction}__{self.method}__{self.shots}__{self.seed}"


def zero_shot_keys(
    directions: Iterable[tuple[str, str]], methods: Iterable[str], seeds: Iterable[int]
) -> list[RowKey]:
    """Return the rows of methods that are shown no pair, direction by direction.

    >>> [str(key) for key in zero_shot_keys([("text", "image")], ["ours"], [0, 1])]
    ['text-image__ours__0__0', 'text-image__ours__0__1']
    """
    methods, seeds = tuple(methods), tuple(seeds)
    return [
        RowKey("-".join(direction), method, 0, seed)
        for direction in directions
        for method in methods
        for seed in seeds
    ]
