"""The renaming experiment on the tiny world: a row for everything, and what a relation is called matters little."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.artefacts import Curve, DataSet, read_records
from experiments.config import load_config
from experiments.kinds import renaming

CONFIGS = Path(__file__).parents[3] / "experiments" / "configs"
MESSAGES = {"epochs": 1, "learning_rate": 0.005}

TinyOptions = Callable[[Mapping[str, Any]], dict[str, Any]]


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_shipped_configuration_is_valid() -> None:
    options = load_config(CONFIGS / "renaming.yaml")
    assert isinstance(options, renaming.Options)
    assert len(options.seeds) >= 3


@pytest.mark.usefixtures("one_world")
def test_every_method_has_rows_and_ours_keeps_its_score_under_other_names(
    tiny_options: TinyOptions, tmp_path: Path
) -> None:
    variants = ["as the source", "nameless", "split"]
    methods = ["hop-tokens", "mapped", "untrained", "rgcn"]
    options = renaming.Options.model_validate(
        tiny_options({"methods": methods, "variants": variants, "messages": MESSAGES})
    )
    renaming.run(options, tmp_path)
    rows = read(tmp_path / "results.json")
    found = {(row["method"], row["seed"]) for row in rows}
    seeds = {"hop-tokens": (0, 1), "mapped": (0, 1), "untrained": (0, 1), "rgcn": (0,)}
    assert found == {
        (f"{method}, {variant}", seed)
        for method, several in seeds.items()
        for variant in variants
        for seed in several
        if (method, variant) != ("mapped", "as the source")
        if (method == "untrained") <= (variant == "as the source")
    }
    score = {(row["method"], row["direction"], row["seed"]): row["metrics"]["recall@10"] for row in rows}
    for direction in ("text-image", "image-text"):
        for variant in variants[1:]:
            for method in ("hop-tokens", "mapped"):
                for seed in (0, 1):
                    before = score["hop-tokens, as the source", direction, seed]
                    assert score[f"{method}, {variant}", direction, seed] >= 0.9 * before
        first = {row["method"]: row["metrics"]["mrr"] for row in rows if row["direction"] == direction}
        assert first["untrained, as the source"] < first["hop-tokens, as the source"]
    assert {record["modality"] for record in read(tmp_path / "relations.json")} >= {"text", "image"}
    source = "hop-tokens, as the source"
    tested = read(tmp_path / "significance.json")
    assert [
        (row["method"], row["other"])
        for row in tested
        if (row["direction"], row["metric"]) == ("text-image", "mrr")
    ] == [
        (source, "hop-tokens, nameless"),
        (source, "hop-tokens, split"),
        ("rgcn, as the source", "rgcn, nameless"),
        ("rgcn, as the source", "rgcn, split"),
        (source, "mapped, nameless"),
        (source, "mapped, split"),
        (source, "untrained, as the source"),
    ]
    (loss,) = read_records(tmp_path / "curves.json", Curve)
    assert (loss.name, len(loss.x)) == ("pretraining: training loss", 6)
    assert [line.name for line in loss.series] == ["hop-tokens", "rgcn"]
    assert [card.role for card in read_records(tmp_path / "data_sets.json", DataSet)] == ["source", "target"]


@pytest.mark.usefixtures("one_world")
def test_what_is_read_as_what_is_written_down(tiny_options: TinyOptions, tmp_path: Path) -> None:
    options = renaming.Options.model_validate(
        tiny_options({"methods": ["mapped"], "seeds": [0], "messages": MESSAGES})
    )
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
