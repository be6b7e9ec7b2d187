"""Changed copies of what a source has few of: by their links, by themselves, and of the texts that tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from pydantic import Field

from experiments.domains import DOMAINS
from experiments.experiment import Strict
from experiments.world import World
from kgx.augment import (
    PictureChanges,
    SoundChanges,
    TextChanges,
    changed_copies,
    copies_with_fewer_links,
    label_synonyms,
)
from kgx.augment.steps import Augmentation
from kgx.items import LinkedItems

__all__ = ["COPYING", "CopyOptions", "ScarceCopies"]

COPYING: Final = ("edge dropping", "item augmentation", "text augmentation")
"""Methods that train on copies too."""


class CopyOptions(Strict):
    """How many copies are made, and of what kind.

    Attributes:
        count: copies an item or text, at most. Copies are drawn as originals are, so that scarce pairs come up as many
            times more often; what that does alone, the balanced sampler shows.
        link_dropout: probability with which a copy lacks a link, for ``edge dropping``.
        pictures, sounds: what is done to scarce items, for ``item augmentation``.
        texts: what is done to texts with a scarce partner, for ``text augmentation``; synonyms are the other labels of
            the concept that a word is used for most.
    """

    count: int = Field(default=4, ge=1)
    link_dropout: float = Field(default=0.2, ge=0, le=1)
    pictures: PictureChanges = PictureChanges()
    sounds: SoundChanges = SoundChanges()
    texts: TextChanges = TextChanges()


@dataclass(frozen=True)
class ScarceCopies:
    """Makes copies for a world in whose source a modality is scarce.

    Attributes:
        options: how.
        world: what is copied.
        source: the name of its source.
        scarce: the modality.
    """

    options: CopyOptions
    world: World
    source: str
    scarce: str

    def make(self, method: str, seed: int) -> LinkedItems | None:
        """Return what one of :data:`COPYING` trains on besides the source's items; None for other methods."""
        if method not in COPYING:
            return None
        options, items = self.options, self.world.source[self.scarce]
        if method == "edge dropping":
            return copies_with_fewer_links(items, options.link_dropout, count=options.count, seed=seed)
        if method == "item augmentation":
            changes: Mapping[str, Augmentation[Any]] = {"image": options.pictures, "audio": options.sounds}
            return self._changed(items, changes[self.scarce], seed)
        texts, shown = self.world.source["text"], set(items.entities)
        told = np.array([entity in shown for entity in texts.entities], dtype=np.bool_)
        return self._changed(texts.select(np.flatnonzero(told)), options.texts.steps(self._synonyms), seed)

    @cached_property
    def _synonyms(self) -> Mapping[str, tuple[str, ...]]:
        return label_synonyms(self.world.knowledge.graph)

    def _changed(self, items: LinkedItems, change: Augmentation[Any], seed: int) -> LinkedItems:
        return changed_copies(
            self.world.attacher(),
            self.world.domains[self.source].collection,
            items,
            change,
            count=self.options.count,
            seed=seed,
            category_namespace=DOMAINS[self.source].category_namespace,
        )
