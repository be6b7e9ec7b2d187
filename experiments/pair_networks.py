"""Networks from other modalities to texts, pretrained on the source once a seed and adapted to known target pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool

from experiments.config import MLPOptions
from experiments.known_pairs import KnownPairs
from kgx.transfer.feature.mlp import MLPMap

__all__ = ["Maps", "PairNetworks"]

Maps = dict[str, Callable[[np.ndarray], np.ndarray]]
"""Modality -> what takes its features to texts."""


@dataclass(frozen=True)
class PairNetworks:
    """Networks of one kind.

    Attributes:
        kind: of the network.
        options: its size and training.
        source_pairs: returns the source's pairs of a modality, and which of them are kept from training.
    """

    kind: type[MLPMap]
    options: MLPOptions
    source_pairs: Callable[[str], tuple[KnownPairs, Bool[np.ndarray, " p"]]]
    _pretrained: dict[tuple[str, int], MLPMap] = field(default_factory=dict)

    def fitted(self, known: Mapping[str, KnownPairs], seed: int) -> Maps:
        """Return a network for each modality: the source's, adapted to the target's pairs where there are any.

        A modality of which the source has no pairs gets a network that is trained on the target's alone.
        """
        maps: Maps = {}
        for modality, pairs in known.items():
            adaptation = replace(self.options.adaptation, seed=seed)
            if pairs.target.all():
                network = self._new().fit(
                    pairs.features, pairs.texts, entities=pairs.kinds, options=adaptation
                )
            else:
                network = self._of_source(modality, seed)
                few = pairs.select(pairs.target)
                if len(few.features):
                    network = network.adapt(few.features, few.texts, few.kinds, adaptation)
            maps[modality] = network.transform
        return maps

    def _of_source(self, modality: str, seed: int) -> MLPMap:
        """Return the network trained on the source alone; the same validation part decides when to stop."""
        if (modality, seed) not in self._pretrained:
            pairs, held_out = self.source_pairs(modality)
            kept, trained = pairs.select(held_out), pairs.select(~held_out)
            self._pretrained[modality, seed] = self._new().fit(
                trained.features,
                trained.texts,
                entities=trained.kinds,
                validation=(kept.features, kept.texts, kept.kinds) if held_out.any() else None,
                options=replace(self.options.training, seed=seed),
            )
        return self._pretrained[modality, seed]

    def _new(self) -> MLPMap:
        return self.kind(self.options.hidden, self.options.dropout)
