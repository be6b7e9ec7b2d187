"""The tiny world, prepared for pretraining and pretrained, once for all tests of relation transfer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
import pytest

from kgx.items import LinkedItems
from kgx.testing import TinyWorld
from kgx.train import TrainingOptions
from kgx.transfer.centres import Centres
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer

OPTIONS = RelationOptions(
    neighbours=4,
    folds=4,
    batch_size=16,
    validation_share=0.3,
    training=TrainingOptions(epochs=15, learning_rate=0.02),
    adaptation=TrainingOptions(epochs=3, learning_rate=0.005),
)

Prepare = Callable[[Mapping[str, LinkedItems]], Pretraining]


class PrepareMessages(Protocol):
    def __call__(self, network: str, hops: int = 2) -> Pretraining: ...


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> TinyWorld:
    """Not to be changed."""
    return TinyWorld.build(tmp_path_factory.mktemp("transfer") / "world")


@pytest.fixture(scope="session")
def prepare(world: TinyWorld) -> Prepare:
    """Prepare pretraining on some items of the world."""

    def prepare(items: Mapping[str, LinkedItems]) -> Pretraining:
        return Pretraining.prepare(world.knowledge, items, world.encoders, OPTIONS)

    return prepare


@pytest.fixture(scope="session")
def pretraining(world: TinyWorld, prepare: Prepare) -> Pretraining:
    """The source, prepared; not to be changed."""
    return prepare(world.source)


@pytest.fixture(scope="session")
def trained(pretraining: Pretraining) -> RelationTransfer:
    """A refiner trained on the source; not to be changed."""
    return pretraining.train(0)


@pytest.fixture(scope="session")
def of_messages(world: TinyWorld) -> PrepareMessages:
    """Prepare another network than hop tokens on the source, of so many hops; it learns in three epochs."""

    def prepare(network: str, hops: int = 2) -> Pretraining:
        changed = {
            "network": network,
            "hops": hops,
            "folds": 3,
            "messages_width": 16,
            "training": TrainingOptions(epochs=3, learning_rate=0.01),
            "adaptation": TrainingOptions(epochs=1, learning_rate=0.001),
        }
        options = RelationOptions.model_validate({**dict(OPTIONS), **changed})
        return Pretraining.prepare(world.knowledge, world.source, world.encoders, options)

    return prepare


@pytest.fixture(scope="session")
def target_centres(trained: RelationTransfer, world: TinyWorld) -> Centres:
    """The target's means."""
    centres = trained.centres
    for modality in sorted(world.target):
        centres = trained.survey(world.target[modality], centres)
    return centres


@pytest.fixture(scope="session")
def with_vector() -> Callable[[LinkedItems, int, int], LinkedItems]:
    """Give one of some items another vector, drawn from a seed."""

    def change(items: LinkedItems, row: int, seed: int) -> LinkedItems:
        vectors = items.vectors.copy()
        drawn = np.random.default_rng(seed).standard_normal(vectors.shape[1])
        vectors[row] = drawn / np.linalg.norm(drawn)
        return replace(items, vectors=vectors)

    return change
