"""Drawing rows so that rare groups come up more often than they occur."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
import torch
from jaxtyping import Float64, Int64
from torch.utils.data import Sampler

__all__ = ["BalancedSampler", "balanced_probabilities", "repeat_factors"]


def balanced_probabilities(
    groups: Int64[np.ndarray, " rows"], alpha: float = 0.0
) -> Float64[np.ndarray, " rows"]:
    """Return with what probability each row is drawn, so that a group of n rows is drawn in proportion to ``n^α``.

    This is the exponential smoothing by which multilingual models draw their languages (Conneau and Lample, arXiv
    1901.07291); ``α`` is one over the temperature of arXiv 1907.05019.

    Args:
        groups: number of each row's group, from 0: its class, its modality, its relation.
        alpha: from 0, where all groups are drawn alike, to 1, where rows are drawn as they come.

    Raises:
        ValueError: there is no row, a group is negative, or ``alpha`` is outside [0, 1].

    >>> balanced_probabilities(np.array([0, 0, 0, 1])).round(3).tolist()
    [0.167, 0.167, 0.167, 0.5]
    >>> balanced_probabilities(np.array([0, 0, 0, 1]), alpha=1.0).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    rows = np.asarray(groups, dtype=np.int64)
    if rows.ndim != 1 or not len(rows) or rows.min() < 0:
        raise ValueError(f"expected a group of at least 0 for each of some rows, got {rows.tolist()[:5]}")
    if not 0.0 <= alpha <= 1.0:
        raise ValueError(f"expected an alpha from 0 to 1, got {alpha}")
    counts = np.bincount(rows)
    weights = counts[rows].astype(np.float64) ** (alpha - 1.0)
    return np.asarray(weights / weights.sum())


def repeat_factors(labels: sp.csr_matrix, threshold: float) -> Float64[np.ndarray, " rows"]:
    """Return how often each row is repeated, where a row may have several labels.

    Gupta, Dollár and Girshick, *LVIS* (arXiv 1908.03195), appendix B: ``r_i`` is the maximum over its labels of
    ``max(1, √(t / f))``, with ``f`` the share of rows that have the label.

    Args:
        labels: (rows, labels); what is stored and not 0 is a label of the row.
        threshold: the share ``t`` below which labels are repeated, in (0, 1].

    Raises:
        ValueError: the threshold is outside (0, 1].

    >>> labels = sp.csr_matrix([[1, 0], [1, 0], [1, 1], [1, 0]])
    >>> repeat_factors(labels, threshold=1.0).tolist()  # the second label has a quarter of the rows
    [1.0, 1.0, 2.0, 1.0]
    """
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"expected a threshold above 0 and at most 1, got {threshold}")
    has = sp.csr_matrix(labels != 0, dtype=np.float64)
    share = np.asarray(has.sum(axis=0)).ravel() / max(has.shape[0], 1)
    factors = np.sqrt(threshold / np.where(share > 0, share, threshold)).clip(min=1.0)
    most = has.multiply(factors[None]).max(axis=1).toarray().ravel()
    return np.asarray(np.maximum(most, 1.0))


class BalancedSampler(Sampler[int]):
    """Row numbers in an order in which groups come up as evenly as asked, another order every epoch.

    Rows of a group take turns: within an epoch no row comes up twice before every other row of its group has come up
    once. So a large group is gone through over several epochs, and of a small one nothing is left out. It is a sampler
    of :mod:`torch.utils.data`, and may stand in a ``DataLoader``.

    Args:
        groups: number of each row's group, from 0: its class, its modality, its relation.
        alpha: see :func:`balanced_probabilities`.
        length: rows an epoch; as many as there are where left out.
        seed: of the orders. The n-th time that it is gone through gives the same order in every process.

    Raises:
        ValueError: see :func:`balanced_probabilities`; or a length below 1.

    >>> sampler = BalancedSampler(np.array([0, 0, 0, 0, 0, 1]), seed=1)
    >>> drawn = list(sampler)
    >>> len(drawn), drawn.count(5)
    (6, 3)
    """

    def __init__(
        self,
        groups: Int64[np.ndarray, " rows"],
        *,
        alpha: float = 0.0,
        length: int | None = None,
        seed: int = 0,
    ) -> None:
        probabilities = balanced_probabilities(groups, alpha)
        numbers = np.asarray(groups, dtype=np.int64)
        self._shares = np.bincount(numbers, weights=probabilities)
        self._rows = [np.flatnonzero(numbers == group) for group in range(len(self._shares))]
        self._length = len(numbers) if length is None else length
        if self._length < 1:
            raise ValueError(f"expected a length of at least 1, got {self._length}")
        self._generator = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        yield from self.order(self._generator).tolist()

    def order(self, generator: torch.Generator) -> Int64[np.ndarray, " length"]:
        """Return the rows of one epoch, drawn from a generator that the caller holds.

        How many rows a group gives is its share of the length, rounded so that the sum is the length; the parts that
        rounding leaves over are drawn.
        """
        wanted = self._shares * self._length
        counts = np.floor(wanted + 1e-9).astype(np.int64)
        left = self._length - int(counts.sum())
        if left > 0:
            parts = torch.from_numpy(np.maximum(wanted - counts, 1e-12))
            parts[torch.from_numpy(self._shares == 0)] = 0.0
            extra = torch.multinomial(
                parts, left, replacement=left > int((parts > 0).sum()), generator=generator
            )
            np.add.at(counts, extra.numpy(), 1)
        drawn = [self._turns(rows, count, generator) for rows, count in zip(self._rows, counts, strict=True)]
        order = np.concatenate(drawn)
        return np.asarray(order[torch.randperm(len(order), generator=generator).numpy()])

    @staticmethod
    def _turns(rows: Int64[np.ndarray, " n"], count: int, generator: torch.Generator) -> np.ndarray:
        """Return ``count`` of some rows, each as often as any other give or take one."""
        if not count:
            return np.zeros(0, dtype=np.int64)
        rounds = -(-count // len(rows))
        orders = [rows[torch.randperm(len(rows), generator=generator).numpy()] for _ in range(rounds)]
        return np.concatenate(orders)[:count]
