"""Experiment configurations: what ships is valid, and what is wrong is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import experiments
from experiments.config import (
    ExperimentConfig,
    WorldOptions,
    check_config,
    load_config,
    load_retrieval_config,
)
from kgx.errors import ConfigError
from kgx.option_trees import with_changes
from kgx.transfer.options import RelationOptions

SHIPPED = sorted((Path(experiments.__file__).parent / "configs").glob("*.yaml"))

ENCODED = {"text": "bundled:text", "image": "bundled:image"}
LEAST: Mapping[str, Any] = {
    "title": "A title",
    "purpose": "to be read",
    "source_of_idea": "a paper",
    "graph": "wordnet",
    "source": "openclipart",
    "target": "tuxpaint",
    "encoders": ENCODED,
}


def written(folder: Path, content: Any) -> Path:
    path = folder / "experiment.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return path


def test_what_was_chosen_for_the_main_experiment_is_the_default() -> None:
    shipped = next(path for path in SHIPPED if path.stem == "openclipart_to_tuxpaint")
    assert load_retrieval_config(shipped).relation == RelationOptions()


def test_models_say_all_that_was_ever_a_default() -> None:
    said = RelationOptions().model_dump()
    older = {
        **said,
        "ridge_alpha": 1.0,
        "training": {**said["training"], "epochs": 12, "learning_rate": 5e-3},
    }
    assert {"ridge_alpha", "training", "adaptation"} <= said.keys()
    assert RelationOptions.model_validate(older).model_dump() == older


def test_some_configurations_ship() -> None:
    assert "openclipart_to_tuxpaint.yaml" in {path.name for path in SHIPPED}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_is_valid_and_expects_something(path: Path) -> None:
    assert load_config(path).expected


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_survives_being_written_down(path: Path, tmp_path: Path) -> None:
    config = load_config(path)
    assert load_config(written(tmp_path, config.model_dump(mode="json"))) == config


def test_completion_is_all_that_the_completed_experiment_adds() -> None:
    main, completed = (
        load_config(SHIPPED[0].with_name(f"openclipart_to_tuxpaint{ending}.yaml"))
        for ending in ("", "_completed")
    )
    assert main.completion is None
    assert completed.completion is not None
    told = {"title", "purpose", "source_of_idea", "completion"}
    assert completed.model_dump(exclude=told) == main.model_dump(exclude=told)


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, LEAST))
    assert config == ExperimentConfig.model_validate(LEAST)
    assert config.shots == (0, 50, 200)
    assert len(config.seeds) == 5


@pytest.mark.parametrize(
    ("change", "place", "nearest"),
    [
        ({"sead": [1]}, "sead", "seeds"),
        ({"relation": {"hop": 1}}, "relation.hop", "hops"),
        ({"relation": {"training": {"epoch": 3}}}, "relation.training.epoch", "epochs"),
        ({"mlp": {"adaptation": {"learning-rate": 1}}}, "mlp.adaptation.learning-rate", "learning_rate"),
        ({"similarity": {"neighbors": 5}}, "similarity.neighbors", "neighbours"),
        ({"completion": {"checkpoint": "c.pth", "tops": 5}}, "completion.tops", "top"),
        ({"expected": [{"methode": "ridge"}]}, "expected.0.methode", "method"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(
    change: Mapping[str, Any], place: str, nearest: str, tmp_path: Path
) -> None:
    path = written(tmp_path, {**LEAST, **change})
    if "expected" in change:
        complete = {"direction": "text-image", "method": "", "shots": 0, "metric": "", "low": 0, "high": 1}
        path = written(tmp_path, {**LEAST, "expected": [{**complete, **change["expected"][0]}]})
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value) == f"{path}: {place}: unknown option; did you mean {nearest!r}?"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shots": [0, -1]}, r"shots\.1: .*greater than or equal to 0"),
        ({"seeds": []}, r"seeds: .*at least 1 item"),
        ({"relation": {"hops": 9}}, r"relation\.hops: .*less than or equal to 3"),
        ({"relation": {"training": {"epochs": "many"}}}, r"relation\.training\.epochs: .*valid integer"),
        ({"encoders": {"image": "bundled:image"}}, r"encoders: .*expected encoders of text and .*got image"),
        ({"encoders": {"text": "bundled:text", "smell": "x"}}, r"encoders: .*got .*smell"),
        ({"title": None}, r"title: "),
        ({"title": " "}, r"title: .*expected some words, got none"),
        ({"purpose": ""}, r"purpose: .*expected some words, got none"),
        ({"kind": "renaming", "methods": ["mapped"], "variants": ["as the source"]}, r"nothing to compute"),
        ({"directions": ["text-audio"]}, r"nothing to compute"),
        ({"completion": {"top": 3}}, r"completion\.checkpoint: Field required"),
        (
            {"completion": {"checkpoint": "c", "min_confidence": 2}},
            r"min_confidence: .*less than or equal to 1",
        ),
    ],
)
def test_an_impossible_value_names_its_place(change: Mapping[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config(written(tmp_path, {**LEAST, **change}))


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"encoders": {"text": "bundled:text"}}, "image"),
        ({"kind": "renaming", "encoders": {"text": "bundled:text"}}, "image"),
        ({"kind": "scarcity", "scarce": "audio"}, "audio"),
        ({"kind": "multitask", "modality": "audio"}, "audio"),
    ],
)
def test_a_kind_needs_encoders_of_what_it_is_about(
    change: Mapping[str, Any], missing: str, tmp_path: Path
) -> None:
    path = written(tmp_path, {**LEAST, **change})
    with pytest.raises(ConfigError, match=rf"experiment\.yaml: [^:]*expected an encoder of {missing}, got"):
        load_config(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "retreival"}, "kind: unknown kind 'retreival'; did you mean 'retrieval'?"),
        ({"kind": 7}, "kind: unknown kind 7; did you mean"),
        ({"methods": ["ridge", "relation-transfr"]}, "'relation-transfr'; did you mean 'relation-transfer'?"),
        ({"methods": ["ridge", "ridge"]}, "expected 'ridge' once, got it twice"),
        ({"directions": ["text-picture"]}, "unknown name 'text-picture'; did you mean 'text-image'?"),
        ({"feature_maps": {"cca": {"component": 3}}}, "the feature map 'cca' has no option 'component'"),
        ({"feature_maps": {"lca": {}}}, "unknown name 'lca'; did you mean 'cca'?"),
        ({"feature_maps": {"ridg": 1}}, "unknown name 'ridg'; did you mean 'ridge'?"),
        ({"fusion_weights": {"ridg": 1, "label-text": 1}}, "unknown name 'ridg'; did you mean 'ridge'?"),
        ({"fusion_weights": {"ridge": 1}}, "expected weights of ridge, label-text, got ridge"),
        ({"fewer_seeds": {"plss": 1}}, "fewer_seeds: Value error, unknown name 'plss'; did you mean 'pls'?"),
        ({"graph": "wordnett"}, "graph: Value error, unknown name 'wordnett'; did you mean 'wordnet'?"),
        (
            {"source": "opnclipart"},
            "source: Value error, unknown name 'opnclipart'; did you mean 'openclipart'?",
        ),
        ({"target": "tuxpant"}, "target: Value error, unknown name 'tuxpant'; did you mean 'tuxpaint'?"),
        ({"encoders": {**ENCODED, "text": "bundled:txt"}}, "'bundled:txt'; did you mean 'bundled:text'?"),
        ({"encoders": {**ENCODED, "image": "bundled:text"}}, "'bundled:text'; did you mean 'bundled:image'?"),
        ({"encoders": {**ENCODED, "image": "hf:"}}, "unknown name 'hf:'; did you mean"),
        ({"kind": "renaming", "methods": ["rgnc"]}, "unknown name 'rgnc'; did you mean 'rgcn'?"),
        ({"kind": "renaming", "variants": ["nameles"]}, "unknown name 'nameles'; did you mean 'nameless'?"),
        ({"kind": "renaming", "methods": ["hgt", "hgt"]}, "expected 'hgt' once, got it twice"),
        ({"kind": "scarcity", "methods": ["mixupp"]}, "unknown name 'mixupp'; did you mean 'mixup'?"),
        ({"kind": "multitask", "methods": ["pears"]}, "unknown name 'pears'; did you mean 'pairs'?"),
        ({"kind": "multitask", "weights": {"link": 2}}, "unknown name 'link'; did you mean 'links'?"),
        ({"shots": [0, "most"]}, "shots.1: "),
    ],
)
def test_unknown_names_are_refused_with_what_is_known(
    change: Mapping[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(written(tmp_path, {**LEAST, **change}))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_models_of_the_hub_have_any_name() -> None:
    encoders = {"text": "hf:owls/text", "image": "hf:/models/owls@image"}
    config = check_config({**LEAST, "encoders": encoders}, "here")
    assert isinstance(config, WorldOptions)
    assert config.encoders == encoders


def test_what_needs_retrieval_refuses_other_kinds(tmp_path: Path) -> None:
    other = next(path for path in SHIPPED if not isinstance(load_config(path), ExperimentConfig))
    with pytest.raises(ConfigError, match="expected an experiment of the kind 'retrieval', got"):
        load_retrieval_config(other)


def test_a_change_of_an_unknown_option_is_refused() -> None:
    changed = with_changes(LEAST, {"relation.hopps": 1})
    assert "relation" not in LEAST
    with pytest.raises(ConfigError, match=r"here: relation\.hopps: unknown option; did you mean 'hops'\?"):
        check_config(changed, "here")


def test_a_missing_option_is_named(tmp_path: Path) -> None:
    without = {name: value for name, value in LEAST.items() if name != "graph"}
    with pytest.raises(ConfigError, match="graph: Field required"):
        load_config(written(tmp_path, without))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [1", "not YAML"),
        ("- a\n- b\n", "expected a mapping of options, got list"),
        ("", "expected a mapping of options, got NoneType"),
        ("a: !!python/object/apply:os.getcwd []", "not YAML"),
    ],
)
def test_what_is_no_configuration_is_refused_in_one_line(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(written(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml: cannot be read \(No such file"):
        load_config(tmp_path / "absent.yaml")
