"""Linear maps inside relation transfer: what they are fitted on, and what cross-fitting keeps from an item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from graphs.neighbours import unit_rows
from kgx.items import LinkedItems
from kgx.testing import TinyWorld
from kgx.transfer.feature import RidgeMap
from kgx.transfer.maps import cross_fitted, fit_maps
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.reference import ReferenceGraph

FOLDS = 4


@pytest.fixture(scope="module")
def reference(pretraining: Pretraining) -> ReferenceGraph:
    return pretraining.maker.reference


def with_items(reference: ReferenceGraph, **items: LinkedItems) -> ReferenceGraph:
    """Return the reference with other items, centred as before, so that nothing but the items differs."""
    return ReferenceGraph(
        reference.knowledge,
        {**reference.items, **items},
        own=dict.fromkeys(reference.items, 0),
        further_centres=reference.centres,
    )


def by_hand(reference: ReferenceGraph, start: str, end: str, rows: np.ndarray) -> np.ndarray:
    """Map items by a ridge fitted on the pairs of all folds but their own, one item at a time."""
    groups = reference.groups[start]
    entities = {entity: row for row, entity in enumerate(reference.items[end].entities)}
    partner = np.array([entities[entity] for entity in reference.items[start].entities])
    mapped = []
    for row in rows:
        others = np.flatnonzero(groups % FOLDS != groups[row] % FOLDS)
        source, target = reference.features[start][others], reference.features[end][partner[others]]
        fitted = RidgeMap(1.0).fit(source, unit_rows(target))
        mapped.append(fitted.transform(reference.features[start][row : row + 1])[0])
    return np.array(mapped)


@pytest.mark.parametrize(("start", "end"), [("image", "text"), ("text", "image")])
def test_an_item_is_mapped_without_its_own_fold(start: str, end: str, reference: ReferenceGraph) -> None:
    found = cross_fitted(reference, start, 1.0, FOLDS)
    assert set(found) == {end}
    rows = np.arange(0, 64, 5)
    np.testing.assert_allclose(found[end][rows], by_hand(reference, start, end, rows), atol=1e-4)


def test_further_items_are_mapped_by_the_fold_of_their_group(
    reference: ReferenceGraph, with_vector: Callable[[LinkedItems, int, int], LinkedItems]
) -> None:
    copies = reference.items["image"].select([9, 50])
    all_items = cross_fitted(reference, "image", 1.0, FOLDS)["text"]
    found = cross_fitted(reference, "image", 1.0, FOLDS, items=copies)["text"]
    np.testing.assert_allclose(found, all_items[[9, 50]], atol=1e-6)
    changed = cross_fitted(reference, "image", 1.0, FOLDS, items=with_vector(copies, 0, 1))["text"]
    assert (changed[0] != found[0]).any()
    np.testing.assert_array_equal(changed[1], found[1])


def test_the_own_group_never_takes_part(
    reference: ReferenceGraph,
    world: TinyWorld,
    with_vector: Callable[[LinkedItems, int, int], LinkedItems],
) -> None:
    texts = world.source["text"]
    row = texts.groups.index("series 5")
    changed = with_items(reference, text=with_vector(texts, row, 3))
    before = cross_fitted(with_items(reference), "image", 1.0, FOLDS)["text"]
    after = cross_fitted(changed, "image", 1.0, FOLDS)["text"]
    own_fold = reference.groups["image"] % FOLDS == reference.groups["text"][row] % FOLDS
    assert np.array_equal(before[own_fold], after[own_fold])
    assert (before[~own_fold] != after[~own_fold]).any(axis=1).all()
    (fitted_before, fitted_after) = (
        fit_maps(one, 1.0)["image", "text"].transform(reference.features["image"])
        for one in (with_items(reference), changed)
    )
    assert (fitted_before != fitted_after).any(axis=1).all()


def test_maps_run_both_ways_and_are_fitted_on_all_pairs(reference: ReferenceGraph) -> None:
    maps = fit_maps(reference, 0.5)
    assert set(maps) == {("image", "text"), ("text", "image")}
    features = reference.features
    expected = RidgeMap(0.5).fit(features["image"], unit_rows(features["text"]))
    np.testing.assert_allclose(
        maps["image", "text"].transform(features["image"]), expected.transform(features["image"]), atol=1e-4
    )


def test_too_few_pairs_make_no_map(world: TinyWorld) -> None:
    for count, directions in ((19, 0), (20, 2)):
        few = {"text": world.source["text"], "image": world.source["image"].select(range(count))}
        reference = ReferenceGraph(world.knowledge, few)
        assert len(fit_maps(reference, 1.0)) == directions
        assert len(cross_fitted(reference, "image", 1.0, FOLDS)) == directions // 2


def test_an_item_that_counts_twice_weighs_as_two(reference: ReferenceGraph, world: TinyWorld) -> None:
    texts, images = world.source["text"], world.source["image"]
    repeats = {name: np.where(np.arange(64) < 6, 3, 1) for name in ("text", "image")}
    weighted = fit_maps(reference, 1.0, repeats=repeats)["image", "text"]

    def thrice(items: LinkedItems) -> LinkedItems:
        copies = [items]
        for number in (1, 2):
            some = items.select(range(6))
            rename = tuple(f"{name} copy {number}" for name in some.ids)
            entities = tuple(f"{name} copy {number}" for name in some.entities)
            copies.append(replace(some, ids=rename, entities=entities))
        return LinkedItems.join(copies)

    copied = fit_maps(with_items(reference, text=thrice(texts), image=thrice(images)), 1.0)["image", "text"]
    asked = reference.features["image"]
    np.testing.assert_allclose(weighted.transform(asked), copied.transform(asked), atol=1e-4)


def test_several_texts_of_an_item_count_as_their_mean(reference: ReferenceGraph, world: TinyWorld) -> None:
    texts = world.source["text"]
    double = LinkedItems.join([texts, replace(texts, ids=tuple(f"{name}/again" for name in texts.ids))])
    one, two = (
        fit_maps(some, 1.0)["image", "text"].transform(reference.features["image"])
        for some in (with_items(reference), with_items(reference, text=double))
    )
    np.testing.assert_allclose(one, two, atol=1e-4)


def test_what_could_not_be_encoded_teaches_nothing(reference: ReferenceGraph, world: TinyWorld) -> None:
    images = world.source["image"]
    vectors = images.vectors.copy()
    vectors[10:14] = 0.0
    blank = with_items(reference, image=replace(images, vectors=vectors))
    kept = with_items(reference, image=images.select([row for row in range(64) if not 10 <= row < 14]))
    one, two = (
        fit_maps(some, 1.0)["image", "text"].transform(reference.features["image"]) for some in (blank, kept)
    )
    np.testing.assert_allclose(one, two, atol=1e-4)
