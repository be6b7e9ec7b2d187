"""Losses against cases worked by hand and against torch's own."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import cross_entropy

from kgx.losses import gaussian_divergence, gaussian_surprise, multi_positive_contrastive


def test_worked_by_hand() -> None:
    # exp(scores) = [[1, 2, 1], [3, 1, 4]]; row 0 is at home in columns 0 and 1, row 1 in column 2.
    scores = torch.tensor([[1.0, 2.0, 1.0], [3.0, 1.0, 4.0]]).log()
    positives = torch.tensor([[True, True, False], [False, False, True]])
    rows = (-(math.log(1 / 4) + math.log(2 / 4)) / 2 - math.log(4 / 8)) / 2
    columns = (-math.log(1 / 4) - math.log(2 / 3) - math.log(4 / 5)) / 3
    assert multi_positive_contrastive(scores, positives).item() == pytest.approx((rows + columns) / 2)


@settings(deadline=None)  # the first call loads what later ones have
@given(st.integers(1, 8), st.integers(0, 1000))
def test_with_one_positive_a_row_it_is_clips_loss(size: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    scores = 5 * torch.randn(size, size, generator=generator)
    order = torch.randperm(size, generator=generator)
    positives = torch.zeros(size, size, dtype=torch.bool)
    positives[torch.arange(size), order] = True
    expected = (cross_entropy(scores, order) + cross_entropy(scores.T, order.argsort())) / 2
    torch.testing.assert_close(multi_positive_contrastive(scores, positives), expected)


def drawn(seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(5, 7, generator=generator)
    positives = torch.rand(5, 7, generator=generator) < 0.3
    positives[0, 0] = True
    return scores, positives


@given(st.integers(0, 1000))
def test_with_several_positives_it_is_cross_entropy_with_a_uniform_target(seed: int) -> None:
    scores, positives = drawn(seed)

    def one_way(scores: Tensor, positives: Tensor) -> Tensor:
        terms = [
            cross_entropy(row, right.float() / right.sum())
            for row, right in zip(scores, positives, strict=True)
            if right.any()
        ]
        return torch.stack(terms).mean()

    expected = (one_way(scores, positives) + one_way(scores.T, positives.T)) / 2
    torch.testing.assert_close(multi_positive_contrastive(scores, positives), expected)


@given(st.integers(0, 1000))
def test_symmetric(seed: int) -> None:
    scores, positives = drawn(seed)
    torch.testing.assert_close(
        multi_positive_contrastive(scores, positives), multi_positive_contrastive(scores.T, positives.T)
    )


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_independent_of_the_order_of_rows_and_columns(seed: int, order: int) -> None:
    scores, positives = drawn(seed)
    generator = torch.Generator().manual_seed(order)
    rows, columns = torch.randperm(5, generator=generator), torch.randperm(7, generator=generator)
    torch.testing.assert_close(
        multi_positive_contrastive(scores[rows][:, columns], positives[rows][:, columns]),
        multi_positive_contrastive(scores, positives),
    )


def test_a_row_without_a_positive_has_no_term_but_stays_a_negative() -> None:
    scores = torch.tensor([[0.0, 1.0], [0.0, 3.0]])
    positives = torch.tensor([[True, False], [False, False]])
    rows = math.log(1 + math.exp(1))  # row 0 against its column 1, which is nobody's
    columns = math.log(2)  # column 0 against row 1, which is nobody's
    assert multi_positive_contrastive(scores, positives).item() == pytest.approx((rows + columns) / 2)


def test_gradients_pull_positives_together_and_are_finite() -> None:
    scores = torch.tensor([[200.0, -200.0], [-200.0, 200.0]], requires_grad=True)
    positives = torch.tensor([[False, True], [True, False]])
    loss = multi_positive_contrastive(scores, positives)
    loss.backward()
    assert loss.item() == pytest.approx(400.0)
    assert scores.grad is not None
    assert torch.isfinite(scores.grad).all()
    assert (scores.grad[positives] < 0).all()
    assert (scores.grad[~positives] > 0).all()


def test_no_positive_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match=r"at least one positive pair, got none among \(2, 3\)"):
        multi_positive_contrastive(torch.zeros(2, 3), torch.zeros(2, 3, dtype=torch.bool))


def test_gaussians_equal_torchs_own() -> None:
    torch.manual_seed(0)
    mean, log_variance, error = torch.randn(3, 5, 4)
    expected = kl_divergence(Normal(mean, (0.5 * log_variance).exp()), Normal(0.0, 1.0)).sum(dim=1)
    torch.testing.assert_close(gaussian_divergence(mean, log_variance), expected)
    one = torch.tensor(0.7)
    likelihood = Normal(0.0, (0.5 * one).exp()).log_prob(error) + 0.5 * math.log(2 * math.pi)
    torch.testing.assert_close(gaussian_surprise(error, one), -likelihood.sum(dim=1))
