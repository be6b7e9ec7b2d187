"""The concepts that one item is linked to, and what they have to do with a query's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["HitConcept", "ItemConcepts", "LinkedConcept"]


class HitConcept(NamedTuple):
    """A concept that an item is linked to, and what it has to do with a query.

    Attributes:
        label: its name.
        relation: how the item is linked to it.
        weight: how strongly; the links of one relation of an item sum to 1.
        provenance: what made the link.
        meets: the query's concept that it is, or that the knowledge graph relates it to; empty where it is none.
        by: the knowledge graph's relation to that concept; empty where both are the same.

    >>> str(HitConcept("owl", "depicts", 0.9, "classifier", "bird of prey", "hypernym"))
    'owl → bird of prey (hypernym)'
    """

    label: str
    relation: str
    weight: float
    provenance: str
    meets: str = ""
    by: str = ""

    def __str__(self) -> str:
        return f"{self.label} → {self.meets} ({self.by})" if self.by else self.label


@dataclass(frozen=True, slots=True)
class LinkedConcept:
    """One link of an item.

    Attributes:
        concept: number of the concept in the model's knowledge graph.
        shown: what is shown of it.
        kin: concepts that the knowledge graph relates it to -> by which relation.
    """

    concept: int
    shown: HitConcept
    kin: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class ItemConcepts:
    """The heaviest links of one item.

    Attributes:
        links: heaviest first.
        shown: what is shown of them where a query has nothing to do with any.
        near: the concepts of all of them, and their kin.
    """

    links: tuple[LinkedConcept, ...]
    shown: tuple[HitConcept, ...]
    near: frozenset[int]

    @classmethod
    def of(cls, links: Sequence[LinkedConcept]) -> ItemConcepts:
        """Put an item's links together."""
        near = {concept for link in links for concept in (link.concept, *link.kin)}
        return cls(tuple(links), tuple(link.shown for link in links), frozenset(near))

    def explain(self, meant: AbstractSet[int], label: Callable[[int], str]) -> tuple[HitConcept, ...]:
        """Say what the item has to do with a query's concepts: what it shares comes first, then what is related.

        Args:
            meant: the query's concepts.
            label: names a concept.
        """
        if self.near.isdisjoint(meant):
            return self.shown
        shared, related, others = [], [], []
        for link in self.links:
            if link.concept in meant:
                shared.append(link.shown._replace(meets=link.shown.label))
            elif meant.isdisjoint(link.kin):
                others.append(link.shown)
            else:
                kin = next(kin for kin in link.kin if kin in meant)
                related.append(link.shown._replace(meets=label(kin), by=link.kin[kin]))
        return (*shared, *related, *others)
