"""Telling a node's category, or any other class, from its refined vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Unpack

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from graphs.gnn.hop_tokens import HopTokenRefiner
from kgx.augment.mixup import Mixup
from kgx.train.tasks.nodes import Blocks, NodeTask, OrderedDrawing

__all__ = ["Classification"]

ClassLoss = Callable[[Tensor, Tensor], Tensor]


class Classification(NodeTask[Tensor]):
    """A linear classifier over refined vectors, trained with the refiner.

    Args:
        refiner: what is trained, and shared with other tasks.
        blocks: tokens of all nodes. Where a path tells the class, ``shown`` has to leave it out.
        labels: class of each node, from 0; -1: none is known.
        held_out: nodes that are only scored.
        loss: of logits and labels: cross-entropy, or for instance a partial :func:`kgx.losses.focal_cross_entropy` or
            :func:`kgx.losses.logit_adjusted_cross_entropy`.
        mixup: mixes the refined vectors of a batch and trains by plain cross-entropy on what comes of it.
        drawing: the batches; see :class:`~kgx.train.tasks.nodes.OrderedDrawing`. The order, for instance that of a
            :class:`kgx.balance.BalancedSampler` over ``labels[trained]``, gives places in :attr:`trained`.

    Attributes:
        trained: numbers of the nodes that are trained on.

    Raises:
        KgxError: no node has a label to train on.
    """

    def __init__(
        self,
        refiner: HopTokenRefiner,
        blocks: Blocks,
        labels: Int64[np.ndarray, " nodes"],
        held_out: Bool[np.ndarray, " nodes"],
        *,
        loss: ClassLoss = cross_entropy,
        mixup: Mixup | None = None,
        **drawing: Unpack[OrderedDrawing],
    ) -> None:
        self.trained = np.flatnonzero((labels >= 0) & ~held_out)
        self.labels = torch.from_numpy(np.asarray(labels, dtype=np.int64))
        self._held_out = torch.from_numpy(np.flatnonzero((labels >= 0) & held_out))
        self.classes = int(labels.max(initial=-1)) + 1
        self._loss, self._mixup = loss, mixup
        head = nn.Linear(sum(refiner.spaces.values()), max(self.classes, 1))
        super().__init__(refiner, {"head": head}, blocks, len(self.trained), **drawing)
        self._head = head
        self._scale = nn.Parameter(torch.tensor(10.0).log())  # refined vectors have length 1
        self.module.register_parameter("scale", self._scale)

    def loss(self, batch: Tensor) -> Tensor:
        """Return the loss of one batch of nodes."""
        refined, labels = self._refine(batch), self.labels[batch]
        if self._mixup is None:
            return self._loss(self._logits(refined), labels)
        mixed, targets = self._mixup(refined, one_hot(labels, self.classes))
        return cross_entropy(self._logits(mixed), targets)

    def score(self) -> float | None:
        """Return the recall of the nodes held out, the mean over the classes: rare ones count as much as others."""
        if not len(self._held_out):
            return None
        with torch.no_grad():
            told = self._logits(self._refine(self._held_out)).argmax(dim=1)
        labels = self.labels[self._held_out]
        right = torch.bincount(labels[told == labels], minlength=self.classes)
        count = torch.bincount(labels, minlength=self.classes)
        occurs = count > 0
        return float((right[occurs] / count[occurs]).mean())

    def _batch(self, examples: Tensor, generator: torch.Generator) -> Tensor:
        return torch.from_numpy(self.trained)[examples]

    def _logits(self, refined: Float[Tensor, "n d"]) -> Float[Tensor, "n classes"]:
        logits: Tensor = self._head(refined) * self._scale.exp()
        return logits
