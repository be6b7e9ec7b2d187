"""Telling a token that was hidden from the refined vector of what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import gelu

from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock
from kgx.losses import scaled_cosine_error
from kgx.train.tasks.nodes import Blocks, NodeTask, OrderedDrawing, space_columns

__all__ = ["HiddenTokens", "Reconstruction"]


@dataclass(frozen=True)
class HiddenTokens:
    """A batch: nodes, and for each the token that is hidden.

    Attributes:
        rows: numbers of the nodes.
        paths: the column of each one's hidden token.
    """

    rows: Tensor  # (n,)
    paths: Tensor  # (n,)


class Reconstruction(NodeTask[HiddenTokens]):
    """Masked-token reconstruction: one token of a node is hidden, and told from the others.

    As words are in BERT (Devlin et al., arXiv 1810.04805) and nodes' features in GraphMAE (Hou et al., arXiv
    2205.10803), whose error it takes. What is told is the refined vector's part of the space, plus a correction that is
    read through the hidden path's descriptor; so it starts as "the hidden token is like the others".

    Args:
        refiner: what is trained, and shared with other tasks.
        blocks: tokens of all nodes.
        held_out: nodes that are only scored.
        space: the space of the tokens that are hidden; nodes with fewer than two tokens there take no part.
        width: of the decoder.
        gamma: of :func:`kgx.losses.scaled_cosine_error`.
        drawing: the batches; see :class:`~kgx.train.tasks.nodes.OrderedDrawing`. The order gives places in
            :attr:`trained`.

    Attributes:
        trained: numbers of the nodes that are trained on.

    Raises:
        KgxError: no node has two tokens, or there is no such space.
    """

    def __init__(
        self,
        refiner: HopTokenRefiner,
        blocks: Blocks,
        held_out: Bool[np.ndarray, " nodes"],
        *,
        space: str = "text",
        width: int = 64,
        gamma: float = 2.0,
        **drawing: Unpack[OrderedDrawing],
    ) -> None:
        self._columns = space_columns(refiner, space)
        self._space, self._gamma = space, gamma
        block, shown = blocks[space], drawing.get("shown")
        there = block.present if shown is None else block.present & shown[space]
        self._there = there
        enough = (there.sum(dim=1) >= 2).numpy()
        self.trained = np.flatnonzero(enough & ~held_out)
        decoder = _Decoder(refiner.spaces[space], block.descriptors.flatten(1).shape[1], width)
        super().__init__(refiner, {"decoder": decoder}, blocks, len(self.trained), **drawing)
        self._decoder = decoder
        rows = torch.from_numpy(np.flatnonzero(enough & held_out))
        self._held_out = HiddenTokens(rows, self._drawn(rows, torch.Generator().manual_seed(0)))

    def loss(self, batch: HiddenTokens) -> Tensor:
        """Return the error of one batch."""
        told, hidden = self._told(batch)
        return scaled_cosine_error(told, hidden, gamma=self._gamma)

    def score(self) -> float | None:
        """Return the mean cosine of what is told and what was hidden, for the same tokens of the nodes held out."""
        if not len(self._held_out.rows):
            return None
        with torch.no_grad():
            told, hidden = self._told(self._held_out)
        return float(torch.cosine_similarity(told, hidden, dim=1).mean())

    def _batch(self, examples: Tensor, generator: torch.Generator) -> HiddenTokens:
        rows = torch.from_numpy(self.trained)[examples]
        return HiddenTokens(rows, self._drawn(rows, generator))

    def _drawn(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one of the tokens that are there, for each row."""
        there = self._there[rows]
        draws = torch.rand(there.shape, generator=generator).masked_fill(~there, -1.0)
        return draws.argmax(dim=1)

    def _told(self, batch: HiddenTokens) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """Return what is told of the hidden tokens, and the tokens."""
        blocks = {space: block.rows(batch.rows) for space, block in self.blocks.items()}
        if self.shown is not None:
            blocks = {space: block.only(self.shown[space]) for space, block in blocks.items()}
        place = torch.arange(len(batch.rows))
        block = blocks[self._space]
        hidden = block.tokens[place, batch.paths]
        kept = torch.ones_like(block.agreement)
        kept[place, batch.paths] = 0.0
        blocks[self._space] = TokenBlock(
            block.tokens * kept[..., None], block.agreement * kept, block.descriptors
        )
        if self.module.training and self.token_dropout:
            blocks = {space: some.drop(self.token_dropout) for space, some in blocks.items()}
        refined: Tensor = self.refiner(blocks)
        return self._decoder(refined[:, self._columns], block.descriptors.flatten(1)[batch.paths]), hidden


class _Decoder(nn.Module):
    """The vector, and a correction read through a path's descriptor that starts at nothing."""

    def __init__(self, dimension: int, descriptor: int, width: int) -> None:
        super().__init__()
        self.read = nn.Linear(dimension, width, bias=False)
        self.path = nn.Linear(descriptor, width)
        self.write = nn.Linear(width, dimension)
        nn.init.zeros_(self.write.weight)
        nn.init.zeros_(self.write.bias)

    def forward(self, refined: Tensor, descriptors: Tensor) -> Tensor:
        written: Tensor = self.write(gelu(self.read(refined) * self.path(descriptors)))
        return refined + written
