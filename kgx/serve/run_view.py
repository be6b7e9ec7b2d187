"""A run as it stands at one moment, and how its hits and items are shown."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from kgx.filters.item_graph import ItemGraph
from kgx.knowledge import Knowledge
from kgx.search import Hit, Searcher
from kgx.serve.categories import Categories, categories_of
from kgx.serve.problems import ProblemError
from kgx.serve.showing import ConceptKey, concept_key, media_place, shown_concepts, shown_hit

__all__ = ["RunView"]


@dataclass(frozen=True)
class RunView:
    """A run as it stands at one moment.

    Attributes:
        searcher: the run, with the server's encoders.
        of: the same as the server was handed it.
    """

    searcher: Searcher
    of: Searcher
    _iris: dict[int, dict[ConceptKey, str]] = field(default_factory=dict, init=False)

    def after(self, now: Searcher) -> RunView:
        """Return the view of the same run after an edit: what queries have made ready goes on to serve."""
        same = now.model is self.of.model and now.run.centres is self.of.run.centres
        ready = self.searcher.over(now.run) if same else replace(now, encoders=self.searcher.encoders)
        return RunView(ready, now)

    @property
    def folder(self) -> Path:
        """The run's folder, which nobody is told of."""
        return self.searcher.run.folder

    def iris(self, rows: Sequence[int]) -> list[dict[ConceptKey, str]]:
        """Return for each item the IRIs of the concepts that it is linked to; several may be called alike."""
        fresh = [row for row in rows if row not in self._iris]
        if fresh:
            items = self.searcher.run.concepts.rows
            concepts = [link.concept for row in fresh for link in items[row].links]
            names = iter(self.knowledge.graph.entity_iris(concepts))
            for row in fresh:
                self._iris[row] = {concept_key(link.shown): next(names) for link in items[row].links}
        return [self._iris[row] for row in rows]

    @property
    def knowledge(self) -> Knowledge:
        """The graph that the run's model knows."""
        return self.searcher.model.transfer.maker.reference.knowledge

    @cached_property
    def categories(self) -> Categories:
        """What the items are filed in."""
        return categories_of(self.graph)

    def rows_of(self, concept: int) -> list[int]:
        """Return the rows of the items that are linked to a concept."""
        return self._rows_of.get(concept, [])

    @cached_property
    def _rows_of(self) -> dict[int, list[int]]:
        found: dict[int, set[int]] = {}
        for rows, concepts in self.graph.links.values():
            for row, concept in zip(rows.tolist(), concepts.tolist(), strict=True):
                found.setdefault(concept, set()).add(row)
        return {concept: sorted(rows) for concept, rows in found.items()}

    @cached_property
    def graph(self) -> ItemGraph:
        """The run's graph with its items in it."""
        return ItemGraph(self.searcher.run, self.knowledge.graph)

    def shown(self, hits: Sequence[Hit]) -> list[dict[str, Any]]:
        """Return hits as the interface shows them."""
        row_of = self.searcher.run.items.row_of
        iris = self.iris([row_of[hit.id] for hit in hits])
        return [shown_hit(hit, known) for hit, known in zip(hits, iris, strict=True)]

    def row(self, item: str) -> int:
        """Return the row of an item.

        Raises:
            ProblemError: 404.
        """
        found = self.searcher.run.items.row_of.get(item)
        if found is None:
            raise ProblemError(404, f"there is no item {item!r}")
        return found

    def shown_briefly(self, row: int) -> dict[str, Any]:
        """Return what is enough to show an item small."""
        items = self.searcher.run.items
        name = items.id[row]
        return {
            "id": name,
            "modality": items.modality[row],
            "caption": items.caption[row],
            "media": media_place(name) if items.media[row] else None,
        }

    def shown_item(self, row: int, meant: AbstractSet[int] = frozenset()) -> dict[str, Any]:
        """Return an item as the interface shows it.

        Args:
            row: its row.
            meant: concepts that it is compared with.
        """
        run = self.searcher.run
        found = run.concepts.rows[row].explain(meant, self.knowledge.graph.label)
        return {
            **self.shown_briefly(row),
            "concepts": shown_concepts(found, *self.iris([row])),
        }
