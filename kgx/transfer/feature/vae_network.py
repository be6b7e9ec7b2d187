"""The networks of the cross-modal VAE: an encoder and a decoder a side, and the product of what the encoders say."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from kgx.losses import gaussian_divergence, gaussian_surprise
from kgx.train.pairs import PairRows, batches_of
from kgx.transfer.feature.perceptron import Standardise

__all__ = ["SIDES", "ImputationTask", "PairedVAE", "posterior_of"]

SIDES = ("source", "target")

_SUBSETS = (("source",), ("target",), SIDES)
_LEAST_LOG_VARIANCE = -6.0  # a decoder that is surer than this of single pairs has learned them by heart


class PairedVAE(nn.Module):
    """Two sides that are told from one latent vector.

    Args:
        widths: features of the source and of the target.
        hidden: width of every hidden layer.
        latent: dimensions of the latent vector.
    """

    def __init__(self, widths: tuple[int, int], hidden: int, latent: int) -> None:
        super().__init__()
        self.widths = widths
        named = dict(zip(SIDES, widths, strict=True))
        self.scales = nn.ModuleDict({side: Standardise(width) for side, width in named.items()})
        self.encoders = nn.ModuleDict(
            {side: _two_layers(width, hidden, 2 * latent) for side, width in named.items()}
        )
        self.decoders = nn.ModuleDict(
            {side: _two_layers(latent, hidden, width) for side, width in named.items()}
        )
        self.log_variances = nn.ParameterDict({side: nn.Parameter(torch.zeros(())) for side in SIDES})

    def posterior(
        self,
        seen: Mapping[str, Float[Tensor, "n d"]],
        weights: Mapping[str, Float[Tensor, " n"]] | None = None,
    ) -> tuple[Float[Tensor, "n latent"], Float[Tensor, "n latent"]]:
        """Return mean and log-variance of the latent vector, given standardised rows of one side or of both.

        What the sides say is multiplied with the prior: precisions add up.

        Args:
            seen: side -> rows.
            weights: side -> 1 where a row is there, 0 where it is missing; all are there where left out.
        """
        experts = []
        for side, rows in seen.items():
            precision, weighted = self.expert(rows, side)
            if weights is not None:
                there = weights[side][:, None]
                precision, weighted = precision * there, weighted * there
            experts.append((precision, weighted))
        return posterior_of(experts)

    def expert(
        self, rows: Float[Tensor, "n d"], side: str
    ) -> tuple[Float[Tensor, "n latent"], Float[Tensor, "n latent"]]:
        """Return what standardised rows of one side say of the latent vector: precision, and precision times mean."""
        mean, log_variance = self.encoders[side](rows).chunk(2, dim=1)
        precision = torch.exp(-log_variance)
        return precision, precision * mean

    def decode(self, latent: Float[Tensor, "n latent"], side: str) -> Float[Tensor, "n d"]:
        """Return the standardised rows of a side that latent vectors tell of."""
        rows: Tensor = self.decoders[side](latent)
        return rows


class ImputationTask:
    """The evidence lower bound of both sides, from either side and from both; a batch is row numbers.

    Args:
        network: what is trained.
        rows: the pairs.
        held_out: pairs that are only scored.
        batch_size: pairs a batch, at most.
        kl_weight: of the divergence from the prior.
    """

    def __init__(
        self,
        network: PairedVAE,
        rows: PairRows,
        held_out: PairRows | None,
        batch_size: int,
        kl_weight: float,
    ) -> None:
        self.module = network
        self._sides = _standardised(network, rows)
        self._held_out = None if held_out is None else _standardised(network, held_out)
        self._batch_size, self._kl_weight = batch_size, kl_weight

    def steps(self) -> int:
        """Return the number of batches an epoch has."""
        return math.ceil(len(self._sides["source"]) / self._batch_size)

    def batches(self, generator: torch.Generator) -> Iterator[Tensor]:
        """Yield row numbers, in an order drawn from ``generator``."""
        return batches_of(len(self._sides["source"]), self._batch_size, generator)

    def loss(self, batch: Tensor) -> Tensor:
        """Return the negative bound of one batch, by feature."""
        network = self.module
        sides = {side: rows[batch] for side, rows in self._sides.items()}
        experts = {side: network.expert(rows, side) for side, rows in sides.items()}
        latents: list[Tensor] = []
        total = torch.zeros(len(batch))
        for seen in _SUBSETS:
            mean, log_variance = posterior_of([experts[side] for side in seen])
            latents.append(mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean))
            total = total + self._kl_weight * gaussian_divergence(mean, log_variance)
        latent = torch.cat(latents)
        for side, rows in sides.items():
            certainty = network.log_variances[side].clamp(min=_LEAST_LOG_VARIANCE)
            told = network.decode(latent, side).view(len(_SUBSETS), *rows.shape)
            total = total + gaussian_surprise((told - rows).flatten(end_dim=1), certainty).view(
                len(_SUBSETS), -1
            ).sum(0)
        return total.mean() / (len(_SUBSETS) * sum(network.widths))

    def score(self) -> float | None:
        """Return how well held-out rows are imputed from the other side: less the mean squared error, both ways."""
        if self._held_out is None:
            return None
        errors = []
        with torch.inference_mode():
            for seen, missing in (SIDES, SIDES[::-1]):
                latent, _ = self.module.posterior({seen: self._held_out[seen]})
                errors.append(float(mse_loss(self.module.decode(latent, missing), self._held_out[missing])))
        return -sum(errors) / 2


def posterior_of(
    experts: Sequence[tuple[Float[Tensor, "n latent"], Float[Tensor, "n latent"]]],
) -> tuple[Float[Tensor, "n latent"], Float[Tensor, "n latent"]]:
    """Return mean and log-variance of the product of the standard normal prior with some experts.

    Args:
        experts: precision, and precision times mean, of each; at least one.

    >>> mean, log_variance = posterior_of([(torch.ones(1, 1), torch.ones(1, 1))])
    >>> mean.item(), round(log_variance.exp().item(), 6)
    (0.5, 0.5)
    """
    precisions, weighted = zip(*experts, strict=True)
    total = 1.0 + sum(precisions)
    return sum(weighted) / total, -torch.log(total)


def _standardised(network: PairedVAE, rows: PairRows) -> dict[str, Tensor]:
    return {"source": network.scales["source"](rows.source), "target": network.scales["target"](rows.target)}


def _two_layers(width: int, hidden: int, out: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, out))
