"""``kgx kg query``."""

from __future__ import annotations

import csv
import io
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
LABELS = "SELECT ?label { ?s skos:prefLabel ?label } ORDER BY ?label"


def test_a_table_for_people(kg: Command, animals: Path) -> None:
    found = kg("query", animals, LABELS)
    assert (found.code, found.out.splitlines()) == (0, ["label", "Eule@de", "owl@en"])
    assert kg("query", animals, "ASK { ?s ?p 5 }").out == "false\n"


def test_machine_formats(kg: Command, animals: Path) -> None:
    told = json.loads(kg("query", animals, LABELS, "--json").out)
    assert told["head"]["vars"] == ["label"]
    assert told["results"]["bindings"][0]["label"] == {"type": "literal", "value": "Eule", "xml:lang": "de"}
    assert list(csv.reader(io.StringIO(kg("query", animals, LABELS, "--format", "csv").out))) == [
        ["label"],
        ["Eule"],
        ["owl"],
    ]
    assert kg("query", animals, LABELS, "--format", "tsv").out == '?label\n"Eule"@de\n"owl"@en\n'
    built = kg(
        "query",
        animals,
        "CONSTRUCT { ?s rdfs:label ?l } WHERE { ?s skos:prefLabel ?l }",
        "--format",
        "n-triples",
    )
    assert len(built.out.splitlines()) == 2


def test_a_query_in_a_file_or_on_standard_input(
    kg: Command, animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "labels.rq").write_text("\ufeff" + LABELS, encoding="utf-8")
    assert kg("query", animals, "--file", tmp_path / "labels.rq").out.splitlines()[1:] == [
        "Eule@de",
        "owl@en",
    ]
    monkeypatch.setattr(sys, "stdin", io.StringIO(LABELS))
    assert kg("query", animals, "--file", "-").out.splitlines()[1:] == ["Eule@de", "owl@en"]


def test_a_limit_says_that_there_is_more(kg: Command, animals: Path) -> None:
    found = kg("query", animals, LABELS, "--limit", 1)
    assert found.out.splitlines() == ["label", "Eule@de"]
    assert found.err.splitlines()[-1] == "there are more rows than the 1 that --limit allows"
    assert kg("query", animals, LABELS, "--limit", 2).err == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["SELECT * {"], "not valid SPARQL: line 1, column 11"),
        (["DELETE WHERE { ?s ?p ?o }"], "updates are refused"),
        (["SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"], "SERVICE is refused"),
        ([], "expected a query, either as an argument or with --file"),
        (["ASK {}", "--file", "x.rq"], "expected a query, either as an argument or with --file"),
        (["--file", "missing.rq"], "missing.rq: the query cannot be read"),
        (
            ["ASK {}", "--format", "n-triples"],
            "n-triples holds the triples of CONSTRUCT and DESCRIBE, got ASK",
        ),
    ],
)
def test_refusals_are_one_line(kg: Command, animals: Path, arguments: list[str], reason: str) -> None:
    found = kg("query", animals, *arguments)
    assert found.code == 1
    assert found.err.splitlines()[-1].startswith(f"kgx: {reason}")
    assert found.out == ""


def test_an_index_is_kept(kg: Command, animals: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert kg("query", animals, LABELS, "--index", tmp_path / "index").out.splitlines()[1:] == [
            "Eule@de",
            "owl@en",
        ]
    assert (tmp_path / "index" / "index.json").is_file()


def test_interrupts_are_as_they_were_afterwards(kg: Command, animals: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    kg("query", animals, LABELS)
    assert signal.getsignal(signal.SIGINT) is before
