"""Balanced drawing: shares counted by hand, and what has to hold of any groups."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from kgx.balance import BalancedSampler, balanced_probabilities, repeat_factors

GROUPS = st.lists(st.integers(0, 4), min_size=1, max_size=60).map(np.array)


def test_a_group_of_n_rows_is_drawn_in_proportion_to_a_power_of_n() -> None:
    groups = np.array([0] * 16 + [1] * 4)  # with a half: 4 against 2
    probabilities = balanced_probabilities(groups, alpha=0.5)
    assert probabilities[:16].sum() == pytest.approx(4 / 6)
    assert probabilities[16:].sum() == pytest.approx(2 / 6)


@given(GROUPS, st.floats(0, 1))
def test_probabilities_sum_to_one_and_are_equal_within_a_group(groups: np.ndarray, alpha: float) -> None:
    probabilities = balanced_probabilities(groups, alpha)
    assert probabilities.sum() == pytest.approx(1.0)
    for group in np.unique(groups):
        assert np.ptp(probabilities[groups == group]) == 0


@pytest.mark.parametrize("alpha", [-0.1, 1.1, float("nan")])
def test_an_impossible_alpha_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha from 0 to 1"):
        balanced_probabilities(np.array([0, 1]), alpha)


@pytest.mark.parametrize("groups", [[], [-1, 0]])
def test_impossible_groups_are_refused(groups: list[int]) -> None:
    with pytest.raises(ValueError, match="a group of at least 0"):
        balanced_probabilities(np.array(groups, dtype=np.int64))


@given(GROUPS, st.floats(0, 1), st.integers(1, 90), st.integers(0, 99))
def test_an_epoch_has_its_length_and_the_groups_their_shares(
    groups: np.ndarray, alpha: float, length: int, seed: int
) -> None:
    order = np.array(list(BalancedSampler(groups, alpha=alpha, length=length, seed=seed)))
    assert len(order) == length
    shares = np.bincount(groups, weights=balanced_probabilities(groups, alpha))
    counts = np.bincount(groups[order], minlength=len(shares))
    assert (np.abs(counts - shares * length) <= 1 + 1e-6).all()


@given(GROUPS, st.integers(0, 99))
def test_rows_of_a_group_take_turns(groups: np.ndarray, seed: int) -> None:
    drawn = np.bincount(
        list(BalancedSampler(groups, length=3 * len(groups), seed=seed)), minlength=len(groups)
    )
    for group in np.unique(groups):
        assert np.ptp(drawn[groups == group]) <= 1


def test_with_alpha_one_each_row_comes_once_an_epoch() -> None:
    sampler = BalancedSampler(np.array([0, 0, 0, 1, 2]), alpha=1.0)
    assert sorted(sampler) == [0, 1, 2, 3, 4]


def test_same_seed_same_orders_and_another_one_every_epoch() -> None:
    groups = np.arange(40) % 3
    one, other = BalancedSampler(groups, seed=4), BalancedSampler(groups, seed=4)
    first, second = list(one), list(one)
    assert (first, second) == (list(other), list(other))
    assert first != second


def test_it_serves_a_data_loader() -> None:
    sampler = BalancedSampler(np.array([0] * 9 + [1]), length=8)
    batches = list(DataLoader(list(range(10)), sampler=sampler, batch_size=4))  # type: ignore[arg-type]
    assert [len(batch) for batch in batches] == [4, 4]
    assert int((torch.cat(batches) == 9).sum()) == 4


def test_a_length_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="length of at least 1, got 0"):
        BalancedSampler(np.array([0]), length=0)


def test_rows_are_repeated_for_their_rarest_label() -> None:
    # Shares: 1, 1/4, 1/4. With t = 1/2 the second and third label ask for sqrt(2).
    labels = sp.csr_matrix([[1, 1, 0], [1, 0, 0], [1, 0, 1], [1, 0, 0]])
    np.testing.assert_allclose(repeat_factors(labels, 0.5), [2**0.5, 1, 2**0.5, 1])


def test_a_row_without_labels_is_taken_once() -> None:
    np.testing.assert_allclose(repeat_factors(sp.csr_matrix((2, 3)), 0.5), [1, 1])
    with pytest.raises(ValueError, match="threshold above 0"):
        repeat_factors(sp.csr_matrix((2, 3)), 0.0)
