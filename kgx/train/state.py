"""A network's weights as named matrices, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np
import torch
from torch import nn

__all__ = ["restored", "tensors_of"]

Network = TypeVar("Network", bound=nn.Module)


def tensors_of(network: nn.Module) -> dict[str, np.ndarray]:
    """Return all weights and buffers, by name.

    >>> tensors_of(nn.Linear(2, 1, bias=False))["weight"].shape
    (1, 2)
    """
    return {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}


def restored(make: Callable[[], Network], tensors: Mapping[str, np.ndarray]) -> Network:
    """Return a network with weights that :func:`tensors_of` gave, in evaluation mode.

    The network is made without memory, and without drawing from any generator of random numbers: weights that do not
    fit are refused before anything is allocated for them.

    Args:
        make: returns the network.
        tensors: its weights.

    Raises:
        ValueError: a weight is missing, unknown, or of another type or shape.

    >>> one = nn.Linear(2, 1)
    >>> other = restored(lambda: nn.Linear(2, 1), tensors_of(one))
    >>> bool(torch.equal(one.weight, other.weight))
    True
    """
    with torch.device("meta"):
        network = make()
    weights = {name: torch.tensor(tensor) for name, tensor in tensors.items()}
    expected = network.state_dict()
    if set(weights) != set(expected):
        raise ValueError(
            f"expected weights {', '.join(sorted(expected))}, got {', '.join(sorted(weights)) or 'none'}"
        )
    for name, weight in weights.items():
        found, wanted = (
            (weight.dtype, tuple(weight.shape)),
            (expected[name].dtype, tuple(expected[name].shape)),
        )
        if found != wanted:
            raise ValueError(f"expected {name} of type and shape {wanted}, got {found}")
    network.load_state_dict(weights, assign=True)
    return network.eval()
