"""Relation transfer on a target: refined vectors, the collection's means, and adaptation by a few pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from kgx.errors import KgxError
from kgx.evaluate import evaluate
from kgx.items import LinkedItems
from kgx.testing import TinyWorld
from kgx.transfer.centres import Centres, shrunk_mean
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer


@pytest.fixture(scope="module")
def pairs(world: TinyWorld) -> dict[str, LinkedItems]:
    """Twelve pairs of the target, four with a sound."""
    return {
        modality: items.select([row for row, entity in enumerate(items.entities) if int(entity[6:]) < 12])
        for modality, items in world.target.items()
    }


@pytest.fixture(scope="module")
def adapted(
    trained: RelationTransfer, pairs: dict[str, LinkedItems], target_centres: Centres
) -> RelationTransfer:
    return trained.adapt(pairs, target_centres)


def state(transfer: RelationTransfer) -> dict[str, np.ndarray]:
    return {name: value.numpy().copy() for name, value in transfer.refiner.state_dict().items()}


def equal(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("modality", ["text", "image", "audio"])
def test_refined_vectors_of_all_modalities_can_be_compared(
    modality: str, trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    refined = trained.refine(world.target[modality], target_centres)
    assert refined.shape == (len(world.target[modality]), 24 + 20 + 12)
    np.testing.assert_allclose(np.linalg.norm(refined, axis=1), 1.0, atol=1e-5)


def test_what_could_not_be_encoded_gets_zeros(
    trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    items = world.target["image"]
    vectors = items.vectors.copy()
    vectors[[2, 9]] = 0.0
    refined = trained.refine(replace(items, vectors=vectors), target_centres)
    assert np.flatnonzero(~refined.any(axis=1)).tolist() == [2, 9]
    others = np.delete(np.arange(40), [2, 9])
    assert np.array_equal(refined[others], trained.refine(items, target_centres)[others])


def test_no_items_give_no_vectors(trained: RelationTransfer, world: TinyWorld) -> None:
    assert trained.refine(world.target["text"].select([])).shape == (0, 56)


def test_refining_many_items_is_refining_each(
    trained: RelationTransfer,
    target_centres: Centres,
    world: TinyWorld,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = world.target["image"]
    whole = trained.refine(items, target_centres)
    monkeypatch.setattr("kgx.transfer.relation._BATCH", 7)
    np.testing.assert_allclose(trained.refine(items, target_centres), whole, atol=1e-5)


def test_a_text_alone_is_refined_by_what_it_mentions(
    trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    query = world.attacher.query(world.target["text"].captions[4], "text")
    filed = trained.refine(world.target["text"], target_centres, query=True)
    np.testing.assert_allclose(trained.refine(query, target_centres, query=True)[0], filed[4], atol=1e-5)


def test_a_collection_is_refined_part_by_part(
    trained: RelationTransfer, world: TinyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = world.target["image"]
    centres = trained.survey(items)
    refined = trained.refine(items, centres)
    monkeypatch.setattr("kgx.transfer.relation._PART", 7)
    again = trained.survey(items, description="measure image")
    assert again.paths.keys() == centres.paths.keys()
    for name, mean in centres.paths.items():
        np.testing.assert_allclose(again.paths[name], mean, atol=1e-6)
    np.testing.assert_allclose(trained.refine(items, centres, description="refine image"), refined, atol=1e-5)


def test_a_few_observations_are_drawn_toward_the_prior() -> None:
    few, many = (shrunk_mean(np.array([2.0]), count, np.array([0.0]))[0] for count in (5, 5000))
    assert few == pytest.approx(2 * 5 / 55)
    assert many == pytest.approx(2 * 5000 / 5050)
    assert shrunk_mean(np.array([2.0]), 5, None).tolist() == [1.0]


def test_a_collections_mean_is_shrunk_toward_the_sources(
    trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    items = world.target["image"]
    expected = (40 * items.vectors.mean(axis=0) + 50 * trained.centres.vectors["image"]) / 90
    np.testing.assert_allclose(target_centres.vectors["image"], expected, atol=1e-5)
    own = trained.maker.make(items, target_centres.vectors["image"])["text"]
    name = "image -depicts-> concept"
    shrunk = (own.counts()[name] * own.means()[name] + 50 * trained.centres.paths[name]) / (
        own.counts()[name] + 50
    )
    np.testing.assert_allclose(target_centres.paths[name], shrunk, atol=1e-4)


def test_texts_keep_the_sources_means(trained: RelationTransfer, world: TinyWorld) -> None:
    assert trained.survey(world.target["text"]) is trained.centres


def test_a_modality_that_the_source_has_not_gets_its_own_mean(
    trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    assert "audio" not in trained.centres.vectors
    sounds = world.target["audio"].vectors
    drawn = sounds.sum(axis=0) / (len(sounds) + 5)  # a little toward zero, as there is no other mean
    np.testing.assert_allclose(target_centres.vectors["audio"], drawn, atol=1e-6)


def test_nothing_usable_changes_no_mean(trained: RelationTransfer, world: TinyWorld) -> None:
    items = world.target["image"]
    blank = replace(items, vectors=np.zeros_like(items.vectors))
    assert trained.survey(blank) is trained.centres


def test_adapting_leaves_the_original_untouched(
    trained: RelationTransfer,
    pairs: dict[str, LinkedItems],
    target_centres: Centres,
    world: TinyWorld,
) -> None:
    before = state(trained)
    vectors = trained.refine(world.target["image"], target_centres)
    adapted = trained.adapt(pairs, target_centres, seed=5)
    assert equal(before, state(trained))
    assert np.array_equal(trained.refine(world.target["image"], target_centres), vectors)
    assert len(trained.maker.reference.items["image"]) == 64
    assert not equal(before, state(adapted))


def test_pairs_become_references(adapted: RelationTransfer, pairs: dict[str, LinkedItems]) -> None:
    reference = adapted.maker.reference
    for modality, count in {"text": 64, "image": 64, "audio": 0}.items():
        assert reference.items[modality].ids[count:] == pairs[modality].ids
        assert reference.own[modality] == count
    assert reference.data["text", "describes", "image"].edge_index.shape[1] == 64 + 12


def test_paths_and_their_descriptors_stay(trained: RelationTransfer, adapted: RelationTransfer) -> None:
    for modality in ("text", "image"):
        assert adapted.maker.paths[modality] == trained.maker.paths[modality]
    assert adapted.maker.descriptors is trained.maker.descriptors


def test_twins_of_known_pictures_are_told_what_those_are_called(
    trained: RelationTransfer, adapted: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    twins = world.target["image"].select(range(12))
    unknown = tuple(f"twin {row}" for row in range(12))
    twins = replace(twins, ids=unknown, entities=unknown, groups=unknown, links=())
    answers = world.target["text"].vectors[:12]
    path = "image -similar to-> image -inverse of describes-> text"
    column = [str(some) for some in trained.maker.paths["image"] if some.space == "text"].index(path)
    told = []
    for transfer in (trained, adapted):
        raw = transfer.maker.make(twins, target_centres.vectors["image"])["text"].values[:, column]
        told.append(float(np.mean([token @ answer for token, answer in zip(raw, answers, strict=True)])))
    assert told[1] > told[0] + 0.2


def test_the_same_seed_gives_the_same_adaptation(
    trained: RelationTransfer,
    adapted: RelationTransfer,
    pairs: dict[str, LinkedItems],
    target_centres: Centres,
    world: TinyWorld,
) -> None:
    torch.manual_seed(123)
    again = trained.adapt(pairs, target_centres)
    assert equal(state(adapted), state(again))
    for items in world.target.values():
        assert np.array_equal(adapted.refine(items, target_centres), again.refine(items, target_centres))
    assert not equal(state(adapted), state(trained.adapt(pairs, target_centres, seed=1)))


def test_maps_are_fitted_again_with_the_pairs_counted_more(
    trained: RelationTransfer,
    adapted: RelationTransfer,
    pairs: dict[str, LinkedItems],
    target_centres: Centres,
) -> None:
    features = trained.maker.own_features(pairs["image"], target_centres.vectors["image"])
    texts = pairs["text"].vectors

    def error(transfer: RelationTransfer) -> float:
        return float(np.square(transfer.maker.maps["image", "text"].transform(features) - texts).sum())

    assert error(adapted) < error(trained)
    heavier = replace(trained, options=trained.options.model_copy(update={"pair_weight": 50}))
    assert error(heavier.adapt(pairs, target_centres)) < error(adapted)


def test_a_pair_does_not_see_itself_in_training(
    adapted: RelationTransfer,
    trained: RelationTransfer,
    pairs: dict[str, LinkedItems],
    target_centres: Centres,
) -> None:
    images = pairs["image"]
    blocks = adapted._training_blocks(images, target_centres, trained)
    seen = adapted.blocks(images, target_centres)
    path = "image -similar to-> image -inverse of describes-> text"
    column = [str(some) for some in adapted.maker.paths["image"] if some.space == "text"].index(path)
    answers = torch.from_numpy(pairs["text"].vectors - target_centres.paths[path])
    cosines = [
        torch.cosine_similarity(block["text"].tokens[:, column].float(), answers).mean()
        for block in (blocks, seen)
    ]
    assert cosines[0] < cosines[1] - 0.1


@pytest.mark.parametrize("modalities", [(), ("text",), ("image",)])
def test_without_pairs_there_is_nothing_to_adapt_to(
    modalities: tuple[str, ...], trained: RelationTransfer, pairs: dict[str, LinkedItems]
) -> None:
    assert trained.adapt({modality: pairs[modality] for modality in modalities}) is trained
    nothing = {modality: pairs[modality].select([]) for modality in modalities}
    assert trained.adapt(nothing) is trained


def test_pairs_of_a_modality_that_the_source_has_not_are_learned_from(
    trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    """Twenty-four sounds of drawings: enough for a linear map that the source could not fit."""
    texts = world.source["text"].select(range(24))
    encoder, folder = world.encoders["audio"], world.target_collection.root
    files = [folder / f"extra {row}.sound" for row in range(24)]
    for file, caption in zip(files, texts.captions, strict=True):
        file.write_text(f"drawing: {caption}", encoding="utf-8")
    names = tuple(f"audio:extra {row}" for row in range(24))
    vectors = encoder.encode(files, "audio").vectors
    sounds = LinkedItems("audio", names, texts.entities, texts.entities, ("",) * 24, vectors)
    texts = replace(texts, ids=tuple(f"{name}/extra" for name in texts.ids), groups=texts.entities)
    adapted = trained.adapt({"text": texts, "audio": sounds}, target_centres)
    assert ("audio", "text") in adapted.maker.maps
    assert "audio -translation-> text" in {str(path) for path in adapted.maker.paths["audio"]}
    unlinked, answers = replace(world.target["audio"], links=()), world.target["text"]
    relevant = np.array(unlinked.entities)[:, None] == np.array(answers.entities)[None]
    before, after = (
        evaluate(
            transfer.refine(unlinked, target_centres) @ transfer.refine(answers, target_centres).T, relevant
        )
        for transfer in (trained, adapted)
    )
    assert after["mrr"] > before["mrr"] + 0.1
    assert np.isfinite(trained.adapt({"text": texts, "audio": sounds}).refine(sounds, target_centres)).all()


def test_strangers_are_no_pairs(trained: RelationTransfer, pairs: dict[str, LinkedItems]) -> None:
    strangers = replace(pairs["image"], entities=tuple(f"stranger {row}" for row in range(12)))
    with pytest.raises(KgxError, match="no pair to train on"):
        trained.adapt({"text": pairs["text"], "image": strangers})


@pytest.mark.parametrize(("prior", "counted"), [(2, 2), (4, 4), (400, 4)])
def test_the_fewer_pairs_the_less_the_weights_move(
    prior: int,
    counted: int,
    trained: RelationTransfer,
    pairs: dict[str, LinkedItems],
    target_centres: Centres,
) -> None:
    """What was learned from 64 drawings counts as 4 pairs at most."""
    share = len(pairs["image"]) / (len(pairs["image"]) + counted)
    free, drawn = (
        replace(trained, options=trained.options.model_copy(update={"prior_pairs": some}))
        .adapt(pairs, target_centres)
        .refiner.state_dict()
        for some in (0, prior)
    )
    for name, before in trained.refiner.state_dict().items():
        torch.testing.assert_close(drawn[name], share * free[name] + (1 - share) * before)


def test_what_was_never_trained_has_nothing_to_keep(pretraining: Pretraining) -> None:
    assert pretraining.untrained(0).options.prior_pairs == 0
    assert pretraining.train(0).options.prior_pairs == pretraining.options.prior_pairs > 0
