"""The target's queries and galleries as tokens, made once for all refiners that walk the same graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32

from experiments.protocol import Direction, Protocol
from experiments.results_store import ResultsStore, RowKey
from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock
from kgx.errors import ConfigError
from kgx.items import LinkedItems
from kgx.train import Curve
from kgx.transfer.centres import Centres
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.refiner import new_refiner
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tokens import TokenMaker

__all__ = ["TargetTokens", "both_ways", "fresh_refiner"]

_Blocks = Mapping[str, TokenBlock]


def both_ways(modality: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the directions in which texts ask for items of a modality, and these for texts."""
    return ("text", modality), (modality, "text")


def fresh_refiner(pretraining: Pretraining, seed: int) -> HopTokenRefiner:
    """Return a hop-token refiner for a prepared source, before any training.

    Raises:
        ConfigError: the options ask for another network.
    """
    torch.manual_seed(seed)
    size = len(next(iter(pretraining.maker.descriptors.values())))
    refiner = new_refiner(pretraining.options, pretraining.spaces, size)
    if not isinstance(refiner, HopTokenRefiner):
        raise ConfigError(f"expected the network hop-tokens, got {pretraining.options.network}")
    return refiner


@dataclass(frozen=True)
class TargetTokens:
    """Tokens of some directions of a protocol.

    Attributes:
        sides: direction -> tokens of its queries, which come alone, and of its gallery, as it is filed.
    """

    sides: Mapping[str, tuple[Direction, _Blocks, _Blocks]]

    @classmethod
    def of(
        cls, pretraining: Pretraining, target: Protocol, directions: Iterable[tuple[str, str]]
    ) -> TargetTokens:
        """Survey a target and make the tokens of its queries and galleries.

        Args:
            pretraining: the prepared source.
            target: the target.
            directions: modalities that ask, and that are sought.
        """
        walker = RelationTransfer(
            pretraining.options,
            pretraining.maker,
            pretraining.centres,
            fresh_refiner(pretraining, 0),
            Curve(),
        )
        centres = walker.survey_all(target.items)
        sides = {}
        for asked, sought in directions:
            direction = target.direction(asked, sought)
            sides[direction.name] = (
                direction,
                _made(pretraining.maker, direction.queries, centres, query=True),
                _made(pretraining.maker, direction.gallery, centres, query=False),
            )
        return cls(sides)

    def put(self, store: ResultsStore, keys: Iterable[RowKey], refiner: HopTokenRefiner) -> None:
        """Score a refiner, and keep a row for each key."""
        for key in keys:
            store.put(key, self.sides[key.direction][0], self.scores(refiner, key.direction))

    def scores(self, refiner: HopTokenRefiner, name: str) -> Float32[np.ndarray, "queries gallery"]:
        """Return how alike the queries and the gallery of a direction are by a refiner."""
        direction, queries, gallery = self.sides[name]
        rows = zip((direction.queries, direction.gallery), (queries, gallery), strict=True)
        refined = []
        with torch.no_grad():
            for items, blocks in rows:
                index = torch.arange(len(items))
                vectors = refiner({space: block.rows(index) for space, block in blocks.items()})
                vectors[torch.from_numpy(~items.vectors.any(axis=1))] = 0.0  # what could not be encoded
                refined.append(vectors)
        scores: np.ndarray = (refined[0] @ refined[1].T).numpy()
        return scores


def _made(maker: TokenMaker, items: LinkedItems, centres: Centres, *, query: bool) -> _Blocks:
    tokens = maker.make(items, centres.vectors[items.modality])
    return {space: maker.block(some, centres.paths, query=query) for space, some in tokens.items()}
