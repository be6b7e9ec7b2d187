"""Ranking metrics against a slow reference that walks through sorted lists, and against worked cases."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kgx.evaluate import METRICS, aggregate, best_ranks, evaluate, harm, ndcg, per_query, relevance_matrix


@st.composite
def judged_scores(draw: st.DrawFn, gallery: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Scores with many ties, and relevance with at least one relevant item a query."""
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, gallery)))
    levels = st.sampled_from([-np.inf, -1.0, 0.0, 0.25, 0.5, np.inf])
    scores = draw(hnp.arrays(np.float64, shape, elements=levels))
    relevant = draw(hnp.arrays(np.bool_, shape))
    for row in relevant:
        row[draw(st.integers(0, shape[1] - 1))] = True
    return scores, relevant


def order_of(scores: np.ndarray, relevant: np.ndarray, relevant_first: bool) -> list[int]:
    def key(item: int) -> tuple[float, bool]:
        return -float(scores[item]), bool(relevant[item]) != relevant_first

    return sorted(range(len(scores)), key=key)


def slow_rank(order: list[int], relevant: np.ndarray) -> int:
    return next(place for place, item in enumerate(order, start=1) if relevant[item])


def slow_ndcg(order: list[int], relevant: np.ndarray, k: int) -> float:
    gained = sum(1 / math.log2(place + 1) for place, item in enumerate(order[:k], 1) if relevant[item])
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(k, int(relevant.sum())) + 1))
    return gained / ideal


@given(judged_scores())
@settings(max_examples=150, deadline=None)
def test_agrees_with_walking_through_the_sorted_gallery(case: tuple[np.ndarray, np.ndarray]) -> None:
    scores, relevant = case
    for ties, first in (("pessimistic", False), ("optimistic", True)):
        orders = [order_of(row, good, first) for row, good in zip(scores, relevant, strict=True)]
        ranks = [slow_rank(order, good) for order, good in zip(orders, relevant, strict=True)]
        gains = [slow_ndcg(order, good, 10) for order, good in zip(orders, relevant, strict=True)]
        np.testing.assert_array_equal(best_ranks(scores, relevant, ties), ranks)
        np.testing.assert_allclose(ndcg(scores, relevant, 10, ties), gains)
        result = evaluate(scores, relevant, ties)
        for k in (1, 5, 10, 50):
            assert result[f"recall@{k}"] == pytest.approx(np.mean([rank <= k for rank in ranks]))
        assert result["mrr"] == pytest.approx(np.mean([1 / rank for rank in ranks]))
        assert result["ndcg@10"] == pytest.approx(np.mean(gains))
        assert result["median_rank"] == np.median(ranks)
        assert list(result) == list(METRICS)


@given(judged_scores(gallery=5))
@settings(max_examples=60, deadline=None)
def test_realistic_ties_are_the_mean_over_every_order_of_the_tied(
    case: tuple[np.ndarray, np.ndarray],
) -> None:
    scores, relevant = case
    for row, good, rank, gain in zip(
        scores, relevant, best_ranks(scores, relevant, "realistic"), ndcg(scores, relevant, 3, "realistic"),
        strict=True,
    ):  # fmt: skip
        orders = [
            list(order)
            for order in itertools.permutations(range(len(row)))
            if all(row[a] >= row[b] for a, b in itertools.pairwise(order))
        ]
        assert rank == pytest.approx(np.mean([slow_rank(order, good) for order in orders]))
        assert gain == pytest.approx(np.mean([slow_ndcg(order, good, 3) for order in orders]))


@given(judged_scores())
@settings(deadline=None)
def test_tie_rules_are_ordered_and_agree_without_ties(case: tuple[np.ndarray, np.ndarray]) -> None:
    scores, relevant = case
    best, mean, worst = (best_ranks(scores, relevant, t) for t in ("optimistic", "realistic", "pessimistic"))
    assert (best <= mean).all()
    assert (mean <= worst).all()
    distinct = np.argsort(np.argsort(scores, axis=1, kind="stable"), axis=1).astype(np.float32)
    np.testing.assert_array_equal(
        best_ranks(distinct, relevant, "optimistic"), best_ranks(distinct, relevant)
    )
    np.testing.assert_allclose(ndcg(distinct, relevant, 10, "realistic"), ndcg(distinct, relevant, 10))


def test_a_constant_system_is_worth_nothing() -> None:
    result = evaluate(np.zeros((3, 100)), [[0], [1], [2]])
    assert result["recall@50"] == 0.0
    assert result["median_rank"] == 100.0
    assert result["ndcg@10"] == 0.0


def test_blocks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    scores, relevant = rng.integers(0, 9, (30, 40)).astype(float), rng.random((30, 40)) < 0.2
    relevant[:, 0] = True
    whole = ndcg(scores, relevant)
    monkeypatch.setattr("kgx.evaluate.ranking._BLOCK", 7)
    np.testing.assert_allclose(ndcg(scores, relevant), whole, rtol=1e-14)


def test_whole_numbers_and_lists_are_taken() -> None:
    scores = np.array([[3, 1, 2], [0, 0, 5]])
    assert best_ranks(scores, [[1], [0, 1]]).tolist() == [3.0, 2.0]
    assert relevance_matrix([[1], [0, 1]], (2, 3)).sum() == 3
    assert best_ranks(scores.astype(np.uint8), [[1], [0, 1]]).tolist() == [3.0, 2.0]


def test_per_query_values_aggregate_to_the_table() -> None:
    rng = np.random.default_rng(1)
    scores, relevant = rng.random((20, 30)), np.eye(20, 30, dtype=bool)
    assert aggregate(per_query(scores, relevant)) == evaluate(scores, relevant)


@pytest.mark.parametrize(
    ("scores", "relevant", "message"),
    [
        (np.array([[0.0, np.nan]]), [[0]], "NaN"),
        (np.array([[np.inf, -np.inf, np.nan]]), [[0]], "NaN"),
        (np.zeros((2, 2)), [[0], []], "no relevant item"),
        (np.zeros((1, 2)), [[2]], "between 0 and 1, got 2"),
        (np.zeros((1, 2)), [[-1]], "got -1"),
        (np.zeros((2, 2)), [[0]], "2 queries, got 1"),
        (np.zeros((1, 2)), np.ones((2, 1), dtype=bool), r"shape \(1, 2\)"),
        (np.zeros(2), [[0]], "queries, gallery"),
        (np.zeros((0, 3)), [], "at least one query"),
    ],
)
def test_refuses(scores: np.ndarray, relevant: list[list[int]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(scores, relevant)


def test_opposite_infinities_are_no_nan() -> None:
    assert best_ranks(np.array([[np.inf, -np.inf, 0.0]]), [[2]]).tolist() == [2.0]


def test_refuses_an_unknown_tie_rule_and_an_empty_cut() -> None:
    with pytest.raises(ValueError, match="pessimistic, realistic, optimistic"):
        best_ranks(np.zeros((1, 1)), [[0]], "hopeful")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1"):
        ndcg(np.zeros((1, 1)), [[0]], k=0)


def test_harm_counts_falls_and_rises() -> None:
    before, after = np.array([1.0, 1.0, 20.0, 7.0]), np.array([11.0, 12.0, 2.0, 7.0])
    assert harm(before, after) == {"worse": 0.5, "worse_by_more_than_10": 0.25, "improved": 0.25}
    assert harm(before, after, margin=9)["worse_by_more_than_9"] == 0.5
    with pytest.raises(ValueError, match="equally long"):
        harm(before, after[:2])
