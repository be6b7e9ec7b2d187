"""Refiners that pass messages, behind the interface of :class:`graphs.gnn.hop_tokens.HopTokenRefiner`.

A node comes as a few tokens, which need no graph (its own vector, its translation into another space), and as links
into a graph. In each feature space, what it hears along the links is added to the mean of its tokens::

    b_s(v)  = normalise( mean_p x̂_p(v) + U_s h_v )
    z(v)    = normalise( [ √λ_s · b_s(v) ]_s )

``h_v`` is what the network has made of the links. ``U_s`` starts at zero, so that training starts from the tokens.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize

from graphs.errors import GraphError
from graphs.gnn.attached import AttachedBlock, Neighbourhood
from graphs.gnn.hop_tokens import TokenBlock
from graphs.gnn.message_passing import new_propagation
from graphs.gnn.message_passing.similarity import propagate_along_edges
from graphs.propagate import EdgeType

__all__ = ["ATTACHED", "LearnedMessages", "MessagePassingRefiner", "SimilarityMessages"]

ATTACHED = "attached"
"""Where a node's links stand among its blocks."""


class MessagePassingRefiner(nn.Module, ABC):
    """What all refiners that pass messages share.

    Args:
        spaces: feature space -> dimension.
        layers: of the network: how far a node hears.

    Shape:
        - input: space -> :class:`TokenBlock` of n nodes, and under ``ATTACHED`` their :class:`AttachedBlock`
        - output: float (n, sum of the spaces' dimensions), rows of length 1
    """

    def __init__(self, spaces: Mapping[str, int], *, layers: int) -> None:
        super().__init__()
        self.spaces = dict(spaces)
        self.hops = layers
        self.balance = nn.ParameterDict({space: nn.Parameter(torch.zeros(())) for space in spaces})

    @abstractmethod
    def heard(self, neighbourhood: Neighbourhood, count: int) -> dict[str, Float[Tensor, "nodes dim"]]:
        """Return space -> what the attached nodes have heard; spaces in which they heard nothing are left out."""

    def forward(self, blocks: Mapping[str, TokenBlock | AttachedBlock]) -> Float[Tensor, "nodes dim"]:
        """Return the refined vectors; a node without any token that hears nothing gets a zero vector.

        Raises:
            GraphError: the nodes' links are missing, or there are tokens of a space that the model does not know.
        """
        attached = blocks.get(ATTACHED)
        if not isinstance(attached, AttachedBlock):
            raise GraphError(
                f"expected the nodes' links under {ATTACHED!r}, got {', '.join(blocks) or 'none'}"
            )
        unknown = set(blocks) - {ATTACHED, *self.spaces}
        if unknown:
            raise GraphError(
                f"the model knows the spaces {', '.join(self.spaces)}, got {', '.join(sorted(unknown))}"
            )
        count = len(attached.parts)
        fused = {space: torch.zeros(count, dimension) for space, dimension in self.spaces.items()}
        for space in self.spaces:
            tokens = blocks.get(space)
            if isinstance(tokens, TokenBlock):
                fused[space] = normalize(tokens.tokens.sum(dim=1), dim=1)
        for part in np.unique(attached.parts).tolist():
            rows = torch.from_numpy(np.flatnonzero(attached.parts == part))
            some = attached if len(rows) == count else attached.rows(rows)
            for space, heard in self.heard(some.neighbourhood(self.hops), len(rows)).items():
                fused[space] = fused[space].index_add(0, rows, heard)
        shares = torch.softmax(torch.stack([self.balance[space] for space in self.spaces]), dim=0)
        parts = [
            share.sqrt() * normalize(fused[space], dim=1)
            for space, share in zip(self.spaces, shares, strict=True)
        ]
        return normalize(torch.cat(parts, dim=1), dim=1)

    def shares(self) -> dict[str, float]:
        """Return each space's share λ in the similarity of two nodes that have vectors in every space."""
        stacked = torch.softmax(torch.stack([self.balance[space].detach() for space in self.spaces]), dim=0)
        return dict(zip(self.spaces, stacked.tolist(), strict=True))


class LearnedMessages(MessagePassingRefiner):
    """A learned propagation rule: R-GCN, CompGCN or HGT.

    Args:
        spaces: feature space -> dimension.
        kinds: node type -> dimension of its features; what is of any other type says nothing.
        relations: edge types that the network is to know.
        network: name of the rule, one of :data:`graphs.gnn.message_passing.PROPAGATIONS`.
        width: of every layer.
        layers: how many.
        dropout: on what nodes say first.

    Raises:
        GraphError: no rule has that name.
    """

    def __init__(
        self,
        spaces: Mapping[str, int],
        kinds: Mapping[str, int],
        relations: Sequence[EdgeType],
        *,
        network: str,
        width: int = 64,
        layers: int = 2,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(spaces, layers=layers)
        self.relations = tuple(relations)
        self.read = nn.ModuleDict({kind: nn.Linear(dimension, width) for kind, dimension in kinds.items()})
        self.propagation = new_propagation(network, width, tuple(kinds), relations, layers=layers)
        self.dropout = nn.Dropout(dropout)
        self.write = nn.ModuleDict(
            {space: nn.Linear(width, dimension, bias=False) for space, dimension in spaces.items()}
        )
        for layer in self.write.values():
            nn.init.zeros_(layer.weight)  # type: ignore[arg-type]

    def heard(self, neighbourhood: Neighbourhood, count: int) -> dict[str, Float[Tensor, "nodes dim"]]:
        """Return what the network has made of the links, in every space."""
        if neighbourhood.kind not in self.read:
            return {}
        nodes = {
            kind: self.dropout(self.read[kind](features))
            for kind, features in neighbourhood.features.items()
            if kind in self.read
        }
        own = self.propagation(nodes, neighbourhood)[neighbourhood.kind][:count]
        return {space: write(own) for space, write in self.write.items()}


class SimilarityMessages(MessagePassingRefiner):
    """Propagation over weighted edges, in every space by itself; no parameter is learned.

    Args:
        spaces: feature space -> dimension.
        space_of: node type -> the space that its features are in.
        layers: how far a node hears.
    """

    def __init__(self, spaces: Mapping[str, int], space_of: Mapping[str, str], *, layers: int = 2) -> None:
        super().__init__(spaces, layers=layers)
        self.space_of = dict(space_of)

    def heard(self, neighbourhood: Neighbourhood, count: int) -> dict[str, Float[Tensor, "nodes dim"]]:
        """Return the weighted mean of what is known around the nodes."""
        found = {}
        for space in self.spaces:
            nodes = {
                kind: features
                for kind, features in neighbourhood.features.items()
                if self.space_of.get(kind) == space
            }
            if not nodes:
                continue
            own = propagate_along_edges(nodes, neighbourhood)[neighbourhood.kind][:count]
            found[space] = normalize(own, dim=1)
        return found
