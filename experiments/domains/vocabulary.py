"""IRIs of the real collections, and of the terms that only they use."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from graphs.builder import GraphBuilder
from graphs.vocabulary import (
    DC_CREATOR,
    DC_PUBLISHER,
    DC_RIGHTS,
    DCTERMS,
    DCTERMS_SUBJECT,
    RDF_TYPE,
    RDFS_LABEL,
    SKOS_BROADER,
    SKOS_DEFINITION,
)

__all__ = [
    "CC_AGENT",
    "CC_LICENSE",
    "CC_PERMITS",
    "CC_WORK",
    "DCTERMS_FORMAT",
    "GEMOJIONE",
    "IN_CATEGORY",
    "OPENCLIPART",
    "RELATION_TEXTS",
    "TUXPAINT",
    "describe",
    "iri",
]

OPENCLIPART: Final = "http://openclipart.org/"
"""Below it: ``drawing/KEY``, ``keyword/WORDS``, ``agent/NAME`` and ``category/FOLDER``."""
TUXPAINT: Final = "http://tuxpaint.org/stamps/"
"""Below it: ``item/ID`` and ``category/FOLDER``."""

GEMOJIONE: Final = "http://emojione.com/"
"""Below it: ``item/ID`` and ``category/NAME``."""

CC: Final = "http://web.resource.org/cc/"
CC_WORK: Final = CC + "Work"
CC_AGENT: Final = CC + "Agent"
CC_LICENSE: Final = CC + "license"
CC_PERMITS: Final = CC + "permits"

DCTERMS_FORMAT: Final = DCTERMS + "format"
IN_CATEGORY: Final = DCTERMS + "isPartOf"
"""From an item or drawing to the category of the folder it lies in."""

RELATION_TEXTS: Final = {
    IN_CATEGORY: ("in category", "The item belongs to this category of its collection."),
    SKOS_BROADER: ("broader", "The category lies within this more general category."),
    DCTERMS_SUBJECT: ("subject", "The item shows what this keyword names."),
    DC_CREATOR: ("creator", "The item was made by this person or body."),
    DC_PUBLISHER: ("publisher", "The item was published by this person or body."),
    DC_RIGHTS: ("rights", "This person or body holds the rights in the item."),
    CC_LICENSE: ("license", "The item may be used under this licence."),
    CC_PERMITS: ("permits", "The licence permits this use."),
    RDF_TYPE: ("type", "The subject is one of this class of things."),
}
"""Label and definition of each relation that the collections use."""


def iri(namespace: str, path: str) -> str:
    """Return the IRI of a path below a namespace; what an IRI cannot hold is percent-encoded.

    >>> iri(OPENCLIPART + "keyword/", "signs and symbols")
    'http://openclipart.org/keyword/signs%20and%20symbols'
    """
    return namespace + quote(path, safe="/")


def describe(builder: GraphBuilder, *relations: str, source: str) -> None:
    """Add label and definition of relations to the graph that uses them."""
    for relation in relations:
        label, definition = RELATION_TEXTS[relation]
        builder.add_literal(relation, RDFS_LABEL, label, language="en", source=source)
        builder.add_literal(relation, SKOS_DEFINITION, definition, language="en", source=source)
