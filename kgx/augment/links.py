"""Links of items left out at random: an item as it would be had a linker seen less."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from graphs.augment import kept_pairs
from kgx.items import LinkedItems
from kgx.linking.base import Links

__all__ = ["drop_item_links"]


def drop_item_links(
    items: LinkedItems, probability: float, *, seed: int, relations: Collection[str] | None = None
) -> LinkedItems:
    """Return the items with a share of their links left out, as DropEdge does (arXiv 1907.10903).

    The weights of an item's other links of the relation are scaled to the sum that they had. An item that loses all of
    them has none.

    Args:
        items: of one modality.
        probability: with which a link is left out, in [0, 1].
        seed: of the draw.
        relations: whose links may be left out; all where left out.

    Raises:
        GraphError: the probability is outside [0, 1].
    """
    rng = np.random.default_rng(seed)
    return replace(
        items,
        links=tuple(
            _thinned(link, probability, rng) if relations is None or link.relation in relations else link
            for link in items.links
        ),
    )


def _thinned(links: Links, probability: float, rng: np.random.Generator) -> Links:
    kept = kept_pairs(links.items, links.concepts, probability, rng)
    if not len(links):
        return links
    before = np.bincount(links.items, links.weights)
    after = np.bincount(links.items[kept], links.weights[kept], minlength=len(before))
    rows = links.items[kept]
    weights = (links.weights[kept] * (before[rows] / after[rows])).astype(np.float32)
    return replace(links, items=rows, concepts=links.concepts[kept], weights=weights)
