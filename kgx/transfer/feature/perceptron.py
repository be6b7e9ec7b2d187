"""The networks of the MLP maps: statistics of the rows fitted on, and two linear layers."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize

__all__ = ["Perceptron", "Standardise", "UnitPerceptron"]


class Standardise(nn.Module):
    """Takes off every feature's mean and divides by its deviation; a feature that does not vary is only centred.

    >>> scale = Standardise(2).measure(torch.tensor([[0.0, 5.0], [2.0, 5.0]]))
    >>> scale(torch.tensor([[4.0, 5.0]])).tolist(), scale.undo(torch.tensor([[3.0, 0.0]])).tolist()
    ([[3.0, 0.0]], [[4.0, 5.0]])
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))

    def measure(self, rows: Float[Tensor, "n width"]) -> Standardise:
        """Take every feature's mean and deviation from these rows."""
        deviation, mean = torch.std_mean(rows.double(), dim=0, correction=0)
        deviation[deviation <= 1e-6 * mean.abs()] = 1.0
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)
        return self

    def forward(self, rows: Float[Tensor, "n width"]) -> Float[Tensor, "n width"]:
        """Return standardised rows."""
        return (rows - self.mean) / self.deviation

    def undo(self, rows: Float[Tensor, "n width"]) -> Float[Tensor, "n width"]:
        """Put standardised rows back."""
        return rows * self.deviation + self.mean


class Perceptron(nn.Module):
    """Two linear layers between standardised features.

    >>> Perceptron(3, 2, hidden=4, dropout=0.0)(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(self, d_source: int, d_target: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.widths = (d_source, d_target)
        self.source = Standardise(d_source)
        self.target = Standardise(d_target)
        self.layers = nn.Sequential(
            nn.Linear(d_source, hidden),
            nn.LayerNorm(hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, d_target),
        )

    def measure(self, source: Tensor, target: Tensor) -> None:
        """Take the statistics of both sides from these rows."""
        self.source.measure(source)
        self.target.measure(target)

    def forward(self, source: Float[Tensor, "n d_source"]) -> Float[Tensor, "n d_target"]:
        """Map rows into the target space."""
        mapped: Tensor = self.target.undo(self.layers(self.source(source)))
        return mapped


class UnitPerceptron(Perceptron):
    """The same with outputs of length 1, and the learned temperature of the cosines.

    The targets stay as they are, so that their statistics are not used.
    """

    def __init__(self, d_source: int, d_target: int, hidden: int, dropout: float) -> None:
        super().__init__(d_source, d_target, hidden, dropout)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def measure(self, source: Tensor, target: Tensor) -> None:
        """Take the statistics of the inputs from these rows."""
        self.source.measure(source)

    def forward(self, source: Float[Tensor, "n d_source"]) -> Float[Tensor, "n d_target"]:
        """Map rows into the target space, to length 1."""
        return normalize(self.layers(self.source(source)), dim=1)
