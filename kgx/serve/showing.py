"""Hits, items and entities as the JSON that the interface promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from graphs.describe import Description, Ends

if TYPE_CHECKING:
    from kgx.item_concepts import HitConcept
    from kgx.search import Hit

__all__ = ["ConceptKey", "concept_key", "media_place", "shown_concepts", "shown_entity", "shown_hit"]


@lru_cache(maxsize=4096)
def media_place(item: str) -> str:
    """Return where the file of an item is found, from the server's root.

    >>> media_place("image:birds/owl 1")
    '/v1/items/image%3Abirds%2Fowl%201/media'
    """
    return f"/v1/items/{quote(item, safe='')}/media"


ConceptKey: TypeAlias = tuple[str, str, float, str]


def concept_key(concept: HitConcept) -> ConceptKey:
    """Return what tells an item's link from its others: a label alone may be that of several concepts."""
    return concept.label, concept.relation, concept.weight, concept.provenance


def shown_concepts(concepts: Iterable[HitConcept], iris: Mapping[ConceptKey, str]) -> list[dict[str, Any]]:
    """Return concepts, each as an object.

    Args:
        concepts: the concepts.
        iris: of the item's links, by :func:`concept_key`.
    """
    return [
        {
            "iri": iris.get((label, relation, weight, provenance), ""),
            "label": label,
            "relation": relation,
            "weight": weight,
            "provenance": provenance,
            "meets": meets,
            "by": by,
        }
        for label, relation, weight, provenance, meets, by in concepts
    ]


def shown_hit(hit: Hit, iris: Mapping[ConceptKey, str]) -> dict[str, Any]:
    """Return a hit; of its file only where to ask for it, and of its concepts where to ask for more."""
    return {
        "rank": hit.rank,
        "score": hit.score,
        "id": hit.id,
        "modality": hit.modality,
        "caption": hit.caption,
        "media": media_place(hit.id) if hit.file else None,
        "concepts": shown_concepts(hit.concepts, iris),
    }


def shown_entity(found: Description, relation: str | None = None, offset: int = 0) -> dict[str, Any]:
    """Return an entity of the graph with what is around it.

    Args:
        found: the entity.
        relation: the only relation that is shown; left out, all are.
        offset: how many neighbours of each relation to pass over.
    """
    return {
        "iri": found.iri,
        "label": found.label,
        "labels": [text.value for texts in found.labels for text in texts.texts],
        "definition": next((text.value for texts in found.definitions for text in texts.texts), ""),
        "outgoing": _shown_relations(found.outgoing, relation, offset),
        "incoming": _shown_relations(found.incoming, relation, offset),
    }


def _shown_relations(found: Iterable[Ends], relation: str | None, offset: int) -> list[dict[str, Any]]:
    return [
        {
            "relation": ends.relation,
            "label": ends.label,
            "total": ends.total,
            "ends": [{"iri": end.iri, "label": end.label} for end in ends.ends[offset:]],
        }
        for ends in found
        if relation in (None, ends.relation)
    ]
