from __future__ import annotations

from graphs import GraphBuilder, KnowledgeGraph
from graphs.readers.wordnet import SYNSET_TYPE
from kgx.linking.part_of_speech import PartOfSpeech, parts_of_speech


def test_letters_of_wordnet() -> None:
    builder = GraphBuilder()
    for letter in "nvasrx":
        builder.add_literal(f"ex:{letter}", SYNSET_TYPE, letter)
    kg = builder.build()
    found = dict(zip(kg.entity_iris(range(kg.num_entities)), parts_of_speech(kg).tolist(), strict=True))
    assert found == {
        "ex:n": PartOfSpeech.NOUN,
        "ex:v": PartOfSpeech.VERB,
        "ex:a": PartOfSpeech.ADJECTIVE,
        "ex:s": PartOfSpeech.ADJECTIVE,
        "ex:r": PartOfSpeech.ADVERB,
        "ex:x": PartOfSpeech.NONE,
    }


def test_a_graph_that_does_not_say() -> None:
    kg = KnowledgeGraph.from_triples([("ex:owl", "ex:isA", "ex:bird")])
    assert parts_of_speech(kg).tolist() == [0, 0]
