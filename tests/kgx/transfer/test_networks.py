"""Networks of messages behind the refiner's interface: pretrained, adapted, refined, saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from graphs.gnn.message_passing.refiner import ATTACHED, LearnedMessages
from kgx.items import paired_rows
from kgx.testing import TinyWorld
from kgx.train import TrainingOptions
from kgx.transfer.live import LiveRefiner
from kgx.transfer.model_folder import open_model, save_model
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer

LEARNED = ("rgcn", "compgcn", "hgt")


@pytest.fixture(scope="module", params=["similarity", *LEARNED])
def prepared(request: pytest.FixtureRequest, of_messages: Callable[..., Pretraining]) -> Pretraining:
    return of_messages(request.param)


@pytest.fixture(scope="module")
def model(prepared: Pretraining) -> RelationTransfer:
    return prepared.train(0)


def test_a_network_learns_and_its_vectors_can_be_compared(
    prepared: Pretraining, model: RelationTransfer, world: TinyWorld
) -> None:
    texts, images = (model.refine(world.target[name]) for name in ("text", "image"))
    assert texts.shape[1] == images.shape[1] == sum(model.refiner.spaces.values())
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1.0, atol=1e-5)
    rows = paired_rows(world.target["text"], world.target["image"])
    scores = texts @ images.T
    assert scores[rows].mean() > scores.mean() + 0.1
    if model.learns:
        assert np.isfinite(model.curve.loss).all()
        assert not torch.equal(
            model.refiner.write["text"].weight, prepared.untrained(0).refiner.write["text"].weight
        )


def test_the_loss_falls_where_no_chance_is_in_it(prepared: Pretraining) -> None:
    changed = {
        "training": TrainingOptions(epochs=6, learning_rate=0.01),
        "dropout": 0.0,
        "token_dropout": 0.0,  # an item in ten loses its own vector, which moves the loss more than these epochs do
    }
    trained = prepared.with_options(prepared.options.model_copy(update=changed)).train(0)
    loss = trained.curve.loss
    assert bool(loss) == trained.learns
    assert loss == [] or (loss[-1] < 0.9 * loss[0] and max(loss) <= loss[0] + 0.005)


def test_what_is_trained_on_hears_of_no_reference_of_its_own_part(prepared: Pretraining) -> None:
    block = prepared.pairs["image"].others[ATTACHED]
    rows = torch.arange(12)
    for part in np.unique(block.parts[:12]).tolist():
        chosen = rows[torch.from_numpy(block.parts[:12] == part)]
        neighbourhood = block.rows(chosen).neighbourhood(2)
        own = prepared.maker.reference.groups["image"] % 3 == part
        heard = neighbourhood.features["image"][len(chosen) :]
        forbidden = torch.from_numpy(prepared.maker.reference.features["image"][own])
        assert not (heard[:, None] == forbidden[None]).all(dim=2).any()


def test_nothing_filed_reaches_a_query(model: RelationTransfer, world: TinyWorld) -> None:
    items = world.target["image"]
    unfiled = replace(items, links=tuple(link for link in items.links if link.relation != "in category"))
    np.testing.assert_allclose(model.refine(items, query=True), model.refine(unfiled, query=True), atol=1e-6)


def test_same_seed_same_network_and_alone_as_among_others(
    prepared: Pretraining, model: RelationTransfer, world: TinyWorld
) -> None:
    items = world.target["image"]
    np.testing.assert_array_equal(prepared.train(0).refine(items), model.refine(items))
    np.testing.assert_allclose(model.refine(items)[3:4], model.refine(items.select([3])), atol=1e-5)


def test_pairs_of_a_target_are_heard_of(model: RelationTransfer, world: TinyWorld) -> None:
    pairs = {name: items.select(range(8)) for name, items in world.target.items()}
    adapted = model.adapt(pairs, model.survey_all(world.target))
    assert len(adapted.maker.reference.items["image"]) == len(world.source["image"]) + 8
    centres = adapted.survey_all(world.target)
    assert np.isfinite(adapted.refine(world.target["audio"], centres)).all()


def test_a_saved_network_is_opened_as_it_was(model: RelationTransfer, world: TinyWorld, tmp_path) -> None:
    names = {modality: f"tiny:{modality}" for modality in world.encoders}
    save_model(model, tmp_path / "model", encoders=names, encoder_ids=names)
    opened = open_model(tmp_path / "model").transfer
    assert opened.options == model.options
    items = world.target["image"]
    np.testing.assert_allclose(opened.refine(items), model.refine(items), atol=1e-5)
    assert isinstance(opened.refiner, LearnedMessages) == model.learns
    assert not LiveRefiner.serves(opened)


def test_default_options_are_written_as_ever() -> None:
    assert not {"network", "fanout", "from_scratch", "negatives"} & set(RelationOptions().model_dump())
    written = RelationOptions(network="hgt", name_dropout=0.5).model_dump(mode="json")
    assert (written["network"], written["name_dropout"]) == ("hgt", 0.5)
    assert RelationOptions.model_validate(written).network == "hgt"
