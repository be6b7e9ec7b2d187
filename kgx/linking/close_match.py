"""Concepts of two vocabularies that have the same name."""

from __future__ import annotations

import re

import numpy as np
import pyarrow.compute as pc
from jaxtyping import Float, Int, Int64

from graphs.graph import KnowledgeGraph
from graphs.vocabulary import WN30
from kgx.errors import ConfigError
from kgx.linking.base import Links
from kgx.linking.lexical import LexicalLinker

__all__ = ["close_matches", "concepts_in"]

_QUALIFIER = re.compile(r"\s*\([^()]*\)\s*$")  # "Crane (bird)"


def concepts_in(kg: KnowledgeGraph, namespace: str = WN30) -> Int64[np.ndarray, " c"]:
    """Return the entities whose IRIs begin with a namespace, WordNet's synsets where it is left out.

    >>> kg = KnowledgeGraph.from_triples([("ex:owl", "ex:isA", "ex:bird"), ("my:owl", "ex:isA", "my:bird")])
    >>> kg.entity_iris(concepts_in(kg, "my:"))
    ['my:bird', 'my:owl']
    """
    inside = pc.starts_with(kg.columns.entities.column("iri"), namespace)
    return np.flatnonzero(inside.to_numpy(zero_copy_only=False)).astype(np.int64)


def close_matches(
    kg: KnowledgeGraph,
    linker: LexicalLinker,
    *,
    concepts: Int[np.ndarray, " c"] | None = None,
    vectors: Float[np.ndarray, "c dimension"] | None = None,
    language: str = "en",
    relation: str = "closeMatch",
    provenance: str = "lexical",
) -> Links:
    """Tie concepts of one vocabulary to those of another that have the same names.

    So a thesaurus of a user's own gets the relations of WordNet, when both stand in one graph. A label has
    to be one of the other vocabulary as a whole (inflection undone, a qualifier as in "Crane (bird)" left
    out); "Owls at night" is not "owl". Named for ``skos:closeMatch`` (SKOS Reference, section 10).

    Args:
        kg: holds both vocabularies.
        linker: made of the other vocabulary alone: ``LexicalLinker(kg, concepts=concepts_in(kg))`` for
            WordNet.
        concepts: entities to tie; where left out, all with labels that the linker does not link to.
        vectors: vector of each of ``concepts``, to weigh senses by context; without it use decides.
        language: of the labels.
        relation, provenance: of the links.

    Returns:
        Links from entity to entity: `items` are entity numbers here. An entity's weights sum to 1.

    Raises:
        ConfigError: there are ``vectors`` without ``concepts``.
    """
    if concepts is None:
        if vectors is not None:
            raise ConfigError("vectors need concepts: they are one for each")
        labelled = np.unique(kg.label_table().column("entity").to_numpy())
        concepts = np.setdiff1d(labelled, linker.concepts)
    texts: list[str] = []
    rows: list[int] = []
    for row, entity in enumerate(concepts.tolist()):
        labels = dict.fromkeys(_QUALIFIER.sub("", label) for label in kg.labels(entity, language))
        texts.extend(labels)
        rows.extend([row] * len(labels))
    owners = np.array(rows, dtype=np.int64)
    links = linker.link_whole(texts, None if vectors is None else vectors[owners])
    entities = concepts.astype(np.int64)[owners[links.items]]
    others = entities != links.concepts
    return Links.collect(
        relation, entities[others], links.concepts[others], links.weights[others], provenance=provenance
    )
