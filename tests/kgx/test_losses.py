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

from kgx.losses import (
    focal_cross_entropy,
    gaussian_divergence,
    gaussian_surprise,
    logit_adjusted_cross_entropy,
    multi_positive_contrastive,
    scaled_cosine_error,
    uncertainty_weighted,
)


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


@given(st.integers(0, 1000))
def test_soft_targets_equal_cross_entropy_with_probabilities(seed: int) -> None:
    scores, positives = drawn(seed)
    soft = positives * torch.rand(5, 7, generator=torch.Generator().manual_seed(seed)).add(0.01)

    def one_way(scores: Tensor, targets: Tensor) -> Tensor:
        kept = targets.any(dim=1)
        shares = targets[kept] / targets[kept].sum(dim=1, keepdim=True)
        return cross_entropy(scores[kept], shares)

    expected = (one_way(scores, soft) + one_way(scores.T, soft.T)) / 2
    torch.testing.assert_close(multi_positive_contrastive(scores, soft), expected)


def test_what_is_ignored_is_as_if_it_were_not_there() -> None:
    scores = torch.tensor([[2.0, 9.0, 1.0], [0.0, 3.0, 5.0], [1.0, 1.0, 4.0]], requires_grad=True)
    positives, ignored = torch.eye(3, dtype=torch.bool), torch.zeros(3, 3, dtype=torch.bool)
    ignored[0, 1] = ignored[1, 2] = True
    loss = multi_positive_contrastive(scores, positives, ignored=ignored)
    e = math.exp
    rows = -math.log(e(2) / (e(2) + e(1))) - math.log(e(3) / (e(0) + e(3)))
    rows -= math.log(e(4) / (e(1) + e(1) + e(4)))
    columns = -math.log(e(2) / (e(2) + e(0) + e(1))) - math.log(e(3) / (e(3) + e(1)))
    columns -= math.log(e(4) / (e(1) + e(4)))
    assert loss.item() == pytest.approx((rows + columns) / 6)
    loss.backward()
    assert scores.grad is not None
    assert scores.grad[ignored].abs().max() == 0
    assert torch.isfinite(scores.grad).all()


def test_what_is_positive_cannot_be_ignored() -> None:
    own = torch.eye(2, dtype=torch.bool)
    with pytest.raises(ValueError, match="some that are both"):
        multi_positive_contrastive(torch.zeros(2, 2), own, ignored=own)


def test_weights_of_rows_and_columns_make_weighted_means() -> None:
    scores, positives = torch.randn(3, 3, generator=torch.Generator().manual_seed(1)), torch.eye(3).bool()
    rows, columns = torch.tensor([1.0, 0.0, 3.0]), torch.tensor([2.0, 1.0, 1.0])
    first = -torch.log_softmax(scores, dim=1).diagonal()
    second = -torch.log_softmax(scores, dim=0).diagonal()
    expected = ((rows * first).sum() / 4 + (columns * second).sum() / 4) / 2
    torch.testing.assert_close(
        multi_positive_contrastive(scores, positives, weights=(rows, columns)), expected
    )


@given(st.integers(0, 1000))
def test_contrastive_loss_without_focus_is_what_it_is_without_the_argument(seed: int) -> None:
    scores, positives = drawn(seed)
    weights = torch.rand(scores.shape[0]), torch.rand(scores.shape[1])
    plain = multi_positive_contrastive(scores, positives, weights=weights)
    assert torch.equal(multi_positive_contrastive(scores, positives, weights=weights, gamma=0.0), plain)


def test_focal_contrastive_loss_worked_by_hand() -> None:
    scores = torch.tensor([[3.0, 1.0], [1.0, 1.0]]).log()  # p of rows: 3/4 and 1/2; of columns the same
    expected = -((1 / 4) ** 2 * math.log(3 / 4) + (1 / 2) ** 2 * math.log(1 / 2)) / 2
    found = multi_positive_contrastive(scores, torch.eye(2).bool(), gamma=2.0)
    assert found.item() == pytest.approx(expected)


@given(st.integers(0, 1000), st.sampled_from([0.5, 1.0, 2.0]))
def test_focal_contrastive_loss_equals_a_slow_reference(seed: int, gamma: float) -> None:
    scores, positives = drawn(seed)
    means = []
    for own, right in ((scores, positives), (scores.T, positives.T)):
        terms = []
        for row, wanted in zip(own.double().softmax(dim=1).tolist(), right.tolist(), strict=True):
            told = [p for p, good in zip(row, wanted, strict=True) if good]
            if told:
                plain = -sum(math.log(p) for p in told) / len(told)
                terms.append(max(1 - sum(told), 0.0) ** gamma * plain)
        means.append(sum(terms) / len(terms))
    found = multi_positive_contrastive(scores, positives, gamma=gamma)
    assert found.item() == pytest.approx(sum(means) / 2, abs=1e-5)


def test_with_one_positive_a_row_focal_contrastive_loss_is_focal_cross_entropy() -> None:
    scores, own = torch.randn(5, 5, generator=torch.Generator().manual_seed(0)), torch.arange(5)
    expected = (focal_cross_entropy(scores, own) + focal_cross_entropy(scores.T, own)) / 2
    torch.testing.assert_close(multi_positive_contrastive(scores, torch.eye(5).bool(), gamma=2.0), expected)


def test_focal_contrastive_loss_of_sure_rows_has_finite_gradients() -> None:
    scores = (200.0 * torch.eye(3)).requires_grad_()
    positives = torch.eye(3).bool()
    torch.autograd.backward(multi_positive_contrastive(scores, positives, gamma=0.5))
    assert scores.grad is not None
    assert torch.isfinite(scores.grad).all()
    with pytest.raises(ValueError, match=r"gamma of at least 0, got -1\.0"):
        multi_positive_contrastive(scores, positives, gamma=-1.0)


def test_focal_loss_worked_by_hand() -> None:
    logits = torch.tensor([[3.0, 1.0], [1.0, 1.0]]).log()  # p = 3/4 and 1/2
    labels = torch.tensor([0, 1])
    expected = -((1 / 4) ** 2 * math.log(3 / 4) + (1 / 2) ** 2 * math.log(1 / 2)) / 2
    assert focal_cross_entropy(logits, labels, gamma=2.0).item() == pytest.approx(expected)


@given(st.integers(0, 1000))
def test_focal_loss_without_focus_is_cross_entropy(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(6, 4, generator=generator)
    labels = torch.randint(4, (6,), generator=generator)
    weights = torch.rand(4, generator=generator) + 0.1
    torch.testing.assert_close(focal_cross_entropy(logits, labels, gamma=0.0), cross_entropy(logits, labels))
    torch.testing.assert_close(
        focal_cross_entropy(logits, labels, gamma=0.0, class_weights=weights),
        cross_entropy(logits, labels, weights),
    )


def test_focal_loss_of_sure_rows_has_finite_gradients() -> None:
    logits = torch.tensor([[200.0, 0.0], [0.0, 200.0]], requires_grad=True)
    focal_cross_entropy(logits, torch.tensor([0, 0]), gamma=0.5).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    with pytest.raises(ValueError, match="gamma of at least 0"):
        focal_cross_entropy(logits, torch.tensor([0, 0]), gamma=-1.0)


def test_logit_adjustment_worked_by_hand() -> None:
    # π = 3/4, 1/4: the softmax of log(1) + log(3/4), log(2) + log(1/4) is 3/5, 2/5
    logits = torch.tensor([[1.0, 2.0]]).log()
    loss = logit_adjusted_cross_entropy(logits, torch.tensor([1]), torch.tensor([30.0, 10.0]))
    assert loss.item() == pytest.approx(-math.log(2 / 5))
    plain = logit_adjusted_cross_entropy(logits, torch.tensor([1]), torch.tensor([30.0, 10.0]), tau=0.0)
    assert plain.item() == pytest.approx(-math.log(2 / 3))
    with pytest.raises(ValueError, match=r"counts above 0 of all classes, got 0\.0"):
        logit_adjusted_cross_entropy(logits, torch.tensor([1]), torch.tensor([1.0, 0.0]))


def test_scaled_cosine_error_worked_by_hand() -> None:
    told, seen = torch.tensor([[3.0, 4.0], [0.0, 1.0]]), torch.tensor([[2.0, 0.0], [0.0, 5.0]])
    assert scaled_cosine_error(told, seen, gamma=2.0).item() == pytest.approx(0.4**2 / 2)
    with pytest.raises(ValueError, match="gamma of at least 1"):
        scaled_cosine_error(told, seen, gamma=0.5)


def test_learned_uncertainty_settles_at_the_formula() -> None:
    # Least of L e^-s + s/2 at e^s = 2L; of L e^-s / 2 + s/2 at e^s = L.
    losses, gaussian = torch.tensor([3.0, 0.25]), torch.tensor([False, True])
    s = torch.zeros(2, requires_grad=True)
    optimiser = torch.optim.Adam([s], lr=0.05)
    for _ in range(600):
        optimiser.zero_grad()
        torch.autograd.backward(uncertainty_weighted(losses, s, gaussian))
        optimiser.step()
    torch.testing.assert_close(s.detach().exp(), torch.tensor([6.0, 0.25]), atol=0.02, rtol=0.02)
