"""The kinds that classify, on a small collection and tiny networks; and the shipped configurations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from experiments import categorised, data_cards
from experiments.artefacts import Confusion, Curve, DataSet, SignificanceRecord, read_records
from experiments.categorised import CategoryTask, side_of
from experiments.config import load_config
from experiments.domains import Domain
from experiments.kinds import classification, layers
from experiments.results import RunResults
from experiments.trunk_options import TrunkOptions
from graphs import KnowledgeGraph
from kgx.checked_options import checked
from kgx.collection import Collection, Item
from kgx.errors import ConfigError
from kgx.transfer.model import TransformersPictureTrunk
from kgx.transfer.model.transplant import block_count, transplanted

CATEGORIES = ("birds", "fruit", "tools", "signs")
TRUNK = {"name": "scratch:resnet", "side": 16, "widths": [8, 8, 8], "blocks": 1}
DATA = {"modality": "image", "least": 8, "training": 6, "validation": 4, "test": 5}
TOLD = {
    "title": "t",
    "purpose": "p",
    "source_of_idea": "s",
    "direction": "pictures",
    "seeds": [0, 1],
    "threads": 1,
}


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collection:
    """Return drawings whose colour tells their category; every third one is there twice, with another number."""
    rng = np.random.default_rng(0)
    items = []
    for place, category in enumerate(CATEGORIES):
        for number in range(30):
            key = f"{category}/{number}"
            pixels = rng.integers(0, 60, (16, 16, 3), dtype=np.uint8)
            pixels[:, :, place % 3] += 120 if place < 3 else 0
            path = tmp_path / "files" / f"{key}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
            title = f"{category} {'abcdefghijklmnopqrst'[number % 20]}w {number}"
            items.append(Item(f"image:{key}", "image", f"{key}.png", key))
            items.append(Item(f"text:{key}", "text", title, key))
            items.append(Item(f"text:{key}/keywords", "text", "one, two", key))
    made = Collection("small", tmp_path / "files", tuple(items))
    domain = Domain(made, KnowledgeGraph.from_triples([]), "none", {"drawings": 120})
    for module in (categorised, data_cards):
        monkeypatch.setattr(module, "load", lambda name: domain)
    return made


def test_a_series_lies_on_one_side_and_counts_once(collection: Collection) -> None:
    task = CategoryTask(modality="text", least=8, training=99, validation=99, test=99)
    parts = task.of(collection)
    assert parts.labels == tuple(sorted(CATEGORIES))
    sides = {"train": parts.training, "validation": parts.validation, "test": parts.test}
    for side, part in sides.items():
        for value in part.values:
            title, _, keywords = str(value).partition(", ")
            assert keywords == "one, two"
            assert side_of(title.rsplit(" ", 1)[0]) == side
    assert sum(len(part.values) for part in sides.values()) == 4 * 20
    halves = [
        CategoryTask(modality="text", least=8, classes=half).of(collection).labels for half in ("even", "odd")
    ]
    assert halves == [("birds", "signs"), ("fruit", "tools")]
    with pytest.raises(ConfigError, match="two categories"):
        CategoryTask(modality="text", least=50).of(collection)


def options(methods: Mapping[str, Any]) -> classification.Options:
    told = {**TOLD, "kind": "classification", "data": DATA, "methods": methods}
    return checked(classification.Options, told, "test")


@pytest.mark.usefixtures("one_state")
def test_methods_side_by_side(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = {"epochs": 2, "patience": 2, "learning_rate": 0.01}
    chosen = options(
        {
            "freeze": {
                "trunk": TRUNK,
                "tuning": {"strategy": "freeze", "training": training},
                "rates": [0.001, 0.05],
            },
            "full": {"trunk": TRUNK, "tuning": {"strategy": "full", "training": training}, "seeds": 1},
        }
    )
    classification.run(chosen, tmp_path / "run")
    read = RunResults.read(tmp_path / "run")
    assert [(one.method, one.seed) for one in read.results] == [("freeze", 0), ("freeze", 1), ("full", 0)]
    shots = len(chosen.data.of(collection).training.labels)
    assert {one.shots for one in read.results} == {shots}
    assert {one.metric for one in read.intervals} == {"accuracy", "precision", "recall", "f1"}
    tested = len(chosen.data.of(collection).test.labels)
    confusions = [
        Confusion.model_validate(one) for one in json.loads((tmp_path / "run/confusion.json").read_text())
    ]
    assert [sum(map(sum, one.matrix)) for one in confusions] == [2 * tested, tested]  # by each seed
    (test,) = read_records(tmp_path / "run/significance.json", SignificanceRecord)
    assert (test.metric, test.method, test.other, test.shots) == ("accuracy", "freeze", "full", shots)
    figures = [read.cell("pictures", method, shots, "accuracy") for method in ("freeze", "full")]
    assert figures[0] is not None
    assert figures[1] is not None
    assert test.difference == pytest.approx(figures[0].mean - figures[1].mean)
    curves = read_records(tmp_path / "run/curves.json", Curve)
    assert [curve.name for curve in curves] == ["fine-tuning: held-out score", "fine-tuning: training loss"]
    assert [line.name for line in curves[0].series] == ["freeze", "full"]
    (card,) = read_records(tmp_path / "run/data_sets.json", DataSet)
    assert (card.licence, card.counts) == ("none", {"drawings": 120})
    assert card.used == {"categories": 4, "training": shots, "validation": 16, "test": tested}
    before = (tmp_path / "run/results.json").read_bytes()
    monkeypatch.setattr(classification, "fine_tune", None)  # what is there is not trained again
    classification.run(chosen, tmp_path / "run")
    assert (tmp_path / "run/results.json").read_bytes() == before


def test_layers_that_are_carried_over(collection: Collection, tmp_path: Path) -> None:
    told = {
        **TOLD,
        "seeds": [0],
        "kind": "layers",
        "source": {**DATA, "classes": "even"},
        "target": {**DATA, "classes": "odd"},
        "trunk": TRUNK,
        "tuning": {"training": {"epochs": 1, "patience": 1, "learning_rate": 0.01}},
        "blocks": [0, 3],
        "ways": ["frozen", "fine-tuned", "own, frozen"],
    }
    layers.run(checked(layers.Options, told, "test"), tmp_path / "run")
    curve, *trainings = read_records(tmp_path / "run/curves.json", Curve)
    assert (curve.x, [line.name for line in curve.series]) == (
        [0, 3],
        ["frozen", "fine-tuned", "own, frozen"],
    )
    assert {one.name: [line.name for line in one.series] for one in trainings if "score" in one.name} == {
        "blocks given: held-out score": ["source task", "target task"],
        **{f"{way}: held-out score": ["0 blocks", "3 blocks"] for way in told["ways"]},
    }
    tested = read_records(tmp_path / "run/significance.json", SignificanceRecord)
    assert [(test.method, test.other) for test in tested] == [
        ("own, frozen, 0 blocks", "frozen, 0 blocks"),
        ("frozen, 0 blocks", "frozen, 3 blocks"),
        ("own, frozen, 3 blocks", "frozen, 3 blocks"),
        ("own, frozen, 0 blocks", "fine-tuned, 0 blocks"),
        ("fine-tuned, 0 blocks", "fine-tuned, 3 blocks"),
        ("own, frozen, 3 blocks", "fine-tuned, 3 blocks"),
        ("own, frozen, 0 blocks", "own, frozen, 3 blocks"),
    ]
    cards = read_records(tmp_path / "run/data_sets.json", DataSet)
    assert [(card.role, card.used["categories"]) for card in cards] == [("source", 2), ("target", 2)]
    assert len(RunResults.read(tmp_path / "run").results) == 6


def test_a_transplant_has_the_source_s_lower_layers() -> None:
    trunk = TrunkOptions(**TRUNK).load("image", 0)
    assert isinstance(trunk, TransformersPictureTrunk)
    trunk.body.encoder.stages[0].layers[0].layer[0].normalization.running_mean += 1.0
    assert block_count(trunk) == 3
    for blocks in range(4):
        fresh = transplanted(trunk, blocks, seed=1)
        same = {
            name
            for name, tensor in trunk.body.state_dict().items()
            if "convolution" in name and bool((tensor == fresh.body.state_dict()[name]).all())
        }
        kept = ["embedder.", *(f"encoder.stages.{number}." for number in range(blocks))]
        assert same == {
            name for name in trunk.body.state_dict() if "convolution" in name and name.startswith(tuple(kept))
        }
        mean = fresh.body.encoder.stages[0].layers[0].layer[0].normalization.running_mean
        assert bool((mean == float(blocks > 0)).all())
    with pytest.raises(ConfigError, match="0 to 3"):
        transplanted(trunk, 4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"methods": {}}, "at least one method"),
        ({"methods": {"a": {"trunk": TRUNK, "tuning": {"strategi": "full"}}}}, "strategy"),
        ({"methods": {"a": {"trunk": TRUNK, "tuning": {"training": {"patience": 0}}}}}, "patience"),
        ({"data": {**DATA, "modality": "audio"}}, "modality"),
    ],
)
def test_impossible_options(change: Mapping[str, Any], message: str) -> None:
    told = {
        **TOLD,
        "kind": "classification",
        "data": DATA,
        "methods": {"a": {"trunk": TRUNK, "tuning": {"training": {"patience": 2}}}},
    }
    with pytest.raises(ConfigError, match=message):
        checked(classification.Options, {**told, **change}, "test")


@pytest.mark.parametrize("name", ["text_category", "picture_category", "layer_transfer"])
def test_shipped_configurations(name: str) -> None:
    found = load_config(Path("experiments/configs") / f"{name}.yaml")
    assert found.title
    assert found.purpose
    assert len(found.seeds) >= 3


def test_a_network_from_scratch_is_of_pictures() -> None:
    with pytest.raises(ConfigError, match="side"):
        TrunkOptions(name="scratch:resnet").load("image", 0)
