"""Links between items and concepts, each with a weight and a provenance.

==================  ========================================================================================
``mentions``        :class:`LexicalLinker`: the concepts that a text names
``says``            the same, of a sound's transcript
``depicts``         :class:`VisualLinker`: the concepts that a picture shows, by an image classifier
``in category``     :class:`CategoryLinker` (metadata), :func:`statement_links` (the graph itself)
``closeMatch``      :func:`close_matches`: concepts of one vocabulary and those of another with the same name
``similar to``      :func:`nearest_neighbours`: items that are like one another
==================  ========================================================================================

Relations that were read off data become links of any of these: :func:`carried_on`, :func:`item_links`.
"""

from __future__ import annotations

from kgx.linking.base import DEPICTS, IN_CATEGORY, MENTIONS, SAYS, Links, Mention
from kgx.linking.category import ABOUT_PREDICATES, CATEGORY_PREDICATES, CategoryLinker, statement_links
from kgx.linking.close_match import close_matches, concepts_in
from kgx.linking.extracted import carried_on, item_links, occurrences
from kgx.linking.lexical import LexicalLinker
from kgx.linking.senses import SenseScoring
from kgx.linking.visual import VisualLinker, class_iri, imagenet_synsets

__all__ = [
    "ABOUT_PREDICATES",
    "CATEGORY_PREDICATES",
    "DEPICTS",
    "IN_CATEGORY",
    "MENTIONS",
    "SAYS",
    "CategoryLinker",
    "LexicalLinker",
    "Links",
    "Mention",
    "SenseScoring",
    "VisualLinker",
    "carried_on",
    "class_iri",
    "close_matches",
    "concepts_in",
    "imagenet_synsets",
    "item_links",
    "occurrences",
    "statement_links",
]
