"""EmojiOne's pictures with their names, as Debian's package of the Ruby library gemojione has them, CC BY-SA 4.0.

Counted in the package: 1,794 emoji, each with an SVG and a PNG picture, an English name and a category. 257 of them are
flags, 5 are colours of skin, and 420 differ from others by such a colour alone; without these 1,112 remain. KEY is an
emoji's short name; items are named ``image:KEY`` and ``text:KEY``. The graph holds each item's category and format,
and the categories. It does not say which picture and which name belong together: that is what retrieval has to find.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from experiments.domains.base import Domain, DomainSource
from experiments.domains.categories import add_categories
from experiments.domains.debian import FetchError
from experiments.domains.halves import split_of
from experiments.domains.vocabulary import DCTERMS_FORMAT, GEMOJIONE, IN_CATEGORY, describe, iri
from graphs.builder import GraphBuilder
from graphs.vocabulary import RDF_TYPE
from kgx.collection import Collection, Item, Skipped

__all__ = ["GEMOJIONE_DOMAIN", "category_iri", "item_iri"]

_LICENCE = "CC BY-SA 4.0"
_SOURCE = "gemojione"
_INDEX = "config/index.json"
_LEFT_OUT = {"flags": "left_out_flags", "regional": "left_out_flags", "modifier": "left_out_modifiers"}


def item_iri(item_id: str) -> str:
    """Return the IRI of an item in the graph.

    >>> item_iri("image:owl")
    'http://emojione.com/item/image%3Aowl'
    """
    return iri(GEMOJIONE + "item/", item_id)


def category_iri(name: str) -> str:
    """Return the IRI of a category."""
    return iri(GEMOJIONE + "category/", name)


def _build(folder: Path) -> Domain:
    try:
        index: dict[str, dict[str, Any]] = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FetchError(f"{folder / _INDEX}: expected the index of the emoji, got {error}") from error
    items: list[Item] = []
    skipped: list[Skipped] = []
    notes: Counter[str] = Counter()
    graph = GraphBuilder()
    for key, emoji in sorted(index.items()):
        notes["emoji"] += 1
        picture = f"assets/svg/{emoji['unicode'].upper()}.svg"
        reason = _reason_to_leave_out(key, emoji)
        if reason:
            notes[reason] += 1
        elif not (folder / picture).is_file():
            skipped.append(Skipped(f"image:{key}", None, f"{picture}: there is no such file"))
        else:
            notes["emoji_kept"] += 1
            notes[f"emoji_{split_of(key)}"] += 1
            metadata = {"category": emoji["category"]}
            common: dict[str, Any] = {"split": split_of(key), "metadata": metadata}
            items.append(Item(f"image:{key}", "image", picture, key, **common))
            items.append(Item(f"text:{key}", "text", emoji["name"].strip(), key, "en", **common))
    for item in items:
        notes[f"items_{item.modality}"] += 1
        subject = item_iri(item.id)
        graph.add(subject, IN_CATEGORY, category_iri(item.metadata["category"]), source=_SOURCE)
        media_type = "image/svg+xml" if item.modality == "image" else "text/plain"
        graph.add_literal(subject, DCTERMS_FORMAT, media_type, source=_SOURCE)
    folders = sorted({item.metadata["category"] for item in items})
    notes["categories"] = add_categories(graph, GEMOJIONE + "category/", folders, source=_SOURCE)
    describe(graph, IN_CATEGORY, RDF_TYPE, source=_SOURCE)
    collection = Collection("gemojione", folder, tuple(items), tuple(skipped))
    return Domain(collection, graph.build(), _LICENCE, dict(notes))


def _reason_to_leave_out(key: str, emoji: dict[str, Any]) -> str:
    if emoji["category"] in _LEFT_OUT:
        return _LEFT_OUT[emoji["category"]]
    if "_tone" in key:
        return "left_out_skin_tones"
    return "" if emoji["name"].strip() else "left_out_unnamed"


GEMOJIONE_DOMAIN = DomainSource(
    "gemojione", ("ruby-gemojione",), _LICENCE, _build, category_namespace=category_iri("")
)
