"""The network that a set of options asks for, and what makes its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32

from graphs.gnn.hop_tokens import HopTokenRefiner
from graphs.gnn.message_passing.refiner import LearnedMessages, MessagePassingRefiner, SimilarityMessages
from graphs.propagate import EdgeType
from kgx.transfer.affine import AffineMap
from kgx.transfer.messages import MessageMaker
from kgx.transfer.options import HOP_TOKENS, RelationOptions
from kgx.transfer.reference import ReferenceGraph
from kgx.transfer.tokens import TokenMaker, TokenPath

__all__ = ["Refiner", "Vocabulary", "new_maker", "new_refiner"]

Refiner: TypeAlias = HopTokenRefiner | MessagePassingRefiner


@dataclass(frozen=True)
class Vocabulary:
    """What a network of messages has parameters of.

    Attributes:
        kinds: node type -> dimension of its features.
        relations: the edge types that it knows, in the order of their numbers.
    """

    kinds: Mapping[str, int]
    relations: tuple[EdgeType, ...]

    @classmethod
    def of(cls, reference: ReferenceGraph) -> Vocabulary:
        """Return the node and edge types of a graph."""
        data = reference.data
        kinds = {kind: int(data[kind].x.shape[1]) for kind in data.node_types}
        return cls(kinds, tuple(data.edge_types))


def new_maker(
    options: RelationOptions,
    reference: ReferenceGraph,
    descriptors: Mapping[EdgeType, Float32[np.ndarray, " size"]],
    maps: Mapping[tuple[str, str], AffineMap],
    known_paths: Mapping[str, tuple[TokenPath, ...]] | None = None,
) -> TokenMaker:
    """Return what makes a network's inputs of items.

    Args:
        options: name the network.
        reference, descriptors, maps, known_paths: see :class:`kgx.transfer.tokens.TokenMaker`.
    """
    known = known_paths or {}
    if options.network == HOP_TOKENS:
        return TokenMaker(
            reference,
            descriptors,
            maps,
            hops=options.hops,
            coverage=options.coverage,
            known_paths=known,
        )
    return MessageMaker(
        reference,
        descriptors,
        maps,
        hops=options.hops,
        coverage=options.coverage,
        known_paths=known,
        fanout=options.fanout,
        folds=options.folds,
    )


def new_refiner(
    options: RelationOptions,
    spaces: Mapping[str, int],
    descriptor_size: int,
    vocabulary: Vocabulary | None = None,
) -> Refiner:
    """Return a refiner that has not been trained.

    Args:
        options: its shape.
        spaces: feature space -> dimension.
        descriptor_size: length of a relation's descriptor.
        vocabulary: what the network is to know of the source's graph; hop tokens need none.

    Raises:
        ValueError: a network of messages is asked for without a vocabulary.

    >>> new_refiner(RelationOptions(hops=1), {"text": 4}, 6).spaces
    {'text': 4}
    """
    if options.network == "similarity":
        space_of = {"concept": "text", **{space: space for space in spaces}}
        return SimilarityMessages(spaces, space_of, layers=options.hops)
    if options.network != HOP_TOKENS:
        if vocabulary is None:
            raise ValueError(f"{options.network} has parameters of each relation: expected a vocabulary")
        return LearnedMessages(
            spaces,
            vocabulary.kinds,
            vocabulary.relations,
            network=options.network,
            width=options.messages_width,
            layers=options.hops,
            dropout=options.dropout,
        )
    return HopTokenRefiner(
        spaces,
        descriptor_size,
        hops=options.hops,
        width=options.width,
        residual=options.residual,
        dropout=options.dropout,
    )
