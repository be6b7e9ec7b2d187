"""Losses. They take tensors, never models."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

__all__ = ["multi_positive_contrastive"]


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


def _cross_entropy(scores: Tensor, positives: Tensor) -> Tensor:
    kept = positives.any(dim=1)
    target = positives[kept].to(scores.dtype)
    target = target / target.sum(dim=1, keepdim=True)
    loss: Tensor = -(target * torch.log_softmax(scores[kept], dim=1)).sum(dim=1).mean()
    return loss
