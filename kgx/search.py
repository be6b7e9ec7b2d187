"""Search a run by words, a picture, a sound or several of them together, and explain what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from kgx.attach import Attacher
from kgx.encoders.base import Encoder
from kgx.errors import ConfigError
from kgx.explain import Explainer, Explanation, Ordering
from kgx.filters.metadata import Condition
from kgx.hit import Hit
from kgx.index.coded import CodedVectors
from kgx.index.hubness import Method
from kgx.index.kinds import FLAT
from kgx.item_concepts import HitConcept
from kgx.items import LinkedItems
from kgx.model_encoders import ModelEncoders
from kgx.ranking.attaching import attached
from kgx.ranking.concept_overlap import meaning
from kgx.ranking.ranker import Ranker
from kgx.ranking.refining import QueryRefiner
from kgx.ranking.request import ANY, QueryPart, SearchRequest, Values
from kgx.run_folder import OpenedRun, open_run
from kgx.threads import single_threaded
from kgx.transfer.centres import Centres
from kgx.transfer.model_folder import OpenedModel, open_model

__all__ = ["ANY", "Hit", "HitConcept", "QueryPart", "SearchRequest", "Searcher"]


@dataclass(frozen=True)
class Searcher:
    """An opened run with its model: takes queries.

    Attributes:
        run: the run.
        model: its model.
        encoders: modality -> encoder; loaded when first needed.
    """

    run: OpenedRun
    model: OpenedModel
    encoders: Mapping[str, Encoder]
    _galleries: dict[str, CodedVectors] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def open(
        cls, run: str | Path, *, model: str | Path | None = None, threads: int = 2, mmap: bool = True
    ) -> Searcher:
        """Open a run for searching.

        Args:
            run: the run's folder.
            model: folder of its model, where that is no longer where it was.
            threads: threads for the encoders.
            mmap: leave the run's vectors on disk, mapped into memory as they are needed; read at once otherwise.

        Raises:
            IndexFolderError: the run is missing, damaged, of another version, or does not fit its model.
            ModelError: its model is missing, damaged, or of another version.
        """
        opened = open_run(run, model=model, mmap=mmap)
        found = open_model(opened.model)
        return cls(opened, found, ModelEncoders(found.encoders, found.encoder_ids, threads=threads))

    def search(
        self,
        text: Values = None,
        *,
        image: Values = None,
        audio: Values = None,
        without: Values | Mapping[str, Values] = None,
        weights: Mapping[str, float] | None = None,
        to: str = ANY,
        k: int = 10,
        offset: int = 0,
        filters: str | Condition | Sequence[str | Condition] = (),
        where: str | Sequence[str] = (),
        hybrid: bool = False,
        rerank: bool = False,
        hubness: Method | None = None,
        fair: bool | None = None,
    ) -> list[Hit]:
        """Return the items nearest to a query, best first.

        The query is encoded, linked to concepts and attached to the model's graph as it stands; nothing is rebuilt.
        Several queries are one mixed query: their refined vectors are added, each with its weight. Conditions hold
        before anything is ranked: where few items fulfil them, these are found, and where none does, nothing is.

        Args:
            text: words, or several.
            image: a picture file, or several.
            audio: a sound file, or several.
            without: words that are not wanted, or by modality what is not; each weighs half of what is wanted.
            weights: modality -> weight of that part of a mixed query, negative for "not", shared by all of that
                modality; all alike where left out.
            to: modality of what is sought, or ``any``.
            k: number of hits, at most.
            offset: hits that are passed over first, for the pages behind the first one.
            filters: conditions on metadata, such as ``category=animals`` or ``year>=1900``
                (:class:`kgx.filters.metadata.Condition`); all have to hold.
            where: conditions on the graph, such as ``?item depicts/hypernym* wn:bird``
                (:mod:`kgx.filters.patterns`), or in SPARQL (:mod:`kgx.filters.sparql`); all have to hold.
            hybrid: rank by words in captions and names of concepts, too, by BM25; both rankings are fused.
            rerank: let the concepts that the best hundred share with the query, or nearly, count beside their score.
            hubness: penalise items that are near to whatever is asked, by how near they are to the run's texts
                (:mod:`kgx.index.hubness`): ``csls`` or ``inverted-softmax``. Scores are then cosines less the penalty.
            fair: align the modalities (:mod:`kgx.index.modality_gap`), so that none comes first for being what it is;
                scores are then cosines in the place where they are aligned. Left out, they are aligned where items of
                any modality are sought and the run has at least eight of each, and some of the query's.

        A hit's score is always what the hits are ordered by; equal ones come in the order of the run's rows.

        Raises:
            ConfigError: no query, weights that do not fit it, an impossible ``to``, ``k`` or ``offset``, or a condition
                on what the run does not have.
            EncoderError: the query cannot be encoded; says why.
            KgxError: the run has no items of that modality.
            GraphError: a condition on the graph is wrong, names what it does not have, or takes too long.
        """
        return self.answer(
            SearchRequest.of(
                text,
                image=image,
                audio=audio,
                without=without,
                weights=weights,
                to=to,
                k=k,
                offset=offset,
                filters=filters,
                where=where,
                hybrid=hybrid,
                rerank=rerank,
                hubness=hubness,
                fair=fair,
            )
        )

    def answer(self, request: SearchRequest) -> list[Hit]:
        """Answer a request that has been put together already; see :meth:`search`."""
        return self._found(
            request, [self.attacher.query(_value(part), part.modality) for part in request.parts]
        )

    def search_many(self, queries: Iterable[str | SearchRequest], **options: Any) -> list[list[Hit]]:
        """Answer several queries, their texts encoded together; the same hits as one by one.

        Args:
            queries: texts, or requests.
            options: what :meth:`search` takes, for all the texts.

        Raises:
            KgxError: what :meth:`search` raises for one of them; nothing is answered then.
        """
        requests = [
            SearchRequest.of(query, **options) if isinstance(query, str) else query for query in queries
        ]
        return [
            self._found(request, parts)
            for request, parts in zip(requests, attached(self.attacher, requests), strict=True)
        ]

    def find(self, query: LinkedItems, *, to: str = ANY, k: int = 10, fair: bool | None = None) -> list[Hit]:
        """Return the items nearest to a query that is encoded and linked already; see :meth:`search`."""
        return self._found(SearchRequest((QueryPart(query.modality, ""),), to, k, fair=fair), [query])

    def explain(
        self,
        query: str | LinkedItems | SearchRequest | None,
        item: str,
        *,
        image: Values = None,
        audio: Values = None,
        without: Values | Mapping[str, Values] = None,
        weights: Mapping[str, float] | None = None,
        paths: int = 8,
    ) -> Explanation:
        """Say why a query finds an item: its score taken apart, by relation and by path; see :mod:`kgx.explain`.

        Args:
            query: words, a query that is encoded and linked already, or a request.
            item: the item's id.
            image, audio, without, weights: as in :meth:`search`.
            paths: how many paths are told, at most.

        Raises:
            ConfigError: what :meth:`search` raises, or there is no such item; ids that are like it are named.
            EncoderError: the query cannot be encoded; says why.
        """
        if query is None or isinstance(query, str):
            query = SearchRequest.of(query, image=image, audio=audio, without=without, weights=weights)
        elif any(given is not None for given in (image, audio, without, weights)):
            raise ConfigError("expected one query, got one that is put together already and parts of another")
        return self.explain_hits(query, [item], paths=paths)[0]

    def explain_hits(
        self, query: LinkedItems | SearchRequest, items: Sequence[str | Hit], *, paths: int = 8
    ) -> list[Explanation]:
        """Explain several hits of a query, which is encoded once; see :meth:`explain`.

        Args:
            query: a query that is encoded and linked already, or a request.
            items: ids; or the hits of that request, of which it is said too by what else they were ordered.
            paths: how many paths are told of each, at most.
        """
        for item in items:
            self.explainer.row_of(_name(item))  # before anything is encoded
        if isinstance(query, LinkedItems):
            request, queries = SearchRequest((QueryPart(query.modality, ""),)), [query]
        else:
            request = query
            queries = [self.attacher.query(_value(part), part.modality) for part in request.parts]
        with single_threaded():
            vector = self.refiner.together(request.parts, queries)
            single = len(queries) == 1  # whose weight changes nothing
            parts = [
                (query, 1.0 if single else part.weight)
                for part, query in zip(request.parts, queries, strict=True)
            ]
            told = [self.explainer.explain(parts, vector, _name(item), paths=paths) for item in items]
        by = _ordered_by(replace(request, fair=self.ranker.aligns(request)))
        return [
            replace(one, ordered=Ordering(by, item.score, item.rank)) if by and isinstance(item, Hit) else one
            for one, item in zip(told, items, strict=True)
        ]

    @cached_property
    def explainer(self) -> Explainer:
        """Explains hits."""
        return Explainer(self.run, self.model.transfer)

    def _found(self, request: SearchRequest, queries: Sequence[LinkedItems]) -> list[Hit]:
        with single_threaded():
            request = replace(request, fair=self.ranker.aligns(request))
            moved = self.ranker.spaces.moved if request.fair else None
            vector = self.refiner.together(request.parts, queries, moved)
            wanted = queries
            if len(queries) > 1:  # what hits share with a "not" explains nothing
                weighed = zip(request.parts, queries, strict=True)
                wanted = [query for part, query in weighed if part.weight > 0]
            if request.plain:
                return self._nearest(vector, _concepts(wanted), request)
            return self._ranked(vector, wanted, queries, request)

    def _nearest(
        self, vector: Float32[np.ndarray, " dimension"], meant: AbstractSet[int], request: SearchRequest
    ) -> list[Hit]:
        index, modality = self.run.index, None if request.to == ANY else request.to
        last = request.offset + request.k
        if index.kind == FLAT:
            first, _ = index.range_of(modality)
            rows, scores = self._gallery(request.to).nearest(vector, last)
        else:
            hits = index.search(vector[None], last, modality)
            order = np.lexsort((hits.rows[0], -hits.scores[0]))
            first, rows, scores = 0, hits.rows[0][order], hits.scores[0][order]
        found = list(zip(rows.tolist(), scores.tolist(), strict=True))[request.offset :]
        return [
            self._hit(rank, first + row, score, meant)
            for rank, (row, score) in enumerate(found, start=request.offset + 1)
        ]

    def _ranked(
        self,
        vector: Float32[np.ndarray, " dimension"],
        wanted: Sequence[LinkedItems],
        queries: Sequence[LinkedItems],
        request: SearchRequest,
    ) -> list[Hit]:
        asked = [part for part in request.parts if part.modality == "text" and part.weight > 0]
        weights = [part.weight for part in request.parts]
        found = self.ranker.rank(
            vector, [str(part.value) for part in asked], meaning(queries, weights), request
        )
        meant = _concepts(wanted)
        return [
            self._hit(rank, row, score, meant)
            for rank, (row, score) in enumerate(found, start=request.offset + 1)
        ]

    @cached_property
    def ranker(self) -> Ranker:
        """Ranks beyond the nearest vectors."""
        return Ranker(self.run, self.model.transfer.maker.reference.knowledge.graph)

    def _gallery(self, to: str) -> CodedVectors:
        """Return the vectors of what is sought, coded when they are first asked for."""
        if to not in self._galleries:
            first, last = self.run.index.range_of(None if to == ANY else to)
            self._galleries[to] = CodedVectors(self.run.index.vectors[first:last])
        return self._galleries[to]

    @cached_property
    def attacher(self) -> Attacher:
        """Encodes and links queries."""
        return Attacher(self.model.transfer.maker.reference.knowledge, self.encoders)

    def refine(self, query: LinkedItems) -> Float32[np.ndarray, " dimension"]:
        """Return the refined vector of one query, of length 1; zeros where it has none."""
        with single_threaded():
            return self.refiner.refine(query)

    def over(self, run: OpenedRun) -> Searcher:
        """Return a searcher of the same run after items of it have come or gone."""
        again = Searcher(run, self.model, self.encoders)
        # Neither of these depends on the items: what they have worked out goes on to serve.
        vars(again).update(attacher=self.attacher, refiner=self.refiner)
        return again

    def centres(self, modality: str) -> Centres:
        """Return the run's means; of a modality that neither the run nor the model's source had items of, zeros."""
        return self.refiner.centres(modality)

    @cached_property
    def refiner(self) -> QueryRefiner:
        """Makes vectors of queries."""
        return QueryRefiner(self.run, self.model)

    def _hit(self, rank: int, row: int, score: float, meant: AbstractSet[int]) -> Hit:
        items, place = self.run.items, self.run.place(row)
        return Hit(
            rank,
            score,
            items.id[row],
            items.modality[row],
            items.caption[row],
            f"{place[0]}/{place[1]}" if place else "",
            self.run.concepts.rows[row].explain(
                meant, self.model.transfer.maker.reference.knowledge.graph.label
            ),
        )


def _concepts(queries: Iterable[LinkedItems]) -> set[int]:
    return {concept for query in queries for link in query.links for concept in link.concepts.tolist()}


def _name(item: str | Hit) -> str:
    return item.id if isinstance(item, Hit) else item


def _ordered_by(request: SearchRequest) -> tuple[str, ...]:
    """Return the options of a request by which hits are not ordered by the cosine of the refined vectors."""
    asked = {"hybrid": request.hybrid, "rerank": request.rerank, "fair": bool(request.fair)}
    named = [name for name, wanted in asked.items() if wanted]
    return (*named, *([] if request.hubness is None else [request.hubness]))


def _value(part: QueryPart) -> str | Path:
    return str(part.value) if part.modality == "text" else Path(part.value)
