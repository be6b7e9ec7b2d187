"""Pairs of several modalities in one batch, and the further tasks of a prepared source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch

from graphs.gnn.hop_tokens import HopTokenRefiner
from kgx.augment import Mixup, SpaceDropout
from kgx.balance import BalancedSampler, row_weights
from kgx.errors import KgxError
from kgx.items import LinkedItems
from kgx.losses import multi_positive_contrastive
from kgx.testing import TinyWorld
from kgx.train import TrainingOptions, fit
from kgx.train.tasks import token_blocks
from kgx.transfer.auxiliary import AUXILIARY, AuxiliaryTasks, top_categories
from kgx.transfer.mixed_pairs import MixedAlignment, MixedPairs
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.refiner import new_refiner


@pytest.fixture(scope="module")
def items(world: TinyWorld) -> dict[str, LinkedItems]:
    """The source with a second, longer text for every drawing, and pictures of one in four."""
    texts, images = world.source["text"], world.source["image"]
    second = replace(
        texts,
        ids=tuple(f"{name} again" for name in texts.ids),
        captions=tuple(f"drawing of {caption}" for caption in texts.captions),
    )
    return {"text": LinkedItems.join([texts, second]), "image": images.select(np.arange(0, 64, 4))}


@pytest.fixture(scope="module")
def prepared(world: TinyWorld, pretraining: Pretraining, items: Mapping[str, LinkedItems]) -> Pretraining:
    return Pretraining.prepare(world.knowledge, items, world.encoders, pretraining.options)


def refiner_of(prepared: Pretraining) -> HopTokenRefiner:
    torch.manual_seed(0)
    size = len(next(iter(prepared.maker.descriptors.values())))
    refiner = new_refiner(prepared.options, prepared.spaces, size)
    assert isinstance(refiner, HopTokenRefiner)
    return refiner


def aligned(prepared: Pretraining, pairs: MixedPairs, **options: object) -> MixedAlignment:
    own = prepared.pairs["image"]
    blocks = {"text": token_blocks(own.texts), "image": token_blocks(own.others)}
    return MixedAlignment(refiner_of(prepared), pairs, blocks, prepared.maker.asked(), **options)  # type: ignore[arg-type]


def undisturbed(prepared: Pretraining, pairs: MixedPairs, **options: object) -> MixedAlignment:
    """Return a task without dropout."""
    task = aligned(prepared, pairs, **options)
    task.module.eval()
    return task


def test_texts_are_paired_with_pictures_and_with_other_words_for_the_same(
    items: Mapping[str, LinkedItems],
) -> None:
    pairs = MixedPairs.of_items(items)
    assert pairs.modalities == ("text", "image")
    assert np.bincount(pairs.kinds).tolist() == [128, 32]
    texts = items["text"]
    for place in range(len(pairs)):
        partner = items[pairs.modalities[pairs.kinds[place]]]
        assert texts.entities[pairs.texts[place]] == partner.entities[pairs.partners[place]]
    words = pairs.kinds == 0
    assert (pairs.wordings[words] != pairs.partner_wordings[words]).all()


def test_positives_are_those_of_one_thing_or_of_one_wording() -> None:
    columns = {
        "texts": [0, 1, 2],
        "kinds": [0, 1, 1],
        "partners": [3, 0, 1],
        "entities": [10, 11, 12],
        "wordings": [5, 6, 5],
        "partner_wordings": [6, -1, -1],
    }
    pairs = MixedPairs(("text", "image"), **{name: np.array(column) for name, column in columns.items()})
    found = pairs.positives(np.arange(3)).int().tolist()
    assert found == [[1, 0, 1], [1, 1, 0], [1, 0, 1]]  # the first partner is worded as the second text


def test_without_texts_or_without_pairs_it_is_refused(items: Mapping[str, LinkedItems]) -> None:
    with pytest.raises(KgxError, match="expected texts and other items, got image"):
        MixedPairs.of_items({"image": items["image"]})
    with pytest.raises(KgxError, match="share their entity with something, got none"):
        MixedPairs.of_items({"text": items["text"].select([0])})


def test_training_on_all_modalities_lowers_the_loss_and_is_repeatable(
    prepared: Pretraining, items: Mapping[str, LinkedItems]
) -> None:
    pairs = MixedPairs.of_items(items)
    held_out = np.arange(len(pairs)) % 4 == 0
    found = []
    for _ in range(2):
        task = aligned(prepared, pairs, held_out=held_out, batch_size=32)
        curve = fit(task, TrainingOptions(epochs=8, learning_rate=0.02))
        assert curve.loss[-1] < curve.loss[0]
        score = task.score()
        assert score is not None
        assert 0 < score <= 1
        found.append((curve.loss, score))
    assert found[0] == found[1]


def test_a_balanced_order_fills_batches_with_the_scarce_modality(
    prepared: Pretraining, items: Mapping[str, LinkedItems]
) -> None:
    pairs = MixedPairs.of_items(items)
    sampler = BalancedSampler(pairs.kinds, length=64)
    task = aligned(prepared, pairs, order=sampler.order, epoch=64, batch_size=16)
    batches = list(task.batches(torch.Generator().manual_seed(0)))
    assert task.steps() == len(batches) == 4
    rows = torch.cat([places for places, _ in batches]).numpy()
    assert np.bincount(pairs.kinds[rows]).tolist() == [32, 32]
    assert [asks for _, asks in batches] == [True, False, True, False]


def test_weights_mixup_and_space_dropout_give_finite_gradients(
    prepared: Pretraining, items: Mapping[str, LinkedItems]
) -> None:
    pairs = MixedPairs.of_items(items)
    task = aligned(
        prepared,
        pairs,
        weights=row_weights(pairs.kinds),
        mixup=Mixup(1.0),
        space_dropout=SpaceDropout(0.5),
    )
    task.module.train()
    torch.autograd.backward(task.loss((torch.arange(len(pairs)), True)))
    gradients = [weight.grad for weight in task.module.parameters() if weight.grad is not None]
    assert gradients
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    with pytest.raises(KgxError, match="a weight for each of 160 pairs, got 3"):
        aligned(prepared, pairs, weights=np.ones(3))
    with pytest.raises(KgxError, match="all are held out"):
        aligned(prepared, pairs, held_out=np.ones(len(pairs), dtype=bool))


@pytest.mark.parametrize("texts_ask", [True, False])
def test_logit_adjustment_adds_the_share_of_a_partners_modality_and_focus_is_handed_on(
    prepared: Pretraining, items: Mapping[str, LinkedItems], texts_ask: bool
) -> None:
    pairs = MixedPairs.of_items(items)  # 128 of texts with texts, 32 with pictures
    batch = (torch.arange(0, len(pairs), 7), texts_ask)
    plain = undisturbed(prepared, pairs)
    rows = batch[0].numpy()
    with torch.no_grad():
        texts, partners = plain._both(pairs.select(rows), texts_ask)
        scores = texts @ partners.T / 0.07
        positives = pairs.positives(rows)
        owed = torch.tensor(
            [2.0 * np.log(0.8) if kind == 0 else 2.0 * np.log(0.2) for kind in pairs.kinds[rows]]
        )
        expected = multi_positive_contrastive(scores + owed.float()[None], positives)
        for options, wanted in (
            ({"tau": 2.0}, expected),
            ({"gamma": 2.0}, multi_positive_contrastive(scores, positives, gamma=2.0)),
        ):
            task = undisturbed(prepared, pairs, **options)
            torch.testing.assert_close(task.loss(batch), wanted, atol=1e-4, rtol=0)
            assert abs(float(task.loss(batch) - plain.loss(batch))) > 1e-3
        none = undisturbed(prepared, pairs, tau=0.0, gamma=0.0)
        assert torch.equal(none.loss(batch), plain.loss(batch))


def test_only_the_side_that_has_candidates_of_several_modalities_is_adjusted(
    prepared: Pretraining, items: Mapping[str, LinkedItems]
) -> None:
    pairs = MixedPairs.of_items(items)
    scarce = pairs.select(np.flatnonzero(pairs.kinds == 1))
    batch = (torch.arange(len(scarce)), True)
    with torch.no_grad():
        adjusted, plain = (undisturbed(prepared, scarce, tau=tau).loss(batch) for tau in (1.0, 0.0))
    assert torch.equal(adjusted, plain)  # all candidates are pictures: log 1 is nothing


@pytest.mark.parametrize("modality", ["text", "image"])
@pytest.mark.parametrize("name", AUXILIARY)
def test_further_tasks_train_the_refiner(prepared: Pretraining, modality: str, name: str) -> None:
    own = prepared.pairs["image"]
    blocks = token_blocks(own.texts if modality == "text" else own.others)
    count = len(prepared.maker.reference.items[modality])
    held_out = np.arange(count) % 4 == 0
    made = AuxiliaryTasks(prepared.maker, modality, blocks, held_out, batch_size=32)
    refiner = refiner_of(prepared)
    if name == "categories" and "in category" not in prepared.maker.reference.link_matrices(
        prepared.maker.reference.items[modality]
    ):
        with pytest.raises(KgxError, match="at least one example"):
            made.make(name, refiner)
        return
    task = made.make(name, refiner)
    before = {key: value.clone() for key, value in refiner.state_dict().items()}
    fit(task, TrainingOptions(epochs=3, learning_rate=0.02))
    score = task.score()
    assert score is not None
    assert -1 <= score <= 1
    assert any(not torch.equal(value, before[key]) for key, value in refiner.state_dict().items())


def test_links_are_predicted_without_the_paths_that_say_them(prepared: Pretraining) -> None:
    own = prepared.pairs["image"]
    held_out = np.zeros(len(prepared.maker.reference.items["text"]), dtype=bool)
    made = AuxiliaryTasks(prepared.maker, "text", token_blocks(own.texts), held_out)
    task = made.make("links", refiner_of(prepared))
    shown = getattr(task, "shown")  # noqa: B009
    paths = [path for path in prepared.maker.paths["text"] if path.space == "text"]
    assert shown["text"].tolist() == [path.first != "mentions" for path in paths]


def test_top_categories_climb_the_hierarchy(pretraining: Pretraining) -> None:
    reference = pretraining.maker.reference
    filed = reference.link_matrices(reference.items["image"]).get("in category")
    labels = top_categories(reference, "image")
    assert len(labels) == len(reference.items["image"])
    if filed is None:
        assert (labels == -1).all()
    else:
        assert labels.max() + 1 == len(np.unique(labels[labels >= 0]))
