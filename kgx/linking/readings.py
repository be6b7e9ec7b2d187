"""Readings: what each piece of a text may mean, and how likely that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64

from kgx.linking.concept_vectors import ConceptVectors
from kgx.linking.label_index import CAPITALISED, VARIANT, LabelIndex
from kgx.linking.matching import Span
from kgx.linking.part_of_speech import PartOfSpeech
from kgx.linking.senses import SenseScoring, best_senses, fill_with_group_mean, softmax_by_group

__all__ = ["Reader", "Readings"]


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of spans, sorted by span, within a span the likeliest first.

    Attributes:
        spans: row of the span.
        concepts: entity numbers.
        weights: sum to 1 over a span.
        uses: how often the label is used for the concept.
    """

    spans: Int64[np.ndarray, " r"]
    concepts: Int64[np.ndarray, " r"]
    weights: Float32[np.ndarray, " r"]
    uses: Float32[np.ndarray, " r"]


class Reader:
    """Weighs the readings of spans.

    Args:
        index: the labels.
        scoring: how a reading is scored.
        context: vectors of the concepts, where there are any.
        senses: readings of a span that are kept.
        min_weight: lighter readings are dropped, unless they are a span's best.
    """

    def __init__(
        self,
        index: LabelIndex,
        scoring: SenseScoring,
        context: ConceptVectors | None,
        *,
        senses: int,
        min_weight: float,
    ) -> None:
        self._index = index
        self._scoring = scoring
        self._context = context
        self._senses = senses
        self._min_weight = min_weight
        # What no text changes: which parts of speech a candidate may stand for, and its score by use and part.
        self._parts = np.where(index.parts == 0, np.uint8(PartOfSpeech.NOUN), index.parts)
        self._base_scores = scoring.frequency * np.log(index.weights) + scoring.part_scores()[index.parts]

    def read(
        self,
        spans: Sequence[Span],
        small: Bool[np.ndarray, " s"],
        text_of_span: Int64[np.ndarray, " s"],
        vectors: Float[np.ndarray, "t dimension"] | None,
    ) -> Readings:
        """Return every span's likeliest readings.

        Args:
            spans: as the matcher found them.
            small: whether a span is written with a small first letter.
            text_of_span: row of the span's text in ``vectors``.
            vectors: of the texts, where there are any.
        """
        span, concepts, uses, scores = self._candidates(spans, small)
        if not len(spans):
            return Readings(span, concepts, scores, uses)
        starts = np.searchsorted(span, np.arange(len(spans)))
        if self._context is not None and vectors is not None:
            cosines = self._context.cosines(vectors, text_of_span[span], concepts)
            scores = scores + np.float32(self._scoring.context) * fill_with_group_mean(cosines, starts, span)
        weights = softmax_by_group(scores, starts, span)
        kept, weights = best_senses(weights, starts, span, senses=self._senses, min_weight=self._min_weight)
        return Readings(span[kept], concepts[kept], weights, uses[kept])

    def _candidates(
        self, spans: Sequence[Span], small: Bool[np.ndarray, " s"]
    ) -> tuple[
        Int64[np.ndarray, " c"], Int64[np.ndarray, " c"], Float32[np.ndarray, " c"], Float32[np.ndarray, " c"]
    ]:
        """Return every candidate's span, concept, use and score without context, sorted by the first two."""
        index, scoring = self._index, self._scoring
        ways = np.array(
            [(number, *way) for number, span in enumerate(spans) for way in span.rows], dtype=np.int64
        ).reshape(-1, 4)  # span, row of the index, parts of speech, derived
        begin = index.offsets[ways[:, 1]]
        counts = index.offsets[ways[:, 1] + 1] - begin
        way = np.arange(len(ways)).repeat(counts)
        rows = np.arange(len(way)) + (begin - counts.cumsum() + counts).repeat(counts)
        allowed = ways[way, 2] & self._parts[rows] > 0
        way, rows = way[allowed], rows[allowed]
        span, concepts = ways[way, 0], index.concepts[rows].astype(np.int64)
        traits, uses = index.traits[rows], index.weights[rows]
        derived = (traits & VARIANT > 0) | (ways[way, 3] > 0)
        nominal = np.array([found.nominal for found in spans], dtype=np.bool_)[span]
        bare_verb = nominal & ~derived & (index.parts[rows] == PartOfSpeech.VERB)
        capital = (traits & CAPITALISED > 0) & small[span]
        against = scoring.derived * derived + scoring.capital * capital + scoring.bare_verb * bare_verb
        scores = (self._base_scores[rows] - against).astype(np.float32)
        # a concept that a span reaches in several ways is read in the best
        order = np.lexsort((-scores, concepts, span))
        of_span, of_concept = span[order], concepts[order]
        fresh = np.ones(len(order), dtype=np.bool_)
        fresh[1:] = (of_span[1:] != of_span[:-1]) | (of_concept[1:] != of_concept[:-1])
        best = order[fresh]
        return span[best], concepts[best], uses[best], scores[best]
