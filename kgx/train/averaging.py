"""Weights between those of before training and those of after it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["draw_back"]


def draw_back(module: nn.Module, before: nn.Module, share: float) -> None:
    """Change a trained module's weights, in place, to a mean of its own and those that training began with.

    A network that is trained on with few examples gets good at these and forgets what it knew; the mean of both is
    often better than either (WiSE-FT: Wortsman et al., arXiv 2109.01903, equation 1).

    Args:
        module: as it is after training.
        before: the same network before; it stays as it is.
        share: of the weights after training, from 0 to 1. Buffers of whole numbers stay what they are.

    Raises:
        ValueError: the share is outside of [0, 1].

    >>> before, after = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> _ = nn.init.zeros_(before.weight), nn.init.ones_(after.weight)
    >>> draw_back(after, before, 0.25)
    >>> after.weight.item(), before.weight.item()
    (0.25, 0.0)
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"expected a share from 0 to 1, got {share}")
    first: dict[str, Tensor] = before.state_dict()
    with torch.no_grad():
        for name, weights in module.state_dict().items():
            if weights.is_floating_point():
                weights.lerp_(first[name], 1.0 - share)
