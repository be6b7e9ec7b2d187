"""Pretraining on the tiny world: what is held out, that it learns, and that it repeats itself."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kgx.encoders.base import Encoder
from kgx.errors import KgxError
from kgx.evaluate import evaluate
from kgx.items import LinkedItems
from kgx.testing import FAMILIES, Relation, TinyWorld
from kgx.train import TrainingOptions
from kgx.transfer.centres import Centres
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer

EATS = Relation("http://example.org/eats", "eats", "what a species lives on", ("fruit", "fish", "flower"))
SORT = Relation("http://example.org/sortOf", "sort of", "the family that a species belongs to", FAMILIES)


def reciprocal_rank(transfer: RelationTransfer, centres: Centres, world: TinyWorld) -> float:
    """Return how well the target's texts find their pictures."""
    texts, images = world.target["text"], world.target["image"]
    scores = transfer.refine(texts, centres, query=True) @ transfer.refine(images, centres).T
    relevant = np.array(texts.entities)[:, None] == np.array(images.entities)[None]
    return evaluate(scores, relevant)["mrr"]


def untrained(transfer: RelationTransfer, seed: int) -> RelationTransfer:
    """Return a refiner of random weights."""
    refiner = copy.deepcopy(transfer.refiner)
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in refiner.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return replace(transfer, refiner=refiner)


def weights(transfer: RelationTransfer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in transfer.refiner.state_dict().items()}


def test_whole_groups_are_held_out(pretraining: Pretraining, world: TinyWorld) -> None:
    pairs = pretraining.pairs["image"]
    groups = np.array(world.source["image"].groups)[pairs.other_rows]
    held = set(groups[pairs.validation])
    assert len(held) == 3  # of eight equal ones, the first to make up three tenths
    assert not held & set(groups[~pairs.validation])


def test_a_group_that_is_half_of_what_is_wanted_is_never_held_out(
    prepare: Callable[..., Pretraining], world: TinyWorld
) -> None:
    names = ("all",) * 40 + tuple(f"small {row // 3}" for row in range(24))
    grouped = {modality: replace(items, groups=names) for modality, items in world.source.items()}
    pairs = prepare(grouped).pairs["image"]
    assert pairs.validation[40:].any()
    assert not pairs.validation[:40].any()


def test_blocks_are_made_without_what_the_own_group_knows(pretraining: Pretraining, world: TinyWorld) -> None:
    maker, images = pretraining.maker, world.source["image"]
    centre = maker.reference.centres["image"]
    hidden = maker.make(images, centre, groups=maker.reference.groups["image"])["text"]
    column = [str(path) for path in hidden.paths].index(
        "image -similar to-> image -inverse of describes-> text"
    )
    expected = maker.block(hidden, pretraining.centres.paths).tokens[:, column]
    assert torch.equal(pretraining.pairs["image"].others["text"].tokens[:, column], expected)
    seen = maker.block(maker.make(images, centre)["text"], pretraining.centres.paths).tokens[:, column]
    assert not torch.equal(seen, expected)


def test_it_learns(trained: RelationTransfer) -> None:
    curve = trained.curve
    assert curve.loss[-1] < 0.7 * curve.loss[0]
    assert curve.best_epoch == len(curve.loss) - 1


def test_the_validation_part_decides_when_to_stop(pretraining: Pretraining) -> None:
    patient = TrainingOptions(epochs=12, learning_rate=0.02, patience=2)
    curve = (
        pretraining.with_options(pretraining.options.model_copy(update={"training": patient})).train(0).curve
    )
    assert len(curve.score) == len(curve.loss) == min(12, curve.best_epoch + 3)
    assert curve.best_epoch == int(np.argmax(curve.score))


def test_it_beats_refiners_of_random_weights(
    trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    learned = reciprocal_rank(trained, target_centres, world)
    random = [reciprocal_rank(untrained(trained, seed), target_centres, world) for seed in range(5)]
    assert learned > np.mean(random) + 0.15
    assert learned > 0.85


def test_it_beats_a_scorer_of_random_vectors(
    trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    scores = np.random.default_rng(0).standard_normal((40, 40))
    chance = evaluate(scores, np.eye(40, dtype=np.bool_))["mrr"]
    assert reciprocal_rank(trained, target_centres, world) > 3 * chance


def test_it_repeats_itself(pretraining: Pretraining, trained: RelationTransfer) -> None:
    again, other = weights(pretraining.train(0)), weights(pretraining.train(1))
    first = weights(trained)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_training_leaves_the_preparation_as_it_was(pretraining: Pretraining) -> None:
    before = pretraining.pairs["image"].others["text"].tokens.clone()
    pretraining.train(2)
    assert torch.equal(pretraining.pairs["image"].others["text"].tokens, before)


def test_other_options_of_training_use_the_same_tokens(pretraining: Pretraining) -> None:
    short = TrainingOptions(epochs=1)
    changed = pretraining.with_options(pretraining.options.model_copy(update={"training": short}))
    assert changed.maker is pretraining.maker
    assert changed.pairs is pretraining.pairs
    assert len(changed.train(0).curve.loss) == 1


def test_the_refiner_serves_modalities_that_the_source_has_not(
    trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    assert trained.refiner.spaces == {"text": 24, "image": 20, "audio": 12}
    sounds, images = world.target["audio"], world.target["image"]
    scores = trained.refine(sounds, target_centres, query=True) @ trained.refine(images, target_centres).T
    relevant = np.array(sounds.entities)[:, None] == np.array(images.entities)[None]
    assert evaluate(scores, relevant)["mrr"] > 0.6


@pytest.mark.parametrize("relations", [(EATS,), (SORT, EATS), (SORT,)], ids=["eats", "both", "renamed"])
def test_a_trained_network_runs_on_a_graph_with_other_relations(
    relations: tuple[Relation, ...], trained: RelationTransfer, tmp_path: Path
) -> None:
    world = TinyWorld.build(tmp_path / "world", relations)
    other = Pretraining.prepare(world.knowledge, world.source, world.encoders, trained.options)
    names = {
        relation for paths in other.maker.paths.values() for path in paths for relation in path.path.relations
    }
    assert "livesIn" not in names
    assert relations[0].iri.rpartition("/")[2] in names
    moved = replace(trained, maker=other.maker, centres=other.centres)
    centres = moved.centres
    for modality in sorted(world.target):
        centres = moved.survey(world.target[modality], centres)
    assert reciprocal_rank(moved, centres, world) > 0.8


@pytest.mark.parametrize("modality", ["text", "image"])
def test_pretraining_needs_texts_and_something_else(
    modality: str, prepare: Callable[..., Pretraining], world: TinyWorld
) -> None:
    alone: dict[str, LinkedItems] = {modality: world.source[modality]}
    with pytest.raises(KgxError, match=f"expected texts and items of another modality, got {modality}"):
        prepare(alone)


def test_pretraining_needs_pairs(prepare: Callable[..., Pretraining], world: TinyWorld) -> None:
    strangers = replace(world.source["image"], entities=tuple(f"stranger {row}" for row in range(64)))
    with pytest.raises(KgxError, match="no pair to train on"):
        prepare({"text": world.source["text"], "image": strangers}).train(0)


def test_every_modality_of_the_source_needs_its_encoder(world: TinyWorld) -> None:
    def prepare(**encoders: Encoder) -> None:
        Pretraining.prepare(world.knowledge, world.source, {"text": world.encoders["text"], **encoders})

    with pytest.raises(KgxError, match="there are items of image, but no encoder of image"):
        prepare()
    with pytest.raises(KgxError, match="image items have vectors of 20 numbers, their encoder makes 24"):
        prepare(image=world.encoders["text"])
