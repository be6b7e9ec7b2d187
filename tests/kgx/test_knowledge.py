"""Knowledge: what is encoded, what comes back from disk, and a user's graph put beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphs import EmptyGraphError, KnowledgeGraph
from graphs import vocabulary as v
from kgx.encoders.base import Encoding, Value
from kgx.errors import ModelError
from kgx.knowledge import CLOSE_MATCH_SOURCE, Knowledge, concept_text
from kgx.testing import WordEncoder, species_iri, species_word, tiny_graph

EX = "http://my.example/"


class Counting(WordEncoder):
    """Remembers what it has been given."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        self.seen.extend(map(str, values))
        return super().encode(values, modality)


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return Knowledge.build(tiny_graph(), WordEncoder())


@pytest.fixture(scope="module")
def thesaurus() -> KnowledgeGraph:
    """Two of the species under names of one's own, a new thing, and a collection that they are in."""
    named = [("hopper", species_word(3)), ("crawler", f"{species_word(70)} (animal)"), ("gizmo", "gizmo")]
    return KnowledgeGraph.from_triples(
        [(EX + name, v.SKOS_BROADER, EX + "cabinet") for name, _ in named],
        literals=[(EX + name, v.SKOS_PREF_LABEL, label, "en") for name, label in named]
        + [(EX + "cabinet", v.SKOS_PREF_LABEL, "cabinet", "en")]
        + [(species_iri(5), v.SKOS_ALT_LABEL, "fiver", "en")],
        source="thesaurus",
    )


def test_relations_are_no_concepts(known: Knowledge) -> None:
    assert not set(known.graph.relation_entities().tolist()) & set(known.concepts.tolist())
    assert (known.row_of_entity[known.concepts] == np.arange(len(known.concepts))).all()
    assert known.row_of_entity[known.graph.relation_entities()].tolist() == [-1, -1]


def test_a_graph_without_labels_is_refused() -> None:
    with pytest.raises(EmptyGraphError, match="no labelled concept"):
        Knowledge.build(KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")]), WordEncoder())


def test_the_text_of_a_concept() -> None:
    labels = [("ex:a", v.SKOS_PREF_LABEL, "a", "en")]
    labels += [("ex:a", v.SKOS_ALT_LABEL, label, "en") for label in "bcdef"]
    graph = KnowledgeGraph.from_triples([], literals=labels)
    assert concept_text(graph, graph.entity_id("ex:a")) == "a, b, c, d"


def test_what_is_saved_comes_back(known: Knowledge, tmp_path: Path) -> None:
    known.save(tmp_path / "knowledge")
    opened = Knowledge.open(tmp_path / "knowledge")
    assert np.array_equal(opened.concepts, known.concepts)
    assert np.array_equal(opened.vectors, known.vectors)
    assert opened.vectors.dtype == known.vectors.dtype == np.float16
    assert opened.encoder_id == known.encoder_id
    text = f"a {species_word(3)} in the forest"
    vector = WordEncoder().encode([text], "text").vectors[0]
    assert opened.linker.mentions(text, vector) == known.linker.mentions(text, vector)


def test_damaged_knowledge_is_named(known: Knowledge, tmp_path: Path) -> None:
    known.save(tmp_path / "knowledge")
    (tmp_path / "knowledge" / "concepts.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match=r"concepts\.safetensors is missing or damaged"):
        Knowledge.open(tmp_path / "knowledge")


def test_only_new_concepts_are_encoded(known: Knowledge, thesaurus: KnowledgeGraph) -> None:
    encoder = Counting()
    extended, moved = known.extended(thesaurus, encoder)
    assert set(encoder.seen) == {"cabinet", "gizmo", species_word(3), f"{species_word(70)} (animal)"}
    old = known.graph.entity_iris(known.concepts)
    rows = extended.row_of_entity[extended.graph.entity_ids(old)]
    assert np.array_equal(extended.vectors[rows], known.vectors)
    assert extended.graph.entity_iris(moved) == known.graph.entity_iris(np.arange(known.graph.num_entities))
    gizmo = extended.row_of_entity[extended.graph.entity_id(EX + "gizmo")]
    assert extended.vectors[gizmo] == pytest.approx(encoder.encode(["gizmo"], "text").vectors[0], abs=1e-3)


def test_concepts_of_the_same_name_are_tied(known: Knowledge, thesaurus: KnowledgeGraph) -> None:
    extended, _ = known.extended(thesaurus, WordEncoder())
    graph = extended.graph
    heads, tails, weights = graph.edges(v.SKOS_CLOSE_MATCH)
    assert dict(zip(graph.entity_iris(heads), graph.entity_iris(tails), strict=True)) == {
        EX + "hopper": species_iri(3),
        EX + "crawler": species_iri(70),
    }
    assert weights.tolist() == [1, 1]
    assert graph.sources()[CLOSE_MATCH_SOURCE] == 2


def test_texts_mention_concepts_of_both(known: Knowledge, thesaurus: KnowledgeGraph) -> None:
    extended, _ = known.extended(thesaurus, WordEncoder())
    links = extended.linker.link(["a gizmo in the forest", "one fiver"])
    found = dict(zip(links.items.tolist(), extended.graph.entity_iris(links.concepts), strict=True))
    assert found[1] == species_iri(5)
    assert EX + "gizmo" in extended.graph.entity_iris(links.concepts[links.items == 0])


def test_a_graph_that_is_known_already_changes_nothing(known: Knowledge) -> None:
    extended, moved = known.extended(known.graph, WordEncoder())
    assert moved.tolist() == list(range(known.graph.num_entities))
    assert extended.graph.equals(known.graph)
    assert np.array_equal(extended.vectors, known.vectors)


def test_without_wordnet_any_known_concept_is_tied_to() -> None:
    def graph(namespace: str) -> KnowledgeGraph:
        labels = [(namespace + name, v.SKOS_PREF_LABEL, name, "en") for name in ("owl", "hen")]
        return KnowledgeGraph.from_triples([], literals=labels)

    known = Knowledge.build(graph("http://one/"), WordEncoder())
    extended, _ = known.extended(graph("http://two/"), WordEncoder())
    heads, tails, _ = extended.graph.edges(v.SKOS_CLOSE_MATCH)
    assert extended.graph.entity_iris(heads) == ["http://two/hen", "http://two/owl"]
    assert extended.graph.entity_iris(tails) == ["http://one/hen", "http://one/owl"]


def test_another_encoder_is_refused(known: Knowledge, thesaurus: KnowledgeGraph) -> None:
    other: Any = WordEncoder()
    other.id = "tiny:text-2"
    with pytest.raises(ModelError, match="encoded by tiny:text, got tiny:text-2"):
        known.extended(thesaurus, other)


def test_a_further_graph_needs_labels(known: Knowledge) -> None:
    with pytest.raises(EmptyGraphError, match="no labelled concept"):
        known.extended(KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")]), WordEncoder())


def test_a_part_of_a_graph_will_do(thesaurus: KnowledgeGraph, tmp_path: Path) -> None:
    graph, encoder = tiny_graph(), Counting()
    wanted = graph.entity_ids([species_iri(3), species_iri(70), "http://example.org/kindOf"])
    part = Knowledge.build(graph, encoder, entities=wanted)
    assert part.graph.entity_iris(part.concepts) == sorted([species_iri(3), species_iri(70)])
    assert len(encoder.seen) == 2
    text = f"a {species_word(3)} and a {species_word(4)}"
    for one in (part, _saved(part, tmp_path)):
        links = one.linker.link([text])
        assert one.graph.entity_iris(links.concepts) == [species_iri(3)]
    extended, _ = part.extended(thesaurus, encoder)
    named = set(extended.graph.entity_iris(extended.concepts))
    assert {species_iri(3), species_iri(70), species_iri(5), EX + "gizmo"} <= named
    assert species_iri(4) not in named
    assert extended.linker.link([species_word(4)]).items.tolist() == []


def test_a_part_without_labels_is_refused() -> None:
    graph = tiny_graph()
    with pytest.raises(EmptyGraphError, match="no labelled concept"):
        Knowledge.build(graph, WordEncoder(), entities=graph.relation_entities())


def _saved(knowledge: Knowledge, folder: Path) -> Knowledge:
    knowledge.save(folder)
    return Knowledge.open(folder)
