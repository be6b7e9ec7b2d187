"""Parts of speech as sets of bits, and what a graph says about its concepts'."""

from __future__ import annotations

from enum import IntFlag

import numpy as np
from jaxtyping import UInt8

from graphs.graph import KnowledgeGraph
from graphs.readers.wordnet import SYNSET_TYPE

__all__ = ["PartOfSpeech", "parts_of_speech"]


class PartOfSpeech(IntFlag):
    """A set of parts of speech; empty where the graph does not say (a thesaurus' concepts)."""

    NONE = 0
    NOUN = 1
    VERB = 2
    ADJECTIVE = 4
    ADVERB = 8
    ANY = 15


_LETTERS = {
    "n": PartOfSpeech.NOUN,
    "v": PartOfSpeech.VERB,
    "a": PartOfSpeech.ADJECTIVE,
    "s": PartOfSpeech.ADJECTIVE,
    "r": PartOfSpeech.ADVERB,
}


def parts_of_speech(kg: KnowledgeGraph) -> UInt8[np.ndarray, " entities"]:
    """Return each entity's part of speech, from WordNet's synset types; 0 where the graph gives none.

    >>> from graphs import GraphBuilder
    >>> builder = GraphBuilder()
    >>> builder.add_literal("ex:run", SYNSET_TYPE, "v")
    >>> builder.add_literal("ex:tree", "ex:height", "tall")
    >>> parts_of_speech(builder.build()).tolist()
    [2, 0]
    """
    parts = np.zeros(kg.num_entities, dtype=np.uint8)
    literals = kg.columns.literals
    predicate = literals.column("predicate")
    names: list[str] = predicate.dictionary.to_pylist()
    if SYNSET_TYPE not in names:
        return parts
    rows = np.flatnonzero(predicate.indices.to_numpy() == names.index(SYNSET_TYPE))
    letters: list[str] = literals.column("value").take(rows).to_pylist()
    bits = np.array([_LETTERS.get(letter, PartOfSpeech.NONE) for letter in letters], dtype=np.uint8)
    np.bitwise_or.at(parts, literals.column("subject").to_numpy()[rows], bits)
    return parts
