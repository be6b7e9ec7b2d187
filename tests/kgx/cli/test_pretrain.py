"""``kgx pretrain``: what it prints, what it refuses, and that a killed one leaves nothing behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from kgx.cli.app import app
from kgx.errors import ConfigError
from kgx.testing import species_word, tiny_graph
from kgx.transfer.model_folder import open_model
from kgx.transfer.options import RelationOptions

Invoke = Callable[..., Any]
ENCODERS = ("--text", "tiny:text", "--image", "tiny:image", "--audio", "tiny:audio")
QUICK = ("--set", "neighbours=3", "--set", "batch_size=16", "--set", "training.epochs=2")


@pytest.fixture
def desk(pretrained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a source (its series as folders), a graph and a collection, in which commands are given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KGX_DATA", str(tmp_path / "data"))
    tiny_graph().save("concepts")
    for name, collection in (
        ("source", pretrained.world.source_collection),
        ("target", pretrained.world.target_collection),
    ):
        Path(name).mkdir()
        rows = ["id,modality,value,entity"]
        for item in collection:
            rows.append(f"{item.id},{item.modality},{item.value},{item.entity}")
            if item.modality != "text":
                Path(name, item.value).write_bytes(collection.file(item).read_bytes())
        Path(name, "items.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def pretrain(desk: Path) -> Invoke:
    def invoke(*arguments: str) -> Any:
        told = ("--items", "source/items.csv", "--kg", "concepts", "--out", "my-model", *ENCODERS)
        return CliRunner().invoke(app, ["pretrain", *told, *arguments])

    return invoke


def test_a_model_is_pretrained_and_used_by_the_line_that_is_printed(pretrain: Invoke) -> None:
    made = pretrain(*QUICK)
    assert made.exit_code == 0, made.output
    lines = made.stdout.splitlines()
    assert lines[:4] == [
        "  text: 64 items, 64 of them linked to concepts",
        " image: 64 items, 64 of them linked to concepts",
        "skipped: 0",
        "64 pairs of text and image",
    ]
    assert [line.split(":")[0] for line in lines[4:6]] == ["epoch 1", "epoch 2"]
    assert (
        "trained 2 of 2 epochs on text and image; 10 pairs held out by whole folders: recall@10 " in lines[6]
    )
    *_, command = lines
    assert command == "use it: kgx run --items your-items.csv --model my-model --out my-run"
    words = command.removeprefix("use it: kgx ").replace("your-items.csv", "target/items.csv").split()
    used = CliRunner().invoke(app, words)
    assert used.exit_code == 0, used.output
    found = CliRunner().invoke(app, ["search", "my-run", species_word(10), "--to", "audio", "-k", "1"])
    assert found.exit_code == 0, found.output
    assert found.stdout.split()[0] == "1"


def test_json_says_the_same_and_the_same_seed_makes_the_same_model(pretrain: Invoke) -> None:
    first, again, other = (
        json.loads(pretrain(*QUICK, "--json", "--force", "--seed", seed).stdout) for seed in ("5", "5", "6")
    )
    assert first == again
    assert first["fingerprint"] != other["fingerprint"] == open_model("my-model").fingerprint
    assert {
        name: first[name] for name in ("folder", "items", "pairs", "held_out", "trained_on", "epochs")
    } == {
        "folder": "my-model",
        "items": {"text": 64, "image": 64},
        "pairs": {"image": 64},
        "held_out": {"image": 10},
        "trained_on": "image",
        "epochs": 2,
    }
    assert first["recall@10"] == max(first["curve"]["score"])


def test_options_come_from_a_file_and_from_the_line_over_the_defaults(pretrain: Invoke, desk: Path) -> None:
    told = {"neighbours": 3, "batch_size": 16, "training": {"epochs": 9, "weight_decay": 0.1}}
    (desk / "options.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    made = pretrain(
        "--options", "options.yaml", "--set", "training.epochs=1", "--set", "negatives.siblings=0.5"
    )
    assert made.exit_code == 0, made.output
    options, default = open_model("my-model").transfer.options, RelationOptions()
    assert (options.neighbours, options.negatives.siblings, options.hops) == (3, 0.5, default.hops)
    assert (options.training.epochs, options.training.weight_decay) == (1, 0.1)
    assert options.training.learning_rate == default.training.learning_rate
    assert options.training.patience == default.training.patience
    assert options.from_scratch == default.from_scratch


def test_what_was_held_out_is_said_where_it_is_nothing_or_not_looked_at(pretrain: Invoke, desk: Path) -> None:
    unwatched = pretrain(*QUICK, "--set", "training.patience=0")
    assert "10 pairs were held out, but training.patience=0 looks at none" in unwatched.stdout
    rows = (desk / "source" / "items.csv").read_text(encoding="utf-8").splitlines()
    heaped = [f"{rows[0]},category", *(f"{row},all" for row in rows[1:])]
    (desk / "source" / "items.csv").write_text("\n".join(heaped) + "\n", encoding="utf-8")
    heap = pretrain(*QUICK, "--force")
    assert "trained 2 of 2 epochs on text and image; nothing was held out" in heap.stdout
    assert "nothing was trained" in pretrain(*QUICK, "--force", "--set", "network=similarity").stdout


BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown option": (("--set", "hopps=1"), "--set: hopps: unknown option; did you mean 'hops'?"),
    "unknown option below": (
        ("--set", "training.epoch=1"),
        "training.epoch: unknown option; did you mean 'epochs'",
    ),
    "impossible value": (("--set", "hops=7"), "--set: hops: Input should be less than or equal to 3"),
    "no number of epochs": (("--set", "training.epochs=-1"), "expected epochs of at least 0, got -1"),
    "no rate": (("--set", "training.learning_rate=.nan"), "learning_rate: Input should be a finite number"),
    "impossible rate": (
        ("--set", "training.learning_rate=-1"),
        "expected learning_rate of at least 0, got -1",
    ),
    "no penalty": (("--set", "ridge_alpha=.inf"), "ridge_alpha: Input should be a finite number"),
    "no value": (("--set", "hops"), "--set: expected NAME=VALUE, got 'hops'"),
    "no options": (("--options", "none.yaml"), "none.yaml: cannot be read"),
    "wrong options": (
        ("--options", "wrong.yaml"),
        "wrong.yaml: trainin: unknown option; did you mean 'training'",
    ),
    "no manifest": (("--items", "none.csv"), "none.csv: the manifest does not exist"),
    "no graph": (("--kg", "none.ttl"), "none.ttl: there is no such file"),
    "graph without labels": (("--kg", "bare.ttl"), "graph has no labelled concept"),
    "no texts": (("--text", "none"), "64 items of text, but no encoder of text is named"),
    "no pictures": (("--image", "none"), "64 items of image, but no encoder of image is named"),
    "unknown encoder": (("--audio", "smell"), "no encoder 'smell'"),
    "another place": (("--out", "source"), "source exists and is no model"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_and_nothing_is_made(case: str, pretrain: Invoke, desk: Path) -> None:
    arguments, message = BAD[case]
    (desk / "wrong.yaml").write_text("trainin: {epochs: 3}", encoding="utf-8")
    (desk / "bare.ttl").write_text("<x:a> <x:b> <x:c> .", encoding="utf-8")
    before = sorted(path.name for path in desk.iterdir())
    refused = pretrain(*arguments)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert message in str(refused.exception)
    assert sorted(path.name for path in desk.iterdir() if path.name != "data") == before


def test_a_model_that_stands_there_is_replaced_only_by_force(pretrain: Invoke) -> None:
    assert pretrain(*QUICK).exit_code == 0
    before = open_model("my-model").fingerprint
    refused = pretrain(*QUICK, "--seed", "1")
    assert isinstance(refused.exception, ConfigError)
    assert "holds a model already; add --force" in str(refused.exception)
    assert open_model("my-model").fingerprint == before
    assert pretrain(*QUICK, "--seed", "1", "--force").exit_code == 0
    assert open_model("my-model", verify=True).fingerprint != before


KILLED = """
import os, signal, sys
from kgx.cli.app import app
from kgx.encoders import ENCODERS
from kgx.testing import SketchEncoder, SoundEncoder, WordEncoder
from kgx.transfer.tasks import RefinerTask
for kind in (WordEncoder, SketchEncoder, SoundEncoder):
    ENCODERS[kind.id] = lambda threads=2, kind=kind: kind()
RefinerTask.score = lambda task: os.kill(os.getpid(), signal.SIGKILL)  # in the middle of training
app(sys.argv[1:])
"""


def test_a_killed_one_leaves_what_stood_there(pretrain: Invoke, desk: Path) -> None:
    assert pretrain(*QUICK).exit_code == 0
    before, files = open_model("my-model").fingerprint, sorted(path.name for path in desk.iterdir())
    told = (
        "--items",
        "source/items.csv",
        "--kg",
        "concepts",
        "--out",
        "my-model",
        *ENCODERS,
        *QUICK,
        "--force",
    )
    done = subprocess.run([sys.executable, "-c", KILLED, "pretrain", *told], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert open_model("my-model", verify=True).fingerprint == before
    assert sorted(path.name for path in desk.iterdir()) == files


def test_help_has_examples() -> None:
    shown = CliRunner().invoke(app, ["pretrain", "--help"])
    assert shown.exit_code == 0
    assert "kgx pretrain --items source.csv" in " ".join(shown.output.split())
