"""What is asked of a run's index from the command line, and how its vectors are opened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kgx.cli.app import app
from kgx.testing import species_word


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    rows = [f"{number},text,a {species_word(number)},thing {number}" for number in range(4)]
    (tmp_path / "items.csv").write_text(
        "\n".join(["id,modality,value,entity", *rows]) + "\n", encoding="utf-8"
    )
    return str(tmp_path / "items.csv")


def test_memory_and_recall_are_kept_with_the_index(manifest: str, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    arguments = ["run", "--items", manifest, "--model", str(tiny_model), "--out", str(out)]
    made = CliRunner().invoke(app, [*arguments, "--memory", "2GB", "--recall", "0.9"])
    assert made.exit_code == 0, made.output
    meta = json.loads((out / "index" / "meta.json").read_text())
    assert meta["wanted"] == {"kind": "auto", "recall": 0.9, "memory": 2_000_000_000}
    assert [(trial["kind"], trial["outcome"]) for trial in meta["tried"]] == [("flat", "chosen")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--memory", "plenty"], "expected a size such as 500MB, 2GB or 1GiB, got 'plenty'"),
        (["--memory", "0"], "got '0'"),
        (["--memory", "1GB", "--index", "pq"], "--memory is for --index auto to choose by, got --index pq"),
    ],
)
def test_what_cannot_be_kept_to_is_refused_before_anything_is_read(
    options: list[str], message: str, tiny_model: Path, tmp_path: Path
) -> None:
    arguments = ["run", "--items", "nowhere.csv", "--model", str(tiny_model), "--out", str(tmp_path / "run")]
    refused = CliRunner().invoke(app, [*arguments, *options])
    assert refused.exit_code == 1
    assert message in str(refused.exception)


def test_vectors_are_mapped_or_read(tiny_run: Path) -> None:
    runner = CliRunner()
    found = [
        runner.invoke(app, ["search", str(tiny_run), f"a {species_word(20)}", *options])
        for options in ([], ["--mmap"], ["--no-mmap"])
    ]
    assert [result.exit_code for result in found] == [0, 0, 0]
    assert found[0].stdout == found[1].stdout == found[2].stdout != ""
