"""``kgx kg remove``, ``forget`` and ``patch``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphs import KnowledgeGraph
from graphs.importing import import_files

TURTLE = """
@prefix ex: <http://example.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:owl ex:eats ex:mouse ; rdfs:label "Eul"@de . ex:mouse ex:eats ex:corn .
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "owls.ttl").write_text(TURTLE)
    (tmp_path / "more.ttl").write_text(
        "@prefix ex: <http://example.org/> . ex:owl ex:eats ex:mouse, ex:frog ."
    )
    import_files([tmp_path / "owls.ttl", tmp_path / "more.ttl"], tmp_path / "kg")
    return tmp_path / "kg"


def told(kg: Callable[..., Any], *arguments: object) -> dict[str, Any]:
    outcome = kg(*arguments, "--json")
    assert outcome.code == 0, outcome.err
    found: dict[str, Any] = json.loads(outcome.out)
    return found


def test_a_triple_is_removed_in_place(kg: Callable[..., Any], folder: Path) -> None:
    found = told(kg, "remove", folder, "--triple", "ex:owl", "ex:eats", "http://example.org/frog")
    assert (found["removed"], found["triples"], found["out"]) == (1, 2, str(folder))
    assert KnowledgeGraph.open(folder).num_triples == 2


def test_a_literal_is_removed_into_another_folder(
    kg: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    found = told(kg, "remove", folder, "--triple", "ex:owl", "rdfs:label", '"Eul"@de', "--out", out)
    assert (found["removed"], found["literals"]) == (1, 0)
    assert KnowledgeGraph.open(folder).num_literals == 1


def test_several_triples_are_removed_and_absent_ones_listed(kg: Callable[..., Any], folder: Path) -> None:
    frog = ("--triple", "ex:owl", "ex:eats", "http://example.org/frog")
    found = told(
        kg,
        "remove",
        folder,
        *frog,
        "--triple",
        "ex:a",
        "ex:b",
        "ex:c",
        "--triple",
        "ex:owl",
        "rdfs:label",
        '"Eul"@de',
    )
    assert (found["removed"], found["triples"], found["literals"]) == (2, 2, 0)
    assert found["absent"] == ["<http://example.org/a> <http://example.org/b> <http://example.org/c> ."]


def test_a_triple_has_three_terms(kg: Callable[..., Any], folder: Path) -> None:
    outcome = kg("remove", folder, "--triple", "ex:owl", "ex:eats", "--json")
    assert outcome.code == 2
    assert "expected subject, predicate and object behind --triple" in outcome.err


def test_entities_relations_and_files_are_removed(
    kg: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.nt"
    owl = "<http://example.org/owl> <http://example.org/eats>"
    file.write_text(f"{owl} <http://example.org/frog> .\n{owl} <http://example.org/cat> .\n")
    found = told(kg, "remove", folder, "--entity", "ex:corn", "--relation", "rdfs:label", "--file", file)
    assert (found["removed"], found["triples"]) == (3, 1)
    assert found["absent"] == [f"{owl} <http://example.org/cat> ."]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing was named to remove"),
        (("--triple", "ex:owl", "ex:eats", "ex:cat"), "nothing was removed"),
        (("--triple", "ex:owl", "ex:eats", '"cat'), "no literal as N-Triples writes it"),
        (("--entity", "ex:cat"), "no entity 'http://example.org/cat'"),
    ],
)
def test_what_cannot_be_removed_is_told_in_one_line(
    arguments: tuple[str, ...], message: str, kg: Callable[..., Any], folder: Path
) -> None:
    outcome = kg("remove", folder, *arguments)
    assert outcome.code == 1
    assert message in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_a_file_is_not_changed_in_place(kg: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    outcome = kg("forget", tmp_path / "more.ttl", "--source", "more.ttl")
    assert outcome.code == 1
    assert "is not a stored graph that could be changed in place" in outcome.err
    assert folder.exists()


def test_a_forgotten_source_leaves_what_others_say(
    kg: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    found = told(kg, "forget", folder, "--source", "more.ttl")
    assert (found["removed"], found["triples"]) == (1, 2)
    import_files([tmp_path / "owls.ttl"], tmp_path / "never")
    for path in (tmp_path / "never").iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
    outcome = kg("forget", folder, "--source", "more.ttl")
    assert outcome.code == 1
    assert "no source or named graph 'more.ttl'; it has 'owls.ttl'" in outcome.err


def test_a_source_of_which_all_was_rejected_can_be_forgotten(kg: Callable[..., Any], folder: Path) -> None:
    (folder / "rejects.jsonl").write_text('{"source": "bad.nt", "line": 1}\n')
    assert told(kg, "forget", folder, "--source", "bad.nt")["removed"] == 0
    assert not (folder / "rejects.jsonl").exists()


def test_a_patch_of_diff_makes_one_graph_of_the_other(
    kg: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    patch = kg("diff", folder, tmp_path / "more.ttl", "--format", "patch")
    assert patch.code == 1
    (tmp_path / "changes.rdfp").write_text(patch.out)
    found = told(kg, "patch", folder, tmp_path / "changes.rdfp", "--out", tmp_path / "patched")
    assert (found["removed"], found["added"], found["absent"]) == (2, 0, [])
    assert kg("diff", tmp_path / "patched", tmp_path / "more.ttl").code == 0
