"""Fusions of which nothing is learned: the functions of :mod:`kgx.fusion.vectors` behind the common interface."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from jaxtyping import Float, Int

from kgx.fusion.base import FUSION_OPTIONS, Fusion
from kgx.fusion.vectors import Parts, Weights, checked_weights, concatenate, weighted_sum
from kgx.tensor_file import TensorFormat
from kgx.train.loop import TrainingOptions

__all__ = ["ClosedFusion", "Concatenation", "WeightedSum"]


class ClosedFusion(Fusion):
    """A fusion by fixed weights.

    Args:
        weights: part -> its weight; all alike where left out.
    """

    def __init__(self, weights: Weights | None = None) -> None:
        self.weights = None if weights is None else dict(weights)

    def fit(
        self,
        parts: Parts,
        target: Float[np.ndarray, "n d_target"] | None = None,
        *,
        entities: Int[np.ndarray, " n"] | Int[np.ndarray, "n kinds"] | None = None,
        options: TrainingOptions = FUSION_OPTIONS,
    ) -> Self:
        """Take note of the parts; the rest is not needed.

        Raises:
            ValueError: no part, shapes that do not fit, vectors that are not finite, or weights that are not the
                parts'.
        """
        checked_weights(self._noted(parts), self.weights)
        return self

    def fuse(self, parts: Parts, weights: Weights | None = None) -> Float[np.ndarray, "n d"]:
        """Return one vector of length 1 an item; see :meth:`kgx.fusion.base.Fusion.fuse`."""
        rows = self._complete(parts)
        own = checked_weights(rows, self.weights)
        asked = checked_weights(parts, weights)
        return self._fused(rows, {name: own[name] * asked.get(name, 1.0) for name in rows})

    @abstractmethod
    def _fused(self, parts: Parts, weights: Weights) -> np.ndarray:
        """Fuse checked parts."""

    def _options(self) -> dict[str, Any]:
        return {"weights": self.weights}


class WeightedSum(ClosedFusion):
    """The weighted sum of parts of one space.

    >>> fusion = WeightedSum({"text": 3.0, "image": 4.0}).fit({"text": np.eye(2)[:1], "image": np.eye(2)[1:]})
    >>> fusion.fuse({"text": np.eye(2)[:1], "image": np.eye(2)[1:]}).round(6).tolist()
    [[0.6, 0.8]]
    >>> fusion.fuse({"text": np.eye(2)[:1]}).tolist()
    [[1.0, 0.0]]
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("weighted sum", 1, "fit the fusion again")

    def _fused(self, parts: Parts, weights: Weights) -> np.ndarray:
        return weighted_sum(parts, weights)


class Concatenation(ClosedFusion):
    """The parts side by side, in the order of the parts it was fitted on.

    >>> fusion = Concatenation().fit({"text": np.ones((1, 2)), "image": np.ones((1, 1))})
    >>> fusion.fuse({"image": np.array([[5.0]])}).tolist()
    [[0.0, 0.0, 1.0]]
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("concatenation", 1, "fit the fusion again")

    def _fused(self, parts: Parts, weights: Weights) -> np.ndarray:
        return concatenate(parts, weights)
