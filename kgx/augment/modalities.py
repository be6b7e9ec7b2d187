"""Modality dropout: whole modalities of an item left out at random, so that each has to do alone sometimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool
from torch import Tensor

from graphs.gnn.hop_tokens import TokenBlock
from kgx.augment.steps import checked_probability

__all__ = ["SpaceDropout", "kept_parts"]


def kept_parts(
    there: Bool[Tensor, "rows parts"], probability: float, generator: torch.Generator | None = None
) -> Bool[Tensor, "rows parts"]:
    """Say which parts of each row stay when parts are left out at random; one that is there always stays.

    As in ModDrop (Neverova et al., arXiv 1501.00102), but for the part that stays.

    Args:
        there: which parts each row has.
        probability: with which a part is left out.
        generator: what is drawn from; torch's own where left out.

    >>> kept_parts(torch.tensor([[True, True], [False, True]]), 1.0).sum(dim=1).tolist()
    [1, 1]
    """
    draws = torch.rand(there.shape, generator=generator).masked_fill(~there, -1.0)
    first = torch.zeros_like(there).scatter(1, draws.argmax(dim=1, keepdim=True), True)
    return there & (first | (draws >= probability))


@dataclass(frozen=True)
class SpaceDropout:
    """Leaves out all of an item's tokens that end in one modality's space.

    Attributes:
        probability: with which a space is left out; of each item the tokens of one space stay.

    Raises:
        ValueError: the probability is outside [0, 1].
    """

    probability: float = 0.1

    def __post_init__(self) -> None:
        checked_probability(self.probability)

    def __call__(
        self, blocks: Mapping[str, TokenBlock], generator: torch.Generator | None = None
    ) -> dict[str, TokenBlock]:
        """Return the tokens without those of the spaces that are left out.

        Args:
            blocks: space -> tokens of the same items.
            generator: what is drawn from; torch's own where left out.
        """
        there = torch.stack([block.present.any(dim=1) for block in blocks.values()], dim=1)  # (nodes, spaces)
        kept = kept_parts(there, self.probability, generator)
        return {
            space: TokenBlock(
                block.tokens * kept[:, column, None, None],
                block.agreement * kept[:, column, None],
                block.descriptors,
            )
            for column, (space, block) in enumerate(blocks.items())
        }
