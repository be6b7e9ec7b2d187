"""A model of one's own: what it is made of, when it is refused, and that nothing half-made is left."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphs import KnowledgeGraph
from kgx.collection import Collection
from kgx.errors import CollectionError, ConfigError, EncoderError, KgxError
from kgx.model_pipeline import ModelSummary, build_model
from kgx.testing import SoundEncoder, tiny_graph
from kgx.train import TrainingOptions
from kgx.transfer.model_folder import open_model
from kgx.transfer.options import RelationOptions

TINY = {modality: f"tiny:{modality}" for modality in ("text", "image", "audio")}
OPTIONS = RelationOptions(
    neighbours=3, batch_size=16, training=TrainingOptions(epochs=2, learning_rate=0.01, patience=2)
)

Build = Callable[..., ModelSummary]


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return tiny_graph()


@pytest.fixture
def source(pretrained: Any) -> Collection:
    """The tiny source, everything a group of its own: there is no column category."""
    collection: Collection = pretrained.world.source_collection
    items = [replace(item, metadata={}, row=row) for row, item in enumerate(collection, 2)]
    return replace(collection, items=tuple(items))


@pytest.fixture
def build(source: Collection, graph: KnowledgeGraph, tmp_path: Path) -> Build:
    def builds(collection: Collection = source, out: Path = tmp_path / "model", **more: Any) -> ModelSummary:
        told = {"encoders": TINY, "options": OPTIONS, "cache": tmp_path / "cache", **more}
        return build_model(collection, graph, out, **told)

    return builds


def test_a_model_says_what_it_was_made_of_and_how_that_went(build: Build, tmp_path: Path) -> None:
    made = build()
    assert (made.items, made.linked) == ({"text": 64, "image": 64}, {"text": 64, "image": 64})
    assert (made.pairs, made.trained_on, made.skipped) == ({"image": 64}, "image", ())
    assert made.held_out == {"image": 10}  # 15 % of 64
    assert made.epochs == len(made.curve.score) == 2
    assert made.recall == max(made.curve.score)
    opened = open_model(tmp_path / "model", verify=True)
    assert (opened.fingerprint, opened.encoders) == (made.fingerprint, TINY)
    assert opened.transfer.options == OPTIONS
    assert opened.transfer.refiner.spaces["audio"] == SoundEncoder.dimension  # ready for sounds
    assert [path.name for path in tmp_path.iterdir() if path.name != "cache"] == ["model"]


def test_the_same_seed_makes_the_same_model_and_another_another(build: Build, tmp_path: Path) -> None:
    names = {
        name: build(out=tmp_path / name, seed=seed).fingerprint
        for name, seed in zip("abc", (3, 3, 4), strict=True)
    }
    assert names["a"] == names["b"] != names["c"]


def test_where_no_folder_is_small_enough_all_epochs_are_trained(build: Build, source: Collection) -> None:
    items = tuple(replace(item, metadata={"category": "all"}) for item in source)
    made = build(replace(source, items=items))
    assert (made.held_out, made.epochs, made.recall) == ({"image": 0}, 2, None)
    assert made.to_dict()["recall@10"] is None


def test_a_network_that_learns_nothing_is_saved_too(build: Build, tmp_path: Path) -> None:
    made = build(options=OPTIONS.model_copy(update={"network": "similarity"}))
    assert (made.epochs, made.recall) == (0, None)
    assert open_model(tmp_path / "model").transfer.options.network == "similarity"


def test_items_that_cannot_be_read_are_skipped_or_refused(
    build: Build, source: Collection, tmp_path: Path
) -> None:
    shutil.copytree(source.root, tmp_path / "copy")
    copy = replace(source, root=tmp_path / "copy")
    (tmp_path / "copy" / "5.picture").write_text("broken", encoding="utf-8")
    with pytest.raises(CollectionError, match=r"5\.picture: row 13: cannot be decoded"):
        build(copy, strict=True)
    made = build(copy)
    assert made.items["image"] == made.pairs["image"] == 63
    assert [(entry.id, entry.row) for entry in made.skipped] == [("image:drawing 5", 13)]
    for file in (tmp_path / "copy").glob("*.picture"):
        file.write_text(f"broken {file.name}", encoding="utf-8")
    with pytest.raises(ConfigError, match="64 more cannot be used, the first one: cannot be decoded"):
        build(copy, force=True)
    assert open_model(tmp_path / "model").fingerprint == made.fingerprint  # what stood there stands


BAD: dict[str, tuple[Callable[[Collection], Collection], dict[str, Any], type[KgxError], str]] = {
    "no pair": (
        lambda own: replace(own, items=tuple(replace(item, entity=item.id) for item in own)),
        {},
        ConfigError,
        r"to pretrain a model, expected pairs: .* got none among the items \(64 of image, 64 of text\)",
    ),
    "no text": (
        lambda own: replace(own, items=tuple(own.of("image"))),
        {},
        ConfigError,
        r"got none among the items \(64 of image\)",
    ),
    "a single thing": (
        lambda own: replace(own, items=tuple(replace(item, entity="it") for item in own)),
        {},
        ConfigError,
        "pairs of at least 2 different things to tell apart, got those of 1: the column entity says 'it'",
    ),
    "no encoder of a modality": (
        lambda own: own,
        {"encoders": {"text": "tiny:text"}},
        ConfigError,
        "the source has 64 items of image, but no encoder of image is named",
    ),
    "no encoder of texts": (
        lambda own: own,
        {"encoders": {"image": "tiny:image"}},
        ConfigError,
        "64 items of text, but no encoder of text",
    ),
    "an unknown encoder": (
        lambda own: own,
        {"encoders": {**TINY, "audio": "tiny:smell"}},
        EncoderError,
        "no encoder 'tiny:smell'",
    ),
    "an encoder of something else": (
        lambda own: own,
        {"encoders": {**TINY, "image": "tiny:text"}},
        EncoderError,
        "encoder tiny:text takes text, got 'image'",
    ),
    "a rate that no training survives": (
        lambda own: own,
        {
            "options": OPTIONS.model_copy(
                update={"training": TrainingOptions(epochs=3, learning_rate=1e30, patience=2)}
            )
        },
        ConfigError,
        r"pretrain: the loss of epoch 1 is nan: expected a smaller learning_rate than 1e\+30",
    ),
    "nothing left to train on": (
        lambda own: own,
        {"options": OPTIONS.model_copy(update={"validation_share": 0.9999})},
        KgxError,
        "no pair to train on",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_no_model_can_be_made_of(case: str, build: Build, source: Collection, tmp_path: Path) -> None:
    spoil, more, kind, message = BAD[case]
    with pytest.raises(kind, match=message):
        build(spoil(source), **more)
    assert {path.name for path in tmp_path.iterdir()} <= {"cache"}


def test_a_place_that_is_taken(build: Build, tmp_path: Path) -> None:
    out = tmp_path / "model"
    out.mkdir()
    made = build()
    with pytest.raises(ConfigError, match=r"holds a model already; add --force \(force=True\)"):
        build()
    again = build(seed=1, force=True)
    assert open_model(out, verify=True).fingerprint == again.fingerprint != made.fingerprint
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"other files \(mine.txt\)"):
        build(force=True)
    for place in (tmp_path / "model" / "mine.txt", tmp_path / "model" / "mine.txt" / "model"):
        with pytest.raises(ConfigError, match=r"is no model|is no folder"):
            build(out=place, force=True)
    assert (out / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_a_disk_that_is_full_leaves_nothing(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kgx.transfer.model_folder.save_items", full)
    with pytest.raises(OSError, match="No space"):
        build()
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
