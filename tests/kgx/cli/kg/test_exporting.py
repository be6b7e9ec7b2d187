"""``kgx kg export`` and ``kgx kg convert``."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from graphs import read_graph
from kgx.cli import main

TURTLE = "@prefix ex: <http://example.org/> . ex:owl ex:eats ex:mouse ; ex:name 'Eule'@de ."
LINES = [
    "<http://example.org/owl> <http://example.org/eats> <http://example.org/mouse> .",
    '<http://example.org/owl> <http://example.org/name> "Eule"@de .',
]


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def kg(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Outcome]:
    def run(*arguments: object, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["kgx", "kg", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as caught:
            main()
        captured = capsysbinary.readouterr()
        return Outcome(int(caught.value.code or 0), captured.out.decode(), captured.err.decode())

    return run


@pytest.fixture
def turtle(tmp_path: Path) -> Path:
    path = tmp_path / "owls.ttl"
    path.write_text(TURTLE)
    return path


def test_export_tells_what_it_wrote_and_left_out(
    kg: Callable[..., Outcome], turtle: Path, tmp_path: Path
) -> None:
    outcome = kg("export", turtle, tmp_path / "out.nt")
    assert outcome.code == 0
    assert (tmp_path / "out.nt").read_text().splitlines() == LINES
    assert "2 statements in" in outcome.out
    assert "left out, for want of a place in n-triples: 1 prefixes" in outcome.out


def test_export_as_json(kg: Callable[..., Outcome], turtle: Path, tmp_path: Path) -> None:
    told = json.loads(kg("export", turtle, tmp_path / "out.ttl.gz", "--json").out)
    assert (told["format"], told["statements"], told["left_out"]) == ("turtle", 2, {})
    assert told["seconds"] >= 0


def test_export_to_the_standard_output(kg: Callable[..., Outcome], turtle: Path) -> None:
    outcome = kg("export", turtle, "-", "--format", "n-triples")
    assert outcome.out.splitlines() == LINES
    assert "2 statements" in outcome.err
    assert kg("export", turtle, "-", "--format", "n-triples", "--json").code == 2
    assert "name the format to write to a stream" in kg("export", turtle, "-").err


def test_export_refuses_to_lose_statements_but_for_lossy(kg: Callable[..., Outcome], tmp_path: Path) -> None:
    path = tmp_path / "in.nq"
    path.write_text("<ex:a> <ex:p> <ex:b> <ex:g> .\n")
    refused = kg("export", path, tmp_path / "out.nt")
    assert refused.code == 1
    assert "n-triples has no place for 1 graph names" in refused.err
    assert not (tmp_path / "out.nt").exists()
    allowed = kg("export", path, tmp_path / "out.nt", "--lossy")
    assert (allowed.code, (tmp_path / "out.nt").read_text()) == (0, "<ex:a> <ex:p> <ex:b> .\n")
    assert "1 graph names" in allowed.out


def test_export_with_provenance(kg: Callable[..., Outcome], turtle: Path, tmp_path: Path) -> None:
    kg("export", turtle, tmp_path / "out.ttl", "--provenance")
    assert 'source> "owls.ttl"' in (tmp_path / "out.ttl").read_text()


def test_convert_many_files_into_one(kg: Callable[..., Outcome], turtle: Path, tmp_path: Path) -> None:
    other = tmp_path / "more.nt"
    other.write_text(LINES[0] + '\n<http://example.org/hen> <http://example.org/name> "Huhn"@de .\n')
    out = tmp_path / "all.jsonld.bz2"
    told = json.loads(kg("convert", turtle, other, out, "--json").out)
    assert (told["read"], told["duplicates"], told["rejected"], told["statements"]) == (4, 1, 0, 3)
    assert told["left_out"]["sources"] == 4
    graph = read_graph(out)
    assert graph.num_triples + graph.num_literals == 3


def test_convert_from_and_to_the_standard_streams(kg: Callable[..., Outcome]) -> None:
    outcome = kg("convert", "-", "-", "--from", "turtle", "--to", "n-triples", stdin=TURTLE.encode())
    assert outcome.out.splitlines() == LINES


def test_convert_stops_at_what_cannot_be_read_or_lists_it(kg: Callable[..., Outcome], tmp_path: Path) -> None:
    path, out = tmp_path / "in.nt", tmp_path / "out.ttl"
    path.write_text("\n".join([*LINES * 20, "not a statement\n"]))
    stopped = kg("convert", path, out)
    assert (stopped.code, out.exists()) == (1, False)
    assert "in.nt:41" in stopped.err
    told = json.loads(kg("convert", path, out, "--on-error", "report", "--json").out)
    assert (told["read"], told["rejected"], told["statements"]) == (41, 1, 2)
    rejects = Path(f"{out}.rejects.jsonl").read_text().splitlines()
    assert json.loads(rejects[0])["line"] == 41


def test_convert_needs_an_input_and_an_output(kg: Callable[..., Outcome], turtle: Path) -> None:
    assert kg("convert", turtle).code == 2
