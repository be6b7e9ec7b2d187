"""Effective numbers against the formula worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgx.balance import effective_number_weights, row_weights


def test_worked_by_hand() -> None:
    # β = 0.9: E_1 = 1, E_2 = 1.9; weights 1 and 1 / 1.9, brought to the sum 2
    weights = effective_number_weights(np.array([1, 2]), 0.9)
    np.testing.assert_allclose(weights, np.array([1.9, 1.0]) * 2 / 2.9)


def test_beta_goes_from_all_alike_to_one_over_the_count() -> None:
    counts = np.array([5, 50, 500])
    np.testing.assert_allclose(effective_number_weights(counts, 0.0), 1.0)
    inverse = 1 / counts
    np.testing.assert_allclose(
        effective_number_weights(counts, 1 - 1e-12), inverse * 3 / inverse.sum(), rtol=1e-6
    )


def test_a_group_that_does_not_occur_has_no_weight() -> None:
    weights = effective_number_weights(np.array([3, 0, 3]))
    np.testing.assert_allclose(weights, [1, 0, 1])


@pytest.mark.parametrize(
    ("counts", "beta", "message"),
    [
        ([1], 1.0, "beta of at least 0"),
        ([-1, 2], 0.5, "counts of at least 0"),
        ([0], 0.5, "counts of at least 0"),
    ],
)
def test_what_is_impossible_is_refused(counts: list[int], beta: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        effective_number_weights(np.array(counts), beta)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.floats(0, 0.9999))
def test_rows_weigh_one_on_average_and_rare_ones_no_less(groups: list[int], beta: float) -> None:
    numbers = np.array(groups)
    weights, counts = row_weights(numbers, beta), np.bincount(numbers)[numbers]
    assert weights.mean() == pytest.approx(1.0)
    order = np.argsort(counts)
    assert (np.diff(weights[order]) <= 1e-9).all()
