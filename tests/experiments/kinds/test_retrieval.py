"""Retrieval experiments on the tiny world: which rows there are, what is recorded, and that a run can be repeated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from experiments.artefacts import Curve, read_records
from experiments.config import ExperimentConfig
from experiments.kinds import retrieval
from experiments.method_names import METHODS, OURS, UNTRAINED
from experiments.metrics import differences
from experiments.results_store import read_counts
from experiments.run import run_experiment
from experiments.world import World
from kgx.encoders import ENCODERS
from kgx.testing import SketchEncoder, SoundEncoder, WordEncoder

CHANGES: dict[str, Any] = {
    "methods": [name for name in METHODS if name != "relation-transfer-completed"],
    "shots": [0, 8, "all"],
    "samples": 0,
    "feature_maps": {
        "cca": {"n_components": 8},
        "pls": {"n_components": 8},
        "vae": {"latent": 4, "hidden": 16, "batch_size": 16},
    },
    "vae": {"epochs": 2, "learning_rate": 0.003},
    "fewer_seeds": {"vae": 1},
}


@pytest.fixture(scope="module")
def config(tiny_config: ExperimentConfig) -> ExperimentConfig:
    return ExperimentConfig.model_validate({**tiny_config.model_dump(), **CHANGES})


@pytest.fixture(scope="module")
def run(tiny_world: World, config: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("families")
    with pytest.MonkeyPatch.context() as patch:
        for kind in (WordEncoder, SketchEncoder, SoundEncoder):
            patch.setitem(ENCODERS, kind.id, lambda threads=2, kind=kind: kind())
        patch.setattr(World, "build", lambda config: tiny_world)
        run_experiment(config, out / "first")
        run_experiment(config.model_copy(update={"methods": ("ridge", OURS)}), out / "second")
    return out


def rows(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return found


def test_every_method_has_its_rows(run: Path, config: ExperimentConfig, tiny_world: World) -> None:
    found = {(row["method"], row["shots"]) for row in rows(run / "first") if row["direction"] == "text-image"}
    assert {method for method, _ in found} == set(config.methods)
    assert {shots for _, shots in found} == {0, 8, len(tiny_world.target.pool)}


def test_maps_between_texts_and_pictures_stay_among_them(run: Path) -> None:
    beyond = {row["method"] for row in rows(run / "first") if "audio" in row["direction"]}
    assert {OURS, UNTRAINED, "label-text"} <= beyond
    assert not {"cca", "vae", "fused-rrf"} & beyond


def test_a_method_may_be_run_with_fewer_seeds(run: Path) -> None:
    seeds = {(row["method"], row["seed"]) for row in rows(run / "first") if row["shots"] == 8}
    assert ("vae", 1) not in seeds
    assert {("vae", 0), ("cca", 1)} <= seeds


def test_other_methods_beside_it_do_not_change_a_methods_figures(run: Path) -> None:
    kept = {
        name.split()[1] for name, one, other in differences(run / "first", run / "second") if one and other
    }
    assert kept == set()


def test_each_scoring_of_the_test_half_is_counted(run: Path) -> None:
    counts = read_counts(run / "first")
    assert counts["total"] == len(rows(run / "first")) == sum(counts["by_state"].values())


def test_metrics_tell_everything_in_one_file(run: Path, config: ExperimentConfig) -> None:
    found = json.loads((run / "first" / "metrics.json").read_text(encoding="utf-8"))
    assert found["kind"] == "retrieval"
    tested = {
        (row["shots"], row["other"]) for row in found["significance"] if row["direction"] == "text-image"
    }
    assert (0, "cca") in tested
    assert all(row["p"] <= row["p_holm"] <= 1 for row in found["significance"])
    names = [bar["name"] for bar in found["bars"]]
    assert "pretraining matters, zero-shot" in names
    assert {"name", "wanted", "found", "reached"} == set(found["bars"][0])


def test_data_sets_are_described_by_what_was_counted(run: Path, tiny_world: World) -> None:
    cards = json.loads((run / "first" / "data_sets.json").read_text(encoding="utf-8"))
    assert [card["role"] for card in cards] == ["source", "target"]  # of the tiny graph nothing is told
    assert cards[1]["used"]["image"] == len(tiny_world.target.items["image"])
    assert cards[1]["used"]["test half"] == len(tiny_world.target.tests)


def test_pretraining_is_drawn_by_epoch(run: Path, config: ExperimentConfig) -> None:
    (loss,) = read_records(run / "first" / "curves.json", Curve)
    assert loss.name == "pretraining: training loss"
    assert len(loss.x) == config.relation.training.epochs
    assert [line.name for line in loss.series] == ["hop-tokens"]


def test_what_relations_bring_is_told_of_the_pool(run: Path) -> None:
    found = json.loads((run / "first" / "relations.json").read_text(encoding="utf-8"))
    assert {"text", "image"} <= {record["modality"] for record in found}
    assert any(record["drop"] is not None for record in found)
    assert "Relations" in (run / "first" / "report.html").read_text(encoding="utf-8")


def test_more_pairs_than_there_are_make_no_row(config: ExperimentConfig, tiny_world: World) -> None:
    many = config.model_copy(update={"shots": (0, 100_000)})
    assert {key.shots for key in retrieval.rows(many, tiny_world.target)} == {0}
