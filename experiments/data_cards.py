"""A card for each data set of an experiment, of what its domain says of itself and what was counted in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from experiments.config import WorldOptions
from experiments.domains import DOMAINS
from experiments.world import World
from kgx.items import LinkedItems

__all__ = ["data_cards"]


def data_cards(options: WorldOptions, world: World) -> list[dict[str, Any]]:
    """Return the records of ``data_sets.json``: the graph, the source and the target.

    What a collection is, and what is done to it, stands at the top of its module; counts are those of its building.
    """
    roles: list[tuple[str, str, Mapping[str, LinkedItems]]] = [
        ("knowledge graph", options.graph, {}),
        ("source", options.source, world.source),
        ("target", options.target, world.target.items),
    ]
    cards = []
    for role, name, items in roles:
        domain = world.domains.get(name)
        if domain is None:
            continue
        about, preprocessing = _told(name)
        used = {modality: len(some) for modality, some in items.items()}
        if role == "target":
            used["test half"] = len(world.target.tests & set(items["text"].entities))
            used["pool of pairs"] = len(world.target.pool)
        cards.append(
            {
                "name": name,
                "role": role,
                "about": about,
                "packages": list(DOMAINS[name].packages) if name in DOMAINS else [],
                "licence": domain.licence,
                "preprocessing": preprocessing,
                "counts": dict(domain.notes),
                "used": used,
            }
        )
    return cards


def _told(name: str) -> tuple[str, str]:
    """Return the first paragraph of what a domain's module says of itself, and the second."""
    if name not in DOMAINS:
        return name, ""
    module = sys.modules[DOMAINS[name].build.__module__]
    paragraphs = [" ".join(part.split()) for part in cleandoc(module.__doc__ or "").split("\n\n")]
    about, preprocessing = (*paragraphs, "", "")[:2]
    return about, preprocessing.removesuffix("::")
