"""Training by several processes at once, each with its own part of the batches (``torchrun``).

All keep the same weights: they start from those of the first process, and take every step by the mean of all gradients.
Nothing here does anything in a process that trains alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, distributed, nn

__all__ = ["agreed", "average_gradients", "is_first", "joined", "same_weights"]


@contextmanager
def joined() -> Iterator[tuple[int, int]]:
    """Join the other processes that ``torchrun`` has started, if it has; give this one's rank, and how many there are.

    >>> with joined() as (rank, processes):
    ...     rank, processes
    (0, 1)
    """
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    if processes == 1:
        yield 0, 1
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield distributed.get_rank(), processes
    finally:
        distributed.destroy_process_group()


def is_first() -> bool:
    """Tell whether this is the process that writes files and tells people what it does."""
    return int(os.environ.get("RANK", "0")) == 0


def same_weights(module: nn.Module) -> None:
    """Give every process the first one's weights."""
    if _together():
        for tensor in module.state_dict().values():
            distributed.broadcast(tensor, 0)


def average_gradients(module: nn.Module) -> None:
    """Replace all gradients by their mean over the processes."""
    found = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
    if not _together() or not found:
        return
    flat = torch.cat([gradient.flatten() for gradient in found])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    parts = torch.split(flat, [gradient.numel() for gradient in found])
    for gradient, mean in zip(found, parts, strict=True):
        gradient.copy_(mean.view_as(gradient))


def agreed(value: float, device: torch.device) -> float:
    """Return the mean of a number over the processes, so that all decide alike."""
    if not _together():
        return value
    mean: Tensor = torch.tensor(value, dtype=torch.float64, device=device)
    distributed.all_reduce(mean)
    return float(mean) / distributed.get_world_size()


def _together() -> bool:
    return distributed.is_available() and distributed.is_initialized()
