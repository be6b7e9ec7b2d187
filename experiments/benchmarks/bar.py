"""Bar: what a figure of a benchmark has to reach, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Bar"]


@dataclass(frozen=True, slots=True)
class Bar:
    """The least that is wanted of a figure, or the most.

    Attributes:
        value: that much.
        below: whether less is better.
        format: how it is printed.

    >>> Bar(20).met(57.2), Bar(0.02, below=True, format=".0%").told(0.031)
    (True, 'bar: at most 2%, MISSED')
    """

    value: float
    below: bool = False
    format: str = "g"

    def met(self, found: float) -> bool:
        """Tell whether a figure reaches it; what could not be measured does not."""
        return found <= self.value if self.below else found >= self.value

    def told(self, found: float) -> str:
        """Return it in words, with what a figure makes of it."""
        side = "at most" if self.below else "at least"
        return f"bar: {side} {self.value:{self.format}}, {'met' if self.met(found) else 'MISSED'}"
