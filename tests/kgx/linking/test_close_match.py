from __future__ import annotations

import numpy as np
import pytest

from graphs import GraphBuilder, KnowledgeGraph
from graphs.vocabulary import SKOS_ALT_LABEL, SKOS_PREF_LABEL
from kgx.errors import ConfigError
from kgx.linking import LexicalLinker, close_matches, concepts_in

THESAURUS = {
    "my:cranes": ["Cranes (bird)", "Gruidae"],
    "my:owls": ["Owls at night"],
    "my:birds": ["Birds", "bird"],
    "my:raptors": ["Birds of prey"],
}
WORDS = {
    "wn:crane-bird": "crane",
    "wn:crane-machine": "crane",
    "wn:owl": "owl",
    "wn:bird": "bird",
    "wn:raptor": "bird of prey",
}


@pytest.fixture(scope="module")
def kg() -> KnowledgeGraph:
    builder = GraphBuilder()
    for iri, labels in THESAURUS.items():
        for label in labels:
            builder.add_literal(iri, SKOS_ALT_LABEL, label, language="en")
    for iri, label in WORDS.items():
        builder.add_literal(iri, SKOS_PREF_LABEL, label, language="en")
    return builder.build()


def test_concepts_of_a_namespace(kg: KnowledgeGraph) -> None:
    assert kg.entity_iris(concepts_in(kg, "wn:")) == sorted(WORDS)
    assert len(concepts_in(kg)) == 0


def test_a_thesaurus_is_tied_to_the_words(kg: KnowledgeGraph) -> None:
    links = close_matches(kg, LexicalLinker(kg, concepts=concepts_in(kg, "wn:")))
    assert (links.relation, links.provenance) == ("closeMatch", "lexical")
    heads, tails = kg.entity_iris(links.items), kg.entity_iris(links.concepts)
    assert dict(zip(zip(heads, tails, strict=True), links.weights.tolist(), strict=True)) == pytest.approx(
        {
            ("my:birds", "wn:bird"): 1,
            ("my:cranes", "wn:crane-bird"): 0.5,
            ("my:cranes", "wn:crane-machine"): 0.5,
            ("my:raptors", "wn:raptor"): 1,
        }
    )


def test_context_chooses_the_sense(kg: KnowledgeGraph) -> None:
    words = concepts_in(kg, "wn:")
    linker = LexicalLinker(kg, concepts=words, concept_vectors=np.eye(5, dtype=np.float32), concept_ids=words)
    cranes = kg.entity_ids(["my:cranes"])
    for number, sense in ((1, "wn:crane-bird"), (2, "wn:crane-machine")):
        links = close_matches(kg, linker, concepts=cranes, vectors=np.eye(5, dtype=np.float32)[[number]])
        assert kg.entity_iris(links.items) == ["my:cranes"] * len(links)
        assert kg.entity_iri(int(links.concepts[links.weights.argmax()])) == sense
        assert links.weights.max() > 0.9


def test_no_concept_matches_itself(kg: KnowledgeGraph) -> None:
    links = close_matches(kg, LexicalLinker(kg), concepts=np.arange(kg.num_entities))
    assert (links.items != links.concepts).all()


def test_vectors_without_concepts(kg: KnowledgeGraph) -> None:
    with pytest.raises(ConfigError, match="vectors need concepts"):
        close_matches(kg, LexicalLinker(kg), vectors=np.eye(2))
