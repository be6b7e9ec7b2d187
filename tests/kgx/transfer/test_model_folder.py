"""A model on disk: what comes back is what went in, and anything else is refused in one clear line."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgx.errors import ModelError
from kgx.transfer.model_folder import open_model, save_model


@pytest.mark.parametrize("modality", ["text", "image", "audio"])
@pytest.mark.parametrize("query", [False, True])
def test_an_opened_model_refines_as_the_saved_one(
    pretrained: Any, tiny_model: Path, modality: str, query: bool
) -> None:
    items = pretrained.world.target[modality]
    before = pretrained.transfer.refine(items, pretrained.transfer.survey(items), query=query)
    opened = open_model(tiny_model, verify=True).transfer
    after = opened.refine(items, opened.survey(items), query=query)
    assert np.abs(after - before).max() <= 1e-6
    assert np.linalg.norm(after, axis=1) == pytest.approx(1)


def test_an_adapted_model_comes_back_too(pretrained: Any, tmp_path: Path) -> None:
    target = pretrained.world.target
    adapted = pretrained.transfer.adapt({name: target[name] for name in ("text", "image")}, seed=1)
    pretrained.save(tmp_path / "model", adapted)
    opened = open_model(tmp_path / "model").transfer
    for items in target.values():
        before, after = (some.refine(items, some.survey(items)) for some in (adapted, opened))
        assert np.abs(after - before).max() <= 1e-6
    assert opened.maker.reference.own == {"image": 64, "text": 64}


def test_what_it_says_of_itself(pretrained: Any, tiny_model: Path) -> None:
    opened = open_model(tiny_model)
    assert opened.encoders == {"text": "tiny:text", "image": "tiny:image", "audio": "tiny:audio"}
    encoders = pretrained.world.encoders
    assert opened.encoder_ids == {modality: encoder.id for modality, encoder in encoders.items()}
    transfer = pretrained.transfer
    assert opened.transfer.options == transfer.options
    assert opened.transfer.curve == transfer.curve
    assert opened.transfer.maker.paths == transfer.maker.paths


def test_equal_models_have_equal_fingerprints(pretrained: Any, tiny_model: Path, tmp_path: Path) -> None:
    assert pretrained.save(tmp_path / "again") == open_model(tiny_model).fingerprint
    centres = pretrained.transfer.centres
    moved = replace(centres, vectors={name: mean + 1 for name, mean in centres.vectors.items()})
    other = replace(pretrained.transfer, centres=moved)
    assert pretrained.save(tmp_path / "other", other) != open_model(tiny_model).fingerprint


def test_a_model_is_replaced_as_a_whole(pretrained: Any, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    pretrained.save(folder)
    (folder / "stray").write_text("from an older version")
    pretrained.save(folder)
    assert not (folder / "stray").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_of_something_else_is_not_replaced(pretrained: Any, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "thesis.txt").write_text("years of work")
    with pytest.raises(ModelError, match="exists and is no model"):
        pretrained.save(tmp_path / "model")
    assert (tmp_path / "model" / "thesis.txt").read_text() == "years of work"


def test_a_failed_save_leaves_nothing(
    pretrained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kgx.transfer.model_folder.save_items", full)
    with pytest.raises(OSError, match="No space"):
        pretrained.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_names_and_ids_are_of_the_same_encoders(pretrained: Any, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="names for text and ids for image"):
        save_model(pretrained.transfer, tmp_path / "m", encoders={"text": "a"}, encoder_ids={"image": "b"})


def test_there_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected a model, found no model\.json"):
        open_model(tmp_path / "nothing")


@pytest.fixture
def copied(pretrained: Any, tmp_path: Path) -> Path:
    pretrained.save(tmp_path / "model")
    return tmp_path / "model"


def _edit(folder: Path, **changes: object) -> None:
    told = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**told, **changes}))


def test_another_version_is_named(copied: Path) -> None:
    _edit(copied, version=7, kgx="9.9")
    with pytest.raises(ModelError) as caught:
        open_model(copied)
    assert re.search(
        r"expected a model of version 1, got version 7 \(written by kgx 9\.9, .*\); pretrain it again",
        str(caught.value),
    )


def test_another_format_is_refused(copied: Path) -> None:
    _edit(copied, format="kgx-run")
    with pytest.raises(ModelError, match="expected a model"):
        open_model(copied)


@pytest.mark.parametrize(
    "name",
    [
        "refiner.safetensors",
        "centres.safetensors",
        "descriptors.safetensors",
        "maps/image-text.safetensors",
        "knowledge/concepts.safetensors",
        "knowledge/graph/entities.arrow",
        "references/text/items.arrow",
        "references/image/arrays.safetensors",
    ],
)
def test_damage_is_found(copied: Path, name: str) -> None:
    whole = (copied / name).read_bytes()
    (copied / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=f"is damaged .*{re.escape(name)}"):
        open_model(copied)
    (copied / name).unlink()
    with pytest.raises(ModelError, match=f"is damaged .*{re.escape(name)}"):
        open_model(copied)
    (copied / name).write_bytes(bytes(len(whole)))
    with pytest.raises(ModelError, match="is damaged"):
        open_model(copied, verify=True)


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_a_broken_description_is_named(copied: Path, text: str) -> None:
    (copied / "model.json").write_text(text)
    with pytest.raises(ModelError, match="model"):
        open_model(copied)


@pytest.mark.parametrize(
    "field", ["options", "paths", "descriptors", "spaces", "curve", "references", "maps"]
)
def test_a_description_that_lacks_a_field(copied: Path, field: str) -> None:
    told = json.loads((copied / "model.json").read_text())
    del told[field]
    (copied / "model.json").write_text(json.dumps(told))
    with pytest.raises(ModelError, match="is damaged"):
        open_model(copied)


def test_nothing_is_pickled(tiny_model: Path) -> None:
    endings = {path.suffix for path in tiny_model.rglob("*") if path.is_file()}
    assert endings == {".json", ".safetensors", ".arrow"}
