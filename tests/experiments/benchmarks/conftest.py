"""A run of the tiny world, for benchmarks of runs."""

from __future__ import annotations

import pytest

from kgx.run_folder import open_run, write_run
from kgx.search import Searcher
from kgx.testing import TinyWorld
from kgx.train import TrainingOptions
from kgx.transfer.model_folder import open_model, save_model
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining


@pytest.fixture(scope="session")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Searches it; its folder is not to be changed."""
    folder = tmp_path_factory.mktemp("ranking")
    world = TinyWorld.build(folder / "world")
    training = TrainingOptions(epochs=1, learning_rate=5e-3, patience=1)
    options = RelationOptions(neighbours=3, batch_size=16, training=training)
    transfer = Pretraining.prepare(world.knowledge, world.source, world.encoders, options).train(0)
    names = {modality: f"tiny:{modality}" for modality in world.encoders}
    ids = {modality: encoder.id for modality, encoder in world.encoders.items()}
    save_model(transfer, folder / "model", encoders=names, encoder_ids=ids)
    write_run(folder / "run", transfer, world.target, world.target_collection, model=folder / "model")
    return Searcher(open_run(folder / "run"), open_model(folder / "model"), world.encoders)
