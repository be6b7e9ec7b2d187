"""The tiny world as an experiment's, prepared for pretraining, once for all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from experiments.config import ExperimentConfig
from experiments.domains import DOMAINS, Domain
from experiments.protocol import Protocol
from experiments.world import World
from graphs import KnowledgeGraph
from kgx.encoders import ENCODERS
from kgx.option_trees import with_changes
from kgx.testing import SketchEncoder, SoundEncoder, TinyWorld, WordEncoder
from kgx.transfer.pretrain import Pretraining

TinyOptions = Callable[[Mapping[str, Any]], dict[str, Any]]

TINY: Mapping[str, Any] = {
    "title": "Tiny",
    "purpose": "a test",
    "source_of_idea": "none",
    "graph": "tiny",
    "source": "drawings",
    "target": "stamps",
    "encoders": {"text": "tiny:text", "image": "tiny:image", "audio": "tiny:audio"},
    "seeds": [0, 1],
    "relation": {
        "neighbours": 4,
        "batch_size": 16,
        "validation_share": 0.3,
        "training": {"epochs": 6, "learning_rate": 0.02},
    },
}


@pytest.fixture(scope="session", autouse=True)
def _tiny_names() -> Iterator[None]:
    """Let configurations name what the tiny world is made of."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("tiny", "drawings", "stamps"):
            patch.setitem(DOMAINS, name, DOMAINS["wordnet"])
        for kind in (WordEncoder, SketchEncoder, SoundEncoder):
            patch.setitem(ENCODERS, kind.id, lambda threads=2, kind=kind: kind())
        yield


@pytest.fixture(scope="session")
def tiny_options() -> TinyOptions:
    """Give options of an experiment of any kind on the tiny world, with some changed by their dotted names."""
    return partial(with_changes, TINY)


@pytest.fixture(scope="session")
def tiny_config(tiny_options: TinyOptions) -> ExperimentConfig:
    """A configuration of retrieval that fits the tiny world."""
    return ExperimentConfig.model_validate(
        tiny_options(
            {
                "shots": [0, 8],
                "relation.adaptation": {"epochs": 2, "learning_rate": 0.005},
                "mlp.hidden": 32,
                "mlp.training": {"epochs": 60, "learning_rate": 0.01},
                "mlp.adaptation": {"epochs": 4, "learning_rate": 0.01},
            }
        )
    )


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
    return tiny_world.pretraining(tiny_config.relation)
