"""Nodes with hop tokens, refined row by row: what the tasks of this room share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, Protocol, Self, TypeAlias, TypedDict, TypeVar

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock
from kgx.errors import KgxError

__all__ = [
    "Blocks",
    "Drawing",
    "NodeTask",
    "Order",
    "OrderedDrawing",
    "RowBlock",
    "Shown",
    "refined_rows",
    "space_columns",
    "token_blocks",
]

Batch = TypeVar("Batch")

Blocks: TypeAlias = Mapping[str, TokenBlock]
"""Feature space -> tokens of the same nodes."""

Shown: TypeAlias = Mapping[str, Bool[Tensor, " paths"]]
"""Feature space -> the paths whose tokens the network gets to see."""

Order: TypeAlias = Callable[[torch.Generator], Int64[np.ndarray, " k"]]
"""Gives what an epoch goes through, in its order; :meth:`kgx.balance.BalancedSampler.order` is one."""


class RowBlock(Protocol):
    """What a refiner is given of some nodes, row by row; :class:`graphs.gnn.hop_tokens.TokenBlock` is one."""

    def rows(self, index: Tensor) -> Self:
        """Return what there is of some of the nodes."""

    def only(self, paths: Bool[Tensor, " paths"], /) -> Self:
        """Return it without all other paths."""

    def drop(self, share: float) -> Self:
        """Return it without a share of what the nodes have, drawn at random."""


def refined_rows(
    refiner: nn.Module,
    blocks: Mapping[str, RowBlock],
    rows: Tensor,
    *,
    shown: Shown | None = None,
    dropout: float = 0.0,
) -> Float[Tensor, "n d"]:
    """Return the refined vectors of some nodes.

    Args:
        refiner: the network.
        blocks: tokens of all nodes.
        rows: numbers of the nodes.
        shown: the paths that it gets to see; all where left out.
        dropout: share of the tokens removed at random.
    """
    chosen = {space: block.rows(rows) for space, block in blocks.items()}
    if shown is not None:
        chosen = {space: block.only(shown[space]) for space, block in chosen.items()}
    if dropout:
        chosen = {space: block.drop(dropout) for space, block in chosen.items()}
    refined: Tensor = refiner(chosen)
    return refined


def token_blocks(blocks: Mapping[str, object]) -> dict[str, TokenBlock]:
    """Return blocks as what they have to be for the tasks of this room: hop tokens.

    Raises:
        KgxError: one is not, as those of networks that pass messages are not.

    >>> token_blocks({"text": "words"})
    Traceback (most recent call last):
    ...
    kgx.errors.KgxError: expected hop tokens of text, got str: prepare with network='hop-tokens'
    """
    found: dict[str, TokenBlock] = {}
    for space, block in blocks.items():
        if not isinstance(block, TokenBlock):
            raise KgxError(
                f"expected hop tokens of {space}, got {type(block).__name__}: prepare with network='hop-tokens'"
            )
        found[space] = block
    return found


def space_columns(refiner: HopTokenRefiner, space: str) -> slice:
    """Return the columns of a refined vector that belong to a space.

    Raises:
        KgxError: the refiner does not know the space.

    >>> space_columns(HopTokenRefiner({"text": 4, "image": 6}, 3), "image")
    slice(4, 10, None)
    """
    if space not in refiner.spaces:
        raise KgxError(f"expected one of the spaces {', '.join(refiner.spaces)}, got {space!r}")
    names = list(refiner.spaces)
    start = sum(refiner.spaces[name] for name in names[: names.index(space)])
    return slice(start, start + refiner.spaces[space])


class Drawing(TypedDict, total=False):
    """What the batches of any task of nodes are like.

    Attributes:
        shown: the paths that the network gets to see; all where left out.
        batch_size: examples a batch, at most.
        token_dropout: share of the tokens removed in training.
    """

    shown: Shown | None
    batch_size: int
    token_dropout: float


class OrderedDrawing(Drawing, total=False):
    """The same where the task leaves it open in which order its examples come.

    Attributes:
        order: gives the examples of an epoch in their order; all in any order where left out.
    """

    order: Order | None


class NodeTask(ABC, Generic[Batch]):
    """A task whose batches are made of examples, each about one node.

    Args:
        refiner: what is trained, and shared with other tasks.
        heads: what only this task trains.
        blocks: tokens of all nodes.
        examples: number of examples to train on.
        shown, batch_size, token_dropout, order: see :class:`OrderedDrawing`.

    Raises:
        KgxError: there is no example.
    """

    def __init__(
        self,
        refiner: HopTokenRefiner,
        heads: Mapping[str, nn.Module],
        blocks: Blocks,
        examples: int,
        *,
        shown: Shown | None = None,
        batch_size: int = 512,
        token_dropout: float = 0.1,
        order: Order | None = None,
    ) -> None:
        if not examples:
            raise KgxError(f"{type(self).__name__}: expected at least one example to train on, got none")
        self.module = nn.ModuleDict({"refiner": refiner, **heads})
        self.refiner = refiner
        self.blocks, self.shown, self.token_dropout = blocks, shown, token_dropout
        self._examples, self._batch_size, self._order = examples, batch_size, order

    def steps(self) -> int:
        """Return the number of batches an epoch has."""
        return math.ceil(self._examples / self._batch_size)

    def batches(self, generator: torch.Generator) -> Iterator[Batch]:
        """Yield the batches of one epoch, of nearly equal size."""
        if self._order is None:
            order = torch.randperm(self._examples, generator=generator)
        else:
            order = torch.from_numpy(self._order(generator))
        for examples in order.tensor_split(self.steps()):
            yield self._batch(examples, generator)

    @abstractmethod
    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of one batch."""

    @abstractmethod
    def score(self) -> float | None:
        """Return the score of what is held out, more being better; None without any."""

    @abstractmethod
    def _batch(self, examples: Tensor, generator: torch.Generator) -> Batch:
        """Return a batch of some examples."""

    def _refine(self, rows: Tensor) -> Float[Tensor, "n d"]:
        dropout = self.token_dropout if self.module.training else 0.0
        return refined_rows(self.refiner, self.blocks, rows, shown=self.shown, dropout=dropout)
