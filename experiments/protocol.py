"""Who asks whom, and what counts as right: the protocol of the target.

The key of a stamp belongs to the *test* half by its hash (:func:`experiments.domains.tuxpaint.split_of`), otherwise to
the *pool* that pairs are drawn from. Queries and gallery are the test half; items whose captions are equal ignoring
case are all relevant. Directions with sound are restricted to stamps that have a sound effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from kgx.items import LinkedItems

__all__ = ["DIRECTIONS", "Direction", "Protocol"]

DIRECTIONS = (("text", "image"), ("image", "text"), ("text", "audio"), ("audio", "image"))


@dataclass(frozen=True)
class Direction:
    """Queries of one modality, a gallery of another, and which of it is relevant to which query."""

    queries: LinkedItems
    gallery: LinkedItems
    relevant: Bool[np.ndarray, "queries gallery"]

    @property
    def name(self) -> str:
        """For instance ``text-image``."""
        return f"{self.queries.modality}-{self.gallery.modality}"


@dataclass(frozen=True)
class Protocol:
    """The target's items, parted.

    Attributes:
        items: modality -> all of the target's items.
        captions: entity -> caption.
        tests: entities of the test half.
        filed: modality -> the same items as the gallery holds them and pairs are drawn from, where more is known of
            them than of a query, which comes alone.
    """

    items: Mapping[str, LinkedItems]
    captions: Mapping[str, str]
    tests: frozenset[str]
    filed: Mapping[str, LinkedItems] | None = None

    @property
    def collection(self) -> Mapping[str, LinkedItems]:
        """Modality -> the items with all that is filed of them."""
        return self.items if self.filed is None else self.filed

    def direction(self, asked: str, sought: str) -> Direction:
        """Return queries and gallery of a direction."""
        entities = set(self.tests)
        if "audio" in (asked, sought):
            entities &= set(self.items["audio"].entities)
        queries = _of(self.items[asked], entities)
        gallery = _of(self.collection[sought], entities)
        wordings = [self._wordings(side) for side in (queries, gallery)]
        relevant = wordings[0][:, None] == wordings[1][None]
        answerable = np.flatnonzero(relevant.any(axis=1))
        return Direction(queries.select(answerable), gallery, relevant[answerable])

    @property
    def pool(self) -> list[str]:
        """What pairs are drawn from: entities with a text and a picture that are not in the test half."""
        return sorted((set(self.items["text"].entities) & set(self.items["image"].entities)) - self.tests)

    def pool_items(self) -> dict[str, LinkedItems]:
        """Return all items of the pool, by modality: what may be looked at."""
        return self.draw(len(self.pool), 0)

    def draw(self, shots: int, seed: int) -> dict[str, LinkedItems]:
        """Draw pairs from the pool: a text and a picture, and their sound where there is one."""
        pool = self.pool
        chosen = set(np.random.default_rng(seed).permutation(np.array(pool))[:shots].tolist())
        drawn = {modality: _of(items, chosen) for modality, items in self.collection.items()}
        return {modality: items for modality, items in drawn.items() if len(items)}

    def _wordings(self, items: LinkedItems) -> np.ndarray:
        return np.array([self.captions[entity].casefold().strip() for entity in items.entities])


def _of(items: LinkedItems, entities: set[str]) -> LinkedItems:
    return items.select([row for row, entity in enumerate(items.entities) if entity in entities])
