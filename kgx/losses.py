"""Losses. They take tensors, never models."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

__all__ = ["LARGEST_SCALE", "gaussian_divergence", "gaussian_surprise", "multi_positive_contrastive"]

LARGEST_SCALE = 100.0
"""Of a learned 1 / temperature, as in CLIP (arXiv 2103.00020)."""


def multi_positive_contrastive(
    scores: Float[Tensor, "rows columns"], positives: Bool[Tensor, "rows columns"]
) -> Float[Tensor, ""]:
    """Symmetric contrastive loss where a row may have several right columns, and the other way round.

    The target of a row is uniform over its positives, as in SupCon's ``L_out`` (Khosla et al., arXiv 2004.11362); with
    one positive a row it is the InfoNCE loss of CLIP (Radford et al., arXiv 2103.00020).

    Args:
        scores: similarities, already divided by the temperature.
        positives: which pairs belong together. A row or column without any has no term of its own, but stays a negative
            for the others.

    Returns:
        The mean of the row-wise and the column-wise cross-entropy, in nats.

    Raises:
        ValueError: no pair is positive.

    >>> nothing_known, own = torch.zeros(4, 4), torch.eye(4, dtype=torch.bool)
    >>> round(multi_positive_contrastive(nothing_known, own).exp().item(), 3)
    4.0
    """
    if not bool(positives.any()):
        raise ValueError(f"expected at least one positive pair, got none among {tuple(positives.shape)}")
    return 0.5 * (_cross_entropy(scores, positives) + _cross_entropy(scores.T, positives.T))


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


def _cross_entropy(scores: Tensor, positives: Tensor) -> Tensor:
    kept = positives.any(dim=1)
    target = positives[kept].to(scores.dtype)
    target = target / target.sum(dim=1, keepdim=True)
    loss: Tensor = -(target * torch.log_softmax(scores[kept], dim=1)).sum(dim=1).mean()
    return loss
