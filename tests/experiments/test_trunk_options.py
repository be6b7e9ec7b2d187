"""Trunks by their names, checked before any is loaded; how deep the bundled ones are is what they turn out to be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import experiments
from experiments.config import check_config
from experiments.trunk_options import SCRATCH, TrunkOptions
from kgx.errors import ConfigError
from kgx.transfer.model.transplant import block_count

CONFIGS = Path(experiments.__file__).parent / "configs"


def shipped(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize(
    ("name", "modality"), [("bundled:text", "text"), ("bundled:image", "image"), (SCRATCH, "image")]
)
def test_what_is_known_of_a_trunk_holds_once_it_is_loaded(name: str, modality: str) -> None:
    options = TrunkOptions(name=name, side=32 if modality == "image" else None, widths=(8, 8, 8))
    assert options.known_blocks() == block_count(options.load(modality, 0))


def test_of_the_hub_nothing_is_known_before() -> None:
    options = TrunkOptions(name="hf:owls/text")
    options.check("text")
    assert options.known_blocks() is None


@pytest.mark.parametrize(
    ("task", "trunk", "message"),
    [
        ("text", {"name": "bundled:txt"}, "unknown name 'bundled:txt'; did you mean 'bundled:text'?"),
        ("text", {"name": "bundled:image"}, "unknown name 'bundled:image'; did you mean 'bundled:text'?"),
        (
            "text",
            {"name": SCRATCH, "side": 32},
            "unknown name 'scratch:resnet'; did you mean 'bundled:text'?",
        ),
        (
            "picture",
            {"name": "scratch:resnt"},
            "unknown name 'scratch:resnt'; did you mean 'scratch:resnet'?",
        ),
        ("picture", {"name": SCRATCH}, "expected the side of its pictures, got none"),
        ("picture", {"name": SCRATCH, "side": 32, "widths": []}, "trunk.widths: "),
    ],
)
def test_what_is_no_trunk_of_the_task_is_refused(task: str, trunk: Mapping[str, Any], message: str) -> None:
    content = shipped(f"{task}_category")
    methods = {name: {**method, "trunk": trunk} for name, method in content["methods"].items()}
    with pytest.raises(ConfigError) as caught:
        check_config({**content, "methods": methods}, "here")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trunk": {"name": "bundled:txt"}}, "unknown name 'bundled:txt'; did you mean 'bundled:text'?"),
        ({"blocks": [0, 99]}, "blocks: expected at most 6, which the network has, got 99"),
        ({"blocks": [0, 2, 2]}, "blocks: Value error, expected each number once, got 0, 2, 2"),
        ({"blocks": [-1, 2]}, "blocks.0: "),
        ({"ways": ["frosen"]}, "unknown name 'frosen'; did you mean 'frozen'?"),
        (
            {"source": {"modality": "text", "domain": "opnclipart"}},
            "'opnclipart'; did you mean 'openclipart'?",
        ),
    ],
)
def test_what_cannot_be_carried_over_is_refused(change: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_config({**shipped("layer_transfer"), **change}, "here")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
