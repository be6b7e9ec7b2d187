"""Mixup: rows between two rows, with what they should be told as between the two's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from kgx.augment.steps import checked_probability

__all__ = ["Mixup"]


@dataclass(frozen=True)
class Mixup:
    """Mixes rows of a batch pairwise: ``λ x_i + (1 - λ) x_j`` is to be told as ``λ y_i + (1 - λ) y_j``.

    Zhang, Cissé, Dauphin and Lopez-Paz (arXiv 1710.09412). For a contrastive loss ``y_i`` is the row of what is
    positive (i-Mix, Lee et al., arXiv 2010.08887), and the rows may be embeddings (manifold mixup, Verma et al., arXiv
    1806.05236).

    Attributes:
        probability: with which a row is mixed.
        alpha: ``λ`` is drawn from Beta(α, α), one for each row; small values leave rows near one of the two.

    Raises:
        ValueError: the probability is outside [0, 1], or ``alpha`` is not above 0.

    >>> rows, told = torch.eye(2), torch.eye(2)
    >>> mixed, between = Mixup(1.0)(rows, told, torch.Generator().manual_seed(0))
    >>> bool(torch.equal(mixed, between)), between.sum(dim=1).tolist()
    (True, [1.0, 1.0])
    """

    probability: float = 0.5
    alpha: float = 0.4

    def __post_init__(self) -> None:
        checked_probability(self.probability)
        if not self.alpha > 0:
            raise ValueError(f"expected an alpha above 0, got {self.alpha}")

    def __call__(
        self,
        rows: Float[Tensor, "rows d"],
        targets: Float[Tensor, "rows columns"],
        generator: torch.Generator | None = None,
    ) -> tuple[Float[Tensor, "rows d"], Float[Tensor, "rows columns"]]:
        """Return rows and targets, mixed alike.

        Args:
            rows: what is mixed.
            targets: what each row is to be told as; each row is brought to the sum 1 first, where it has any.
            generator: what is drawn from; torch's own where left out.
        """
        count = len(rows)
        shares = targets.to(rows.dtype)
        shares = shares / shares.sum(dim=1, keepdim=True).clamp(min=torch.finfo(rows.dtype).tiny)
        other = torch.randperm(count, generator=generator).to(rows.device)
        seed = int(torch.randint(2**62, (1,), generator=generator))
        rng = np.random.default_rng(seed)
        own = np.where(
            rng.random(count) < self.probability, rng.beta(self.alpha, self.alpha, size=count), 1.0
        )
        keep = torch.from_numpy(own).to(rows)[:, None]
        return keep * rows + (1 - keep) * rows[other], keep * shares + (1 - keep) * shares[other]
