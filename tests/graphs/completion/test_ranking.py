"""Ranks against counting, candidate by candidate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.completion.ranking import TIES, RankMetrics, Ties, ranks_of
from graphs.errors import GraphError


def by_counting(scores: list[float], answer: int, right: set[int], ties: Ties) -> float:
    better = sum(score > scores[answer] for number, score in enumerate(scores) if number not in right)
    equal = sum(score == scores[answer] for number, score in enumerate(scores) if number not in right)
    return 1 + better + {"pessimistic": equal, "realistic": equal / 2, "optimistic": 0}[ties]


@given(
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, -np.inf]), min_size=1, max_size=12),
    st.sets(st.integers(0, 11), max_size=6),
    st.sets(st.integers(0, 11), min_size=1, max_size=3),
    st.sampled_from(TIES),
)
@settings(max_examples=150, deadline=None)
def test_ranks_are_those_of_counting(
    scores: list[float], known: set[int], asked: set[int], ties: Ties
) -> None:
    known, asked = ({number % len(scores) for number in numbers} for numbers in (known, asked))
    found = ranks_of(np.array(scores), np.array(sorted(asked)), np.array(sorted(known), np.int64), ties)
    assert found.tolist() == [by_counting(scores, answer, known | asked, ties) for answer in sorted(asked)]


def test_scores_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(GraphError, match="NaN"):
        ranks_of(np.array([0.0, np.nan]), np.array([0]), np.zeros(0, np.int64))


def test_metrics() -> None:
    metrics = RankMetrics.of(np.array([1.0, 2.0, 4.0, 1.5]))
    assert metrics.mrr == pytest.approx((1 + 1 / 2 + 1 / 4 + 1 / 1.5) / 4)
    assert metrics.hits == {1: 0.25, 3: 0.75, 10: 1.0}
    assert RankMetrics.of(np.zeros(0)).to_dict() == {"mrr": 0.0, "hits@1": 0.0, "hits@3": 0.0, "hits@10": 0.0}
