"""Ranking beyond the nearest vectors: among what fulfils conditions, by words too, by concepts too, in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32, Int64

from graphs.graph import KnowledgeGraph
from kgx.filters.selection import ItemFilter
from kgx.fusion.rankings import reciprocal_rank_fusion
from kgx.index.kinds import FLAT
from kgx.ranking.concept_overlap import WEIGHT, ConceptOverlap
from kgx.ranking.fair_space import FairSpaces
from kgx.ranking.nearest_rows import nearest_rows
from kgx.ranking.request import ANY, QueryPart, SearchRequest
from kgx.ranking.words import WordIndex, documents_of
from kgx.run_cache import cache_folder
from kgx.run_folder import OpenedRun

__all__ = ["Ranker"]

_DEEP: Final = 100
"""Items that each way of ranking brings to a fusion, and that are re-ranked."""

Ranking = dict[int, float]
"""Row of an item -> score, best first."""


class Ranker:
    """Ranks a run's items for vectors that queries have become.

    Args:
        run: the run.
        graph: its model's knowledge graph.
        words: index of what is known in words of each item; of captions and names of concepts where left out.

    Attributes:
        spaces: where items are compared with modalities aligned or hubs penalised.
    """

    def __init__(self, run: OpenedRun, graph: KnowledgeGraph, words: WordIndex | None = None) -> None:
        self._run = run
        self._given = words
        self.spaces = FairSpaces(run.index)
        self._filter = ItemFilter(run, graph)
        self._overlap = ConceptOverlap(run.concepts, graph)

    def rank(
        self,
        vector: Float32[np.ndarray, " dimension"],
        words: Sequence[str],
        meant: Mapping[int, float],
        request: SearchRequest,
    ) -> list[tuple[int, float]]:
        """Return the rows of the hits of a request and their scores, best first; of a flat index exactly.

        Args:
            vector: of the query, of length 1; of a fair request where :attr:`spaces` has moved it to.
            words: of the query, where they count.
            meant: its concepts and their weights, where they count.
            request: what is sought.

        Raises:
            KgxError: the run has no items of that modality, or a condition cannot be met (says why).
            GraphError: a graph condition is wrong or takes too long.
        """
        rows = self._candidates(request)
        last = request.offset + request.k
        if request.hybrid:
            ranking = self._fused(self._nearest(vector, rows, _DEEP, request), words, rows)
        else:
            ranking = self._nearest(vector, rows, max(last, _DEEP) if request.rerank else last, request)
        if request.rerank:
            ranking = self._reranked(ranking, meant, hybrid=request.hybrid)
        if request.hybrid and last > len(ranking):
            # As many are fused whatever the page, so that pages fit together; what is nearest comes behind them.
            ranking = _continued(ranking, self._nearest(vector, rows, last, request))
        return list(ranking.items())[request.offset : last]

    def aligns(self, request: SearchRequest) -> bool:
        """Return whether a request compares items with their modalities aligned.

        Left open, it does where items of any modality are sought and the run has enough of several.
        """
        if request.fair is not None:
            return request.fair
        asked = {part.modality for part in request.parts}
        return request.to == ANY and self.spaces.should_align(asked)

    def similar(self, row: int, request: SearchRequest) -> list[tuple[int, float]]:
        """Return the rows that are most like an item and their scores, best first; it is not among them.

        Args:
            row: of the item.
            request: what is sought; of the parts of its query there are none.
        """
        vector, modality = self._run.index.vectors[row], str(self._run.index.modalities[row])
        fair = self.aligns(replace(request, parts=(QueryPart(modality, ""),)))
        last = request.offset + request.k
        found = self._nearest(
            self.spaces.moved(vector, modality) if fair else vector,
            self._candidates(request),
            last + 1,
            replace(request, fair=fair),
        )
        found.pop(row, None)
        return list(found.items())[request.offset : last]

    def _candidates(self, request: SearchRequest) -> Int64[np.ndarray, " n"]:
        first, last = self._run.index.range_of(None if request.to == ANY else request.to)
        if not request.selection:
            return np.arange(first, last)
        return first + np.flatnonzero(self._filter.allowed(request.selection)[first:last])

    def _nearest(
        self,
        vector: Float32[np.ndarray, " dimension"],
        rows: Int64[np.ndarray, " n"],
        depth: int,
        request: SearchRequest,
    ) -> Ranking:
        index = self._run.index
        if request.fair or request.hubness is not None:
            if request.fair and request.hubness is None and index.kind != FLAT and not request.selection:
                rows = self.spaces.candidates(vector, None if request.to == ANY else request.to, depth)
            space = self.spaces.of(fair=bool(request.fair), hubness=request.hubness)
            nearest, cosines = space.nearest(vector, rows, depth)
        elif index.kind == FLAT or request.selection:
            # Exact with every kind of index; equal scores come in the order of the rows, and pages fit together.
            nearest, cosines = nearest_rows(index.vectors, vector, rows, depth)
        else:
            hits = index.search(vector[None], depth, None if request.to == ANY else request.to)
            order = np.lexsort((hits.rows[0], -hits.scores[0]))
            nearest, cosines = hits.rows[0][order], hits.scores[0][order]
        return dict(zip(nearest.tolist(), cosines.tolist(), strict=True))

    def _fused(self, nearest: Ranking, words: Sequence[str], rows: Int64[np.ndarray, " n"]) -> Ranking:
        allowed: Bool[np.ndarray, " items"] = np.zeros(len(self._run.items), dtype=np.bool_)
        allowed[rows] = True
        scores = self._words.scores(" ".join(words), allowed)
        best = np.argsort(-scores, kind="stable")[:_DEEP]
        found = {row: float(scores[row]) for row in best.tolist() if scores[row] > 0}
        return reciprocal_rank_fusion({"vectors": nearest, "words": found})

    def _reranked(self, ranking: Ranking, meant: Mapping[int, float], *, hybrid: bool) -> Ranking:
        """Order the best anew; the others stay behind them, in their order and below them in score."""
        rows = list(ranking)[:_DEEP]
        if not rows:
            return ranking
        overlaps = self._overlap.scores(meant, rows).tolist()
        if hybrid:  # scores of fused ranks are no cosines: fuse once more by ranks
            concepts = dict(zip(rows, overlaps, strict=True))
            weights = {"first": 1.0, "concepts": WEIGHT}
            return reciprocal_rank_fusion({"first": ranking, "concepts": concepts}, weights)
        anew = {row: ranking[row] + WEIGHT * overlap for row, overlap in zip(rows, overlaps, strict=True)}
        return {**dict(sorted(anew.items(), key=lambda entry: -entry[1])), **_without(ranking, anew)}

    @cached_property
    def _words(self) -> WordIndex:
        if self._given is not None:
            return self._given
        documents = documents_of(self._run.items, self._run.concepts)
        return WordIndex.kept(documents, cache_folder(self._run.folder))


def _continued(ranking: Ranking, nearest: Ranking) -> Ranking:
    """Put what is only nearest behind a fused ranking, in its order and below it in score."""
    least = min(ranking.values(), default=1.0)
    behind = enumerate(_without(nearest, ranking), start=len(ranking) + 1)
    return {**ranking, **{row: least * max(len(ranking), 1) / place for place, row in behind}}


def _without(ranking: Ranking, others: Ranking) -> Ranking:
    return {row: score for row, score in ranking.items() if row not in others}
