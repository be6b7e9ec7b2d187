"""Hit: one item that was found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kgx.item_concepts import HitConcept

__all__ = ["Hit"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One item that was found.

    Attributes:
        rank: from 1.
        score: cosine with the query; where more than that counted (words, concepts), what hits are ordered by.
        id, modality: the item's.
        caption: what is shown of it.
        file: path of its file; empty for a text.
        concepts: what it is linked to; those that it shares with the query come first.
    """

    rank: int
    score: float
    id: str
    modality: str
    caption: str
    file: str
    concepts: tuple[HitConcept, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON would have it."""
        return {**asdict(self), "concepts": [concept._asdict() for concept in self.concepts]}
