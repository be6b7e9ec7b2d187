"""What an import did: an account of every statement that adds up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["ImportReport", "SourceBalance"]


@dataclass(frozen=True, slots=True)
class SourceBalance:
    """What became of the statements of one source: ``read`` is the sum of the other three."""

    source: str
    read: int
    stored: int
    duplicates: int
    rejected: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        sources: the account of every source.
        entities: entities of the graph.
        relations: relations of the graph.
        triples: triples of the graph.
        literals: literals of the graph.
        filtered: statements that were left out because they were not asked for; they do not count as read.
        seconds: how long it took.
    """

    sources: list[SourceBalance]
    entities: int
    relations: int
    triples: int
    literals: int
    filtered: int
    seconds: float

    @property
    def read(self) -> int:
        """Statements that the files make."""
        return sum(balance.read for balance in self.sources)

    @property
    def stored(self) -> int:
        """Statements that nothing before them says."""
        return sum(balance.stored for balance in self.sources)

    @property
    def duplicates(self) -> int:
        """Statements that are said again, by the same source or by another."""
        return sum(balance.duplicates for balance in self.sources)

    @property
    def rejected(self) -> int:
        """Statements that could not be taken."""
        return sum(balance.rejected for balance in self.sources)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        totals = {name: getattr(self, name) for name in ("read", "stored", "duplicates", "rejected")}
        return {**totals, **asdict(self)}
