r"""The cross-modal VAE: both sides told from one latent vector, so that either can be imputed from the other.

.. math:: \mathcal{L} = -\sum_{S \in \{\{x\}, \{y\}, \{x, y\}\}} \Bigl(
          \mathbb{E}_{q(z \mid S)} \bigl[\log p(x \mid z) + \log p(y \mid z)\bigr]
          - \beta \operatorname{KL}\bigl(q(z \mid S) \,\Vert\, \mathcal{N}(0, I)\bigr) \Bigr), \qquad
          q(z \mid S) \propto \mathcal{N}(z; 0, I) \prod_{m \in S} q(z \mid m).

Kingma and Welling, *Auto-encoding variational Bayes*, arXiv 1312.6114; the product of experts over the sides that are
seen is Wu and Goodman's, *Multimodal generative models for scalable weakly-supervised learning*, arXiv 1802.05335.
Every term is a lower bound of :math:`\log p(x, y)`, also where one side alone is seen: that teaches the encoders to
tell of the other side. Decoders are Gaussian with one learned variance a side (Rybkin et al., arXiv 2006.13202).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from kgx.tensor_file import TensorFormat
from kgx.train import Curve, TrainingOptions, fit
from kgx.train.pairs import PairRows, Pairs
from kgx.train.state import restored, tensors_of
from kgx.transfer.feature.base import FeatureMap
from kgx.transfer.feature.vae_network import SIDES, ImputationTask, PairedVAE

__all__ = ["VAE_OPTIONS", "CrossModalVAE"]

VAE_OPTIONS = TrainingOptions(epochs=60, learning_rate=1e-2, weight_decay=0.0)


class CrossModalVAE(FeatureMap):
    """A variational auto-encoder of pairs; its map goes from one side through the latent space to the other.

    Args:
        latent: dimensions of the latent space.
        hidden: width of every hidden layer.
        kl_weight: of the divergence from the prior; 1 is the evidence lower bound.
        batch_size: pairs a batch, at most.

    Attributes:
        network_: the trained network.
        curve_: loss and validation score of the training, epoch by epoch; None after loading.

    >>> rng = np.random.default_rng(0)
    >>> cause = rng.standard_normal((200, 1)).astype(np.float32)
    >>> vae = CrossModalVAE(latent=2, hidden=16, batch_size=50).fit(cause @ [[1, -1]], cause @ [[2, 0, 1]])
    >>> seen, imputed = vae.impute(np.array([[1.0, -1.0]]), np.full((1, 3), np.nan))
    >>> seen.tolist(), bool(np.abs(imputed - [[2, 0, 1]]).max() < 0.5)
    ([[1.0, -1.0]], True)
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("cross-modal VAE", 1, "fit the map again")

    network_: PairedVAE
    curve_: Curve | None

    def __init__(
        self, latent: int = 32, hidden: int = 256, *, kl_weight: float = 1.0, batch_size: int = 256
    ) -> None:
        self.latent = latent
        self.hidden = hidden
        self.kl_weight = kl_weight
        self.batch_size = batch_size

    def fit(
        self,
        X: Float[np.ndarray, "n d_source"],
        y: Float[np.ndarray, "n d_target"],
        *,
        validation: Pairs | None = None,
        options: TrainingOptions = VAE_OPTIONS,
    ) -> Self:
        """Learn both sides from pairs of rows, starting afresh.

        Args:
            X: rows of one side.
            y: rows of the other.
            validation: held-out pairs; where ``options.patience`` is not 0, the weights that impute them best are kept.
            options: how long and how fast to train; its seed also draws the initial weights.

        Raises:
            ValueError: an impossible option, no row, unequal numbers of rows, or features that are not finite.
        """
        self._check_options()
        rows = PairRows(*self._pairs(X, y, np.float32), None)
        held_out = None if validation is None else PairRows(*validation)
        if held_out is not None and held_out.widths != rows.widths:
            raise ValueError(f"expected validation features of widths {rows.widths}, got {held_out.widths}")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            network = PairedVAE(rows.widths, self.hidden, self.latent)
            for side, features in zip(SIDES, (rows.source, rows.target), strict=True):
                network.scales[side].measure(features)  # type: ignore[operator]
            task = ImputationTask(network, rows, held_out, self.batch_size, self.kl_weight)
            self.curve_ = fit(task, options, description=self.file_format.name)
        self.network_ = network
        return self

    def transform(self, X: Float[np.ndarray, "n d_source"]) -> Float32[np.ndarray, "n d_target"]:
        """Return the target rows that source rows tell of, in float32.

        Raises:
            ModelError: the VAE has not been fitted.
            ValueError: rows of another width than it was fitted on.
        """
        rows = self._source_rows(X)
        return self._decoded(self._latent({"source": _tensor(rows)}), "target")

    def inverse_transform(self, X: Float[np.ndarray, "n d_target"]) -> Float32[np.ndarray, "n d_source"]:
        """Return the source rows that target rows tell of, in float32.

        Raises:
            ModelError: the VAE has not been fitted.
            ValueError: rows of another width than it was fitted on.
        """
        self._require_fitted()
        rows = self._target_rows(X, self.network_.widths[1])
        return self._decoded(self._latent({"target": _tensor(rows)}), "source")

    def impute(
        self, X: Float[np.ndarray, "n d_source"], y: Float[np.ndarray, "n d_target"]
    ) -> tuple[Float32[np.ndarray, "n d_source"], Float32[np.ndarray, "n d_target"]]:
        """Fill in the rows that are missing on one side from the other; what is there stays as it is.

        Args:
            X: rows of one side; a missing one is all NaN.
            y: rows of the other, likewise. A row that is missing on both sides gets what the prior's mean tells of.

        Raises:
            ModelError: the VAE has not been fitted.
            ValueError: rows of another width than it was fitted on, unequal numbers of rows, or a row of which a part
                only is finite.
        """
        self._require_fitted()
        sides = {"source": np.array(X, dtype=np.float32), "target": np.array(y, dtype=np.float32)}
        if tuple(rows.shape for rows in sides.values()) != tuple((len(X), d) for d in self.network_.widths):
            shapes = " and ".join(str(rows.shape) for rows in sides.values())
            raise ValueError(f"expected as many rows of widths {self.network_.widths}, got {shapes}")
        there = {side: np.asarray(np.isfinite(rows).all(axis=1)) for side, rows in sides.items()}
        for side, rows in sides.items():
            broken = np.flatnonzero(~there[side] & ~np.isnan(rows).all(axis=1))
            if len(broken):
                raise ValueError(f"expected whole rows or rows of NaN, got a part of {side} row {broken[0]}")
        seen = {side: _tensor(np.where(there[side][:, None], rows, 0.0)) for side, rows in sides.items()}
        latent = self._latent(seen, {side: _tensor(some) for side, some in there.items()})
        for side, rows in sides.items():
            rows[~there[side]] = self._decoded(latent[torch.tensor(~there[side])], side)
        return sides["source"], sides["target"]

    def _latent(self, seen: Mapping[str, Tensor], weights: Mapping[str, Tensor] | None = None) -> Tensor:
        network = self.network_
        with torch.inference_mode():
            rows = {side: network.scales[side](features) for side, features in seen.items()}
            return network.posterior(rows, weights)[0]

    def _decoded(self, latent: Tensor, side: str) -> Float32[np.ndarray, "n d"]:
        network = self.network_
        with torch.inference_mode():
            rows: Tensor = network.scales[side].undo(network.decode(latent, side))  # type: ignore[operator]
            return np.asarray(rows.numpy())

    def _check_options(self) -> None:
        if min(self.latent, self.hidden, self.batch_size) < 1:
            raise ValueError(
                f"expected latent, hidden and batch_size of at least 1, "
                f"got {self.latent}, {self.hidden} and {self.batch_size}"
            )
        if not (self.kl_weight >= 0 and np.isfinite(self.kl_weight)):
            raise ValueError(f"expected kl_weight of at least 0, got {self.kl_weight}")

    def _tensors(self) -> dict[str, np.ndarray]:
        return tensors_of(self.network_)

    def _restore(self, tensors: Mapping[str, np.ndarray]) -> None:
        self._check_options()
        widths = len(tensors["scales.source.mean"]), len(tensors["scales.target.mean"])
        self.network_ = restored(lambda: PairedVAE(widths, self.hidden, self.latent), tensors)
        self.curve_ = None
        self.n_features_in_ = widths[0]

    def __sklearn_tags__(self) -> Any:
        """Say that single precision stays single."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _tensor(rows: np.ndarray) -> Tensor:
    return torch.tensor(np.asarray(rows, dtype=np.float32))
