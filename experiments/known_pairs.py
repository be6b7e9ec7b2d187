"""Known pairs of texts and items of another modality, as the methods without relations are fitted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64

from kgx.items import LinkedItems, paired_rows
from kgx.transfer.centres import Centres
from kgx.transfer.reference import centred_rows

__all__ = ["KnownPairs"]


@dataclass(frozen=True)
class KnownPairs:
    """Known pairs of one modality and its texts, centred and at length 1.

    Attributes:
        features, texts: the two sides of each pair.
        kinds: number of the thing and of the wording.
        target: whether the pair is the target's.
    """

    features: Float32[np.ndarray, "p dimension"]
    texts: Float32[np.ndarray, "p width"]
    kinds: Int64[np.ndarray, "p 2"]
    target: Bool[np.ndarray, " p"]

    @classmethod
    def of(cls, texts: LinkedItems, others: LinkedItems, centres: Centres, *, target: bool) -> KnownPairs:
        """Pair texts with the items that share their entity."""
        text_rows, other_rows = paired_rows(texts, others)
        entities = np.unique(np.array(texts.entities), return_inverse=True)[1]
        wordings = np.unique(np.array([text.casefold() for text in texts.captions]), return_inverse=True)[1]
        return cls(
            centred_rows(others.vectors, centres.vectors[others.modality])[other_rows],
            centred_rows(texts.vectors, centres.vectors["text"])[text_rows],
            np.stack([entities[text_rows], wordings[text_rows]], axis=1),
            np.full(len(text_rows), target),
        )

    @classmethod
    def join(cls, parts: Sequence[KnownPairs]) -> KnownPairs:
        """Put pairs one behind the other."""
        return cls(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.texts for part in parts]),
            np.concatenate([part.kinds for part in parts]),
            np.concatenate([part.target for part in parts]),
        )

    def select(self, rows: np.ndarray) -> KnownPairs:
        """Return some of the pairs, by number or by truth value."""
        return KnownPairs(self.features[rows], self.texts[rows], self.kinds[rows], self.target[rows])

    def repeated(self, weight: int) -> KnownPairs:
        """Return the pairs with each of the target's standing ``weight`` times."""
        return self.select(np.repeat(np.arange(len(self.target)), np.where(self.target, weight, 1)))
