"""All that a server does with a run, in one place: what is asked in HTTP's terms is asked of the searcher here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from graphs.describe import describe
from graphs.errors import UnknownTermError
from graphs.lookup import find_entities
from kgx.editing import Edited, NewItem
from kgx.items import LinkedItems
from kgx.ranking.attaching import attached
from kgx.search import ANY, Searcher, SearchRequest
from kgx.serve.editing import EditableRun
from kgx.serve.encoders import ServedEncoders
from kgx.serve.followed_run import FollowedRun
from kgx.serve.media_files import MediaFile, below
from kgx.serve.options import FEWEST_HITS
from kgx.serve.problems import ProblemError
from kgx.serve.queries import Query
from kgx.serve.refusals import refusals
from kgx.serve.run_view import RunView
from kgx.serve.showing import shown_entity

if TYPE_CHECKING:
    from kgx.explain.explanation import Explanation

__all__ = ["ENDS", "SearchService"]

_MEANINGS = 12  # entities of one name that are told of
ENDS = FEWEST_HITS
"""Neighbours of a relation that are shown of a concept, where nobody says how many."""

_LOOKED_UP = 10_000  # items whose concepts are looked up before the first query

_P = ParamSpec("_P")
_T = TypeVar("_T")

_log = logging.getLogger(__name__)


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
        with refusals(view.folder, picture=query.image, sound=query.audio):
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
        return view.shown(hits)

    def search_together(self, asked: Sequence[tuple[Query, int]]) -> list[list[dict[str, Any]] | Exception]:
        """Return the hits of several plain queries, each with its ``k``; one that fails fails alone."""
        if len(asked) > 1:
            view = self._view
            try:
                requests = [
                    SearchRequest.of(query.text, to=query.to, k=k, fair=query.fair) for query, k in asked
                ]
                together = attached(view.searcher.attacher, requests)
            except Exception:
                _log.debug("%d queries cannot be encoded together: each is tried alone", len(asked))
            else:
                return [
                    _attempt(_found, view, linked, request)
                    for request, (linked,) in zip(requests, together, strict=True)
                ]
        return [_attempt(self.search, query, k, 0) for query, k in asked]

    def explain(self, query: Query, item: str) -> Explanation:
        """Say why an item is found for a query.

        Raises:
            ProblemError: 404: there is no such item; 409: the query cannot be explained.
        """
        view = self._view
        view.row(item)
        with refusals(view.folder, picture=query.image, sound=query.audio):
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
        return view.shown_item(view.row(name))

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

    def neighbours(
        self, name: str, to: str, k: int, offset: int, fair: bool | None = None
    ) -> list[dict[str, Any]]:
        """Return the items nearest to an item, from ``offset`` on; it is not among them.

        Raises:
            ProblemError: 404, or 409 where the run has no such modality.
        """
        view = self._view
        run, row = view.searcher.run, view.row(name)
        with refusals(view.folder):
            request = SearchRequest((), to, k, offset, fair=fair)
            others = view.searcher.ranker.similar(row, request)
        meant = {link.concept for link in run.concepts.rows[row].links}
        return [
            {"rank": rank, "score": score, **view.shown_item(other, meant)}
            for rank, (other, score) in enumerate(others, start=offset + 1)
        ]

    def entity(
        self, name: str, *, relation: str | None = None, limit: int = ENDS, offset: int = 0
    ) -> dict[str, Any]:
        """Return a concept of the graph, what is around it, and the items that are linked to it.

        Args:
            name: IRI, CURIE or label.
            relation: IRI of the only relation that is of interest; left out, all are.
            limit: neighbours of a relation, and items, at most.
            offset: how many of each to pass over.

        Raises:
            ProblemError: 404.
        """
        view = self._view
        graph = view.knowledge.graph
        try:
            found = find_entities(graph, name, view.graph.prefixes)[:_MEANINGS]
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
        last = offset + limit
        shown = shown_entity(describe(graph, best, limit=last), relation, offset)
        rows = view.rows_of(best)
        items = {"total": len(rows), "items": [view.shown_briefly(row) for row in rows[offset:last]]}
        return {**shown, "others": others, "items": items}

    def counts(self) -> dict[str, int]:
        """Return modality -> number of items."""
        return dict(self._view.searcher.run.summary.items)

    def describe(self) -> dict[str, Any]:
        """Return what the run holds."""
        categories = self._view.categories
        return {
            "items": self.counts(),
            "categories": dict(categories.counts),
            "category_path": categories.path,
            "editable": self.editable is not None,
        }

    def add(self, items: Sequence[NewItem]) -> Edited:
        """Add items to the run.

        Raises:
            ProblemError: 501: the run cannot be edited; 409: one of the items cannot be used.
        """
        editable = self._editable
        files = {f"file of {item.id}": item.value for item in items if isinstance(item.value, Path)}
        with refusals(self._view.folder, **files):
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
        with refusals(view.folder):
            return editable.remove(names)

    def warm_up(self) -> None:
        """Load what the first query would have to wait for, and look up what all others would one by one."""
        view = self._view
        view.iris(range(min(len(view.searcher.run.items), _LOOKED_UP)))
        for to in (*sorted(view.searcher.run.summary.items), ANY):
            self.search(Query(text="a first question", to=to), 1, 0)

    def look(self) -> bool:
        """Return whether another process has changed the run; what is asked from then on is asked of the run as it is.

        A run that is edited here is changed by nobody else.
        """
        return isinstance(self._served, FollowedRun) and self._served.look()

    @property
    def _editable(self) -> EditableRun:
        if self.editable is None:
            raise ProblemError(501, "this run cannot be edited while it is served")
        return self.editable

    @property
    def _view(self) -> RunView:
        """The run as it stands, made anew after each edit; the encoders stay."""
        now = self._served.searcher
        view = self._latest
        if view is None:
            self._latest = view = RunView(replace(now, encoders=self._encoders), now)
        elif view.of is not now:
            self._latest = view = view.after(now)
        return view

    @cached_property
    def _encoders(self) -> ServedEncoders:
        return ServedEncoders(self.searcher.encoders, observe=self.observe)

    _latest: RunView | None = field(default=None, init=False, repr=False)
    _served: EditableRun | FollowedRun = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._served = FollowedRun(self.searcher) if self.editable is None else self.editable


def _found(view: RunView, linked: LinkedItems, request: SearchRequest) -> list[dict[str, Any]]:
    with refusals(view.folder):
        return view.shown(view.searcher.find(linked, to=request.to, k=request.k, fair=request.fair))


def _attempt(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T | Exception:
    """Call a function and return what comes of it, be it an exception."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return error
