"""Both kinds on the tiny world: rows, curves, and going on where they were stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.artefacts import Curve, DataSet, SignificanceRecord, read_records
from experiments.config import load_config
from experiments.experiment import ExperimentBase
from experiments.kinds import multitask, scarcity
from experiments.scarce_copies import ScarceCopies
from experiments.world import World
from kgx.augment import PictureChanges
from kgx.augment.copies import MEDIA, MediaFiles
from kgx.items import LinkedItems

CONFIGS = Path(__file__).parents[3] / "experiments" / "configs"
SHORT = {"relation.training.epochs": 2}

TinyOptions = Callable[[Mapping[str, Any]], dict[str, Any]]


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def check_evidence(folder: Path, reference: str, others: list[str]) -> None:
    """What others are tested against, and what the data were."""
    tested = read_records(folder / "significance.json", SignificanceRecord)
    assert {(test.direction, test.metric, test.method, test.other) for test in tested} == {
        (direction, metric, reference, other)
        for direction in ("text-image", "image-text")
        for metric in ("recall@10", "mrr")
        for other in others
    }
    assert [card.role for card in read_records(folder / "data_sets.json", DataSet)] == ["source", "target"]


@pytest.mark.parametrize(("name", "kind"), [("scarcity", scarcity.Options), ("multitask", multitask.Options)])
def test_the_shipped_configurations_are_valid(name: str, kind: type[ExperimentBase]) -> None:
    assert isinstance(load_config(CONFIGS / f"{name}.yaml"), kind)


@pytest.fixture
def tiny_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tiny world's pictures, which are texts, be changed as such, and their vectors be kept for this test."""
    monkeypatch.setenv("KGX_DATA", str(tmp_path / "data"))
    files = MediaFiles(Path.read_text, lambda text, path: path.write_text(text, encoding="utf-8"), ".picture")
    monkeypatch.setitem(MEDIA, "image", files)
    monkeypatch.setattr(PictureChanges, "__call__", lambda self, text, rng: f"{rng.random()}, {text}")


@pytest.mark.usefixtures("one_world", "tiny_pictures")
def test_scarcity_has_a_row_for_every_method_and_says_what_was_recovered(
    tiny_options: TinyOptions, tmp_path: Path
) -> None:
    methods = [name for name in scarcity.METHODS if name != "all"]
    options = scarcity.Options.model_validate(
        tiny_options({**SHORT, "one_in": 4, "epoch": 32, "methods": methods})
    )
    scarcity.run(options, tmp_path)
    rows = read(tmp_path / "results.json")
    assert {(row["method"], row["seed"]) for row in rows} == {
        (name, seed) for name in methods for seed in (0, 1)
    }
    assert {row["direction"] for row in rows} == {"text-image", "image-text"}
    means = {
        (record["direction"], record["method"]): record["mean"]
        for record in read(tmp_path / "intervals.json")
        if record["metric"] == "recall@10"
    }
    for record in read(tmp_path / "recovery.json"):
        direction = record["direction"]
        plain, full = means[direction, "plain"], means[direction, "nothing scarce"]
        told = plain + record["recovered"] * (full - plain)
        assert told == pytest.approx(means[direction, record["method"]])
    check_evidence(tmp_path, "plain", [name for name in methods if name != "plain"])
    (loss,) = read_records(tmp_path / "curves.json", Curve)
    assert (loss.name, loss.x) == ("pairs: training loss", [1, 2])
    assert [line.name for line in loss.series] == [name for name in methods if name != "untrained"]
    assert all(min(line.low or [-1]) > 0 for line in loss.series)


def test_the_pictures_that_are_kept_are_drawn_anew_by_every_seed(
    tiny_options: TinyOptions, tiny_world: World
) -> None:
    options = scarcity.Options.model_validate(tiny_options({"one_in": 8}))
    kept = [scarcity._thinned(tiny_world.source, options, seed) for seed in (0, 0, 1)]
    assert [len(some["image"]) for some in kept] == [8, 8, 8]
    assert kept[0]["image"].ids == kept[1]["image"].ids != kept[2]["image"].ids
    assert all(len(some["text"]) == len(tiny_world.source["text"]) for some in kept)


def told(items: LinkedItems) -> list[Any]:
    """Return what is known of items."""
    links = [(link.items.tolist(), link.concepts.tolist()) for link in items.links]
    return [items.ids, items.captions, items.vectors.tolist(), links]


@pytest.mark.usefixtures("tiny_pictures")
def test_copies_are_of_scarce_items_or_of_their_texts(
    tiny_options: TinyOptions, tiny_world: World, tmp_path: Path
) -> None:
    options = scarcity.Options.model_validate(tiny_options({"one_in": 8, "copies.count": 2}))
    world = replace(tiny_world, source=scarcity._thinned(tiny_world.source, options, 0))
    copies = ScarceCopies(options.copies, world, "drawings", "image")
    assert copies.make("plain", 0) is None
    scarce = world.source["image"]
    shown = set(zip(scarce.entities, scarce.groups, strict=True))
    for method, modality in (
        ("edge dropping", "image"),
        ("item augmentation", "image"),
        ("text augmentation", "text"),
    ):
        made, again, other = (copies.make(method, seed) for seed in (0, 0, 7))
        assert made is not None
        assert again is not None
        assert other is not None
        assert made.modality == modality
        assert set(zip(made.entities, made.groups, strict=True)) <= shown
        assert len(made) == 16 if modality == "image" else 0 < len(made) <= 16
        assert told(made) == told(again) != told(other)
    assert (tmp_path / "data" / "vectors").is_dir()


@pytest.mark.usefixtures("one_world")
def test_multitask_writes_curves_of_every_task_and_goes_on_where_it_was(
    tiny_options: TinyOptions, tmp_path: Path
) -> None:
    methods = ["untrained", "pairs", "links", "tokens"]
    options = multitask.Options.model_validate(tiny_options({**SHORT, "methods": methods}))
    multitask.run(options, tmp_path)
    results, curves = read(tmp_path / "results.json"), read(tmp_path / "curves.json")
    assert {row["method"] for row in results} == set(methods)
    assert {curve["name"] for curve in curves} >= {"pairs: held-out score", "links: training loss"}
    for curve in curves:
        for series in curve["series"]:
            assert len(series["y"]) == len(series["low"]) == len(series["high"]) == len(curve["x"]) == 2
            assert all(
                low <= y <= high
                for low, y, high in zip(series["low"], series["y"], series["high"], strict=True)
            )
    check_evidence(tmp_path, "pairs", ["untrained", "links", "tokens"])
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "rows").rglob("*.json")}
    multitask.run(options, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "rows").rglob("*.json")} == stamps
    assert read(tmp_path / "results.json") == results
