"""A card for each data set of an experiment, of what its domain says of itself and what was counted in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from experiments.categorised import CategoryTask, LabelledParts
from experiments.domains import DOMAINS, Domain, load

__all__ = ["category_cards", "data_card"]


def data_card(role: str, name: str, domain: Domain, used: Mapping[str, int]) -> dict[str, Any]:
    """Return a record of ``data_sets.json``.

    What a collection is, and what is done to it, stands at the top of its module; counts are those of its building.

    Args:
        role: what it is to the experiment.
        name: of the domain.
        domain: with its licence and counts.
        used: what is taken of it -> how many.
    """
    about, preprocessing = _told(name)
    return {
        "name": name,
        "role": role,
        "about": about,
        "packages": list(DOMAINS[name].packages) if name in DOMAINS else [],
        "licence": domain.licence,
        "preprocessing": preprocessing,
        "counts": dict(domain.notes),
        "used": dict(used),
    }


def category_cards(tasks: Mapping[str, tuple[CategoryTask, LabelledParts]]) -> list[dict[str, Any]]:
    """Return the records of ``data_sets.json`` of what is classified.

    Args:
        tasks: role -> the task and its parts.
    """
    cards = []
    for role, (task, parts) in tasks.items():
        used = {
            "categories": len(parts.labels),
            "training": len(parts.training.labels),
            "validation": len(parts.validation.labels),
            "test": len(parts.test.labels),
        }
        cards.append(data_card(role, task.domain, load(task.domain), used))
    return cards


def _told(name: str) -> tuple[str, str]:
    """Return the first paragraph of what a domain's module says of itself, and the second."""
    if name not in DOMAINS:
        return name, ""
    module = sys.modules[DOMAINS[name].build.__module__]
    paragraphs = [" ".join(part.split()) for part in cleandoc(module.__doc__ or "").split("\n\n")]
    about, preprocessing = (*paragraphs, "", "")[:2]
    return about, preprocessing.removesuffix("::")
