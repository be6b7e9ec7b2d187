"""``kgx kg validate``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphs.validate import CHECKS

CYCLE = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix ex: <http://example.org/> .
ex:a skos:prefLabel "a"@en ; skos:broader ex:b . ex:b skos:prefLabel "b"@en ; skos:broader ex:a ; ex:eats ex:nothing .
"""
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
[] a sh:NodeShape ; sh:targetSubjectsOf skos:narrower ; sh:property [ sh:path skos:definition ; sh:minCount 1 ] .
"""
Command = Callable[..., Any]


def test_errors_exit_1_and_show_the_cycle(kg: Command, tmp_path: Path) -> None:
    (tmp_path / "cycle.ttl").write_text(CYCLE)
    found = kg("validate", tmp_path / "cycle.ttl")
    assert found.code == 1
    assert "error: hierarchy-cycle (1): cycles in the hierarchy of skos:broader" in found.out
    assert "http://example.org/a → http://example.org/b → http://example.org/a" in found.out
    assert found.out.splitlines()[-1].endswith("error: 1, warning: 1, info: 0")


def test_json_checks_ignoring_and_strictness(kg: Command, tmp_path: Path) -> None:
    (tmp_path / "cycle.ttl").write_text(CYCLE)
    told = kg("validate", tmp_path / "cycle.ttl", "--json", "--ignore", "hierarchy-cycle")
    assert told.code == 0
    report = json.loads(told.out)
    assert (report["valid"], report["counts"]) == (True, {"error": 0, "warning": 1, "info": 0})
    assert report["findings"][0]["code"] == "dangling-end"
    strict = kg("validate", tmp_path / "cycle.ttl", "--json", "--check", "dangling", "--strict")
    assert (strict.code, json.loads(strict.out)["valid"]) == (1, False)
    assert kg("validate", tmp_path / "cycle.ttl", "--check", "datatypes").code == 0


def test_shapes(kg: Command, animals: Path, tmp_path: Path) -> None:
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    found = kg("validate", animals, "--shapes", tmp_path / "shapes.ttl")
    assert found.code == 1
    assert (
        "error: shacl (1): breaches of MinCount of http://www.w3.org/2004/02/skos/core#definition"
        in found.out
    )


def test_languages_and_examples(kg: Command, animals: Path) -> None:
    found = kg("validate", animals, "--lang", "de", "--examples", 0)
    assert "warning: missing-label-language (1): entities have labels, and none in 'de'" in found.out
    assert "http://example.org/animals#bird" not in found.out
    assert kg("validate", animals, "--lang", "de", "--strict").code == 1


def test_an_unknown_check_is_one_line(kg: Command, animals: Path) -> None:
    found = kg("validate", animals, "--check", "spelling")
    assert found.code == 1
    assert found.err.splitlines()[-1].startswith("kgx: unknown check 'spelling'; known are names,")


def test_the_help_names_every_check(kg: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    shown = kg("validate", "--help").out
    assert all(name in shown for name in CHECKS)
