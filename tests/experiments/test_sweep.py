"""The sweep: options are tried on the source's validation part, and the target is not looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from experiments.config import ExperimentConfig
from experiments.rehearsal import Rehearsal
from experiments.sweep import main, sweep
from experiments.world import World
from kgx.errors import ConfigError
from kgx.option_trees import with_changes
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining

PATIENT = {"epochs": 3, "learning_rate": 0.02, "weight_decay": 0.01, "patience": 1, "seed": 0}


@pytest.fixture
def config(tiny_config: ExperimentConfig) -> ExperimentConfig:
    content = tiny_config.model_dump()
    content["relation"]["training"] = PATIENT
    return ExperimentConfig.model_validate(content)


@pytest.fixture
def counted(tiny_world: World, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the sweep run in the tiny world, without a target; count what is prepared."""
    prepared: list[Any] = []
    prepare = Pretraining.prepare.__func__

    def counting(cls: type[Pretraining], *arguments: Any, **options: Any) -> Pretraining:
        prepared.append(arguments[3])
        made: Pretraining = prepare(cls, *arguments, **options)
        return made

    blind = replace(tiny_world, target=None)
    monkeypatch.setattr(World, "build", classmethod(lambda cls, config: blind))
    monkeypatch.setattr(Pretraining, "prepare", classmethod(counting))
    return prepared


def test_every_combination_is_scored_with_every_seed(config: ExperimentConfig, counted: list[Any]) -> None:
    rows = sweep(config, {"hops": [1, 2], "width": [4, 8]}, 2)
    assert [options for options, _ in rows] == [
        {"hops": 1, "width": 4},
        {"hops": 1, "width": 8},
        {"hops": 2, "width": 4},
        {"hops": 2, "width": 8},
    ]
    assert all(len(scores) == 2 for _, scores in rows)
    assert all(0 <= score <= 1 for _, scores in rows for score in scores)


def test_tokens_are_made_anew_only_where_they_change(config: ExperimentConfig, counted: list[Any]) -> None:
    sweep(config, {"hops": [1, 2], "training.learning_rate": [0.01, 0.02], "residual": [0, 8]}, 1)
    assert [options.hops for options in counted] == [1, 2]


@pytest.fixture
def seen(counted: list[Any], tiny_world: World, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the sweep see the target, too."""
    monkeypatch.setattr(World, "build", classmethod(lambda cls, config: tiny_world))
    return counted


def relation_of(config: ExperimentConfig, changes: dict[str, Any]) -> RelationOptions:
    return ExperimentConfig.model_validate(with_changes(config.model_dump(), changes)).relation


def test_adaptation_is_tried_on_pairs_of_the_pool(
    config: ExperimentConfig, seen: list[Any], tiny_world: World
) -> None:
    rows = sweep(config, {"adaptation.epochs": [1, 4]}, 2, pairs=3)
    assert len(seen) == 1
    changed = relation_of(config, {"relation.adaptation.epochs": 4})
    transfer = tiny_world.pretraining(changed).train(1)
    assert rows[1] == (
        {"adaptation.epochs": 4},
        [rows[1][1][0], Rehearsal.draw(tiny_world.target, 1).score(transfer, 3)],
    )


def test_what_is_not_pretrained_has_its_own_adaptation(
    config: ExperimentConfig, seen: list[Any], tiny_world: World
) -> None:
    ((_, (score,)),) = sweep(config, {"from_scratch.epochs": [3]}, 1, pairs=3)
    changed = relation_of(config, {"relation.from_scratch.epochs": 3})
    blank = tiny_world.pretraining(changed).untrained(0)
    assert score == Rehearsal.draw(tiny_world.target, 0).score(blank, 3)


def test_adaptation_without_pairs_is_refused(config: ExperimentConfig, seen: list[Any]) -> None:
    with pytest.raises(ConfigError, match="expected --pairs"):
        sweep(config, {"from_scratch.epochs": [3]}, 1)
    with pytest.raises(ConfigError, match="--pairs: expected 0 to"):
        sweep(config, {"adaptation.epochs": [3]}, 1, pairs=10_000)


@pytest.mark.parametrize(
    ("words", "pairs", "message"),
    [
        (["adaptation.epochs=3"], "-1", "expected 0 to"),
        (["ridge"], "3", "expected relation options, got ridge"),
        (["maps", "pls"], "3", "expected relation options, got maps"),
    ],
)
def test_pairs_that_would_count_for_nothing_are_refused(
    words: list[str],
    pairs: str,
    message: str,
    path: str,
    seen: list[Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([path, *words, "--pairs", pairs]) == 1
    assert capsys.readouterr().err.startswith(f"error: --pairs: {message}")


def test_the_score_is_that_of_the_best_epoch(
    config: ExperimentConfig, counted: list[Any], tiny_world: World
) -> None:
    ((_, (score,)),) = sweep(config, {"width": [16]}, 1)
    relation = config.relation.model_copy(update={"width": 16})
    again = tiny_world.pretraining(relation).train(0)
    assert score == max(again.curve.score)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hop": [1]}, "options: relation.hop: unknown option; did you mean 'hops'?"),
        ({"training.epoch": [1]}, "options: relation.training.epoch: unknown option; did you mean 'epochs'?"),
        ({"tranquil.epochs": [1]}, "options: relation.tranquil: unknown option; did you mean"),
        ({"hops": [1, 9]}, "options: relation.hops: Input should be less than or equal to 3"),
        ({"hops.deep": [1]}, "options: relation.hops: Input should be a valid integer"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_built(
    options: dict[str, list[Any]], message: str, config: ExperimentConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(World, "build", classmethod(lambda cls, config: pytest.fail("a world was built")))
    with pytest.raises(ConfigError) as caught:
        sweep(config, options, 1)
    assert str(caught.value).startswith(message)


def test_without_validation_there_is_nothing_to_choose_by(
    config: ExperimentConfig, counted: list[Any]
) -> None:
    with pytest.raises(ConfigError, match="nothing was validated"):
        sweep(config, {"training.patience": [0]}, 1)


@pytest.fixture
def path(config: ExperimentConfig, tmp_path: Path) -> str:
    place = tmp_path / "tiny.yaml"
    place.write_text(yaml.safe_dump(config.model_dump(mode="json")), encoding="utf-8")
    return str(place)


def test_the_table_shows_the_best_first(
    path: str, counted: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    known = {1: 0.25, 2: 0.75, 3: 0.5}
    monkeypatch.setattr(
        "experiments.sweep.sweep",
        lambda config, options, seeds, pairs: [({"hops": hops}, [known[hops]]) for hops in options["hops"]],
    )
    assert main([path, "relation.hops=1,2,3", "--seeds", "1"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "hops" in line]
    assert [known[int(line.split("'hops': ")[1][0])] for line in lines] == [0.75, 0.5, 0.25]


def test_the_penalty_of_ridge_is_tried_too(
    path: str, counted: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([path, "ridge"]) == 0
    assert "ridge_alpha" in capsys.readouterr().out
    assert not counted


@pytest.mark.parametrize("word", ["hops", "hops=", "hops=[1"])
def test_a_malformed_option_is_one_line(word: str, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([path, word]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: expected NAME=VALUE")
    assert len(error.splitlines()) == 1


def test_a_missing_configuration_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "absent.yaml"), "hops=1"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
