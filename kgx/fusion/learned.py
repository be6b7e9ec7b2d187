"""Fusions that are learned from items of which it is known where their fused vector should lie."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor
from torch.nn.functional import normalize

from graphs.neighbours import unit_rows
from kgx.augment.modalities import kept_parts
from kgx.fusion.base import FUSION_OPTIONS, Fusion
from kgx.fusion.networks import CrossAttention, FusionNetwork, Gates, PartWeights
from kgx.fusion.vectors import Parts, Weights, checked_weights
from kgx.losses import LARGEST_SCALE, multi_positive_contrastive
from kgx.tensor_file import TensorFormat
from kgx.train import Curve, TrainingOptions, fit
from kgx.train.pairs import PairRows, batches_of
from kgx.train.state import restored, tensors_of

__all__ = ["CrossAttentionFusion", "GatedFusion", "LearnedFusion", "LearnedWeights"]


class LearnedFusion(Fusion):
    """A fusion by a network, trained to bring each fused vector nearer to its own target than to the others of a batch.

    Args:
        part_dropout: share of the parts left out while training, in [0, 1); of each item one part at least is kept. It
            teaches the network to do with what there is.
        batch_size: items a batch, at most.

    Attributes:
        network_: the trained network.
        curve_: loss of the training, epoch by epoch; None after loading.
    """

    network_: FusionNetwork
    curve_: Curve | None

    def __init__(self, *, part_dropout: float = 0.1, batch_size: int = 256) -> None:
        if not 0.0 <= part_dropout < 1.0:
            raise ValueError(f"expected a part_dropout of at least 0 and below 1, got {part_dropout}")
        if batch_size < 1:
            raise ValueError(f"expected a batch_size of at least 1, got {batch_size}")
        self.part_dropout, self.batch_size = part_dropout, batch_size

    def fit(
        self,
        parts: Parts,
        target: Float[np.ndarray, "n d_target"] | None = None,
        *,
        entities: Int[np.ndarray, " n"] | Int[np.ndarray, "n kinds"] | None = None,
        options: TrainingOptions = FUSION_OPTIONS,
    ) -> Self:
        """Learn how to fuse, starting afresh; see :meth:`kgx.fusion.base.Fusion.fit`."""
        if target is None:
            raise ValueError(f"expected targets to learn the {self.file_format.name} from, got none")
        given = self._noted(parts)
        rows = PairRows(
            np.concatenate([unit_rows(part) for part in given.values()], axis=1), target, entities
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            network = self._new_network(rows.widths[1])
            task = _FusionTask(network, list(self.widths_.values()), rows, self.batch_size, self.part_dropout)
            self.curve_ = fit(task, options, description=self.file_format.name)
        self.network_ = network
        return self

    def fuse(self, parts: Parts, weights: Weights | None = None) -> Float32[np.ndarray, "n d"]:
        """Return one vector of length 1 an item; see :meth:`kgx.fusion.base.Fusion.fuse`."""
        rows = self._complete(parts)
        asked = checked_weights(parts, weights)
        counts = torch.tensor([asked.get(name, 1.0) for name in rows])
        with torch.inference_mode():
            units = {name: torch.tensor(unit_rows(part).astype(np.float32)) for name, part in rows.items()}
            fused = (self.network_(units) * counts[:, None]).sum(dim=1)
        return unit_rows(fused.numpy())

    @abstractmethod
    def _new_network(self, out: int) -> FusionNetwork:
        """Return a network of random weights for the parts that are noted."""

    def _options(self) -> dict[str, Any]:
        return {"part_dropout": self.part_dropout, "batch_size": self.batch_size}

    def _tensors(self) -> dict[str, np.ndarray]:
        return {**tensors_of(self.network_), "out": np.array([self.network_.out])}

    def _restore(self, tensors: Mapping[str, np.ndarray]) -> None:
        weights = {name: tensor for name, tensor in tensors.items() if name != "out"}
        self.network_ = restored(lambda: self._new_network(int(tensors["out"][0])), weights)
        self.curve_ = None


class LearnedWeights(LearnedFusion):
    """One learned weight a part, for parts of the target's own space; see :class:`LearnedFusion` for its options.

    >>> rng = np.random.default_rng(0)
    >>> target, noise = rng.standard_normal((2, 90, 8)).astype(np.float32)
    >>> fusion = LearnedWeights(part_dropout=0.0).fit({"good": target, "bad": noise}, target)
    >>> weights = fusion.weights()
    >>> bool(weights["good"] > weights["bad"])
    True
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("learned weights", 1, "fit the fusion again")

    def weights(self) -> dict[str, float]:
        """Return what each part counts; the sum is 1.

        Raises:
            ModelError: it has not been fitted.
        """
        self._require_fitted()
        shares = torch.softmax(self.network_.get_parameter("scores").detach(), dim=0)
        return dict(zip(self.widths_, shares.tolist(), strict=True))

    def _new_network(self, out: int) -> FusionNetwork:
        return PartWeights(self.widths_, out)


class GatedFusion(LearnedFusion):
    """A gate for each part and feature, set by all parts together; see :class:`LearnedFusion` for its options."""

    file_format: ClassVar[TensorFormat] = TensorFormat("gated fusion", 1, "fit the fusion again")

    def _new_network(self, out: int) -> FusionNetwork:
        return Gates(self.widths_, out)


class CrossAttentionFusion(LearnedFusion):
    """Attention among the parts.

    Args:
        width: of the attention.
        heads: of the attention; ``width`` is a multiple.
        part_dropout: share of the parts left out while training.
        batch_size: items a batch, at most.

    Raises:
        ValueError: an impossible option.
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("cross-attention fusion", 1, "fit the fusion again")

    def __init__(
        self, *, width: int = 128, heads: int = 4, part_dropout: float = 0.1, batch_size: int = 256
    ) -> None:
        super().__init__(part_dropout=part_dropout, batch_size=batch_size)
        if heads < 1 or width < 1 or width % heads:
            raise ValueError(f"expected a width that is a multiple of heads, got {width} and {heads}")
        self.width, self.heads = width, heads

    def _new_network(self, out: int) -> FusionNetwork:
        return CrossAttention(self.widths_, out, width=self.width, heads=self.heads)

    def _options(self) -> dict[str, Any]:
        return {"width": self.width, "heads": self.heads, **super()._options()}


class _FusionTask:
    """Telling each item's target from the others of a batch by its fused vector; a batch is row numbers."""

    def __init__(
        self, network: FusionNetwork, widths: list[int], rows: PairRows, batch_size: int, part_dropout: float
    ) -> None:
        self.module = network
        self._widths, self._rows = widths, rows
        self._batch_size, self._part_dropout = batch_size, part_dropout

    def steps(self) -> int:
        return math.ceil(len(self._rows) / self._batch_size)

    def batches(self, generator: torch.Generator) -> Iterator[Tensor]:
        return batches_of(len(self._rows), self._batch_size, generator)

    def loss(self, batch: Tensor) -> Tensor:
        parts = torch.split(self._rows.source[batch], self._widths, dim=1)
        kept = kept_parts(torch.stack([part.any(dim=1) for part in parts], dim=1), self._part_dropout)
        named = {
            name: part * some[:, None]
            for name, part, some in zip(self.module.names, parts, kept.T, strict=True)
        }
        fused = normalize(self.module(named).sum(dim=1), dim=1)
        cosines = fused @ normalize(self._rows.target[batch], dim=1).T
        scale = self.module.log_scale.exp().clamp(max=LARGEST_SCALE)
        return multi_positive_contrastive(cosines * scale, self._rows.positives(batch))

    def score(self) -> float | None:
        return None
