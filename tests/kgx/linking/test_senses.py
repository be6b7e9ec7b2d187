from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgx.errors import ConfigError
from kgx.linking.concept_vectors import ConceptVectors
from kgx.linking.part_of_speech import PartOfSpeech
from kgx.linking.senses import SenseScoring, best_senses, fill_with_group_mean, softmax_by_group

groups_of_scores = st.lists(
    st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=5), min_size=1, max_size=5
)


def flat(groups: list[list[float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    lengths = np.array([len(group) for group in groups])
    values = np.array([value for group in groups for value in group], dtype=np.float32)
    return values, np.cumsum(lengths) - lengths, np.repeat(np.arange(len(groups)), lengths)


@given(groups_of_scores)
def test_softmax_against_the_formula(groups: list[list[float]]) -> None:
    expected = []
    for group in groups:
        powers = [math.exp(score - max(group)) for score in group]
        expected += [power / sum(powers) for power in powers]
    assert softmax_by_group(*flat(groups)).tolist() == pytest.approx(expected, abs=1e-6)


@given(groups_of_scores, st.integers(1, 4), st.floats(0, 0.9))
def test_best_senses_against_sorting(groups: list[list[float]], senses: int, min_weight: float) -> None:
    values, starts, numbers = flat(groups)
    weights = softmax_by_group(values, starts, numbers)
    rows, kept = best_senses(weights, starts, numbers, senses=senses, min_weight=min_weight)
    expected: list[int] = []
    shares: list[float] = []
    for number in range(len(groups)):
        mine = [row for row in range(len(weights)) if numbers[row] == number]
        ranked = sorted(mine, key=lambda row: -weights[row])
        chosen = [
            row
            for rank, row in enumerate(ranked)
            if not rank or (rank < senses and weights[row] >= min_weight)
        ]
        expected += chosen
        total = sum(float(weights[row]) for row in chosen)
        shares += [float(weights[row]) / total for row in chosen]
    assert rows.tolist() == expected
    assert kept.tolist() == pytest.approx(shares, rel=1e-5)


def test_a_group_of_unknown_values_gets_zero() -> None:
    values = np.array([np.nan, np.nan, 0.5], dtype=np.float32)
    filled = fill_with_group_mean(values, np.array([0, 2]), np.array([0, 0, 1]))
    assert filled.tolist() == [0, 0, 0.5]


def test_parts_of_speech_are_scored_by_their_best_member() -> None:
    scores = SenseScoring(noun=1, verb=2, adjective=3, adverb=4).part_scores()
    assert scores[0] == scores[PartOfSpeech.NOUN] == 1
    assert scores[PartOfSpeech.NOUN | PartOfSpeech.VERB] == 2
    assert scores[PartOfSpeech.ANY] == 4


@pytest.mark.parametrize(
    "option", [{"frequency": -1}, {"context": -0.1}, {"verb": math.nan}, {"derived": math.inf}]
)
def test_impossible_scoring(option: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(option))):
        SenseScoring(**option)


def test_cosines() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float16)
    texts = np.array([[5, 0], [0, 0]], dtype=np.float32)
    context = ConceptVectors(vectors, np.array([4, 7, 2]))
    cosines = context.cosines(texts, np.array([0, 0, 0, 1, 0, 0]), np.array([4, 7, 2, 4, 3, 99]))
    assert cosines[:4].tolist() == pytest.approx([1, 0, 0.6, 0], abs=1e-3)
    assert np.isnan(cosines[4:]).all()


def test_cosines_by_row_number() -> None:
    cosines = ConceptVectors(np.eye(2, dtype=np.float32)).cosines(
        np.eye(2, dtype=np.float32), np.array([0, 1, 0]), np.array([0, 0, 2])
    )
    assert cosines[:2].tolist() == [1, 0]
    assert np.isnan(cosines[2])


def test_concept_vectors_of_wrong_shape() -> None:
    with pytest.raises(ConfigError, match="matrix"):
        ConceptVectors(np.zeros(3))
    with pytest.raises(ConfigError, match="2 concepts, got 3"):
        ConceptVectors(np.zeros((3, 2)), np.array([1, 2]))
