"""Which of the concepts that a word can name it means: by use, by part of speech, and by the text around
it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float32, Int, Int64

from kgx.errors import ConfigError
from kgx.linking.part_of_speech import PartOfSpeech

__all__ = ["SenseScoring", "best_senses", "fill_with_group_mean", "softmax_by_group"]


@dataclass(frozen=True, slots=True)
class SenseScoring:
    """How a reading ``s`` of a piece of text ``t`` is scored.

    ::

        score(s) = frequency · log f(s) + context · cos(v(t), v(s)) + part(s) − what speaks against it

    where ``f`` is how often the label is used for the concept and ``v`` are vectors of the text and of the
    concept's definition; the weights of the readings are the softmax of their scores.

    Attributes:
        frequency: weight of the logarithm of use, at least 0.
        context: weight of the cosine, at least 0.
        noun, verb, adjective, adverb: added for the concept's part of speech; a concept without one counts
            as a noun.
        derived: taken off where a word had to be inflected back, joined, or was a hidden label.
        capital: taken off where the label has a capital ("Turkey") and the text has none ("turkey").
        bare_verb: taken off for a verb in its base form inside a noun phrase ("a *bear*").

    Raises:
        ConfigError: a value is not finite, or a weight is below 0.
    """

    frequency: float = 1.2
    context: float = 12.0
    noun: float = 0.0
    verb: float = -2.0
    adjective: float = 0.0
    adverb: float = -2.5
    derived: float = 1.0
    capital: float = 2.0
    bare_verb: float = 3.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not np.isfinite(value):
                raise ConfigError(f"sense scoring: {field.name} must be finite, got {value}")
        for name in ("frequency", "context"):
            if getattr(self, name) < 0:
                raise ConfigError(f"sense scoring: {name} must be at least 0, got {getattr(self, name)}")

    def part_scores(self) -> Float32[np.ndarray, " 16"]:
        """Return the score of every set of parts of speech: that of its best member."""
        single = {
            PartOfSpeech.NOUN: self.noun,
            PartOfSpeech.VERB: self.verb,
            PartOfSpeech.ADJECTIVE: self.adjective,
            PartOfSpeech.ADVERB: self.adverb,
        }
        scores = np.full(int(PartOfSpeech.ANY) + 1, self.noun, dtype=np.float32)
        for number in range(1, len(scores)):
            scores[number] = max(score for part, score in single.items() if number & part)
        return scores


def fill_with_group_mean(
    values: Float32[np.ndarray, " c"], starts: Int[np.ndarray, " g"], groups: Int[np.ndarray, " c"]
) -> Float32[np.ndarray, " c"]:
    """Put the mean of a group's known values where one is NaN, so that it speaks neither for nor against.

    >>> values = np.array([0.25, np.nan, 0.75], dtype=np.float32)
    >>> fill_with_group_mean(values, starts=np.array([0]), groups=np.array([0, 0, 0])).tolist()
    [0.25, 0.5, 0.75]
    """
    unknown = np.isnan(values)
    if not unknown.any():
        return values
    counts = np.add.reduceat(~unknown, starts, dtype=np.int64)
    means = np.add.reduceat(np.where(unknown, 0, values), starts) / np.maximum(counts, 1)
    return np.where(unknown, means[groups], values).astype(np.float32)


def softmax_by_group(
    scores: Float32[np.ndarray, " c"], starts: Int[np.ndarray, " g"], groups: Int[np.ndarray, " c"]
) -> Float32[np.ndarray, " c"]:
    """Return the softmax of each group of neighbouring scores.

    Args:
        scores: finite.
        starts: first row of each group; no group is empty.
        groups: group of each row.

    >>> softmax_by_group(np.zeros(3, np.float32), np.array([0, 1]), np.array([0, 1, 1])).tolist()
    [1.0, 0.5, 0.5]
    """
    powers = np.exp(scores - np.maximum.reduceat(scores, starts)[groups])
    weights: Float32[np.ndarray, " c"] = powers / np.add.reduceat(powers, starts)[groups]
    return weights


def best_senses(
    weights: Float32[np.ndarray, " c"],
    starts: Int[np.ndarray, " g"],
    groups: Int[np.ndarray, " c"],
    *,
    senses: int,
    min_weight: float,
) -> tuple[Int64[np.ndarray, " k"], Float32[np.ndarray, " k"]]:
    """Keep each group's best readings, the best one always, and let the kept ones sum to 1.

    Args:
        weights: softmax weights of the readings.
        starts, groups: as in :func:`softmax_by_group`.
        senses: how many readings of a group are kept at most.
        min_weight: lighter readings are dropped.

    Returns:
        The kept rows, group by group, heaviest first (of equal weight the earlier row), and their weights.

    >>> weights, one_group = np.array([0.25, 0.5, 0.25], dtype=np.float32), np.array([0, 0, 0])
    >>> rows, kept = best_senses(weights, np.array([0]), one_group, senses=2, min_weight=0.05)
    >>> rows.tolist(), kept.round(2).tolist() == np.float32([0.67, 0.33]).tolist()
    ([1, 0], True)
    """
    order = np.lexsort((-weights, groups))
    rank = np.arange(len(weights)) - starts[groups]
    kept = (rank == 0) | ((rank < senses) & (weights[order] >= min_weight))
    rows = order[kept]
    chosen = groups[rows]
    totals = np.bincount(chosen, weights[rows], minlength=len(starts))
    return rows, (weights[rows] / totals[chosen]).astype(np.float32)
