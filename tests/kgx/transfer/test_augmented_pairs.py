"""Copies beside the originals: which pairs they bring, and what they do not see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from graphs.gnn.hop_tokens import TokenBlock
from graphs.neighbours import unit_rows
from kgx.items import LinkedItems
from kgx.testing import TinyWorld
from kgx.train import TrainingOptions, fit
from kgx.transfer.augmented_pairs import AugmentedPairs
from kgx.transfer.mixed_pairs import MixedAlignment, MixedPairs
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.reference import ReferenceGraph
from kgx.transfer.refiner import new_refiner


def copied(items: LinkedItems, rows: list[int]) -> LinkedItems:
    """Return copies of some items in which nothing is changed but the name."""
    some = items.select(rows)
    return replace(some, ids=tuple(f"{name} (copy)" for name in some.ids))


def last(shown: AugmentedPairs, modality: str, count: int) -> dict[str, TokenBlock]:
    index = torch.arange(-count, 0)
    return {space: block.rows(index) for space, block in shown.blocks[modality].items()}


def equal(first: dict[str, TokenBlock], second: dict[str, TokenBlock], row: int) -> bool:
    return all(
        torch.equal(block.tokens[row], second[space].tokens[row])
        and torch.equal(block.agreement[row], second[space].agreement[row])
        for space, block in first.items()
    )


@pytest.fixture(scope="module")
def doubled(world: TinyWorld, pretraining: Pretraining) -> Pretraining:
    """The source with a second text for every drawing."""
    texts = world.source["text"]
    second = replace(
        texts,
        ids=tuple(f"{name} again" for name in texts.ids),
        captions=tuple(f"drawing of {caption}" for caption in texts.captions),
    )
    items = {"text": LinkedItems.join([texts, second]), "image": world.source["image"]}
    return Pretraining.prepare(world.knowledge, items, world.encoders, pretraining.options)


def test_a_copy_joins_its_originals_pairs_with_the_other_modality_and_no_others(doubled: Pretraining) -> None:
    items = doubled.maker.reference.items
    plain = MixedPairs.of_items(items)
    assert np.bincount(plain.kinds).tolist() == [128, 128]
    for modality, count in (("image", 2), ("text", 1)):  # a picture has two texts, a text one picture
        copies = copied(items[modality], [5, 0])
        pairs = AugmentedPairs.of(doubled, "image", copies).pairs
        assert np.bincount(pairs.kinds).tolist() == [128, 128 + 2 * count]
        first = len(items[modality])
        rows = pairs.partners if modality == "image" else pairs.texts
        added = (rows >= first) & (pairs.kinds == 1)
        assert np.bincount(rows[added] - first).tolist() == [count, count]
        partners = pairs.texts[added] if modality == "image" else pairs.partners[added]
        other = items["text" if modality == "image" else "image"]
        assert [other.entities[row] for row in partners] == [
            copies.entities[row - first] for row in rows[added]
        ]
        kept = pairs.select(np.flatnonzero(~added))
        for name in ("texts", "kinds", "partners", "entities"):
            assert np.array_equal(getattr(kept, name), getattr(plain, name))


def test_without_copies_it_is_the_source_as_it_is(pretraining: Pretraining, world: TinyWorld) -> None:
    nothing = world.source["image"].select([])
    for shown in (AugmentedPairs.of(pretraining, "image"), AugmentedPairs.of(pretraining, "image", nothing)):
        assert len(shown.pairs) == 64
        for space, block in shown.blocks["image"].items():
            assert block is pretraining.pairs["image"].others[space]


@pytest.mark.parametrize("modality", ["text", "image"])
def test_an_unchanged_copy_has_the_tokens_that_its_original_is_trained_on(
    pretraining: Pretraining, modality: str
) -> None:
    rows = [40, 3, 17]
    copies = copied(pretraining.maker.reference.items[modality], rows)
    shown = AugmentedPairs.of(pretraining, "image", copies)
    for space, block in shown.blocks[modality].items():
        assert len(block.tokens) == 64 + 3
        torch.testing.assert_close(block.tokens[64:], block.tokens[rows], atol=2e-3, rtol=0)
        torch.testing.assert_close(block.agreement[64:], block.agreement[rows], atol=2e-3, rtol=0), space


@pytest.mark.parametrize("modality", ["text", "image"])
def test_a_copy_sees_neither_its_original_nor_its_pair(pretraining: Pretraining, modality: str) -> None:
    """Everything of the copy's group is made something else: the copy does not notice, copies of others do."""
    maker = pretraining.maker
    items = maker.reference.items
    copies = copied(items[modality], [0, 60])
    group = copies.groups[0]
    assert copies.groups[1] != group
    drawn = np.random.default_rng(0)
    strange = {}
    for name, own in items.items():
        rows = np.flatnonzero(np.array(own.groups) == group)
        vectors = own.vectors.copy()
        vectors[rows] = unit_rows(drawn.standard_normal((len(rows), vectors.shape[1])))
        strange[name] = replace(own, vectors=vectors.astype(np.float32))
    found = []
    for some in (items, strange):
        reference = ReferenceGraph(
            maker.reference.knowledge,
            some,
            maker.reference.neighbours,
            own=dict.fromkeys(some, 0),
            further_centres=maker.reference.centres,  # so that nothing but the vectors differs
        )
        changed = replace(maker, reference=reference, known_paths=maker.paths)
        shown = AugmentedPairs.of(replace(pretraining, maker=changed), "image", copies)
        found.append(last(shown, modality, 2))
    before, after = found
    assert any(path.translated for path in maker.paths[modality])
    assert equal(before, after, 0)
    assert not equal(before, after, 1)


def test_training_with_copies_learns(pretraining: Pretraining) -> None:
    copies = copied(pretraining.maker.reference.items["image"], list(range(8)))
    shown = AugmentedPairs.of(pretraining, "image", copies)
    torch.manual_seed(0)
    size = len(next(iter(pretraining.maker.descriptors.values())))
    refiner = new_refiner(pretraining.options, pretraining.spaces, size)
    task = MixedAlignment(refiner, shown.pairs, shown.blocks, pretraining.maker.asked(), batch_size=24)  # type: ignore[arg-type]
    curve = fit(task, TrainingOptions(epochs=6, learning_rate=0.02))
    assert curve.loss[-1] < curve.loss[0]
