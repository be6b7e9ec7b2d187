"""The concepts that a run's items are linked to, by which hits are explained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from graphs.graph import KnowledgeGraph
from graphs.vocabulary import local_name, words_of
from kgx.arrow_file import read_table, write_table
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge

__all__ = ["ConceptTable", "HitConcept", "ItemConcepts", "LinkedConcept"]

_MOST = 8  # links kept of an item, the heaviest
_KIN = 12  # further concepts kept of a concept
_COLUMNS = ("row", "concept", "label", "relation", "weight", "provenance", "kin", "kin_relation")


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


@dataclass(frozen=True, slots=True)
class ConceptTable:
    """The heaviest links of every item; ``rows[i]`` are those of item ``i``."""

    rows: tuple[ItemConcepts, ...]

    @classmethod
    def of(cls, items: Sequence[LinkedItems], knowledge: Knowledge) -> ConceptTable:
        """Collect the links of items, modality by modality."""
        links: list[tuple[float, int, str, str]]
        by_item: list[list[tuple[float, int, str, str]]] = []
        for some in items:
            start = len(by_item)
            by_item.extend([] for _ in range(len(some)))
            for link in some.links:
                columns = (link.items.tolist(), link.concepts.tolist(), link.weights.tolist())
                for row, concept, weight in zip(*columns, strict=True):
                    by_item[start + row].append((weight, concept, link.relation, link.provenance))
        known: dict[int, tuple[str, dict[int, str]]] = {}
        rows = []
        for links in by_item:
            found = []
            for weight, concept, relation, provenance in sorted(links, reverse=True)[:_MOST]:
                if concept not in known:
                    known[concept] = knowledge.graph.label(concept), _kin(knowledge, concept)
                label, kin = known[concept]
                found.append(LinkedConcept(concept, HitConcept(label, relation, weight, provenance), kin))
            rows.append(ItemConcepts.of(found))
        return cls(tuple(rows))

    def save(self, path: Path) -> None:
        """Write the table, atomically."""
        import pyarrow as pa

        flat = [(row, link) for row, item in enumerate(self.rows) for link in item.links]
        write_table(
            path,
            pa.table(
                {
                    "row": pa.array([row for row, _ in flat], pa.int32()),
                    "concept": pa.array([link.concept for _, link in flat], pa.int32()),
                    "label": pa.array([link.shown.label for _, link in flat], pa.large_string()),
                    "relation": pa.array([link.shown.relation for _, link in flat], pa.large_string()),
                    "weight": pa.array([link.shown.weight for _, link in flat], pa.float32()),
                    "provenance": pa.array([link.shown.provenance for _, link in flat], pa.large_string()),
                    "kin": pa.array([list(link.kin) for _, link in flat], pa.list_(pa.int32())),
                    "kin_relation": pa.array(
                        [list(link.kin.values()) for _, link in flat], pa.list_(pa.string())
                    ),
                }
            ),
        )

    @classmethod
    def open(cls, path: Path, items: int) -> ConceptTable:
        """Read what :meth:`save` wrote.

        Args:
            path: the file.
            items: number of items of the run.

        Raises:
            KgxError: it is missing or damaged.
        """
        table = read_table(path, _COLUMNS)
        rows: list[list[LinkedConcept]] = [[] for _ in range(items)]
        columns = (table.column(name).to_pylist() for name in _COLUMNS)
        for row, concept, label, relation, weight, provenance, kin, names in zip(*columns, strict=True):
            further = dict(zip(kin, names, strict=True))
            rows[row].append(LinkedConcept(concept, HitConcept(label, relation, weight, provenance), further))
        return cls(tuple(map(ItemConcepts.of, rows)))


def _kin(knowledge: Knowledge, concept: int) -> dict[int, str]:
    """Return the concepts that statements lead to from a concept, with the relation in words."""
    graph: KnowledgeGraph = knowledge.graph
    found = [
        (words_of(local_name(relation)), other)
        for relation, other in graph.neighbours(concept)
        if other != concept and knowledge.row_of_entity[other] >= 0
    ]
    kin: dict[int, str] = {}
    for relation, other in sorted(found, key=lambda entry: (_rank(entry[0]), entry)):
        kin.setdefault(other, relation)
    return dict(list(kin.items())[:_KIN])


def _rank(relation: str) -> int:
    """Put what a concept is a kind of first."""
    order = ("hypernym", "instance hypernym", "broader", "close match")
    return order.index(relation) if relation in order else len(order)
