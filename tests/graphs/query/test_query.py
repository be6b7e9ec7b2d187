"""Queries: answers against a slow reference, formats against pyoxigraph's own parsers, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import shutil
import socket
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.assemble import assemble
from graphs.errors import GraphError, GraphStoreError
from graphs.query import FORMATS, Answer, Index, Question, query, write_answer
from graphs.query.index import fingerprint
from graphs.query.refusals import is_update
from graphs.statements import Statements
from graphs.store import Store
from graphs.vocabulary import XSD

EX = "http://example.org/"


def written(answer: Answer, format: str) -> str:  # noqa: A002 - as in the code
    stream = io.StringIO()
    write_answer(answer, stream, format)
    return stream.getvalue()


@pytest.fixture(scope="module")
def birds() -> Store:
    statements = Statements()
    statements.add(EX + "owl", EX + "eats", EX + "mouse", source="a")
    statements.add(EX + "owl", EX + "eats", EX + "mouse", source="b", graph=EX + "g")
    statements.add(EX + "hen", EX + "eats", "_:corn", graph=EX + "g")
    statements.add("a cat", "is a", "animal")
    statements.add(EX + "hen", EX + "said", f"<<( <{EX}owl> <{EX}eats> _:corn )>>")
    statements.add_literal(EX + "owl", EX + "name", 'O"w\tl\n', language="en")
    statements.add_literal(EX + "owl", EX + "name", "بومة", language="ar--rtl")
    statements.add_literal(EX + "owl", EX + "legs", "2", datatype=XSD + "integer")
    statements.add_literal(EX + "owl", EX + "note", 'a, "b"', graph=EX + "h")
    prefixes = {"ex": EX, "bad": "not an iri", "": EX + "default#"}
    return Store(assemble([statements.block()], prefixes=prefixes))


def rows(store: Store, text: str) -> list[tuple[str, ...]]:
    return sorted(tuple(str(term) for term in row) for row in query(store, text).rows)


def test_the_default_graph_holds_everything_once(birds: Store) -> None:
    assert rows(birds, "SELECT ?f { ex:owl ex:eats ?f }") == [(f"<{EX}mouse>",)]
    assert rows(birds, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == [(f'"8"^^<{XSD}integer>',)]


def test_named_graphs_are_found_by_graph_and_from(birds: Store) -> None:
    assert rows(birds, "SELECT ?g { GRAPH ?g { ex:owl ex:eats ?f } }") == [(f"<{EX}g>",)]
    assert rows(birds, "SELECT ?s FROM ex:h { ?s ?p ?o }") == [(f"<{EX}owl>",)]
    assert rows(birds, "SELECT ?s FROM NAMED ex:g { GRAPH ?g { ?s ex:eats ?o } }") == [
        (f"<{EX}hen>",),
        (f"<{EX}owl>",),
    ]


def test_names_of_blank_nodes_and_bare_names_stay_as_they_are(birds: Store) -> None:
    assert rows(birds, "SELECT ?f { ex:hen ex:eats ?f }") == [("_:corn",)]
    assert rows(birds, "SELECT ?o { <urn:graphs:name:a%20cat> ?p ?o }") == [("<urn:graphs:name:animal>",)]


def test_ask_construct_and_describe(birds: Store) -> None:
    assert query(birds, "ASK { ex:owl ex:eats ex:mouse }").boolean is True
    built = query(birds, "CONSTRUCT { ?o ex:feeds ?s } WHERE { ?s ex:eats ?o FILTER isIRI(?o) }")
    assert built.variables == ("subject", "predicate", "object")
    assert written(built, "n-triples") == f"<{EX}mouse> <{EX}feeds> <{EX}owl> .\n"
    assert len(list(query(birds, "DESCRIBE ex:owl").rows)) == 5


@pytest.mark.parametrize("limit", [0, 1, 8, 9])
def test_limits_tell_whether_there_is_more(birds: Store, limit: int) -> None:
    answer = query(birds, "SELECT * { ?s ?p ?o }", limit=limit)
    assert len(list(answer.rows)) == min(limit, 8)
    assert answer.more == (limit < 8)


ALL = "SELECT ?s ?p ?o ?none { ?s ?p ?o } ORDER BY ?p ?o"


def test_json_and_tsv_are_read_back_by_pyoxigraph(birds: Store) -> None:
    expected = [tuple(row) for row in query(birds, ALL).rows]
    for format_, engine in (("json", ox.QueryResultsFormat.JSON), ("tsv", ox.QueryResultsFormat.TSV)):
        text = written(query(birds, ALL), format_)
        found = ox.parse_query_results(text, engine)
        assert isinstance(found, ox.QuerySolutions)
        assert [tuple(row) for row in found] == expected
    assert json.loads(written(query(birds, "ASK { ?s ?p 5 }"), "json")) == {"head": {}, "boolean": False}


def test_csv_holds_plain_values(birds: Store) -> None:
    text = written(query(birds, "SELECT ?o ?none { ex:owl ?p ?o FILTER isLiteral(?o) } ORDER BY ?p"), "csv")
    assert text.startswith("o,none\r\n")
    found = {row[0] for row in csv.reader(io.StringIO(text, newline=""))}
    assert found == {"o", 'O"w\tl\n', "بومة", "2", 'a, "b"'}
    assert written(query(birds, "ASK {}"), "csv") == "true\r\n"


def test_json_of_triples_is_json_ld(birds: Store) -> None:
    text = written(query(birds, "CONSTRUCT WHERE { ex:owl ex:legs ?o }"), "json")
    (triple,) = ox.parse(text, ox.RdfFormat.JSON_LD)
    assert str(triple.object) == f'"2"^^<{XSD}integer>'


def test_each_format_says_what_it_has_no_place_for(birds: Store) -> None:
    with pytest.raises(GraphError, match="n-triples holds the triples of CONSTRUCT and DESCRIBE, got SELECT"):
        written(query(birds, ALL), "n-triples")
    with pytest.raises(GraphError, match="unknown format 'xml' of answers; known are csv, tsv, json"):
        written(query(birds, ALL), "xml")
    assert list(FORMATS) == ["csv", "tsv", "json", "n-triples"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@given(
    st.lists(st.tuples(st.sampled_from(["ex:a", "cat 1"]), TEXTS, st.sampled_from(["", "en"])), max_size=6)
)
@settings(max_examples=40, deadline=None)
def test_all_texts_come_back(literals: list[tuple[str, str, str]]) -> None:
    statements = Statements()
    for subject, value, language in literals:
        statements.add_literal(subject, "ex:says", value, language=language)
    store = Store(assemble([statements.block()]))
    found = ox.parse_query_results(
        written(query(store, "SELECT ?o { ?s ?p ?o }"), "json"), ox.QueryResultsFormat.JSON
    )
    assert isinstance(found, ox.QuerySolutions)
    assert sorted((row[0].value, row[0].language or "") for row in found) == sorted(
        (value, language) for _, value, language in set(literals)
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1, column 1"),
        ("SELECT * {", "not valid SPARQL: line 1, column 11: .*, got the end"),
        (
            "SELECT *\n{ ?s ?p ?o } nonsense and more of it",
            "line 2, column 20: .*, got 'nonsense and more of…'",
        ),
        ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", "not valid SPARQL"),
        ("SELECT * { ?s nope:p ?o }", "not valid SPARQL"),
        ("INSERT DATA { <ex:a> <ex:b> <ex:c> }", "updates are refused"),
        ("# a comment\nPREFIX x: <ex:> BASE <ex:>\nDELETE WHERE { ?s ?p ?o }", "updates are refused"),
        ("LOAD <http://example.org/>", "updates are refused"),
    ],
)
def test_what_is_no_query_is_refused_in_a_line(text: str, reason: str) -> None:
    with pytest.raises(GraphError, match=reason) as caught:
        Question(text)
    assert "\n" not in str(caught.value)


def test_a_query_that_mentions_an_update_is_none() -> None:
    assert not is_update("SELECT * { ?s <ex:p> 'INSERT DATA' }")
    assert not is_update("PREFIX insert: <ex:> SELECT * {}")


SERVICES = [
    "SELECT * {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ service#\n silent # <\n <{0}>{{ ?s ?p ?o }} }}",
    "PREFIX x: <{0}> SELECT * {{ ?a ?b ?c SERVICE x:y {{ ?s ?p ?o }} }}",
    "PREFIX : <{0}> SELECT * {{ ?a ?b 1SERVICE: {{ ?s ?p ?o }} }}",
    "SELECT * {{ VALUES ?e {{ <{0}> }} SERVICE ?e {{ ?s ?p ?o }} }}",
    "SELECT * {{ ?a ?b trueSERVICE<{0}>{{ ?s ?p ?o }} }}",
    "SELECT * {{ ?a ?b ?c FILTER(?a <'x>') SERVICE <{0}> {{ ?s ?p ?o FILTER(?c = 'y') }} }}",
    "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {{ SERVICE <{0}> {{ ?s ?p ?o }} }} UNION {{ ?s ?p ?o }} }}",
    "SELECT * {{ \\u0053ERVICE <{0}> {{ ?s ?p ?o }} }}",
]


@pytest.mark.parametrize("pattern", SERVICES)
def test_nothing_is_fetched(pattern: str, birds: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        text = pattern.format(f"http://127.0.0.1:{server.getsockname()[1]}/sparql")
        with pytest.raises(GraphError, match="SERVICE is refused"):
            list(query(birds, text).rows)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service ?x { ?service ?p ?x }",
        "SELECT ?myservice ?x { ?myservice <http://x.example/service> ?x }",
        "SELECT $service { $service ?p ?o }",
        "SELECT * { ?s ?p 'service' . ?s a <http://x.example/SERVICE> } # service <desk>",
        "PREFIX service: <http://x.example/> SELECT * { ?s service:type ?o . ?o service:type ?s }",
    ],
)
def test_what_is_only_called_a_service_is_fine(text: str, birds: Store) -> None:
    answer = Question(text).ask(Index.of(birds))
    assert answer.kind == "select"
    assert all(len(row) == len(answer.variables) for row in answer.rows)


def test_an_index_is_kept_until_the_graph_changes(tmp_path: Path, birds: Store) -> None:
    folder = tmp_path / "deep" / "index"
    told: list[tuple[int, int]] = []
    question = Question("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert len(list(question.ask(Index.kept(birds, folder, lambda *counts: told.append(counts))).rows)) == 1
    assert told[-1] == (birds.num_triples + birds.num_literals, birds.num_triples + birds.num_literals)
    told.clear()
    again = Index.kept(birds, folder, lambda *counts: told.append(counts))
    assert (told, again.left_out) == ([], {})
    other = Store.from_triples([("ex:a", "ex:r", "ex:b")])
    (row,) = question.ask(Index.kept(other, folder)).rows
    assert str(row[0]) == f'"1"^^<{XSD}integer>'
    assert [path.name for path in folder.parent.iterdir()] == ["index"]


def test_what_is_no_index_is_left_alone(tmp_path: Path, birds: Store) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(GraphStoreError, match="exists and is not an index"):
        Index.kept(birds, tmp_path)
    with pytest.raises(GraphStoreError, match="exists and is not an index"):
        Index.kept(birds, tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    (tmp_path / "empty").mkdir()
    assert len(Index.kept(birds, tmp_path / "empty").engine)


def test_an_index_that_was_not_finished_is_not_there(tmp_path: Path, birds: Store) -> None:
    def killed(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Index.kept(birds, tmp_path / "index", killed)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_index_is_made_anew_or_named(tmp_path: Path, birds: Store) -> None:
    folder = tmp_path / "index"
    Index.kept(birds, folder)
    (folder / "index.json").write_text("[]")
    assert len(Index.kept(birds, folder).engine)
    for path in (folder / "store").iterdir():
        path.unlink()
    with pytest.raises(GraphStoreError, match="remove it"):
        Index.kept(birds, folder)


def test_equal_graphs_have_equal_fingerprints(tmp_path: Path, birds: Store) -> None:
    birds.save(tmp_path / "graph")
    assert fingerprint(Store.open(tmp_path / "graph").columns) == fingerprint(birds.columns)
    less = Store(assemble([birds.block(literals=birds.columns.literals.column("weight").to_numpy() < 0)]))
    assert fingerprint(less.columns) != fingerprint(birds.columns)


def test_what_rdf_has_no_place_for_is_counted() -> None:
    statements = Statements()
    statements.add_literal("ex:a", "ex:r", "x", language="en_US")
    statements.add("<<( <ex:a> <ex:b> <ex:c> )>>", "ex:r", "ex:b")
    statements.add("ex:a", "ex:r", "ex:b", weight=0.5, source="s", graph="ex:g")
    left_out = Index.of(Store(assemble([statements.block()]))).left_out
    assert sum(left_out.values()) == 2


def test_an_index_grows_out_of_another(tmp_path: Path) -> None:
    base = Store.from_triples([("ex:owl", "ex:eats", "ex:mouse")])
    more = Store.from_triples([("ex:hawk", "ex:eats", "ex:owl"), ("ex:owl", "ex:eats", "ex:mouse")])
    with pytest.raises(GraphStoreError, match="expected an index to begin with"):
        Index.grown(tmp_path / "base", more, tmp_path / "grown")
    Index.kept(base, tmp_path / "base")
    grown = Index.grown(tmp_path / "base", more, tmp_path / "grown")
    assert len(grown.engine) == 2
    again = Index.grown(tmp_path / "base", more, tmp_path / "grown")
    assert {quad.subject.value for quad in again.engine} == {"ex:owl", "ex:hawk"}
    other = Index.grown(tmp_path / "base", Store.from_triples([("ex:a", "ex:b", "ex:c")]), tmp_path / "grown")
    assert len(other.engine) == 2
    assert len(Index.kept(base, tmp_path / "base").engine) == 1
    shutil.rmtree(tmp_path / "base")
    assert len(grown.engine) == 2
