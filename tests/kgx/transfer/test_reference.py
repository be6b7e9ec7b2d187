"""The reference graph: its edges by hand, its similarities against a loop, and what extending it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graphs import GraphBuilder
from graphs.vocabulary import local_name
from kgx.testing import FAMILIES, KIND, PLACE, TinyWorld
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.reference import ABOUT, DESCRIBES, SIMILAR, ReferenceGraph, centred_rows


@pytest.fixture(scope="module")
def reference(pretraining: Pretraining) -> ReferenceGraph:
    return pretraining.maker.reference


def edges(reference: ReferenceGraph, kind: tuple[str, str, str]) -> dict[tuple[int, int], float]:
    store = reference.data[kind]
    pairs = zip(*store.edge_index.tolist(), store.edge_weight.tolist(), strict=True)
    return {(head, tail): weight for head, tail, weight in pairs}


def test_centring_takes_the_mean_off_and_leaves_empty_rows_empty() -> None:
    rows = np.array([[3.0, 1.0], [0.0, 0.0], [1.0, 5.0]], dtype=np.float32)
    centred = centred_rows(rows, np.array([1.0, 1.0], dtype=np.float32))
    assert centred.tolist() == [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]


def test_items_that_could_not_be_encoded_do_not_count_in_the_mean(world: TinyWorld) -> None:
    images = world.source["image"]
    vectors = images.vectors.copy()
    vectors[5] = 0.0
    reference = ReferenceGraph(
        world.knowledge, {"text": world.source["text"], "image": replace(images, vectors=vectors)}
    )
    kept = np.delete(images.vectors, 5, axis=0)
    np.testing.assert_allclose(reference.centres["image"], kept.mean(axis=0), atol=1e-6)
    assert not reference.features["image"][5].any()
    assert 5 not in {tail for _, tail in edges(reference, ("image", SIMILAR, "image"))}


def test_texts_stand_as_encoded_and_other_items_without_their_mean(
    reference: ReferenceGraph, world: TinyWorld
) -> None:
    assert np.array_equal(reference.features["text"], world.source["text"].vectors)
    images = world.source["image"].vectors
    moved = images - images.mean(axis=0)
    expected = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    np.testing.assert_allclose(reference.features["image"], expected, atol=1e-5)
    assert np.array_equal(
        reference.features["concept"], np.asarray(world.knowledge.vectors, dtype=np.float32)
    )


def test_a_text_describes_the_items_of_its_entity(reference: ReferenceGraph, world: TinyWorld) -> None:
    texts, images = world.source["text"], world.source["image"]
    expected = {
        (text, image)
        for text, shown in enumerate(texts.entities)
        for image, entity in enumerate(images.entities)
        if shown == entity
    }
    assert len(expected) == 64
    assert set(edges(reference, ("text", DESCRIBES, "image"))) == expected
    assert set(edges(reference, ("image", f"inverse of {DESCRIBES}", "text"))) == {
        (image, text) for text, image in expected
    }


def test_an_item_is_about_what_its_texts_mention(reference: ReferenceGraph, world: TinyWorld) -> None:
    mentioned = reference.link_matrices(world.source["text"])["mentions"].toarray()
    texts = {entity: row for row, entity in enumerate(world.source["text"].entities)}
    expected = {
        (image, int(concept))
        for image, entity in enumerate(world.source["image"].entities)
        for concept in np.flatnonzero(mentioned[texts[entity]])
    }
    assert set(edges(reference, ("image", ABOUT, "concept"))) == expected


def test_the_graphs_relations_run_between_rows_of_concepts(
    reference: ReferenceGraph, world: TinyWorld
) -> None:
    graph, rows = world.knowledge.graph, world.knowledge.row_of_entity
    heads, tails, _ = graph.edges(KIND.iri)
    expected = set(zip(rows[heads].tolist(), rows[tails].tolist(), strict=True))
    assert set(edges(reference, ("concept", "kindOf", "concept"))) == expected
    assert len(expected) == 64 * len(FAMILIES)


def test_a_relation_of_few_edges_is_left_out_unless_it_is_wanted(world: TinyWorld) -> None:
    rare = replace(PLACE, iri="http://example.org/rare", label="rare")
    graph_edges = world.knowledge.graph.edges(PLACE.iri)[0][:20]
    builder = GraphBuilder()
    builder.add_graph(world.knowledge.graph)
    for head in world.knowledge.graph.entity_iris(graph_edges):
        builder.add(head, rare.iri, "http://example.org/bird")
    graph = builder.build()
    moved = graph.entity_ids(world.knowledge.graph.entity_iris(world.knowledge.concepts))
    knowledge = replace(world.knowledge, graph=graph, concepts=np.sort(moved))
    without = ReferenceGraph(knowledge, {})
    kept = ReferenceGraph(knowledge, {}, kept_relations=frozenset({local_name(rare.iri)}))
    names = [{relation for _, relation, _ in one.data.edge_types} for one in (without, kept)]
    assert "rare" not in names[0]
    assert {"rare", "inverse of rare"} == names[1] - names[0]


def test_similarities_are_a_softmax_over_the_nearest_of_other_groups(
    reference: ReferenceGraph, world: TinyWorld
) -> None:
    items = world.source["image"]
    groups = reference.groups["image"]
    found = reference.similar(items, reference.centres["image"], groups=groups).toarray()
    features = reference.features["image"]
    for row in range(len(items)):
        cosines = {
            other: float(features[row] @ features[other])
            for other in range(len(items))
            if items.groups[other] != items.groups[row]
        }
        nearest = sorted(cosines, key=lambda other: -cosines[other])[: reference.neighbours]
        powers = {other: np.exp(cosines[other] / reference.temperature) for other in nearest}
        expected = np.zeros(len(items))
        for other, power in powers.items():
            expected[other] = power / sum(powers.values())
        np.testing.assert_allclose(found[row], expected, atol=1e-4)


def test_no_item_is_similar_to_itself(reference: ReferenceGraph) -> None:
    for modality in ("text", "image"):
        pairs = edges(reference, (modality, SIMILAR, modality))
        assert pairs
        assert not any(head == tail for head, tail in pairs)
        assert (modality, f"inverse of {SIMILAR}", modality) not in reference.data.edge_types


def test_group_numbers_are_the_same_in_all_modalities(reference: ReferenceGraph, world: TinyWorld) -> None:
    texts, images = world.source["text"], world.source["image"]
    numbers = dict(zip(texts.groups, reference.groups["text"].tolist(), strict=True))
    assert len(set(numbers.values())) == 8
    assert [numbers[group] for group in images.groups] == reference.groups["image"].tolist()
    assert reference.group_codes(world.target["text"]).tolist() == [-1] * 40


def test_links_to_what_is_no_concept_are_left_out(reference: ReferenceGraph, world: TinyWorld) -> None:
    texts = world.source["text"]
    (mentions,) = [link for link in texts.links if link.relation == "mentions"]
    relation_entity = int(world.knowledge.graph.entity_ids([KIND.iri])[0])
    astray = replace(mentions, concepts=np.where(mentions.items == 3, relation_entity, mentions.concepts))
    matrix = reference.link_matrices(replace(texts, links=(astray,)))["mentions"]
    assert matrix.shape == (64, len(world.knowledge.concepts))
    assert not matrix[3].nnz
    assert matrix[2].nnz


def test_two_links_of_one_relation_add_up(reference: ReferenceGraph, world: TinyWorld) -> None:
    texts = world.source["text"]
    (mentions,) = [link for link in texts.links if link.relation == "mentions"]
    once = reference.link_matrices(replace(texts, links=(mentions,)))["mentions"]
    twice = reference.link_matrices(replace(texts, links=(mentions, mentions)))["mentions"]
    assert np.array_equal(twice.toarray(), 2 * once.toarray())


def test_further_items_stand_behind_and_are_centred_by_their_own_mean(
    reference: ReferenceGraph, world: TinyWorld
) -> None:
    some = world.target["image"].select(range(10))
    joined = {
        "text": reference.items["text"],
        "image": type(some).join([reference.items["image"], some]),
    }
    centre = world.target["image"].vectors.mean(axis=0)
    extended = reference.extended(joined, {"image": centre})
    assert np.array_equal(extended.features["image"][:64], reference.features["image"])
    np.testing.assert_allclose(extended.features["image"][64:], centred_rows(some.vectors, centre), atol=1e-6)
    assert np.array_equal(extended.centres["image"], reference.centres["image"])
    assert len(reference.items["image"]) == 64
    again = extended.extended(
        {**joined, "image": type(some).join([joined["image"], world.target["image"].select([20])])},
        {"image": centre},
    )
    assert np.array_equal(again.features["image"][:64], reference.features["image"])


def test_a_modality_that_only_the_further_items_have_is_centred_by_their_collection(
    reference: ReferenceGraph, world: TinyWorld
) -> None:
    sounds = world.target["audio"]
    centre, two = sounds.vectors.mean(axis=0), sounds.select([3, 8])
    extended = reference.extended({**reference.items, "audio": two}, {"audio": centre})
    np.testing.assert_allclose(extended.features["audio"], centred_rows(two.vectors, centre), atol=1e-6)
    assert np.array_equal(extended.centres["audio"], centre)


def test_further_items_of_an_unknown_collection_are_centred_by_themselves(
    reference: ReferenceGraph, world: TinyWorld
) -> None:
    sounds = world.target["audio"]
    extended = reference.extended({**reference.items, "audio": sounds}, {})
    np.testing.assert_allclose(extended.centres["audio"], sounds.vectors.mean(axis=0), atol=1e-6)
