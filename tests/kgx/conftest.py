"""The tiny world, pretrained and saved once for all tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from graphs import KnowledgeGraph
from graphs.vocabulary import SKOS_BROADER, SKOS_PREF_LABEL
from kgx.encoders import ENCODERS
from kgx.pipeline import build_run
from kgx.testing import FAMILIES, SketchEncoder, SoundEncoder, TinyWorld, WordEncoder, species_word
from kgx.train import TrainingOptions
from kgx.transfer.model_folder import save_model
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer

MY = "http://my.example/"
TINY_ENCODERS = {"tiny:text": WordEncoder, "tiny:image": SketchEncoder, "tiny:audio": SoundEncoder}


@dataclass(frozen=True)
class Pretrained:
    """The tiny world and a refiner that was pretrained on its source."""

    world: TinyWorld
    transfer: RelationTransfer

    def save(self, folder: Path, transfer: RelationTransfer | None = None) -> str:
        """Save a model and return its fingerprint."""
        names = {modality: f"tiny:{modality}" for modality in self.world.encoders}
        ids = {modality: encoder.id for modality, encoder in self.world.encoders.items()}
        return save_model(transfer or self.transfer, folder, encoders=names, encoder_ids=ids)


@pytest.fixture(autouse=True)
def tiny_encoders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tiny world's encoders be loaded by name."""
    for name, kind in TINY_ENCODERS.items():
        monkeypatch.setitem(ENCODERS, name, lambda threads=2, kind=kind: kind())


@pytest.fixture(scope="session")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> Pretrained:
    """Not to be changed."""
    world = TinyWorld.build(tmp_path_factory.mktemp("tiny") / "world")
    training = TrainingOptions(epochs=2, learning_rate=5e-3, patience=2)
    options = RelationOptions(neighbours=3, batch_size=16, training=training)
    prepared = Pretraining.prepare(world.knowledge, world.source, world.encoders, options)
    return Pretrained(world, prepared.train(0))


@pytest.fixture(scope="session")
def tiny_model(pretrained: Pretrained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pretrained model; not to be changed."""
    folder = tmp_path_factory.mktemp("model") / "model"
    pretrained.save(folder)
    return folder


@pytest.fixture(scope="session")
def thesaurus() -> KnowledgeGraph:
    """A user's own graph: a shelf for each family, and species under names of the user's own IRIs."""
    triples, literals = [], []
    for number in range(0, 8 * 64, 8):
        family, iri = FAMILIES[number // 64], f"{MY}{species_word(number + 2)}"
        triples.append((iri, SKOS_BROADER, f"{MY}shelf-{family}"))
        literals.append((iri, SKOS_PREF_LABEL, species_word(number + 2), "en"))
    literals += [(f"{MY}shelf-{family}", SKOS_PREF_LABEL, f"{family} shelf", "en") for family in FAMILIES]
    return KnowledgeGraph.from_triples(triples, literals=literals, source="thesaurus")


@pytest.fixture(scope="session")
def tiny_run(
    pretrained: Pretrained,
    tiny_model: Path,
    thesaurus: KnowledgeGraph,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A run of the tiny world's target with a graph of the user's own; not to be changed."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        for name, kind in TINY_ENCODERS.items():
            patch.setitem(ENCODERS, name, lambda threads=2, kind=kind: kind())
        build_run(
            tiny_model, pretrained.world.target_collection, thesaurus, folder / "run", cache=folder / "cache"
        )
    return folder / "run"
