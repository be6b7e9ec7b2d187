"""Neo4j's import files: the example of its manual, hand-worked, and what is wrong with others."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.attribute_names import XSD_BOOLEAN, XSD_DOUBLE, XSD_INTEGER
from graphs.errors import GraphFormatError
from graphs.readers.reading import Reading
from graphs.readers.tables.naming import Naming
from graphs.readers.tables.neo4j import END, read_neo4j
from graphs.readers.tables.neo4j_header import TYPES, Field, property_name
from graphs.store import Store

Statement = tuple[str, ...]


def said(file: Reading) -> set[Statement]:
    graph = Store(assemble(read_neo4j(file)))
    relations = [graph.relation_iris[number] for number in graph.relation_ids]
    found = set(zip(graph.entity_iris(graph.heads), relations, graph.entity_iris(graph.tails), strict=True))
    for row in graph.literals.to_pylist():
        texts = (row["value"], row["language"] or row["datatype"])
        found.add((graph.entity_iri(row["subject"]), row["predicate"], *texts))  # type: ignore[arg-type]
    return {tuple(name.replace(file.scope, "") for name in statement) for statement in found}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "movies.csv"


def reading(path: Path, content: str | None = None, **options: object) -> Reading:
    if content is not None:
        path.write_bytes(content.encode())
    return Reading(path, "kg", "neo4j-csv", **{"on_error": "report", **options})  # type: ignore[arg-type]


def rejected(file: Reading) -> list[str]:
    said(file)
    return [f"{found.line}: {found.reason}" for found in file.rejections()]


def test_nodes_of_the_manual(path: Path) -> None:
    file = reading(
        path,
        'movieId:ID,title,year:int,:LABEL\ntt01,"The Matrix",1999,Movie\n'
        'tt02,"The ""Matrix""\r\nReloaded",,Movie;Sequel\n',
    )
    assert said(file) == {
        ("tt01", "movieId", "tt01", ""),
        ("tt01", "title", "The Matrix", ""),
        ("tt01", "year", "1999", XSD_INTEGER),
        ("tt01", v.RDF_TYPE, "Movie"),
        ("tt02", "movieId", "tt02", ""),
        ("tt02", "title", 'The "Matrix"\r\nReloaded', ""),
        ("tt02", v.RDF_TYPE, "Movie"),
        ("tt02", v.RDF_TYPE, "Sequel"),
    }
    assert file.rejections() == []


def test_relationships_with_and_without_properties(path: Path) -> None:
    content = ":START_ID(P),role,:END_ID,:TYPE\nkeanu,Neo,tt01,ACTED_IN\nkeanu,,tt02,ACTED_IN\n"
    assert said(reading(path, content)) == {
        ("P:keanu", "ACTED_IN", "tt01"),
        ("P:keanu", "ACTED_IN", "tt02"),
        ("_:relationship2", v.RDF_TYPE, v.RDF_STATEMENT),
        ("_:relationship2", v.RDF_SUBJECT, "P:keanu"),
        ("_:relationship2", v.RDF_PREDICATE, "ACTED_IN"),
        ("_:relationship2", v.RDF_OBJECT, "tt01"),
        ("_:relationship2", "role", "Neo", ""),
    }


def test_types_arrays_and_languages_of_properties(path: Path) -> None:
    content = (
        ":ID,ok:boolean,x:double[],born:date,at:point,name,name@de,ex:m^^ex:kg:string,skip:IGNORE\n"
        'a,TRUE,1;-Infinity;2e3,1964-09-02,"{x: 1, y: 2}",owl,Eule,5,never\n'
    )
    assert said(reading(path, content)) == {
        ("a", "ok", "true", XSD_BOOLEAN),
        ("a", "x", "1", XSD_DOUBLE),
        ("a", "x", "-INF", XSD_DOUBLE),
        ("a", "x", "2e3", XSD_DOUBLE),
        ("a", "born", "1964-09-02", v.XSD + "date"),
        ("a", "at", "{x: 1, y: 2}", TYPES["point"]),
        ("a", v.RDFS_LABEL, "owl", ""),
        ("a", v.RDFS_LABEL, "Eule", "de"),
        ("a", "ex:m", "5", "ex:kg"),
    }


def test_nodes_of_which_nothing_is_said(path: Path) -> None:
    content = f":ID,:LABEL,name\na,,\nb,{END},\n"
    assert said(reading(path, content)) == {("a", v.RDF_TYPE, v.RDFS + "Resource")}


def test_names_are_those_of_tables(path: Path) -> None:
    content = ":ID(Person),:LABEL\nex:1,ex:Owl\n"
    found = said(reading(path, content, base="http://example.org/", prefixes={"ex": "http://ex.org/"}))
    assert found == {("http://example.org/Person/ex:1", v.RDF_TYPE, "http://ex.org/Owl")}


@pytest.mark.parametrize("header", ["movies_header.csv", "movies-header.csv"])
@pytest.mark.parametrize("data", ["movies.csv", "movies_1.csv", "movies-part2.csv"])
def test_headers_may_stand_in_a_file_of_their_own(header: str, data: str, tmp_path: Path) -> None:
    (tmp_path / header).write_text("id:ID\ttitle\n")
    file = reading(tmp_path / data, "tt01,The Matrix\n")
    assert ("tt01", "title", "The Matrix", "") in said(file)
    assert said(reading(tmp_path / header)) == set()


def test_cells_may_be_separated_by_tabs(path: Path) -> None:
    assert said(reading(path, ':ID\tname\na\t"x, y"\n')) == {("a", v.RDFS_LABEL, "x, y", "")}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            "a,b\n1,2\n",
            "1: expected the columns :ID for nodes, or :START_ID, :END_ID and :TYPE for relationships, got a, b",
        ),
        (":START_ID,:END_ID\n1,2\n", "1: expected the columns :ID for nodes"),
        (":ID,:START_ID,:END_ID,:TYPE\n", "1: expected the columns :ID for nodes"),
        ("a:ID,b:ID\n", "1: the column :ID stands twice: a:ID, b:ID"),
        (":ID,name,name\n", "1: a column stands twice: :ID, name, name"),
        (":ID,x:integer\n", "1: the column 'x:integer' has the type 'integer'; known are ID, START_ID"),
        (
            ":ID,x:datetime{timezone:Z}\n",
            "1: the column 'x:datetime{timezone:Z}' has options, which cannot be read",
        ),
        (":ID,\na,b\n", "1: a column has neither a name nor a role"),
        (":ID,:string\na,b\n", "1: a column has neither a name nor a role: ':string'"),
        (":ID,name\na\n", "2: expected 2 columns, got 1"),
        (":ID,name\n,b\n", "2: the :ID is empty"),
        (":ID,name\na,\x00\n", "2: a cell holds a NUL character"),
        (":ID,age:int\na,ten\n", "2: expected a whole number in the column age:int, got 'ten'"),
        (":ID,ok:boolean\na,1\n", "2: expected true or false in the column ok:boolean, got '1'"),
        (":START_ID,:END_ID,:TYPE\na,b,_:r\n", "2: the :TYPE is a blank node, expected a name"),
        (
            ":START_ID,:END_ID,:TYPE\na,b,<<( <x:a> <x:b> <x:c> )>>\n",
            "2: the :TYPE is a triple term: '<<( <x:a> <x:b> <x:c> )>>'",
        ),
        (':ID,name\na,"open\n', "2: a quote never closes"),
    ],
)
def test_what_is_wrong_is_said(content: str, reason: str, path: Path) -> None:
    found = rejected(reading(path, content))
    assert found[0].startswith(reason)
    assert len(found) == 1


def test_a_value_that_is_not_valid_costs_no_other(path: Path) -> None:
    file = reading(path, ":ID,name,age:int[]\na,owl,1;x;3\n")
    assert said(file) == {
        ("a", v.RDFS_LABEL, "owl", ""),
        ("a", "age", "1", XSD_INTEGER),
        ("a", "age", "3", XSD_INTEGER),
    }
    assert len(file.rejections()) == 1


@settings(max_examples=80, deadline=None)
@given(
    predicate=st.one_of(
        st.sampled_from(["name", v.RDFS_LABEL, "ex:p", "p:int", "a{b}", "<x:y>"]), st.text(min_size=1)
    ),
    kind=st.sampled_from([("", ""), ("en", ""), ("ar--rtl", ""), ("", "ex:kg")]),
)
def test_names_of_properties_are_read_as_they_are_written(predicate: str, kind: tuple[str, str]) -> None:
    name = property_name(predicate, *kind)
    if name is not None:
        found = Field.parse(f"{name}:string", Naming())
        assert (found.predicate, found.language, found.datatype) == (predicate, *kind)


@settings(max_examples=60, deadline=None)
@given(
    content=st.binary(max_size=60),
    header=st.sampled_from([b"", b":ID,name,:LABEL\n", b":START_ID,:END_ID,:TYPE\n"]),
)
def test_any_bytes_are_taken_or_rejected(content: bytes, header: bytes) -> None:
    file = Reading(None, "kg", "neo4j-csv", stream=io.BytesIO(header + content), on_error="report")
    with suppress(GraphFormatError):  # it may look packed
        said(file)
    assert all(rejection.reason and rejection.count >= 1 for rejection in file.rejections())


def test_blank_nodes_in_labels_are_the_files_own(path: Path) -> None:
    file = reading(path, ":ID,:LABEL\n_:x,<<( _:x <ex:eats> <ex:mouse> )>>\n")
    graph = Store(assemble(read_neo4j(file)))
    (owl,) = graph.entity_iris(graph.heads)
    assert owl not in ("_:x", "x")
    assert graph.entity_iris(graph.tails) == [f"<<( {owl} <ex:eats> <ex:mouse> )>>"]
