"""Classifiers on disk: what is opened says what was saved, and what is damaged is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from kgx.errors import EncoderError, ModelError
from kgx.train import TrainingOptions
from kgx.transfer.model import (
    Classifier,
    EfficientNetTrunk,
    FineTuningOptions,
    SharedTrunk,
    fine_tune,
    load_trunk,
    open_classifier,
    read_examples,
    save_classifier,
)

from .conftest import MODELS

ModelFolder = Callable[[str], Path]
OPTIONS = FineTuningOptions("full", training=TrainingOptions(epochs=1, learning_rate=1e-3))


@pytest.mark.parametrize("kind", MODELS)
def test_what_is_opened_says_the_same(
    kind: str,
    model_folder: ModelFolder,
    texts: tuple[list[str], list[str]],
    pictures: tuple[list[Path], list[str]],
    tmp_path: Path,
) -> None:
    modality = MODELS[kind][0]
    values, labels = texts if modality == "text" else pictures
    trunk = load_trunk(f"hf:{model_folder(kind)}", modality)
    options = replace(OPTIONS, strategy="lora" if kind == "bert" and find_spec("peft") else "full")
    classifier = fine_tune(trunk, read_examples(trunk, values, labels, modality), options=options).classifier
    save_classifier(classifier, tmp_path / "saved")
    save_classifier(classifier, tmp_path / "saved")  # replaces it
    opened = open_classifier(tmp_path / "saved", verify=True)
    assert opened.labels == classifier.labels
    np.testing.assert_array_equal(
        opened.predict(values).probabilities, classifier.predict(values).probabilities
    )


def test_a_shared_trunk_and_the_bundled_network(model_folder: ModelFolder, tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite_pytorch")
    from kgx.encoders.bundled_image import new_body

    members = {
        "text": load_trunk(f"hf:{model_folder('bert')}", "text"),
        "image": EfficientNetTrunk(new_body(), side=32),
    }
    classifier = Classifier(
        SharedTrunk(members, width=8), {"kind": ["bird", "tool"], "size": ["a", "b"]}
    ).eval()
    save_classifier(classifier, tmp_path / "saved")
    opened = open_classifier(tmp_path / "saved")
    told = [
        one.predict(["an owl"], modality="text", head="size").probabilities for one in (classifier, opened)
    ]
    np.testing.assert_array_equal(*told)
    with pytest.raises(EncoderError, match="takes image, text"):
        opened.predict(["an owl"], head="size")


def test_what_cannot_be_read_is_named(model_folder: ModelFolder, tmp_path: Path) -> None:
    classifier = Classifier(load_trunk(f"hf:{model_folder('resnet')}", "image"), {"label": ["a", "b"]})
    (tmp_path / "broken.png").write_bytes(b"no picture")
    told = classifier.predict([tmp_path / "broken.png", tmp_path / "missing.png"])
    assert told.labels == (None, None)
    assert sorted(told.failures) == [0, 1]
    assert not told.probabilities.any()


def test_damage_is_refused(model_folder: ModelFolder, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    classifier = Classifier(load_trunk(f"hf:{model_folder('bert')}", "text"), {"label": ["a", "b"]})
    save_classifier(classifier, folder)
    told = json.loads((folder / "classifier.json").read_text())
    for change in (
        {"labels": {"label": ["a"]}},
        {"trunk": {"kind": "pickle"}},
        {"labels": {"label": list("abc")}},
    ):
        (folder / "classifier.json").write_text(json.dumps({**told, **change}))
        with pytest.raises(ModelError):
            open_classifier(folder)
    (folder / "classifier.json").write_text(json.dumps(told))
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])
    with pytest.raises(ModelError, match="damaged"):
        open_classifier(folder)
    with pytest.raises(ModelError, match="expected a classifier"):
        open_classifier(tmp_path / "nothing")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(ModelError, match="new or empty"):
        save_classifier(classifier, tmp_path / "mine")


@pytest.mark.parametrize("labels", [{}, {"label": ["a"]}, {"label": ["a", "a"]}])
def test_heads_that_tell_nothing_apart(labels: dict[str, list[str]], model_folder: ModelFolder) -> None:
    with pytest.raises(ModelError, match="expected"):
        Classifier(load_trunk(f"hf:{model_folder('bert')}", "text"), labels)


def test_trunks_that_do_not_exist(model_folder: ModelFolder) -> None:
    folder = model_folder("bert")
    for name, modality in ((f"hf:{folder}", "image"), ("bundled:image", "text"), (f"hf:{folder}-no", "text")):
        with pytest.raises(EncoderError):
            load_trunk(name, modality)
