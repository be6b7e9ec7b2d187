"""``kgx experiment``: what it takes, what it prints, and what it says where something is wrong."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from experiments import commands
from experiments.results_store import write_json
from kgx.cli import app
from kgx.cli import experiment as experiment_module
from kgx.errors import ConfigError, KgxError

TOLD = {
    "title": "A title",
    "purpose": "to be read",
    "source_of_idea": "a paper",
    "graph": "wordnet",
    "source": "openclipart",
    "target": "tuxpaint",
    "encoders": {"text": "bundled:text", "image": "bundled:image"},
}


def config(folder: Path, name: str = "owls.yaml", **changes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(yaml.safe_dump({**TOLD, **changes}), encoding="utf-8")
    return path


def record(out: Path, recall: float) -> None:
    """Write what a finished run holds."""
    row = {
        "method": "ridge",
        "shots": 0,
        "seed": 0,
        "direction": "text-image",
        "metrics": {"recall@10": recall},
    }
    write_json(out / "results.json", [row])
    write_json(out / "metrics.json", {"bars": [], "test_evaluations": {"total": 1}})


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Path]]:
    """What would have been run, with one figure as result."""
    calls: list[tuple[Any, Path]] = []

    def compute(options: Any, out: Path) -> None:
        calls.append((options, out))
        record(out, 0.5)

    monkeypatch.setattr(commands, "compute", compute)
    return calls


def invoke(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, ["experiment", *map(str, arguments)])


def test_options_are_replaced_by_dotted_names(tmp_path: Path, computed: list[Any]) -> None:
    done = invoke(
        "run", config(tmp_path), "--out", tmp_path / "r", "--set", "relation.hops=1", "--set", "seeds=[3]"
    )
    assert done.exit_code == 0, done.output
    options, out = computed[0]
    assert (options.relation.hops, options.seeds, out) == (1, (3,), tmp_path / "r")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("relation.hopps=1", "did you mean 'hops'"),
        ("nothing", "expected NAME=VALUE, got 'nothing'"),
        ("=3", "expected NAME=VALUE"),
        ("seeds=[1", "expected NAME=VALUE"),
    ],
)
def test_what_cannot_be_set_is_refused_before_anything_runs(
    change: str, message: str, tmp_path: Path, computed: list[Any]
) -> None:
    done = invoke("run", config(tmp_path), "--set", change)
    assert isinstance(done.exception, ConfigError)
    assert message in str(done.exception)
    assert computed == []


def test_the_configuration_of_a_run_goes_on_with_it(tmp_path: Path, computed: list[Any]) -> None:
    assert invoke("run", config(tmp_path / "run", "config.yaml")).exit_code == 0
    assert computed[0][1] == tmp_path / "run"


@pytest.mark.parametrize(
    ("before", "code", "verdict"), [(0.5, 0, "identical"), (0.51, 0, "within"), (0.6, 1, "beyond")]
)
def test_a_repetition_is_compared(
    before: float, code: int, verdict: str, tmp_path: Path, computed: list[Any]
) -> None:
    record(tmp_path / "run", before)
    path = config(tmp_path / "run", "config.yaml")
    done = invoke("run", path, "--check", tmp_path / "run")
    assert done.exit_code == code
    assert verdict in done.output
    assert computed[0][1] == tmp_path / "run-repeated"
    told = json.loads(invoke("run", path, "--check", tmp_path / "run", "--json").stdout)
    assert told["check"]["identical"] == (before == 0.5)
    assert told["check"]["within_tolerance"] == (code == 0)


def test_a_run_is_not_compared_with_itself(tmp_path: Path, computed: list[Any]) -> None:
    done = invoke("run", config(tmp_path), "--out", tmp_path / "r", "--check", tmp_path / "r")
    assert isinstance(done.exception, ConfigError)
    assert computed == []


def test_a_sweep_is_printed_best_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [({"hops": 2}, [0.5, 0.3]), ({"hops": 1}, [0.1])]
    monkeypatch.setattr(commands, "tried", lambda config, words, seeds, pairs: rows)
    assert invoke("sweep", config(tmp_path), "relation.hops=1,2").output.splitlines() == [
        "0.4000 ±0.1000  hops=2",
        "0.1000 ±0.0000  hops=1",
    ]
    told = json.loads(invoke("sweep", config(tmp_path), "relation.hops=1,2", "--json").stdout)
    assert told[0] == {"options": {"hops": 2}, "scores": [0.5, 0.3]}


def test_one_run_or_several_are_reported(tmp_path: Path) -> None:
    for name, recall in (("first", 0.5), ("second", 0.25)):
        record(tmp_path / name, recall)
    page, tables = tmp_path / "both.html", tmp_path / "both.md"
    done = invoke(
        "report", tmp_path / "first", tmp_path / "second", "--out", page, "--markdown", tables, "--json"
    )
    assert json.loads(done.stdout) == {"report": str(page), "markdown": str(tables)}
    assert {"0.500", "0.250"} <= set(
        page.read_text(encoding="utf-8").replace("<", " ").replace(">", " ").split()
    )
    assert tables.read_text(encoding="utf-8").count("## ") == 2
    assert invoke("report", tmp_path / "first").output.strip() == str(tmp_path / "first" / "report.html")
    assert isinstance(invoke("report", tmp_path / "absent").exception, KgxError)


def test_without_the_experiments_the_error_says_where_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name="experiments")

    monkeypatch.setattr(importlib, "import_module", missing)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(experiment_module.kgx, "__file__", str(tmp_path / "kgx" / "__init__.py"))
    done = invoke("report", tmp_path)
    assert isinstance(done.exception, ConfigError)
    assert "checkout" in str(done.exception)
    assert str(tmp_path) not in sys.path


def test_every_command_has_help_with_examples() -> None:
    for command in ("run", "sweep", "report"):
        done = invoke(command, "--help")
        assert done.exit_code == 0
        assert f"kgx experiment {command}" in " ".join(done.output.split())
