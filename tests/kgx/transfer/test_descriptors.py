"""Descriptors of relations: everything that can be walked has one, and its name is only a text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphs.propagate import EdgeType
from graphs.relations import STRUCTURE_FIELDS
from kgx.testing import KIND, PLACE, Relation, TinyWorld
from kgx.transfer.descriptors import relation_descriptors
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.reference import RELATION_TEXTS, ReferenceGraph
from kgx.transfer.tokens import TRANSLATION_STEP

WIDTH = 24  # of the tiny world's texts
Describe = Callable[..., dict[EdgeType, np.ndarray]]


@pytest.fixture(scope="module")
def describe(tmp_path_factory: pytest.TempPathFactory) -> Describe:
    """Return the descriptors of a tiny world with some relations."""

    def describe(*relations: Relation) -> dict[EdgeType, np.ndarray]:
        folder: Path = tmp_path_factory.mktemp("world") / "world"
        world = TinyWorld.build(folder, relations)
        return relation_descriptors(ReferenceGraph(world.knowledge, world.source), world.encoders["text"])

    return describe


def test_every_step_that_can_be_walked_is_described(pretraining: Pretraining) -> None:
    maker = pretraining.maker
    sizes = {len(descriptor) for descriptor in maker.descriptors.values()}
    assert sizes == {WIDTH + len(STRUCTURE_FIELDS)}
    assert set(maker.reference.data.edge_types) <= set(maker.descriptors)
    for paths in maker.paths.values():
        for path in paths:
            assert all(step in maker.descriptors for step in path.path.steps)
    assert TRANSLATION_STEP in maker.descriptors
    for modality in ("text", "image", "audio"):
        for relation in ("mentions", "depicts", "says", "in category"):
            assert (modality, relation, "concept") in maker.descriptors


def test_the_text_part_is_what_the_encoder_makes_of_label_and_definition(
    pretraining: Pretraining, world: TinyWorld
) -> None:
    described, encoder = pretraining.maker.descriptors, world.encoders["text"]

    def text(value: str) -> np.ndarray:
        return encoder.encode([value], "text").vectors[0]

    kind = described["concept", "kindOf", "concept"]
    np.testing.assert_allclose(kind[:WIDTH], text(f"{KIND.label}: {KIND.definition}"), atol=1e-6)
    back = described["concept", "inverse of kindOf", "concept"]
    np.testing.assert_allclose(back[:WIDTH], text(f"inverse of {KIND.label}: {KIND.definition}"), atol=1e-6)
    depicts = described["image", "depicts", "concept"]
    np.testing.assert_allclose(depicts[:WIDTH], text(RELATION_TEXTS["depicts"]), atol=1e-6)


def test_the_same_link_of_another_modality_reads_the_same(pretraining: Pretraining) -> None:
    described = pretraining.maker.descriptors
    ours, absent = described["text", "mentions", "concept"], described["audio", "mentions", "concept"]
    assert np.array_equal(ours[:WIDTH], absent[:WIDTH])
    assert ours[WIDTH:].any()
    assert not absent[WIDTH:].any()


def test_the_iri_of_a_relation_says_nothing(describe: Describe) -> None:
    renamed = replace(PLACE, iri="http://example.org/other/habitat")
    before, after = describe(KIND, PLACE), describe(KIND, renamed)
    for forward in ("livesIn", "inverse of livesIn"):
        other = forward.replace("livesIn", "habitat")
        np.testing.assert_allclose(
            before["concept", forward, "concept"], after["concept", other, "concept"], atol=1e-6
        )
    for edge_type in before.keys() & after.keys():
        np.testing.assert_allclose(before[edge_type], after[edge_type], atol=1e-6)


def test_another_label_changes_the_text_part_alone(describe: Describe) -> None:
    before, after = describe(KIND, PLACE), describe(KIND, replace(PLACE, label="shoe harbour"))
    changed = {
        edge_type for edge_type in before if not np.allclose(before[edge_type], after[edge_type], atol=1e-6)
    }
    assert changed == {("concept", "livesIn", "concept"), ("concept", "inverse of livesIn", "concept")}
    for edge_type in changed:
        np.testing.assert_allclose(before[edge_type][WIDTH:], after[edge_type][WIDTH:], atol=1e-6)
        assert not np.allclose(before[edge_type][:WIDTH], after[edge_type][:WIDTH], atol=0.05)
