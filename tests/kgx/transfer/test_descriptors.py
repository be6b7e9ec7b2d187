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
from kgx.transfer.centres import Centres
from kgx.transfer.descriptors import relation_descriptors
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.reference import RELATION_TEXTS, ReferenceGraph
from kgx.transfer.relation import RelationTransfer

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


def test_every_step_that_can_be_walked_is_described(
    trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    maker = trained.maker
    sizes = {len(descriptor) for descriptor in maker.descriptors.values()}
    assert sizes == {WIDTH + len(STRUCTURE_FIELDS)}
    assert set(maker.reference.data.edge_types) <= set(maker.descriptors)
    for modality, items in world.target.items():
        for space, block in trained.blocks(items, target_centres).items():
            paths = [path for path in maker.paths[modality] if path.space == space]
            steps = [1 if path.translated else len(path.path.steps) for path in paths]
            assert [int(row.any(dim=1).sum()) for row in block.descriptors] == steps


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


def test_a_link_that_only_a_target_brings_is_described_by_its_name(
    trained: RelationTransfer, target_centres: Centres, world: TinyWorld
) -> None:
    """The source has no sounds: what a transcript says has a text, but no place in the graph yet."""
    (says,) = [path for path in trained.maker.paths["audio"] if path.path.relations == ("says",)]
    paths = [path for path in trained.maker.paths["audio"] if path.space == "text"]
    blocks = trained.blocks(world.target["audio"], target_centres)
    found = blocks["text"].descriptors[paths.index(says), 0].numpy()
    text = world.encoders["text"].encode([RELATION_TEXTS["says"]], "text").vectors[0]
    np.testing.assert_allclose(found[:WIDTH], text, atol=1e-6)
    assert not found[WIDTH:].any()


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
