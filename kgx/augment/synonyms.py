"""Synonyms from a graph: other labels of the entities that a word may name."""

from __future__ import annotations

from collections import defaultdict

from graphs import KnowledgeGraph
from kgx.linking.stop_words import STOP_WORDS
from kgx.linking.tokens import words

__all__ = ["label_synonyms"]


def label_synonyms(
    graph: KnowledgeGraph, language: str = "en", *, most: int = 1
) -> dict[str, tuple[str, ...]]:
    """Return for each word that is a label what else the entities that it names are called.

    Stop words have none, as in EDA (arXiv 1901.11196). A word that names several things has synonyms that mean
    something else: so only the entities are asked for which the word is used most, by the weights of the labels (in
    WordNet, the tag counts of its senses).

    Args:
        graph: its preferred and alternative labels are taken, hidden ones are not.
        language: of the labels, regional varieties included; labels without a language count too.
        most: entities asked a word, those it is used for most first; where uses are equal, by number.

    Returns:
        Word in its normal form (:func:`kgx.linking.tokens.words`) -> other labels, sorted.

    >>> from graphs import GraphBuilder
    >>> builder = GraphBuilder()
    >>> for label in ("owl", "bird of Minerva"):
    ...     builder.add_literal("ex:owl", "http://www.w3.org/2004/02/skos/core#altLabel", label, language="en")
    >>> label_synonyms(builder.build())
    {'owl': ('bird of Minerva',)}
    """
    table = graph.label_table().to_pydict()
    labels: defaultdict[int, list[str]] = defaultdict(list)
    uses: defaultdict[str, dict[int, float]] = defaultdict(dict)
    columns = (table[name] for name in ("entity", "label", "language", "kind", "weight"))
    for entity, label, tag, kind, weight in zip(*columns, strict=True):
        if kind == "hidden" or (tag and tag.lower().split("-")[0] != language.lower().split("-")[0]):
            continue
        labels[entity].append(label)
        normal = words(label)
        if len(normal) == 1 and normal[0] not in STOP_WORDS:
            named = uses[normal[0]]
            named[entity] = max(named.get(entity, 0.0), float(weight))
    found = {}
    for word, entities in uses.items():
        asked = sorted(entities, key=lambda entity: (-entities[entity], entity))[:most]
        others = {label for entity in asked for label in labels[entity] if words(label) != [word]}
        if others:
            found[word] = tuple(sorted(others))
    return dict(sorted(found.items()))
