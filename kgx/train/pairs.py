"""Checked pairs of rows as tensors, and which rows are right answers for one another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

__all__ = ["PairRows", "Pairs", "batches_of"]

Pairs: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Source features (n, d_source), target features (n, d_target), and entities (n,) or (n, kinds)."""


class PairRows:
    """Pairs in single precision.

    Args:
        source: features to map from.
        target: features to map to.
        entities: what each row shows or tells of, as numbers, in one column or in several (thing, caption): rows that
            agree in any column are positives of one another; negative numbers agree with nothing. Left out, each row is
            positive with itself alone.

    Raises:
        ValueError: no row, unequal numbers of rows, or features that are not finite.

    >>> rows = PairRows(np.eye(3), np.eye(3), np.array([5, 5, -1]))
    >>> rows.positives(torch.arange(3)).int().tolist()
    [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
    """

    source: Float[Tensor, "n d_source"]
    target: Float[Tensor, "n d_target"]

    def __init__(self, source: np.ndarray, target: np.ndarray, entities: np.ndarray | None) -> None:
        x, y = np.asarray(source, dtype=np.float32), np.asarray(target, dtype=np.float32)
        if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) == 0:
            raise ValueError(f"expected two matrices with as many rows, got {x.shape} and {y.shape}")
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ValueError("expected finite features, got NaN or infinity")
        groups = np.arange(len(x)) if entities is None else np.asarray(entities, dtype=np.int64)
        if groups.ndim not in (1, 2) or len(groups) != len(x):
            raise ValueError(f"expected entities for each of {len(x)} rows, got shape {groups.shape}")
        self.source, self.target = torch.tensor(x), torch.tensor(y)
        self.groups = torch.tensor(groups.reshape(len(x), -1))
        self.widths = (x.shape[1], y.shape[1])

    def __len__(self) -> int:
        return len(self.source)

    def positives(self, batch: Tensor) -> Bool[Tensor, "n n"]:
        """Return which of these rows belong together: each with itself, and with whatever shares a group."""
        groups = self.groups[batch]
        same = (groups[:, None] == groups[None]) & (groups[:, None] >= 0)  # (n, n, kinds)
        return same.any(dim=2) | torch.eye(len(batch), dtype=torch.bool)


def batches_of(rows: int, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Split a random order of rows into parts of nearly equal size: a small last batch would have few negatives.

    >>> [len(batch) for batch in batches_of(9, 8, torch.Generator())]
    [5, 4]
    """
    yield from torch.randperm(rows, generator=generator).tensor_split(math.ceil(rows / batch_size))
