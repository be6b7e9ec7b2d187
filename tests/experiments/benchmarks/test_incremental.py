"""The benchmark of edits on the tiny world: what is repeated, what is timed, and that edits equal a rebuild."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from experiments.benchmarks.incremental import main, measure, repeated
from kgx.encoders import ENCODERS
from kgx.search import Searcher
from kgx.testing import SketchEncoder, SoundEncoder, WordEncoder


@pytest.fixture(autouse=True)
def tiny_encoders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tiny world's encoders be loaded by name."""
    for name, kind in (("text", WordEncoder), ("image", SketchEncoder), ("audio", SoundEncoder)):
        monkeypatch.setitem(ENCODERS, f"tiny:{name}", lambda threads=2, kind=kind: kind())


def test_items_are_repeated_under_new_ids(searcher: Searcher) -> None:
    run = searcher.run
    items, collection = repeated(run, 230)
    ids = [name for some in items.values() for name in some.ids]
    assert len(ids) == len(set(ids)) == 230
    held = Counter(run.items.modality)
    for modality, some in items.items():
        assert len(some) == pytest.approx(230 * held[modality] / len(run.items), abs=1)
        own = run.kept_items[modality].items
        assert some.entities[: len(own)] == own.entities
        assert some.ids[len(own)] == f"{own.ids[0]}~1"
        assert (some.vectors[len(own)] == own.vectors[0]).all()
    assert {item.id for item in collection} >= set(ids)
    assert collection.get("image:stamp 0~1").value == collection.get("image:stamp 0").value


def test_edits_equal_a_rebuild(searcher: Searcher, tmp_path: Path) -> None:
    cost = measure(searcher.run.folder, tmp_path, items=150)
    added = {f"add an item ({modality})" for modality in ("audio", "image", "text")}
    assert set(cost.edits) == set(cost.shares) == {*added, "remove an item", "change one statement"}
    for name in added:
        assert 0 < cost.networks[name] < cost.edits[name]
        assert 0 < cost.whole_shares[name] < cost.edits[name] / cost.rebuild
    assert cost.items == 150
    assert 0 < cost.refined < 160
    assert cost.difference <= 1e-5
    assert cost.shares["remove an item"] == pytest.approx(cost.edits["remove an item"] / cost.rebuild)


def test_a_run_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "expected a run" in capsys.readouterr().err
