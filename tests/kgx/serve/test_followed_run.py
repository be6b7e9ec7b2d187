"""A server that edits nothing itself shows what another process has done to the run."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphs.operations.patch import Patch
from graphs.statement import Statement
from kgx.editing import NewItem, RunEditor
from kgx.search import Searcher
from kgx.serve import followed_run
from kgx.serve.followed_run import FollowedRun
from kgx.serve.options import ServerOptions
from kgx.testing import KIND, species_iri, species_word

WORD = species_word(20)
EX = "http://example.org/"


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run, tmp_path / "run"))


def soon(met: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so, and return whether it is."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_what_another_process_adds_is_found_within_two_seconds(run: Path, serving: Any) -> None:
    with serving(Searcher.open(run), ServerOptions(port=0)) as server, RunEditor.open(run) as editor:

        def finds() -> bool:
            hits = server.search(text=f"a {WORD}", to="text", k=50).json["hits"]
            return "new" in {hit["id"] for hit in hits}

        assert not finds()
        editor.add([NewItem("new", "text", f"a {WORD}")])
        # Two seconds where the machine is at leisure.
        assert soon(finds, 2.0 if os.getloadavg()[0] < (os.cpu_count() or 1) else 30.0)
        assert server.ask("GET", "/v1/items/new").json["caption"] == f"a {WORD}"
        editor.remove(["new"])
        assert soon(lambda: not finds(), 30)


def test_nothing_is_read_where_nothing_has_changed(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    followed = FollowedRun(Searcher.open(run))
    monkeypatch.setattr(followed_run, "open_run", pytest.fail)
    before = followed.searcher
    assert not followed.look()
    (run / "changes").mkdir()
    assert not followed.look()
    assert followed.searcher is before


def test_what_changed_while_the_run_was_opened_is_seen(run: Path) -> None:
    searcher = Searcher.open(run)
    with RunEditor.open(run) as editor:
        editor.add([NewItem("new", "text", f"a {WORD}")])
    followed = FollowedRun(searcher)
    assert followed.look()
    assert "new" in followed.searcher.run.items.row_of
    assert not followed.look()


def test_the_model_is_loaded_again_where_it_is_another(run: Path) -> None:
    followed = FollowedRun(Searcher.open(run))
    before = followed.searcher
    with RunEditor.open(run) as editor:
        editor.add([NewItem("new", "text", f"a {WORD}")])
        assert followed.look()
        added = followed.searcher
        assert added.model is before.model
        assert added.encoders is before.encoders
        editor.compact()
        assert followed.look()
        assert followed.searcher.model is before.model
        editor.change_knowledge(Patch(removed=[Statement(species_iri(10), KIND.iri, EX + "bird")]))
        assert followed.look()
        assert followed.searcher.run.fingerprint == editor.run.fingerprint != before.run.fingerprint
        assert followed.searcher.encoders is before.encoders


def test_a_run_that_cannot_be_opened_stays_as_it_was(run: Path, caplog: pytest.LogCaptureFixture) -> None:
    followed = FollowedRun(Searcher.open(run))
    before = followed.searcher
    (run / "run.json").write_text("{}")
    assert not followed.look()
    assert followed.searcher is before
    assert "cannot be opened again" in caplog.text
    caplog.clear()
    assert not followed.look()  # nor is it tried again and again
    assert caplog.text == ""


def test_where_the_files_are_stays_as_the_server_was_told(run: Path, tmp_path: Path) -> None:
    opened = Searcher.open(run)
    followed = FollowedRun(replace(opened, run=replace(opened.run, root=tmp_path)))
    with RunEditor.open(run) as editor:
        editor.add([NewItem("new", "text", f"a {WORD}")])
    assert followed.look()
    assert followed.searcher.run.root == tmp_path
