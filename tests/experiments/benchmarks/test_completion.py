"""The benchmark of link prediction, on a folder of one small benchmark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.benchmarks import completion
from graphs.gnn.ultra import Ultra
from graphs.gnn.ultra.checkpoint import save_checkpoint

ROWS = [("a", "r", "b"), ("b", "r", "c"), ("c", "s", "a"), ("a", "s", "c"), ("b", "s", "d")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part, rows in (("train", ROWS[:3]), ("valid", ROWS[3:4]), ("test", ROWS[4:])):
        path = tmp_path / "grail" / "small_ind" / f"{part}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    save_checkpoint(Ultra(dim=8, relation_layers=1, entity_layers=1), tmp_path / "ultra" / "tiny.pth")
    return tmp_path


def test_everything_is_measured(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("_ENTITIES", 30), ("_RELATIONS", 5), ("_LINKS", 100)):
        monkeypatch.setattr(completion, name, value)
    assert completion.main([str(folder), "--json", "--threads", "1"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [(one["benchmark"], one["checkpoint"]) for one in report["evaluated"]] == [("small_ind", "tiny")]
    assert 0 < report["evaluated"][0]["mrr"] <= 1
    assert report["large"]["peak_gigabytes"] > 0
    assert completion.main([str(folder), "--threads", "1"]) == 0
    assert "small_ind tiny: MRR" in capsys.readouterr().out


def test_a_folder_without_checkpoints_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert completion.main([str(tmp_path)]) == 1
    assert "holds no ultra" in capsys.readouterr().err
