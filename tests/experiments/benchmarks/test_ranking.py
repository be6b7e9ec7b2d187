"""The ranking benchmark on the tiny world: who takes part, and that its figures are those of searching."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks.ranking import WAYS, main, measure
from kgx.errors import ConfigError
from kgx.ranking.words import documents_of
from kgx.run_folder import open_run, write_run
from kgx.search import Searcher
from kgx.testing import TinyWorld
from kgx.train import TrainingOptions
from kgx.transfer.model_folder import open_model, save_model
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining

POOL = "series!=series 0"


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder = tmp_path_factory.mktemp("ranking")
    world = TinyWorld.build(folder / "world")
    training = TrainingOptions(epochs=1, learning_rate=5e-3, patience=1)
    options = RelationOptions(neighbours=3, batch_size=16, training=training)
    spaces = {modality: encoder.dimension for modality, encoder in world.encoders.items()}
    transfer = Pretraining.prepare(
        world.knowledge, world.source, world.encoders["text"], options, spaces=spaces
    ).train(0)
    names = {modality: f"tiny:{modality}" for modality in world.encoders}
    ids = {modality: encoder.id for modality, encoder in world.encoders.items()}
    save_model(transfer, folder / "model", encoders=names, encoder_ids=ids)
    write_run(folder / "run", transfer, world.target, world.target_collection, model=folder / "model")
    return Searcher(open_run(folder / "run"), open_model(folder / "model"), world.encoders)


def test_the_figures_are_those_of_searching(searcher: Searcher) -> None:
    found = measure(searcher, ["vectors", "vectors and concepts (--rerank)"], pool=POOL)
    for way, metrics in found.items():
        ranks = []
        for row, (modality, caption) in enumerate(
            zip(searcher.run.items.modality, searcher.run.items.caption, strict=True)
        ):
            if modality == "text" and searcher.run.items.told(row)["series"] != "series 0":
                hits = searcher.search(caption, to="image", k=99, filters=POOL, **WAYS[way])
                ranks.append(next(hit.rank for hit in hits if hit.caption == caption))
        assert len(ranks) == 32
        np.testing.assert_allclose(metrics["MRR"], 1 / np.array(ranks))
        np.testing.assert_array_equal(metrics["R@10"], np.array(ranks) <= 10)


def test_words_do_not_read_captions(searcher: Searcher) -> None:
    found = measure(searcher, ["vectors and words (--hybrid)"], pool=POOL)
    assert len(found["vectors and words (--hybrid)"]["MRR"]) == 32
    assert not (searcher.run.folder / "cache").exists()  # where the index that reads them is kept
    documents = documents_of(searcher.run.items, searcher.run.concepts, captions=False)
    assert not any(
        caption in text for caption, text in zip(searcher.run.items.caption, documents, strict=True)
    )


def test_a_run_without_a_pool(searcher: Searcher, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="split=pool have a caption in common"):
        measure(searcher)
    assert main([str(tmp_path / "none")]) == 1
    assert "expected a run" in capsys.readouterr().err
