"""Losses. They take tensors, never models."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy, log_softmax

__all__ = [
    "LARGEST_SCALE",
    "focal_cross_entropy",
    "gaussian_divergence",
    "gaussian_surprise",
    "logit_adjusted_cross_entropy",
    "multi_positive_contrastive",
    "scaled_cosine_error",
    "uncertainty_weighted",
]

LARGEST_SCALE = 100.0
"""Of a learned 1 / temperature, as in CLIP (arXiv 2103.00020)."""


def multi_positive_contrastive(
    scores: Float[Tensor, "rows columns"],
    positives: Bool[Tensor, "rows columns"] | Float[Tensor, "rows columns"],
    *,
    ignored: Bool[Tensor, "rows columns"] | None = None,
    weights: tuple[Float[Tensor, " rows"], Float[Tensor, " columns"]] | None = None,
    gamma: float = 0.0,
) -> Float[Tensor, ""]:
    """Symmetric contrastive loss where a row may have several right columns, and the other way round.

    The target of a row is uniform over its positives, as in SupCon's ``L_out`` (Khosla et al., arXiv 2004.11362); with
    one positive a row it is the InfoNCE loss of CLIP (Radford et al., arXiv 2103.00020).

    Args:
        scores: similarities, already divided by the temperature.
        positives: which pairs belong together, or how much they do, as numbers that are not negative: a row's target
            is proportional to its numbers. A row or column without any has no term of its own, but stays a negative for
            the others.
        ignored: pairs that are neither right nor wrong: they are left out of the sums that the right ones compete in.
        weights: of every row's and of every column's term, not negative; all count alike where left out.
        gamma: a row's term is weighed by ``(1 - p)^γ``, where ``p`` is the probability that its positives have
            together, as in the focal loss (Lin et al., arXiv 1708.02002); the columns' terms likewise. With 0 all count
            alike.

    Returns:
        The mean of the row-wise and the column-wise cross-entropy, in nats.

    Raises:
        ValueError: no pair is positive, a positive one is ignored, or ``gamma`` is negative.

    >>> nothing_known, own = torch.zeros(4, 4), torch.eye(4, dtype=torch.bool)
    >>> round(multi_positive_contrastive(nothing_known, own).exp().item(), 3)
    4.0
    >>> neighbours = own.roll(1, dims=1)
    >>> round(multi_positive_contrastive(nothing_known, own, ignored=neighbours).exp().item(), 3)
    3.0

    Each positive has probability 1/4, so that a ``gamma`` of 1 leaves 3/4 of the loss:

    >>> round((multi_positive_contrastive(nothing_known, own, gamma=1.0) / torch.tensor(4.0).log()).item(), 3)
    0.75
    """
    _check_gamma(gamma)
    if not bool(positives.any()):
        raise ValueError(f"expected at least one positive pair, got none among {tuple(positives.shape)}")
    if ignored is not None:
        if bool((ignored & (positives > 0)).any()):
            raise ValueError("expected pairs that are positive or ignored, got some that are both")
        scores = scores.masked_fill(ignored, torch.finfo(scores.dtype).min / 2)  # -inf times 0 would be NaN
    rows, columns = weights if weights is not None else (None, None)
    return 0.5 * (
        _cross_entropy(scores, positives, rows, gamma) + _cross_entropy(scores.T, positives.T, columns, gamma)
    )


def focal_cross_entropy(
    logits: Float[Tensor, "rows classes"],
    labels: Int64[Tensor, " rows"],
    *,
    gamma: float = 2.0,
    class_weights: Float[Tensor, " classes"] | None = None,
) -> Float[Tensor, ""]:
    """Cross-entropy that rows already told well count less in.

    The focal loss of Lin et al. (arXiv 1708.02002), ``-α_t (1 - p_t)^γ log p_t``, over several classes; with
    ``gamma=0`` it is :func:`torch.nn.functional.cross_entropy`, weighted means included.

    Args:
        logits: a score for every class.
        labels: the right classes.
        gamma: how quickly a row counts less as it is told better; at least 0.
        class_weights: the paper's ``α``, for instance :func:`kgx.balance.effective_number_weights`.

    Raises:
        ValueError: ``gamma`` is negative.

    >>> sure, unsure = torch.tensor([[4.0, 0.0]]), torch.tensor([[0.0, 0.0]])
    >>> first = torch.tensor([0])
    >>> easy, hard = focal_cross_entropy(sure, first), focal_cross_entropy(unsure, first)
    >>> bool(easy / hard < cross_entropy(sure, first) / cross_entropy(unsure, first))
    True
    """
    _check_gamma(gamma)
    told = log_softmax(logits, dim=1).gather(1, labels[:, None])[:, 0]
    terms = -told if gamma == 0 else -_focus(-torch.expm1(told), gamma) * told
    return _weighted_mean(terms, None if class_weights is None else class_weights[labels])


def logit_adjusted_cross_entropy(
    logits: Float[Tensor, "rows classes"],
    labels: Int64[Tensor, " rows"],
    counts: Float[Tensor, " classes"],
    *,
    tau: float = 1.0,
) -> Float[Tensor, ""]:
    """Cross-entropy after adding ``τ log π`` to the logits: what the frequent classes owe to being frequent.

    Menon et al., *Long-tail learning via logit adjustment* (arXiv 2007.07314), equation 10. Predictions are made from
    the logits as they are.

    Args:
        logits: a score for every class.
        labels: the right classes.
        counts: how often each class occurs in training, above 0; ``π`` is each class's share.
        tau: how much is made up for; 0 is plain cross-entropy, 1 is consistent for the balanced error.

    Raises:
        ValueError: a count is not above 0.

    >>> even = torch.zeros(1, 2)
    >>> round(logit_adjusted_cross_entropy(even, torch.tensor([1]), torch.tensor([3.0, 1.0])).exp().item(), 3)
    4.0
    """
    if not bool((counts > 0).all()):
        raise ValueError(f"expected counts above 0 of all classes, got {float(counts.min())}")
    return cross_entropy(logits + tau * (counts / counts.sum()).log(), labels)


def scaled_cosine_error(
    told: Float[Tensor, "rows d"], seen: Float[Tensor, "rows d"], *, gamma: float = 2.0
) -> Float[Tensor, ""]:
    """Mean of ``(1 - cos)^γ``, the error by which hidden features are told again.

    Hou et al., *GraphMAE* (arXiv 2205.10803): unlike a squared error it does not depend on lengths, and rows that are
    told well already count less.

    Args:
        told: what was predicted.
        seen: what was hidden.
        gamma: at least 1.

    Raises:
        ValueError: ``gamma`` is below 1.

    >>> up, right = torch.tensor([[0.0, 2.0]]), torch.tensor([[1.0, 0.0]])
    >>> scaled_cosine_error(up, right).item(), scaled_cosine_error(up, 3 * up).item()
    (1.0, 0.0)
    """
    if not gamma >= 1:
        raise ValueError(f"expected a gamma of at least 1, got {gamma}")
    error: Tensor = (1.0 - cosine_similarity(told, seen, dim=1)).clamp(min=0.0)
    return error.pow(gamma).mean()


def uncertainty_weighted(
    losses: Float[Tensor, " tasks"],
    log_variances: Float[Tensor, " tasks"],
    gaussian: Bool[Tensor, " tasks"],
) -> Float[Tensor, ""]:
    """Sum of several tasks' losses, each weighed by how uncertain its task is.

    Kendall, Gal and Cipolla (arXiv 1705.07115): ``L / σ² + log σ`` for a cross-entropy (their equation 10) and
    ``L / 2σ² + log σ`` for a squared error (equation 7), with ``s = log σ²`` learned. At its best ``s`` a
    cross-entropy weighs ``1 / 2L``.

    Args:
        losses: one a task.
        log_variances: the learned ``s``.
        gaussian: which losses are errors of a Gaussian rather than cross-entropies.

    >>> two, none = torch.tensor([2.0, 2.0]), torch.zeros(2)
    >>> uncertainty_weighted(two, none, torch.tensor([False, True])).item()
    3.0
    """
    precision = torch.exp(-log_variances) * torch.where(gaussian, 0.5, 1.0)
    return (precision * losses + 0.5 * log_variances).sum()


def gaussian_divergence(
    mean: Float[Tensor, "rows d"], log_variance: Float[Tensor, "rows d"]
) -> Float[Tensor, " rows"]:
    """Kullback-Leibler divergence of diagonal Gaussians from the standard one.

    Kingma and Welling, *Auto-encoding variational Bayes* (arXiv 1312.6114), appendix B.

    Args:
        mean: one Gaussian a row.
        log_variance: natural logarithms of its variances.

    Returns:
        One divergence a row, in nats.

    >>> gaussian_divergence(torch.zeros(1, 3), torch.zeros(1, 3)).tolist()
    [0.0]
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1)


def gaussian_surprise(
    error: Float[Tensor, "rows d"], log_variance: Float[Tensor, ""]
) -> Float[Tensor, " rows"]:
    """Negative log-likelihood of errors under a Gaussian of one variance, without the constant.

    With a learned variance, as in sigma-VAE (Rybkin et al., arXiv 2006.13202), sides of different sizes and noise weigh
    what they should.

    Args:
        error: what was predicted, less what was seen.
        log_variance: natural logarithm of the variance of every element.

    Returns:
        One number a row, in nats.

    >>> gaussian_surprise(torch.tensor([[3.0, 4.0]]), torch.tensor(0.0)).tolist()
    [12.5]
    """
    return 0.5 * (error.square().sum(dim=1) * torch.exp(-log_variance) + error.shape[1] * log_variance)


def _cross_entropy(scores: Tensor, positives: Tensor, weights: Tensor | None, gamma: float) -> Tensor:
    kept = positives.any(dim=1)
    target = positives[kept].to(scores.dtype)
    target = target / target.sum(dim=1, keepdim=True)
    told = torch.log_softmax(scores[kept], dim=1)
    terms = -(target * told).sum(dim=1)
    if gamma:
        terms = _focus((told.exp() * (target == 0)).sum(dim=1), gamma) * terms
    return _weighted_mean(terms, None if weights is None else weights[kept])


def _check_gamma(gamma: float) -> None:
    if not gamma >= 0:
        raise ValueError(f"expected a gamma of at least 0, got {gamma}")


def _focus(missing: Tensor, gamma: float) -> Tensor:
    """Return ``(1 - p)^γ`` of what is missing, ``1 - p``: with a gradient that is finite even where nothing is."""
    return missing.clamp(min=1e-12).pow(gamma)


def _weighted_mean(terms: Tensor, weights: Tensor | None) -> Tensor:
    """Return the mean; 0 where all weights are."""
    if weights is None:
        return terms.mean()
    return (weights * terms).sum() / weights.sum().clamp(min=torch.finfo(terms.dtype).tiny)
