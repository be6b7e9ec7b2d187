"""Hop tokens: against loops over links, and who may see whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from graphs.propagate import Path
from kgx.items import LinkedItems
from kgx.testing import KIND, TinyWorld
from kgx.transfer.centres import Centres
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.reference import centred_rows
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tokens import TokenMaker, TokenPath, Tokens

Change = Callable[[LinkedItems, int, int], LinkedItems]


@pytest.fixture(scope="module")
def maker(pretraining: Pretraining) -> TokenMaker:
    return pretraining.maker


def made(maker: TokenMaker, items: LinkedItems, **options: np.ndarray) -> dict[str, np.ndarray]:
    """Return path -> raw tokens."""
    centre = maker.reference.centres.get(items.modality, items.vectors.mean(axis=0))
    found = {}
    for tokens in maker.make(items, centre, **options).values():
        for column, path in enumerate(tokens.paths):
            found[str(path)] = tokens.values[:, column].astype(np.float32)
    return found


def links_of(items: LinkedItems, relation: str, row: int) -> list[tuple[int, float]]:
    return [
        (int(concept), float(weight))
        for link in items.links
        if link.relation == relation
        for item, concept, weight in zip(link.items, link.concepts, link.weights, strict=True)
        if item == row
    ]


def test_the_first_token_is_the_item_itself(maker: TokenMaker, world: TinyWorld) -> None:
    texts, images = world.target["text"], world.target["image"]
    np.testing.assert_allclose(made(maker, texts)["text"], texts.vectors, atol=1e-3)
    centre = maker.reference.centres["image"]
    np.testing.assert_allclose(made(maker, images)["image"], centred_rows(images.vectors, centre), atol=1e-3)


def test_one_hop_is_the_weighted_mean_of_the_concepts(maker: TokenMaker, world: TinyWorld) -> None:
    images = world.target["image"]
    found = made(maker, images)["image -depicts-> concept"]
    knowledge = world.knowledge
    for row in range(len(images)):
        expected, total = np.zeros(24), 0.0
        for concept, weight in links_of(images, "depicts", row):
            expected += weight * knowledge.vectors[knowledge.row_of_entity[concept]].astype(float)
            total += weight
        np.testing.assert_allclose(found[row], expected / total, atol=2e-3)


def test_two_hops_go_on_from_where_one_has_ended(maker: TokenMaker, world: TinyWorld) -> None:
    texts, knowledge = world.target["text"], world.knowledge
    found = made(maker, texts)["text -mentions-> concept -kindOf-> concept"]
    for row in range(len(texts)):
        expected, total = np.zeros(24), 0.0
        for concept, weight in links_of(texts, "mentions", row):
            kinds = [tail for relation, tail in knowledge.graph.neighbours(concept) if relation == KIND.iri]
            for kind in kinds:
                vector = knowledge.vectors[knowledge.row_of_entity[kind]].astype(float)
                expected += weight * vector / len(kinds)
            total += weight * bool(kinds)
        np.testing.assert_allclose(found[row], expected / total, atol=2e-3)


def test_similar_references_bring_their_texts(maker: TokenMaker, world: TinyWorld) -> None:
    images = world.target["image"]
    reference = maker.reference
    found = made(maker, images)["image -similar to-> image -inverse of describes-> text"]
    similar = reference.similar(images, reference.centres["image"]).toarray()
    texts = {entity: row for row, entity in enumerate(reference.items["text"].entities)}
    rows = [texts[entity] for entity in reference.items["image"].entities]
    np.testing.assert_allclose(found, similar @ reference.features["text"][rows], atol=2e-3)


def test_hidden_groups_make_room_for_further_neighbours(maker: TokenMaker, world: TinyWorld) -> None:
    reference, images = maker.reference, world.source["image"]
    groups = reference.groups["image"]
    similar = reference.similar(images, reference.centres["image"], groups=groups).toarray()
    assert (np.count_nonzero(similar, axis=1) == reference.neighbours).all()
    found = made(maker, images, groups=groups)["image -similar to-> image"]
    np.testing.assert_allclose(found, similar @ reference.features["image"], atol=2e-3)


def test_the_translation_is_the_item_mapped_at_length_one(maker: TokenMaker, world: TinyWorld) -> None:
    images = world.target["image"]
    mapped = maker.maps["image", "text"].transform(
        centred_rows(images.vectors, maker.reference.centres["image"])
    )
    expected = mapped / np.linalg.norm(mapped, axis=1, keepdims=True)
    found = made(maker, images)["image -translation-> text"]
    np.testing.assert_allclose(found, expected, atol=2e-3)
    other = np.eye(24, dtype=np.float32)[np.arange(40) % 24]
    given = made(maker, images, translated={"text": 3 * other})["image -translation-> text"]
    np.testing.assert_allclose(given, other, atol=1e-3)


def test_a_group_mate_is_not_seen_when_groups_are_hidden(
    prepare: Callable[..., Pretraining], maker: TokenMaker, world: TinyWorld, with_vector: Change
) -> None:
    """A group mate's text changes: without groups this shows in the tokens of the pictures, with groups never."""
    texts, images = world.source["text"], world.source["image"]
    mates = [row for row, group in enumerate(images.groups) if group == "series 2"]
    changed = with_vector(texts, mates[0], 5)
    altered = prepare({"text": changed, "image": images}).maker
    groups = maker.reference.groups["image"]
    untranslated = {"text": np.zeros((64, 24), np.float32)}
    hidden = [made(one, images, groups=groups, translated=untranslated) for one in (maker, altered)]
    open_ = [made(one, images, translated=untranslated) for one in (maker, altered)]
    for path in hidden[0]:
        assert np.array_equal(hidden[0][path][mates], hidden[1][path][mates]), path
    differing = {
        path for path in open_[0] if not np.array_equal(open_[0][path][mates], open_[1][path][mates])
    }
    assert "image -similar to-> image -inverse of describes-> text" in differing
    assert "image -in category-> concept -inverse of in category-> text" in differing


def test_other_groups_are_seen_when_the_own_is_hidden(
    prepare: Callable[..., Pretraining], maker: TokenMaker, world: TinyWorld, with_vector: Change
) -> None:
    texts, images = world.source["text"], world.source["image"]
    row = texts.groups.index("series 2")
    altered = prepare({"text": with_vector(texts, row, 5), "image": images}).maker
    groups, untranslated = maker.reference.groups["image"], {"text": np.zeros((64, 24), np.float32)}
    before, after = (made(one, images, groups=groups, translated=untranslated) for one in (maker, altered))
    path = "image -in category-> concept -inverse of in category-> text"
    changed = np.flatnonzero((before[path] != after[path]).any(axis=1))
    category = links_of(images, "in category", row)
    assert set(changed) == {
        other
        for other in range(64)
        if images.groups[other] != "series 2" and links_of(images, "in category", other) == category
    }


def test_hidden_groups_hide_the_own_text_from_a_picture(maker: TokenMaker, world: TinyWorld) -> None:
    """Were it seen, the first neighbour's text would be the answer that training asks for."""
    images = world.source["image"]
    path = "image -similar to-> image -inverse of describes-> text"
    answers = world.source["text"].vectors
    seen = made(maker, images)[path]
    hidden = made(maker, images, groups=maker.reference.groups["image"])[path]
    cosines = [
        float(np.mean(np.sum(rows / np.linalg.norm(rows, axis=1, keepdims=True) * answers, axis=1)))
        for rows in (seen, hidden)
    ]
    assert cosines[0] > cosines[1] + 0.1


@pytest.mark.parametrize("modality", ["text", "image", "audio"])
def test_items_that_are_refined_never_see_one_another(
    modality: str,
    trained: RelationTransfer,
    target_centres: Centres,
    world: TinyWorld,
    with_vector: Change,
) -> None:
    items = world.target[modality]
    before = trained.refine(items, target_centres)
    after = trained.refine(with_vector(items, 7, 1), target_centres)
    others = np.delete(np.arange(len(items)), 7)
    assert np.array_equal(before[others], after[others])
    assert not np.allclose(before[7], after[7])
    np.testing.assert_allclose(trained.refine(items.select([7]), target_centres), before[7:8], atol=1e-5)


def test_nothing_is_filed_about_a_query(
    maker: TokenMaker, trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    items = world.target["image"]
    filed, asked = (trained.blocks(items, target_centres, query=query) for query in (False, True))
    masks = maker.asked()["image"]
    for space, paths in ((space, masks[space]) for space in filed):
        names = [path for path in maker.paths["image"] if path.space == space]
        assert [path.filed for path in names] == [not bool(kept) for kept in paths]
        assert any(path.filed for path in names)
        assert filed[space].present[:, ~paths].any()
        assert not asked[space].present[:, ~paths].any()
        assert not asked[space].agreement[:, ~paths].any()
        assert (asked[space].tokens[:, paths] == filed[space].tokens[:, paths]).all()
    unfiled = trained.refine(items.without("in category"), target_centres)
    np.testing.assert_allclose(trained.refine(items, target_centres, query=True), unfiled, atol=1e-5)


def test_tokens_are_centred_path_by_path_where_they_are(maker: TokenMaker) -> None:
    path = TokenPath(Path("image"), "image")
    raw = np.array([[[0.6, 0.0]], [[0.0, 0.0]], [[0.0, 1.0]]], dtype=np.float16)
    tokens = Tokens((path,), raw)
    block = maker.block(tokens, {str(path): np.array([0.1, 0.5], dtype=np.float32)})
    np.testing.assert_allclose(block.agreement[:, 0], [0.6, 0.0, 1.0], atol=1e-3)
    expected = np.array([[0.5, -0.5], [0.0, 0.0], [-0.1, 0.5]])
    lengths = np.array([[np.hypot(0.5, 0.5)], [1.0], [np.hypot(0.1, 0.5)]])
    np.testing.assert_allclose(block.tokens[:, 0].float(), expected / lengths, atol=2e-3)


def test_means_and_counts_are_over_what_a_path_reaches() -> None:
    paths = (TokenPath(Path("text"), "text"), TokenPath(Path("text"), "image", True))
    values = np.array([[[1, 0], [0, 0]], [[3, 0], [0, 0]], [[0, 0], [0, 0]]], dtype=np.float16)
    tokens = Tokens(paths, values)
    assert {name: mean.tolist() for name, mean in tokens.means().items()} == {"text": [2.0, 0.0]}
    assert tokens.counts() == {"text": 2, "text -translation-> image": 0}


def test_an_item_that_could_not_be_encoded_or_linked_has_no_token(
    maker: TokenMaker, world: TinyWorld
) -> None:
    items = world.target["image"]
    vectors = items.vectors.copy()
    vectors[4] = 0.0
    nothing = made(maker, replace(items, vectors=vectors, links=()))
    assert not any(tokens[4].any() for tokens in nothing.values())
    assert nothing["image"][5].any()
    assert not nothing["image -depicts-> concept"].any()


def test_only_paths_that_lead_somewhere_are_walked(pretraining: Pretraining, world: TinyWorld) -> None:
    paths = pretraining.maker.paths["image"]
    items, reference = world.source["image"], pretraining.maker.reference
    tokens = pretraining.maker.make(items, reference.centres["image"], groups=reference.groups["image"])
    shares = {name: count / 64 for some in tokens.values() for name, count in some.counts().items()}
    assert all(shares[str(path)] >= 0.1 for path in paths)
    few = replace(pretraining.maker, coverage=1.0, known_paths={})
    kept = {str(path) for path in few.paths["image"] if not path.translated}
    assert kept == {str(path) for path in paths if not path.translated and shares[str(path)] == 1.0}


def test_no_path_begins_with_the_answer(maker: TokenMaker) -> None:
    for paths in maker.paths.values():
        for path in paths:
            assert path.first not in ("describes", "about")
            assert not path.first.startswith("inverse of")


def test_a_modality_without_references_walks_as_the_others_do(maker: TokenMaker) -> None:
    """The source has no sounds: what a text's mentions lead to, a transcript's may lead to as well."""
    assert "audio" not in maker.reference.items
    names = {str(path) for path in maker.paths["audio"]}
    onward = {
        str(path).removeprefix("text -mentions->") for path in maker.paths["text"] if path.first == "mentions"
    }
    assert {f"audio -says->{rest}" for rest in onward} <= names
    assert "audio" in names
    assert not any("similar to" in name or "translation" in name for name in names)
