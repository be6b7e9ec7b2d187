"""All that a server does with a run, in one place: what is asked in HTTP's terms is asked of the searcher here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphs.describe import describe
from graphs.errors import UnknownTermError
from graphs.lookup import find_entities
from kgx.editing import Edited, NewItem
from kgx.knowledge import Knowledge
from kgx.search import ANY, Searcher, SearchRequest
from kgx.serve.editing import EditableRun
from kgx.serve.encoders import ServedEncoders
from kgx.serve.media_files import MediaFile, below
from kgx.serve.problems import ProblemError
from kgx.serve.queries import Query
from kgx.serve.refusals import refusals
from kgx.serve.showing import ConceptKey, concept_key, media_place, shown_concepts, shown_entity, shown_hit

if TYPE_CHECKING:
    from kgx.explain.explanation import Explanation

__all__ = ["SearchService"]

_MEANINGS = 12  # entities of one name that are told of
_ENDS = 24  # neighbours of a relation that are shown
_FILED = "in category"  # the relation between an item and the folder it is filed in


@dataclass(frozen=True)
class _View:
    """A run as it stands at one moment."""

    searcher: Searcher
    of: Searcher
    _iris: dict[int, dict[ConceptKey, str]] = field(default_factory=dict, init=False)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Id of an item -> its row."""
        return {name: row for row, name in enumerate(self.searcher.run.items.id)}

    def iris(self, row: int) -> dict[ConceptKey, str]:
        """Return the IRIs of the concepts that an item is linked to; several may be called alike."""
        found = self._iris.get(row)
        if found is None:
            links = self.searcher.run.concepts.rows[row].links
            names = self.knowledge.graph.entity_iris([link.concept for link in links])
            found = {concept_key(link.shown): name for link, name in zip(links, names, strict=True)}
            self._iris[row] = found
        return found

    @property
    def knowledge(self) -> Knowledge:
        """The graph that the run's model knows."""
        return self.searcher.model.transfer.maker.reference.knowledge

    def row(self, item: str) -> int:
        """Return the row of an item.

        Raises:
            ProblemError: 404.
        """
        found = self.rows.get(item)
        if found is None:
            raise ProblemError(404, f"there is no item {item!r}")
        return found


@dataclass
class SearchService:
    """A run that many threads ask at once.

    Args:
        searcher: the opened run.
        editable: what adds and removes items, where the run can be edited.
        observe: is told the size of every batch of texts.
    """

    searcher: Searcher
    editable: EditableRun | None = None
    observe: Callable[[int], None] = field(default=lambda size: None)

    def search(self, query: Query, k: int, offset: int) -> list[dict[str, Any]]:
        """Return the hits of a query from ``offset`` on.

        Raises:
            ProblemError: 409: this run cannot answer that, or a file cannot be decoded; says why.
        """
        view = self._view
        with refusals(picture=query.image, sound=query.audio):
            hits = view.searcher.search(
                query.text,
                image=query.image,
                audio=query.audio,
                without=query.without or None,
                weights=query.weights,
                to=query.to,
                k=k,
                offset=offset,
                filters=query.filters,
                where=query.where,
                hybrid=query.hybrid,
                rerank=query.rerank,
                hubness=query.hubness,
                fair=query.fair,
            )
        return [shown_hit(hit, view.iris(view.rows[hit.id])) for hit in hits]

    def explain(self, query: Query, item: str) -> Explanation:
        """Say why an item is found for a query.

        Raises:
            ProblemError: 404: there is no such item; 409: the query cannot be explained.
        """
        view = self._view
        view.row(item)
        with refusals(picture=query.image, sound=query.audio):
            request = SearchRequest.of(
                query.text,
                image=query.image,
                audio=query.audio,
                without=query.without or None,
                weights=query.weights,
            )
            return view.searcher.explain(request, item)

    def item(self, name: str) -> dict[str, Any]:
        """Return what is shown of an item.

        Raises:
            ProblemError: 404.
        """
        view = self._view
        return _shown_item(view, view.row(name))

    def media(self, name: str) -> MediaFile:
        """Return the file of an item.

        Raises:
            ProblemError: 404: there is no such item, it is a text, or its file is gone.
        """
        view = self._view
        run = view.searcher.run
        place = run.place(view.row(name))
        if place is None:
            raise ProblemError(404, f"{name!r} is a text: it has no file")
        found = below(*place)
        if found is None:
            raise ProblemError(404, f"the file of {name!r} is no longer where the run knows it to be")
        return found

    def neighbours(self, name: str, to: str, k: int, offset: int) -> list[dict[str, Any]]:
        """Return the items nearest to an item, from ``offset`` on; it is not among them.

        Raises:
            ProblemError: 404, or 409 where the run has no such modality.
        """
        view = self._view
        run, row = view.searcher.run, view.row(name)
        with refusals():
            hits = run.index.search(
                run.index.vectors[row : row + 1], offset + k + 1, None if to == ANY else to
            )
        pairs = zip(hits.rows[0].tolist(), hits.scores[0].tolist(), strict=True)
        others = [(other, score) for other, score in pairs if other != row][: offset + k]
        meant = {link.concept for link in run.concepts.rows[row].links}
        return [
            {"rank": rank, "score": score, **_shown_item(view, other, meant)}
            for rank, (other, score) in enumerate(others, start=1)
        ][offset:]

    def entity(self, name: str) -> dict[str, Any]:
        """Return a concept of the graph and what is around it.

        Args:
            name: IRI, CURIE or label.

        Raises:
            ProblemError: 404.
        """
        graph = self._view.knowledge.graph
        try:
            found = find_entities(graph, name)[:_MEANINGS]
        except UnknownTermError as error:
            raise ProblemError(404, str(error)) from error
        # Of several that are called so, the one about which most is known is likeliest to be meant.
        best = max(found, key=lambda entity: (len(graph.neighbours(entity)), -entity))
        others = [
            {
                "iri": graph.entity_iri(entity),
                "label": graph.label(entity),
                "definition": graph.definition(entity),
            }
            for entity in found
            if entity != best
        ]
        return {**shown_entity(describe(graph, best, limit=_ENDS)), "others": others}

    def counts(self) -> dict[str, int]:
        """Return modality -> number of items."""
        return dict(self._view.searcher.run.summary.items)

    def describe(self) -> dict[str, Any]:
        """Return what the run holds."""
        run = self._view.searcher.run
        filed: dict[str, list[int]] = {}
        for row, item in enumerate(run.concepts.rows):
            for name in {link.label for link in item.shown if link.relation == _FILED}:
                filed.setdefault(name, []).append(row)
        # Concepts that hold the same items, as "mammal" and "mammals" do, are one category to whoever chooses.
        alike: dict[tuple[int, ...], str] = {}
        for name in sorted(filed, key=lambda name: (len(name), name)):
            alike.setdefault(tuple(filed[name]), name)
        categories = Counter({name: len(rows) for rows, name in alike.items()})
        return {
            "items": self.counts(),
            "categories": dict(categories.most_common()),
            "editable": self.editable is not None,
        }

    def add(self, items: Sequence[NewItem]) -> Edited:
        """Add items to the run.

        Raises:
            ProblemError: 501: the run cannot be edited; 409: one of the items cannot be used.
        """
        editable = self._editable
        with refusals(**{f"file of {item.id}": item.value for item in items if isinstance(item.value, Path)}):
            return editable.add(items)

    def remove(self, names: Sequence[str]) -> Edited:
        """Remove items from the run.

        Raises:
            ProblemError: 501: the run cannot be edited; 404: there is no such item.
        """
        editable = self._editable
        view = self._view
        for name in names:
            view.row(name)
        with refusals():
            return editable.remove(names)

    def warm_up(self) -> None:
        """Load what the first query would have to wait for."""
        for to in (*sorted(self._view.searcher.run.summary.items), ANY):
            self.search(Query(text="a first question", to=to), 1, 0)

    @property
    def _editable(self) -> EditableRun:
        if self.editable is None:
            raise ProblemError(501, "this run cannot be edited while it is served")
        return self.editable

    @property
    def _view(self) -> _View:
        """The run as it stands, made anew after each edit; the encoders stay."""
        now = self.searcher if self.editable is None else self.editable.searcher
        view = self._latest
        if view is None or view.of is not now:
            view = _View(replace(now, encoders=self._encoders), now)
            self._latest = view
        return view

    @cached_property
    def _encoders(self) -> ServedEncoders:
        return ServedEncoders(self.searcher.encoders, observe=self.observe)

    _latest: _View | None = field(default=None, init=False, repr=False)


def _shown_item(view: _View, row: int, meant: AbstractSet[int] = frozenset()) -> dict[str, Any]:
    run = view.searcher.run
    name = run.items.id[row]
    found = run.concepts.rows[row].explain(meant, view.knowledge.graph.label)
    return {
        "id": name,
        "modality": run.items.modality[row],
        "caption": run.items.caption[row],
        "media": media_place(name) if run.items.media[row] else None,
        "concepts": shown_concepts(found, view.iris(row)),
    }
