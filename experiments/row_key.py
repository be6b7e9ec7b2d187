"""What a row of results is called."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RowKey"]


@dataclass(frozen=True, order=True)
class RowKey:
    """Names one row of the results."""

    direction: str
    method: str
    shots: int
    seed: int

    def __str__(self) -> str:
        return f"{self.direction}__{self.method}__{self.shots}__{self.seed}"
