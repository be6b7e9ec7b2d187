"""What an experiment will have figures of: no range is of anything else, and what is told is what is computed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import experiments
from experiments.config import ExperimentConfig, check_config
from experiments.kinds import retrieval
from experiments.method_names import METHODS
from experiments.planned import LABEL_METRICS, PlannedExperiment, range_problem
from experiments.world import World
from kgx.errors import ConfigError
from kgx.evaluate.classification import classification_scores

CONFIGS = Path(experiments.__file__).parent / "configs"
SHIPPED = sorted(path.stem for path in CONFIGS.glob("*.yaml"))


def shipped(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


def refused(content: Mapping[str, Any], **changes: Any) -> str:
    """Return what is said of a configuration whose second range is changed."""
    first = content["expected"][0]
    with pytest.raises(ConfigError) as caught:
        check_config({**content, "expected": [first, {**first, **changes}]}, "here")
    message = str(caught.value)
    assert message.startswith("here: expected.1.")
    assert "\n" not in message
    return message.removeprefix("here: expected.1.")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_kind_names_what_is_nearest_to_a_wrong_name(name: str) -> None:
    content = shipped(name)
    for field in ("direction", "method", "metric"):
        right = content["expected"][0][field]
        wrong = f"{right[0]}{right[2:]}"  # a letter is missing
        message = f"{field}: no figure is of {wrong!r}; did you mean {right!r}?"
        assert refused(content, **{field: wrong}) == message


@pytest.mark.parametrize("name", SHIPPED)
def test_a_range_has_something_in_it(name: str) -> None:
    content = shipped(name)
    assert refused(content, low=0.6, high=0.4) == "low: expected at most 0.4, which is high, got 0.6"
    assert refused(content, low=float("nan")).startswith("low: expected at most")
    check_config({**content, "expected": [{**content["expected"][0], "low": 0.5, "high": 0.5}]}, "here")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("openclipart_to_tuxpaint", {"shots": 100}, "shots: expected one of 0, 50, 200, got 100"),
        ("openclipart_to_tuxpaint", {"method": "cca"}, "method: no figure is of 'cca'; did you mean"),
        ("openclipart_to_tuxpaint", {"method": "random", "shots": 50}, "shots: expected one of 0, got 50"),
        (
            "openclipart_to_tuxpaint",
            {"direction": "text-audio", "method": "ridge"},
            "shots: expected one of 50, 200, got 0",
        ),
        ("families", {"direction": "text-audio"}, "direction: no figure is of 'text-audio'; did you mean"),
        ("renaming", {"method": "mapped, as the source"}, "method: no figure is of"),
        ("scarcity", {"shots": 1}, "shots: expected one of 0, got 1"),
        (
            "text_category",
            {"metric": "recall@10"},
            "metric: no figure is of 'recall@10'; did you mean 'recall'?",
        ),
        ("layer_transfer", {"method": "frozen, 3 blocks"}, "method: no figure is of 'frozen, 3 blocks'"),
    ],
)
def test_what_is_known_but_not_run_has_no_range(name: str, change: dict[str, Any], message: str) -> None:
    assert refused(shipped(name), **change).startswith(message)


def test_any_number_may_be_all_that_there_are() -> None:
    content = shipped("families")
    first = content["expected"][0]
    check_config({**content, "expected": [{**first, "shots": 499}]}, "here")


@pytest.mark.parametrize("modalities", [("text", "image"), ("text", "image", "audio")])
def test_the_rows_that_are_told_are_those_that_are_computed(
    modalities: tuple[str, ...], tiny_config: ExperimentConfig, tiny_world: World
) -> None:
    pool = len(tiny_world.target.pool)
    encoders = {modality: tiny_config.encoders[modality] for modality in modalities}
    target = tiny_world.target
    target = type(target)(
        {modality: target.items[modality] for modality in modalities}, target.captions, target.tests
    )
    config = ExperimentConfig.model_validate(
        {**tiny_config.model_dump(), "methods": METHODS, "shots": [0, 8, "all"], "encoders": encoders}
    )
    told = {
        (direction, method, pool if shots is None else shots) for direction, method, shots in config.rows()
    }
    assert told == {(key.direction, key.method, key.shots) for key in retrieval.rows(config, target)}


def test_answers_with_labels_are_judged_by_what_is_told() -> None:
    assert set(classification_scores(["owl", "cat"], ["owl", "owl"]).seeds[0]) == set(LABEL_METRICS)


def test_no_range_is_wrong_of_a_figure_that_there_is() -> None:
    for name in SHIPPED:
        options = check_config(shipped(name), name)
        assert isinstance(options, PlannedExperiment)
        for direction, method, shots in options.rows():
            for metric in options.metrics:
                entry = options.expected[0].model_copy(
                    update={"direction": direction, "method": method, "shots": shots or 0, "metric": metric}
                )
                assert range_problem(options, entry) is None
