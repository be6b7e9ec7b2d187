"""What a writer has written, and what it had to leave out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

__all__ = ["DETAILS", "GRAPH_NAMES", "PREFIXES", "SOURCES", "WEIGHTS", "Written"]

SOURCES: Final = "sources"
WEIGHTS: Final = "weights"
PREFIXES: Final = "prefixes"
GRAPH_NAMES: Final = "graph names"

DETAILS: Final = frozenset({SOURCES, WEIGHTS, PREFIXES})
"""What a graph knows beside its statements: a file without it still says all that the graph says."""


@dataclass(frozen=True, slots=True)
class Written:
    """The balance of an export: nothing is left out in silence.

    Attributes:
        statements: how many statements the file holds.
        left_out: how many statements, or parts of them, the format has no place for, by what they are.

    >>> Written(2, {"weights": 1, "graph names": 2}).lost
    {'graph names': 2}
    """

    statements: int
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> dict[str, int]:
        """What of the statements themselves is left out."""
        return {what: count for what, count in self.left_out.items() if what not in DETAILS}
