"""Assertions of ConceptNet, line by line as they are published."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.attribute_names import RDF_JSON
from graphs.block import Block
from graphs.errors import GraphFormatError
from graphs.readers.reading import Reading
from graphs.readers.tables.conceptnet import CONCEPTNET, KNOWN, read_conceptnet
from graphs.store import Store
from graphs.writers.tables.conceptnet import write_conceptnet

ANTONYM = (
    "/a/[/r/Antonym/,/c/ab/агыруа/n/,/c/ab/аҧсуа/]\t/r/Antonym\t/c/ab/агыруа/n\t/c/ab/аҧсуа\t"
    '{"dataset": "/d/wiktionary/en", "license": "cc:by-sa/4.0", "sources": [{"contributor": '
    '"/s/resource/wiktionary/en", "process": "/s/process/wikiparsec/2"}], "weight": 1.0}'
)
IS_A = (
    "/a/[/r/IsA/,/c/en/barn_owl/n/wn/animal/,/c/en/bird/]\t/r/IsA\t/c/en/barn_owl/n/wn/animal\t/c/en/bird\t"
)
INEXACT = IS_A + '{"surfaceText": "[[a barn owl]] is a [[bird]]", "weight": 2.8284271247461903}'
AGAIN = IS_A + '{"license": "cc:by/4.0", "weight": 0.5}'
LINK = (
    "/a/[/r/ExternalURL/,/c/en/bird/,/http://dbpedia.org/resource/Bird/]\t/r/ExternalURL\t/c/en/bird\t"
    'http://dbpedia.org/resource/Bird\t{"weight": 1.0}'
)
ODD = '/a/odd\t/r/IsA\t/c/en/bird\t/c/en/animal\t{"weight": 0.25}'


def reading(*lines: str) -> Reading:
    content = "".join(f"{line}\n" for line in lines)
    return Reading(None, "kg", "conceptnet", on_error="report", stream=io.BytesIO(content.encode()))


def graph_of(*lines: str) -> Store:
    return Store(assemble(read_conceptnet(reading(*lines))))


def test_an_assertion_its_weight_and_what_is_known_of_it() -> None:
    graph = graph_of(INEXACT)
    owl, bird = CONCEPTNET + "/c/en/barn_owl/n/wn/animal", CONCEPTNET + "/c/en/bird"
    assert graph.entity_iris(graph.heads) == [owl]
    assert graph.relation_iris == [CONCEPTNET + "/r/IsA"]
    assert graph.entity_iris(graph.tails) == [bird]
    assert graph.weights[0] == pytest.approx(2.8284271)
    said = {
        (graph.entity_iri(row["subject"]), row["predicate"], row["value"], row["language"] or row["datatype"])
        for row in graph.literals.to_pylist()
    }
    assertion = CONCEPTNET + INEXACT.split("\t")[0]
    assert said == {
        (owl, v.RDFS_LABEL, "barn owl", "en"),
        (bird, v.RDFS_LABEL, "bird", "en"),
        (assertion, KNOWN + "surfaceText", "[[a barn owl]] is a [[bird]]", ""),
        (assertion, KNOWN + "weight", "2.8284271247461903", RDF_JSON),
    }


@pytest.mark.parametrize(
    "lines", [[ANTONYM], [INEXACT], [INEXACT, AGAIN], [LINK], [ODD], [ANTONYM, LINK, INEXACT, ODD]]
)
def test_lines_come_back_as_they_were(lines: list[str], tmp_path: Path) -> None:
    path = tmp_path / "assertions.csv.gz"
    written = write_conceptnet(graph_of(*lines), path)
    assert written.lost == {}
    with Reading(path, "kg", "conceptnet").open() as stream:
        assert sorted(stream.read().decode().splitlines()) == sorted(lines)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/a/x\t/r/IsA\t/c/en/a", "expected the columns assertion, relation, start, end, information, got 3"),
        ("/a/x\tIsA\t/c/en/a\t/c/en/b\t{}", "expected a URI as the relation, got 'IsA'"),
        ("/a/x\t/c/en/is\t/c/en/a\t/c/en/b\t{}", "expected a relation (/r/…), got '/c/en/is'"),
        ("/a/x\t/r/IsA\t\t/c/en/b\t{}", "expected a URI as the start, got ''"),
        ("/a/x\t/r/IsA\t/c/en/\x01\t/c/en/b\t{}", "expected a URI as the start, got '/c/en/\\x01'"),
        ("/a/x\t/r/IsA\t/c/en/a\t/c/en/b\t[]", "expected a JSON object as the information, got []"),
        (
            "/a/x\t/r/IsA\t/c/en/a\t/c/en/b\t{",
            "not valid JSON: Expecting property name enclosed in double quotes",
        ),
        (
            '/a/x\t/r/IsA\t/c/en/a\t/c/en/b\t{"weight": -1}',
            "expected a weight, a finite number from 0 up, got -1",
        ),
        (
            '/a/x\t/r/IsA\t/c/en/a\t/c/en/b\t{"weight": "1"}',
            "expected a weight, a finite number from 0 up, got '1'",
        ),
        (
            '/a/x\t/r/IsA\t/c/en/a\t/c/en/b\t{"weight": NaN}',
            "expected a weight, a finite number from 0 up, got nan",
        ),
    ],
)
def test_what_is_wrong_is_said(line: str, reason: str) -> None:
    file = reading(ANTONYM, line)
    assert sum(map(len, read_conceptnet(file))) == 6
    (rejection,) = file.rejections()
    assert rejection.line == 2
    assert rejection.reason.startswith(reason)


def test_what_is_not_of_conceptnet_is_counted(tmp_path: Path) -> None:
    graph = Store.from_triples([("ex:a", "ex:r", "ex:b")], literals=[("ex:a", v.RDFS_LABEL, "a", "en")])
    written = write_conceptnet(graph, tmp_path / "none.csv")
    assert written.statements == 0
    assert sum(written.lost.values()) == 2


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=60), line=st.sampled_from([b"", ANTONYM.encode()[:-9], ODD.encode()]))
def test_any_bytes_are_taken_or_rejected(content: bytes, line: bytes) -> None:
    file = Reading(None, "kg", "conceptnet", on_error="report", stream=io.BytesIO(line + content))
    blocks: list[Block] = []
    with suppress(GraphFormatError):  # it may look packed
        blocks += read_conceptnet(file)
    lines = (line + content).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    assert len(file.rejections()) <= len(lines)
    assert all(np.isfinite(block.triples.weight).all() for block in blocks)
