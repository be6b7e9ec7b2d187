"""The methods without relations, each against what it is by definition."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from experiments.config import ExperimentConfig
from experiments.methods import BASELINES, Baselines, Embed, KnownPairs
from experiments.world import World
from graphs.gnn.similarity import propagate_similarity
from kgx.evaluate import evaluate
from kgx.items import LinkedItems
from kgx.transfer.centres import Centres
from kgx.transfer.feature import RidgeMap
from kgx.transfer.pretrain import Pretraining


@pytest.fixture(scope="module")
def centres(tiny_world: World, tiny_pretraining: Pretraining) -> Centres:
    means = {modality: items.vectors.mean(axis=0) for modality, items in tiny_world.target.items.items()}
    return Centres({**means, "text": tiny_pretraining.centres.vectors["text"]}, {})


@pytest.fixture(scope="module")
def baselines(tiny_config: ExperimentConfig, tiny_pretraining: Pretraining, centres: Centres) -> Baselines:
    return Baselines(tiny_config, tiny_pretraining, centres)


@pytest.fixture(scope="module")
def pairs(tiny_world: World) -> dict[str, LinkedItems]:
    return tiny_world.target.draw(12, 0)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def centred(items: LinkedItems, mean: np.ndarray) -> np.ndarray:
    return unit(items.vectors - mean)


def embed(
    baselines: Baselines, method: str, pairs: Mapping[str, LinkedItems] | None = None, seed: int = 0
) -> Embed:
    found = baselines.embed(method, pairs or {}, seed)
    assert found is not None
    return found


def reciprocal_rank(embedding: Embed, world: World) -> float:
    direction = world.target.direction("text", "image")
    return evaluate(embedding(direction.queries) @ embedding(direction.gallery).T, direction.relevant)["mrr"]


@pytest.mark.parametrize("method", [method for method in BASELINES if method != "random"])
def test_texts_are_their_own_vectors_centred_by_the_source(
    method: str, baselines: Baselines, tiny_world: World, tiny_pretraining: Pretraining
) -> None:
    texts = tiny_world.target.items["text"]
    expected = centred(texts, tiny_pretraining.centres.vectors["text"])
    np.testing.assert_allclose(embed(baselines, method)(texts), expected, atol=1e-5)


@pytest.mark.parametrize("method", BASELINES)
def test_all_vectors_lie_in_one_space_at_length_one(
    method: str, baselines: Baselines, tiny_world: World
) -> None:
    embedding = embed(baselines, method)
    vectors = [embedding(tiny_world.target.items[modality]) for modality in ("text", "image")]
    assert vectors[0].shape[1] == vectors[1].shape[1]
    for rows in vectors:
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("method", [method for method in BASELINES if method != "random"])
def test_every_method_is_better_than_chance(method: str, baselines: Baselines, tiny_world: World) -> None:
    chance = np.mean(
        [reciprocal_rank(embed(baselines, "random", seed=seed), tiny_world) for seed in range(5)]
    )
    assert reciprocal_rank(embed(baselines, method), tiny_world) > chance + 0.1


@pytest.mark.parametrize("method", ["random", "label-text"])
def test_what_has_no_use_for_pairs_is_not_fitted_on_them(
    method: str, baselines: Baselines, pairs: dict[str, LinkedItems]
) -> None:
    assert baselines.embed(method, pairs, 0) is None


def test_random_vectors_are_decided_by_the_seed(baselines: Baselines, tiny_world: World) -> None:
    images = tiny_world.target.items["image"]
    first = embed(baselines, "random", seed=3)(images)
    assert np.array_equal(first, embed(baselines, "random", seed=3)(images))
    assert not np.allclose(first, embed(baselines, "random", seed=4)(images))
    texts = embed(baselines, "random", seed=3)(tiny_world.target.items["text"])
    assert abs(np.mean(np.sum(first * texts, axis=1))) < 0.2


def test_class_labels_are_a_weighted_mean_of_their_texts(baselines: Baselines, tiny_world: World) -> None:
    def labels(items: LinkedItems) -> np.ndarray:
        knowledge = tiny_world.knowledge
        found = np.zeros((len(items), 24))
        for link in items.links:
            if link.relation == "depicts":
                for item, concept, weight in zip(link.items, link.concepts, link.weights, strict=True):
                    found[item] += weight * knowledge.vectors[knowledge.row_of_entity[concept]].astype(float)
        return found

    mean = labels(tiny_world.source["image"]).mean(axis=0)
    images = tiny_world.target.items["image"]
    expected = unit(labels(images) - mean)
    np.testing.assert_allclose(embed(baselines, "label-text")(images), expected, atol=1e-4)


def test_a_sounds_labels_are_what_its_transcript_mentions(baselines: Baselines, tiny_world: World) -> None:
    found = embed(baselines, "label-text")(tiny_world.target.items["audio"])
    assert found.shape == (14, 24)
    assert found.any(axis=1).all()
    unlinked = embed(baselines, "label-text")(tiny_world.target.items["audio"].without("says"))
    assert not unlinked.any()


def test_ridge_is_the_map_of_the_sources_pairs(
    baselines: Baselines, centres: Centres, tiny_world: World, tiny_pretraining: Pretraining
) -> None:
    source, images = tiny_world.source, tiny_world.target.items["image"]
    own = tiny_pretraining.centres.vectors
    fitted = RidgeMap(tiny_pretraining.options.ridge_alpha).fit(
        centred(source["image"], own["image"]), centred(source["text"], own["text"])
    )
    expected = unit(fitted.transform(centred(images, centres.vectors["image"])))
    np.testing.assert_allclose(embed(baselines, "ridge")(images), expected, atol=1e-4)


def test_ridge_counts_target_pairs_more(
    baselines: Baselines,
    centres: Centres,
    pairs: dict[str, LinkedItems],
    tiny_world: World,
    tiny_pretraining: Pretraining,
) -> None:
    source, images = tiny_world.source, tiny_world.target.items["image"]
    own, often = tiny_pretraining.centres.vectors, baselines.config.relation.pair_weight
    known = [centred(pairs["image"], centres.vectors["image"])] * often
    answers = [centred(pairs["text"], own["text"])] * often
    fitted = RidgeMap(tiny_pretraining.options.ridge_alpha).fit(
        np.concatenate([centred(source["image"], own["image"]), *known]),
        np.concatenate([centred(source["text"], own["text"]), *answers]),
    )
    expected = unit(fitted.transform(centred(images, centres.vectors["image"])))
    np.testing.assert_allclose(embed(baselines, "ridge", pairs)(images), expected, atol=1e-4)


def test_similarity_listens_to_the_known_pairs(
    baselines: Baselines,
    centres: Centres,
    pairs: dict[str, LinkedItems],
    tiny_world: World,
    tiny_pretraining: Pretraining,
) -> None:
    source, images = tiny_world.source, tiny_world.target.items["image"]
    own, options = tiny_pretraining.centres.vectors, baselines.config.similarity
    expected = propagate_similarity(
        centred(images, centres.vectors["image"]),
        np.concatenate(
            [centred(source["image"], own["image"]), centred(pairs["image"], centres.vectors["image"])]
        ),
        np.concatenate([centred(source["text"], own["text"]), centred(pairs["text"], own["text"])]),
        neighbours=options.neighbours,
        temperature=options.temperature,
    )
    np.testing.assert_allclose(embed(baselines, "similarity", pairs)(images), unit(expected), atol=1e-4)


def test_the_network_is_decided_by_its_seed_and_adapted_by_pairs(
    tiny_config: ExperimentConfig,
    tiny_pretraining: Pretraining,
    centres: Centres,
    pairs: dict[str, LinkedItems],
    tiny_world: World,
) -> None:
    images = tiny_world.target.items["image"]

    def vectors(seed: int, *, shots: bool = False) -> np.ndarray:
        fresh = Baselines(tiny_config, tiny_pretraining, centres)
        return embed(fresh, "mlp", pairs if shots else {}, seed)(images)

    assert np.array_equal(vectors(0), vectors(0))
    assert not np.allclose(vectors(0), vectors(1), atol=1e-3)
    assert np.array_equal(vectors(0, shots=True), vectors(0, shots=True))
    assert not np.allclose(vectors(0), vectors(0, shots=True), atol=1e-3)


def test_adapting_the_network_leaves_the_pretrained_one(
    baselines: Baselines, pairs: dict[str, LinkedItems], tiny_world: World
) -> None:
    images = tiny_world.target.items["image"]
    before = embed(baselines, "mlp", seed=5)(images)
    embed(baselines, "mlp", pairs, seed=5)
    assert np.array_equal(embed(baselines, "mlp", seed=5)(images), before)


@pytest.mark.parametrize("method", ["ridge", "mlp", "similarity"])
def test_a_modality_without_pairs_has_no_map(
    method: str, baselines: Baselines, pairs: dict[str, LinkedItems], tiny_world: World
) -> None:
    sounds = tiny_world.target.items["audio"]
    assert not embed(baselines, method)(sounds).any()
    few = {**pairs, "audio": sounds.select([0, 1, 2])}
    assert not embed(baselines, method, few)(sounds).any()
    enough = {"text": tiny_world.target.items["text"], "audio": sounds}
    assert embed(baselines, method, enough)(sounds).any(axis=1).all()


def test_known_pairs_share_an_entity(tiny_world: World, centres: Centres) -> None:
    texts, images = tiny_world.target.items["text"], tiny_world.target.items["image"]
    known = KnownPairs.of(texts, images.select([5, 2]), centres, target=True)
    np.testing.assert_allclose(known.texts, centred(texts.select([5, 2]), centres.vectors["text"]), atol=1e-5)
    assert known.target.all()
    joined = KnownPairs.join([known, KnownPairs.of(texts, images, centres, target=False)])
    assert joined.target.tolist() == [True] * 2 + [False] * 40
    assert joined.kinds.shape == (42, 2)
