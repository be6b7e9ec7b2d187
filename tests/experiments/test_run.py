"""Running an experiment: what is there at the beginning, what goes with another state, and what a finished run does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml

from experiments import kinds
from experiments.config import load_config
from experiments.environment import record_environment
from experiments.experiment import ExperimentBase
from experiments.results_store import write_json
from experiments.run import compute
from kgx.errors import KgxError


class Options(ExperimentBase):
    kind: Literal["coin"] = "coin"
    heads: float = 0.5


class Coin:
    """A kind of experiment that counts how often it is run."""

    Options = Options

    def __init__(self) -> None:
        self.seen: list[set[str]] = []

    def run(self, options: Options, out: Path) -> None:
        self.seen.append({path.name for path in out.iterdir()})
        if options.heads > 1:
            raise KgxError("expected a share")
        row = {
            "method": "coin",
            "shots": 0,
            "seed": 0,
            "direction": "a-b",
            "metrics": {"accuracy": options.heads},
        }
        write_json(out / "results.json", [row])
        record_environment(out, {"coin": "of gold"})


@pytest.fixture
def coin(monkeypatch: pytest.MonkeyPatch) -> Coin:
    found = Coin()
    monkeypatch.setitem(kinds.KINDS, "coin", "coin")
    monkeypatch.setattr(kinds.importlib, "import_module", lambda name: found)
    return found


def options(**changes: Any) -> Options:
    return Options.model_validate({"title": "Coin", "purpose": "p", "source_of_idea": "s", **changes})


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_run_records_what_it_was(coin: Coin, tmp_path: Path) -> None:
    compute(options(), tmp_path)
    assert coin.seen == [{"config.yaml", "environment.json"}]
    assert load_config(tmp_path / "config.yaml") == options()
    environment = read(tmp_path / "environment.json")
    assert environment["coin"] == "of gold"
    assert environment["seconds of this session"] >= 0
    assert read(tmp_path / "metrics.json")["title"] == "Coin"
    assert (tmp_path / "report.html").is_file()


def test_a_finished_run_is_only_shown(coin: Coin, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compute(options(), tmp_path)
    compute(options(), tmp_path)
    assert len(coin.seen) == 1
    assert "nothing has changed" in capsys.readouterr().err


def test_what_another_state_summed_up_goes(coin: Coin, tmp_path: Path) -> None:
    compute(options(), tmp_path)
    with pytest.raises(KgxError, match="expected a share"):
        compute(options(heads=2), tmp_path)
    assert not {"results.json", "metrics.json", "finished.json"} & coin.seen[1]
    assert yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))["heads"] == 2


def test_a_stopped_run_keeps_what_it_has(coin: Coin, tmp_path: Path) -> None:
    compute(options(), tmp_path)
    (tmp_path / "finished.json").unlink()
    compute(options(), tmp_path)
    assert "results.json" in coin.seen[1]


def test_a_figure_out_of_its_range_is_told(
    coin: Coin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = {"direction": "a-b", "method": "coin", "shots": 0, "metric": "accuracy", "low": 0.9, "high": 1}
    write_json(tmp_path / "intervals.json", [])
    compute(options(expected=[wanted]), tmp_path)
    assert "warning: accuracy of coin" in capsys.readouterr().err
