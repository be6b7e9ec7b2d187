"""``kgx kg diff``: like diff, it exits with 0, 1 or 2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.ttl", tmp_path / "new.ttl"
    head = "@prefix e: <http://e/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "
    old.write_text(head + "e:a e:r [ e:s e:b ] ; rdfs:label 'owl'@en .")
    new.write_text(head + "e:a e:r [ e:s e:b ] ; rdfs:label 'Owl'@en ; e:r e:c .")
    return old, new


def test_equal_graphs_exit_with_0(kg: Callable[..., Any], files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "same.ttl").write_text(files[0].read_text().replace("[", "\n ["))
    outcome = kg("diff", files[0], tmp_path / "same.ttl")
    assert (outcome.code, outcome.out) == (0, "both say the same\n")
    assert json.loads(kg("diff", files[0], files[0], "--json").out)["equal"] is True


def test_differences_exit_with_1_and_are_summed_up(kg: Callable[..., Any], files: tuple[Path, Path]) -> None:
    outcome = kg("diff", *files)
    assert outcome.code == 1
    assert outcome.out.splitlines() == [
        "1 statements removed, 2 added, 0 with another weight",
        "  http://e/r: -0 +1",
        "  http://www.w3.org/2000/01/rdf-schema#label: -1 +1",
        "  http://e/a was called 'owl'@en, now 'Owl'@en",
        '- <http://e/a> <http://www.w3.org/2000/01/rdf-schema#label> "owl"@en .',
        "+ <http://e/a> <http://e/r> <http://e/c> .",
        '+ <http://e/a> <http://www.w3.org/2000/01/rdf-schema#label> "Owl"@en .',
    ]
    told = json.loads(kg("diff", *files, "--json", "--limit", 1).out)
    assert told["counts"] == {"added": 2, "removed": 1, "reweighted": 0, "labels": 1}
    assert len(told["added"]) == 1


def test_a_patch_is_rows_of_rdf_patch(kg: Callable[..., Any], files: tuple[Path, Path]) -> None:
    lines = kg("diff", *files, "--format", "patch").out.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["TX", "D", "A", "A", "TC"]


def test_trouble_exits_with_2(kg: Callable[..., Any], files: tuple[Path, Path], tmp_path: Path) -> None:
    outcome = kg("diff", files[0], tmp_path / "nothing.ttl")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("kgx: ")
    assert "no such file" in outcome.err
