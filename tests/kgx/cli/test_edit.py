"""Editing a run from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kgx.cli.app import app
from kgx.testing import KIND, species_iri, species_word


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> str:
    return str(shutil.copytree(tiny_run, tmp_path / "run"))


def test_items_come_and_go(run: str, tmp_path: Path) -> None:
    manifest = tmp_path / "new.csv"
    manifest.write_text(f"id,modality,value,entity\nnew,text,a {species_word(20)},thing\n", encoding="utf-8")
    runner = CliRunner()
    added = runner.invoke(app, ["edit", "add", run, str(manifest), "--json"])
    assert added.exit_code == 0, added.output
    told = json.loads(added.stdout)
    assert (told["added"], told["refined"], told["changes"]) == (["new"], 1, 1)
    found = runner.invoke(app, ["search", run, f"a {species_word(20)}", "--to", "text", "-k", "3", "--json"])
    assert "new" in [hit["id"] for hit in json.loads(found.stdout)["hits"]]
    again = runner.invoke(app, ["edit", "add", run, str(manifest)])
    assert "replaced: 1" in again.stdout
    removed = runner.invoke(app, ["edit", "remove", run, "new", "text:stamp 1"])
    assert "removed: 2" in removed.stdout
    compacted = runner.invoke(app, ["edit", "compact", run])
    assert "0 changes" in compacted.stdout
    missing = runner.invoke(app, ["edit", "remove", run, "new"])
    assert missing.exit_code == 1
    assert "no item 'new'" in str(missing.exception) + missing.output


def test_knowledge_changes(run: str, tmp_path: Path) -> None:
    patch = tmp_path / "changes.rdfp"
    patch.write_text(
        f"D <{species_iri(10)}> <{KIND.iri}> <http://example.org/bird> .\n"
        f"A <{species_iri(10)}> <{KIND.iri}> <http://example.org/fish> .\n",
        encoding="utf-8",
    )
    changed = CliRunner().invoke(app, ["edit", "knowledge", run, str(patch), "--json"])
    assert changed.exit_code == 0, changed.output
    told = json.loads(changed.stdout)
    assert (told["statements_added"], told["statements_removed"]) == (1, 1)
    assert 0 < told["refined"] < 94
