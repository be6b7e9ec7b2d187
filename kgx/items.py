"""Items of one modality, encoded and linked: what a collection becomes before it meets the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int64

from kgx.errors import KgxError
from kgx.linking.base import Links

__all__ = ["LinkedItems", "paired_rows"]


@dataclass(frozen=True)
class LinkedItems:
    """Encoded and linked items of one modality, row by row.

    Attributes:
        modality: ``text``, ``image`` or ``audio``.
        ids: unique names.
        entities: the thing that each item shows or tells of.
        groups: what items are told apart by in validation (a folder, a series); training never lets an item see
            another of its own group.
        captions: what to show a person: the text itself, or a title; may be empty.
        vectors: one row an item, from the modality's encoder.
        links: links to concepts; ``items`` are rows here, ``concepts`` entity numbers of the knowledge graph.
    """

    modality: str
    ids: tuple[str, ...]
    entities: tuple[str, ...]
    groups: tuple[str, ...]
    captions: tuple[str, ...]
    vectors: Float32[np.ndarray, "n dimension"]
    links: tuple[Links, ...] = ()

    def __post_init__(self) -> None:
        counts = {len(self.ids), len(self.entities), len(self.groups), len(self.captions), len(self.vectors)}
        if len(counts) != 1:
            raise KgxError(f"items: expected columns of one length, got lengths {sorted(counts)}")

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, rows: Sequence[int] | Int64[np.ndarray, " k"]) -> LinkedItems:
        """Return some of the items, in the order of ``rows``.

        Raises:
            KgxError: a row is asked for twice.
        """
        chosen = np.asarray(rows, dtype=np.int64)
        place = np.full(len(self), -1, dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        if len(np.unique(chosen)) != len(chosen):
            raise KgxError("items: expected different rows, got one twice")
        links = []
        for link in self.links:
            kept = place[link.items] >= 0
            order = np.argsort(place[link.items[kept]], kind="stable")
            links.append(
                replace(
                    link,
                    items=place[link.items[kept]][order],
                    concepts=link.concepts[kept][order],
                    weights=link.weights[kept][order],
                )
            )
        return LinkedItems(
            self.modality,
            tuple(self.ids[row] for row in chosen),
            tuple(self.entities[row] for row in chosen),
            tuple(self.groups[row] for row in chosen),
            tuple(self.captions[row] for row in chosen),
            self.vectors[chosen],
            tuple(links),
        )

    def without(self, relation: str) -> LinkedItems:
        """Return the items without their links of one relation."""
        return replace(self, links=tuple(link for link in self.links if link.relation != relation))

    def linked(self) -> int:
        """Return how many of the items have a link."""
        rows = [link.items for link in self.links]
        return len(np.unique(np.concatenate(rows))) if rows else 0

    def renumbered(self, concepts: Int64[np.ndarray, " entities"]) -> LinkedItems:
        """Return the items with links to another graph's entities.

        Args:
            concepts: number there of every entity of the graph that the links are to.
        """
        moved = (replace(link, concepts=concepts[link.concepts]) for link in self.links)
        return replace(self, links=tuple(moved))

    @classmethod
    def join(cls, parts: Sequence[LinkedItems]) -> LinkedItems:
        """Put items of one modality one behind the other.

        Raises:
            KgxError: there is no part, or the parts differ in modality.
        """
        if len({part.modality for part in parts}) != 1:
            raise KgxError(f"items: expected parts of one modality, got {[part.modality for part in parts]}")
        links: list[Links] = []
        start = 0
        for part in parts:
            links.extend(replace(link, items=link.items + start) for link in part.links)
            start += len(part)
        return cls(
            parts[0].modality,
            tuple(name for part in parts for name in part.ids),
            tuple(entity for part in parts for entity in part.entities),
            tuple(group for part in parts for group in part.groups),
            tuple(caption for part in parts for caption in part.captions),
            np.concatenate([part.vectors for part in parts]),
            tuple(links),
        )


def paired_rows(
    first: LinkedItems, second: LinkedItems
) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]:
    """Return the rows of all pairs of items that share an entity, in the order of the second's rows."""
    rows: dict[str, list[int]] = {}
    for row, entity in enumerate(first.entities):
        rows.setdefault(entity, []).append(row)
    found = [(other, row) for row, entity in enumerate(second.entities) for other in rows.get(entity, ())]
    columns = np.array(found, dtype=np.int64).reshape(-1, 2)
    return columns[:, 0], columns[:, 1]
