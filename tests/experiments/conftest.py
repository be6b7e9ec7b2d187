"""The tiny world as an experiment's, prepared for pretraining, once for all tests."""

from __future__ import annotations

import pytest

from experiments.config import ExperimentConfig
from experiments.domains import Domain
from experiments.protocol import Protocol
from experiments.world import World
from graphs import KnowledgeGraph
from kgx.testing import TinyWorld
from kgx.transfer.pretrain import Pretraining

TINY = {
    "title": "Tiny",
    "purpose": "a test",
    "source_of_idea": "none",
    "graph": "tiny",
    "source": "drawings",
    "target": "stamps",
    "encoders": {"text": "tiny:text", "image": "tiny:image", "audio": "tiny:audio"},
    "shots": [0, 8],
    "seeds": [0, 1],
    "relation": {
        "neighbours": 4,
        "batch_size": 16,
        "validation_share": 0.3,
        "training": {"epochs": 6, "learning_rate": 0.02},
        "adaptation": {"epochs": 2, "learning_rate": 0.005},
    },
    "mlp": {
        "hidden": 32,
        "training": {"epochs": 60, "learning_rate": 0.01},
        "adaptation": {"epochs": 4, "learning_rate": 0.01},
    },
}


@pytest.fixture(scope="session")
def tiny_config() -> ExperimentConfig:
    """A configuration that fits the tiny world."""
    return ExperimentConfig.model_validate(TINY)


@pytest.fixture(scope="session")
def tiny_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The tiny world; stamps with an even number are the test half."""
    folder = tmp_path_factory.mktemp("experiment")
    tiny = TinyWorld.build(folder / "world")
    texts = tiny.target["text"]
    tests = frozenset(entity for entity in texts.entities if int(entity.split()[1]) % 2 == 0)
    nothing = KnowledgeGraph.from_triples([])
    return World(
        tiny.knowledge,
        tiny.encoders,
        tiny.source,
        Protocol(tiny.target, dict(zip(texts.entities, texts.captions, strict=True)), tests),
        {
            "drawings": Domain(tiny.source_collection, nothing, "none"),
            "stamps": Domain(tiny.target_collection, nothing, "none"),
        },
        (),
    )


@pytest.fixture(scope="session")
def tiny_pretraining(tiny_world: World, tiny_config: ExperimentConfig) -> Pretraining:
    """The tiny source, prepared; not to be changed."""
    spaces = {modality: encoder.dimension for modality, encoder in tiny_world.encoders.items()}
    return Pretraining.prepare(
        tiny_world.knowledge,
        tiny_world.source,
        tiny_world.encoders["text"],
        tiny_config.relation,
        spaces=spaces,
    )
