"""What the MLP maps are trained on; a batch is row numbers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import mse_loss, normalize

from kgx.evaluate.ranking import best_ranks
from kgx.losses import LARGEST_SCALE, multi_positive_contrastive
from kgx.train.pairs import PairRows, batches_of
from kgx.transfer.feature.perceptron import Perceptron

__all__ = ["ContrastivePairs", "PairTask", "RegressionPairs"]


class PairTask(ABC):
    """Learning a map from pairs.

    Args:
        network: what is trained.
        rows: the pairs.
        held_out: pairs that are only scored.
        batch_size: pairs a batch, at most.
    """

    def __init__(
        self, network: Perceptron, rows: PairRows, held_out: PairRows | None, batch_size: int
    ) -> None:
        self.module = network
        self._rows, self._held_out, self._batch_size = rows, held_out, batch_size

    def steps(self) -> int:
        """Return the number of batches an epoch has."""
        return math.ceil(len(self._rows) / self._batch_size)

    def batches(self, generator: torch.Generator) -> Iterator[Tensor]:
        """Yield row numbers, in an order drawn from ``generator``."""
        return batches_of(len(self._rows), self._batch_size, generator)

    @abstractmethod
    def loss(self, batch: Tensor) -> Tensor:
        """Return the loss of one batch."""

    def score(self) -> float | None:
        """Return the score of the held-out pairs, more being better; None without any."""
        if self._held_out is None:
            return None
        with torch.inference_mode():
            return self._score(self.module(self._held_out.source), self._held_out)

    @abstractmethod
    def _score(self, mapped: Tensor, held_out: PairRows) -> float:
        """Return the score of mapped rows."""


class ContrastivePairs(PairTask):
    """Telling each row's own target from the other targets of a batch, and the other way round."""

    def loss(self, batch: Tensor) -> Tensor:
        """Return the contrastive loss over the cosines of one batch."""
        cosines = self.module(self._rows.source[batch]) @ normalize(self._rows.target[batch], dim=1).T
        scale: Tensor = self.module.log_scale.exp().clamp(max=LARGEST_SCALE)  # type: ignore[operator]
        return multi_positive_contrastive(cosines * scale, self._rows.positives(batch))

    def _score(self, mapped: Tensor, held_out: PairRows) -> float:
        """Return recall@10, the mean of both directions."""
        cosines = (mapped @ normalize(held_out.target, dim=1).T).numpy()
        relevant = held_out.positives(torch.arange(len(held_out))).numpy()
        forward, backward = best_ranks(cosines, relevant), best_ranks(cosines.T, relevant)
        return float(((forward <= 10).mean() + (backward <= 10).mean()) / 2)


class RegressionPairs(PairTask):
    """Coming near each row's target, in units of the targets' deviations."""

    def loss(self, batch: Tensor) -> Tensor:
        """Return the mean squared error of one batch."""
        return self._error(self.module(self._rows.source[batch]), self._rows.target[batch])

    def _error(self, mapped: Tensor, target: Tensor) -> Tensor:
        standardise = self.module.target
        return mse_loss(standardise(mapped), standardise(target))

    def _score(self, mapped: Tensor, held_out: PairRows) -> float:
        return -float(self._error(mapped, held_out.target))
