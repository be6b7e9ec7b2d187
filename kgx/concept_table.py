"""The concepts that a run's items are linked to, by which hits are explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int64

from graphs.graph import KnowledgeGraph
from graphs.vocabulary import local_name, words_of
from kgx.arrow_file import read_table, write_table
from kgx.concept_rows import PickedRows, StoredRows, held, linked
from kgx.errors import KgxError
from kgx.item_concepts import HitConcept, ItemConcepts, LinkedConcept
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge

__all__ = ["ConceptTable"]

_MOST = 8  # links kept of an item, the heaviest
_KIN = 12  # further concepts kept of a concept
_COLUMNS = ("row", "concept", "label", "relation", "weight", "provenance", "kin", "kin_relation")


@dataclass(frozen=True, slots=True)
class ConceptTable:
    """The heaviest links of every item; ``rows[i]`` are those of item ``i``."""

    rows: Sequence[ItemConcepts]

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
        try:
            return cls(held(StoredRows.of(table, items)))
        except (ValueError, TypeError, AttributeError) as error:
            raise KgxError(f"{path} is damaged ({error})") from error

    @classmethod
    def joined(cls, tables: Sequence[ConceptTable]) -> ConceptTable:
        """Put tables one behind the other."""
        parts = [table.rows for table in tables]
        return cls(held(PickedRows(parts, np.arange(sum(map(len, parts))))))

    def select(self, rows: Int64[np.ndarray, " n"]) -> ConceptTable:
        """Return what is said of some of the items."""
        return ConceptTable(held(PickedRows([self.rows], rows)))

    @property
    def linked(self) -> Bool[np.ndarray, " items"]:
        """Which items have a link."""
        return linked(self.rows)


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
