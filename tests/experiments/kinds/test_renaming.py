"""The renaming experiment on the tiny world: a row for everything, and what a relation is called matters little."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.config import load_config
from experiments.kinds import renaming
from experiments.world import World
from kgx.transfer.pretrain import Pretraining

CONFIGS = Path(__file__).parents[3] / "experiments" / "configs"

TINY: dict[str, Any] = {
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
    "messages": {"epochs": 1, "learning_rate": 0.005},
}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def one_world(tiny_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the experiment find the tiny world in place of fetching one."""
    monkeypatch.setattr(World, "build", classmethod(lambda cls, options: tiny_world))
    monkeypatch.setattr(renaming, "fingerprint", lambda options: "one state")


def test_the_shipped_configuration_is_valid() -> None:
    options = load_config(CONFIGS / "renaming.yaml")
    assert isinstance(options, renaming.Options)
    assert len(options.seeds) >= 3


@pytest.mark.usefixtures("one_world")
def test_every_method_has_rows_and_ours_keeps_its_score_under_other_names(tmp_path: Path) -> None:
    options = renaming.Options.model_validate(
        {**TINY, "methods": ["hop-tokens", "mapped", "numbered", "similarity", "rgcn"]}
    )
    renaming.run(options, tmp_path)
    rows = read(tmp_path / "results.json")
    seeds = {name: {row["seed"] for row in rows if row["method"].startswith(f"{name}, ")} for name in options.methods}
    assert seeds == {"hop-tokens": {0, 1}, "mapped": {0, 1}, "numbered": {0, 1}, "similarity": {0}, "rgcn": {0}}
    score = {
        (row["method"], row["direction"], row["seed"]): row["metrics"]["recall@10"] for row in rows
    }
    for direction in ("text-image", "image-text"):
        for variant in ("reworded", "nameless", "split"):
            for method in ("hop-tokens", "mapped"):
                for seed in (0, 1):
                    before = score["hop-tokens, as the source", direction, seed]
                    assert score[f"{method}, {variant}", direction, seed] >= 0.9 * before
    assert not any(method == "mapped, as the source" for method, _, _ in score)
    assert {record["modality"] for record in read(tmp_path / "relations.json")} >= {"text", "image"}


@pytest.mark.usefixtures("one_world")
def test_what_is_read_as_what_is_written_down(tmp_path: Path) -> None:
    options = renaming.Options.model_validate({**TINY, "methods": ["mapped"], "seeds": [0]})
    renaming.run(options, tmp_path)
    mapping = read(tmp_path / "mapping.json")
    assert {record["variant"] for record in mapping} == {"reworded", "nameless", "split"}
    named = [record for record in mapping if record["ends"] == ["image", "concept"]]
    assert named
    assert all(record["right"] == (record["read as"] == record["was"]) for record in mapping)
    right = {
        variant: np.mean([record["right"] for record in mapping if record["variant"] == variant])
        for variant in ("reworded", "nameless")
    }
    assert min(right.values()) > 0.5


def test_numbered_descriptors_are_random_and_nothing_else_changes(tiny_pretraining: Pretraining) -> None:
    changed = renaming.numbered(tiny_pretraining, 0)
    again = renaming.numbered(tiny_pretraining, 0)
    for kind, vector in changed.maker.descriptors.items():
        np.testing.assert_array_equal(vector, again.maker.descriptors[kind])
        assert not np.array_equal(vector, tiny_pretraining.maker.descriptors[kind])
    assert changed.maker.paths == tiny_pretraining.maker.paths
