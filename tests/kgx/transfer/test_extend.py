"""A user's graph beside the model's: relations that were never trained on are walked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphs import EmptyGraphError, KnowledgeGraph
from graphs import vocabulary as v
from kgx.attach import Attacher
from kgx.testing import species_iri, species_word
from kgx.transfer.extend import concept_names, extend_knowledge, extend_paths

MY = "http://my.example/"


@pytest.fixture(scope="module")
def shelves() -> KnowledgeGraph:
    """Every second species of the first family, on a shelf of its own."""
    triples, literals = [], []
    for number in range(0, 64, 2):
        triples.append((f"{MY}{number}", MY + "standsOn", f"{MY}shelf{number}"))
        literals.append((f"{MY}{number}", v.SKOS_PREF_LABEL, species_word(number), "en"))
        literals.append((f"{MY}shelf{number}", v.SKOS_PREF_LABEL, f"shelf {number}", "en"))
    literals.append((MY + "standsOn", v.RDFS_LABEL, "stands on", "en"))
    return KnowledgeGraph.from_triples(triples, literals=literals, source="mine")


@pytest.fixture(scope="module")
def extended(pretrained: Any, shelves: KnowledgeGraph) -> Any:
    return extend_knowledge(pretrained.transfer, shelves, pretrained.world.encoders["text"])


def test_what_was_known_is_walked_as_before(pretrained: Any, extended: Any) -> None:
    old = pretrained.transfer.maker.reference.knowledge.graph
    moved = extended.maker.reference.knowledge.graph.entity_ids(old.entity_iris(np.arange(old.num_entities)))
    for items in pretrained.world.target.values():
        centres = pretrained.transfer.survey(items)
        before = pretrained.transfer.refine(items, centres)
        assert extended.refine(items.renumbered(moved), centres) == pytest.approx(before, abs=1e-3)


def test_trained_relations_keep_their_descriptors(pretrained: Any, extended: Any) -> None:
    for kind, descriptor in pretrained.transfer.maker.descriptors.items():
        assert np.array_equal(extended.maker.descriptors[kind], descriptor)
    fresh = {
        relation
        for _, relation, _ in set(extended.maker.descriptors) - set(pretrained.transfer.maker.descriptors)
    }
    assert fresh == {"standsOn", "inverse of standsOn", "closeMatch", "inverse of closeMatch"}


def test_a_small_graphs_relations_are_edges(extended: Any) -> None:
    data = extended.maker.reference.data
    assert data["concept", "standsOn", "concept"].edge_index.shape == (2, 32)
    assert data["concept", "closeMatch", "concept"].edge_index.shape == (2, 32)


def test_paths_that_lead_somewhere_are_added(pretrained: Any, extended: Any, shelves: KnowledgeGraph) -> None:
    world, knowledge = pretrained.world, extended.maker.reference.knowledge
    attacher = Attacher(knowledge, world.encoders)
    items = attacher.collection(world.target_collection)
    wider = extend_paths(extended, (concept_names(knowledge, shelves), *items.values()))
    found = {
        modality: {str(path) for path in paths[len(extended.maker.paths[modality]) :]}
        for modality, paths in wider.maker.paths.items()
    }
    assert found["text"] >= {
        "text -mentions-> concept -standsOn-> concept",
        "text -mentions-> concept -closeMatch-> concept",
        "text -mentions-> concept -inverse of closeMatch-> concept",
    }
    assert found["image"] == {"image -depicts-> concept -inverse of closeMatch-> concept"}
    for modality, paths in found.items():
        assert paths <= {*wider.centres.paths}, modality
        assert wider.refine(items[modality], wider.survey(items[modality])).any(axis=1).all()


def test_a_text_reaches_the_shelf(pretrained: Any, extended: Any, shelves: KnowledgeGraph) -> None:
    knowledge = extended.maker.reference.knowledge
    wider = extend_paths(extended, [concept_names(knowledge, shelves)])
    query = Attacher(knowledge, pretrained.world.encoders).query(f"a {species_word(4)}", "text")
    tokens = wider.maker.make(query, wider.centres.vectors["text"])["text"]
    column = [str(path) for path in tokens.paths].index("text -mentions-> concept -standsOn-> concept")
    shelf = knowledge.row_of_entity[knowledge.graph.entity_id(f"{MY}shelf4")]
    assert tokens.values[0, column] == pytest.approx(knowledge.vectors[shelf], abs=2e-3)


def test_names_of_concepts_are_linked_texts(extended: Any, shelves: KnowledgeGraph) -> None:
    knowledge = extended.maker.reference.knowledge
    names = concept_names(knowledge, shelves)
    assert len(names) == 64  # the relation is no concept
    place = names.ids.index(f"{MY}4")
    assert names.captions[place] == species_word(4)
    linked = names.links[0].concepts[names.links[0].items == place]
    assert set(knowledge.graph.entity_iris(linked)) == {f"{MY}4", species_iri(4)}


def test_without_a_sample_nothing_is_added(extended: Any) -> None:
    assert extend_paths(extended, []).maker.paths == extended.maker.paths


def test_a_graph_without_labels_is_refused(pretrained: Any) -> None:
    bare = KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")])
    with pytest.raises(EmptyGraphError):
        extend_knowledge(pretrained.transfer, bare, pretrained.world.encoders["text"])
