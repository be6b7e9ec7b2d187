"""Queries in a process of their own: answers, and an end to what asks for too much."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from graphs.errors import GraphError
from graphs.query import Index, confined
from graphs.query.confined import LONGEST, values_of
from graphs.store import Store


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    triples = [(f"ex:{number}", "ex:next", f"ex:{number + 1}") for number in range(300)]
    folder = tmp_path_factory.mktemp("index") / "index"
    Index.kept(Store.from_triples(triples), folder)
    return folder / "store"


def test_the_values_of_a_variable(engine: Path) -> None:
    query = "SELECT ?a ?b { ?a e:next+ e:3 . ?a e:next ?b }"
    assert values_of(engine, query, "a", prefixes={"e": "ex:"}) == ["ex:0", "ex:1", "ex:2"]
    assert values_of(engine, "SELECT ?a { ?a e:none ?b }", "a", prefixes={"e": "ex:"}) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT ?b { ?b ?c ?d }", r"expected a query that SELECTs \?a"),
        ("ASK { ?a ?b ?c }", r"expected a query that SELECTs \?a, got ASK"),
        ("SELECT ?a { ?a", "not valid SPARQL: line 1"),
        ("DELETE WHERE { ?a ?b ?c }", "updates are refused"),
        ("SELECT ?a { SERVICE <http://x.org/> { ?a ?b ?c } }", "SERVICE is refused"),
        ("SELECT ?a {" + "{" * 4000 + "}" * 4000 + "}", "nested too deeply"),
        (" " * (LONGEST + 1), "at most 10000 characters"),
    ],
)
def test_what_is_refused(engine: Path, query: str, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        values_of(engine, query, "a", prefixes={})


def test_what_takes_too_long_is_ended(engine: Path) -> None:
    bomb = "SELECT ?a { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a = ?l && ?d = ?i && ?c = ?g) }"
    with pytest.raises(GraphError, match=r"ended after 1 s|took more than 768 MB"):
        values_of(engine, bomb, "a", prefixes={}, seconds=1.0)


def test_what_takes_too_much_is_ended(engine: Path) -> None:
    with pytest.raises(GraphError, match="took more than 1 MB"):
        values_of(engine, "SELECT ?a { ?a ?b ?c }", "a", prefixes={}, memory=1 << 20)


def test_no_more_than_some_are_answered_at_once(engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(confined, "_AT_ONCE", places)
    query = "SELECT ?a { ?a e:next e:3 }"
    with places, pytest.raises(GraphError, match=r"waited 0\.1 s for others"):
        values_of(engine, query, "a", prefixes={"e": "ex:"}, seconds=0.2)
    for _ in range(2):  # the place is given back, also by those that fail
        with pytest.raises(GraphError):
            values_of(engine, "SELECT ?a {", "a", prefixes={}, seconds=60)
    assert values_of(engine, query, "a", prefixes={"e": "ex:"}, seconds=60) == ["ex:2"]
