"""What writers of tables write, to the letter, and what they say of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.attribute_names import XSD_INTEGER
from graphs.errors import GraphError
from graphs.readers.reading import Reading
from graphs.readers.tables.kgx import read_kgx_tsv
from graphs.readers.tables.neo4j import read_neo4j
from graphs.readers.tables.triples import read_triple_table
from graphs.statements import Statements
from graphs.store import Store
from graphs.writers.tables import TABLE_WRITERS
from graphs.writers.tables.kgx import write_kgx_jsonl, write_kgx_tsv
from graphs.writers.tables.neo4j import write_neo4j
from graphs.writers.tables.openke import write_openke
from graphs.writers.tables.triples import write_csv, write_tsv

OWL, BIRD = "http://purl.obolibrary.org/obo/NCBITaxon_56313", "http://purl.obolibrary.org/obo/NCBITaxon_8782"


def edge(statements: Statements, statement: str) -> None:
    """Add a triple, and what is said of it."""
    statements.add(OWL, v.RDFS_SUBCLASS_OF, BIRD)
    for part, name in (
        (v.RDF_TYPE, v.RDF_STATEMENT),
        (v.RDF_SUBJECT, OWL),
        (v.RDF_PREDICATE, v.RDFS_SUBCLASS_OF),
        (v.RDF_OBJECT, BIRD),
    ):
        statements.add(statement, part, name)
    statements.add_literal(statement, "ex:since", "1758", datatype=XSD_INTEGER)


@pytest.fixture
def graph() -> Store:
    statements = Statements()
    edge(statements, "_:e")
    statements.add(OWL, v.RDF_TYPE, "ex:Species")
    statements.add_literal(OWL, v.RDFS_LABEL, "barn owl", language="en")
    statements.add_literal(OWL, v.RDFS_LABEL, "Schleiereule", language="de")
    return Store(assemble([statements.block()]))


def test_kgx_tables(graph: Store, tmp_path: Path) -> None:
    assert write_kgx_tsv(graph, tmp_path / "kg.tsv").left_out == {}
    assert (tmp_path / "kg_nodes.tsv").read_text() == (
        "id\tcategory\tname\tname@language\trdfs:label\trdfs:label@language\n"
        "NCBITaxon:56313\tex:Species\tbarn owl\ten\tSchleiereule\tde\n"
    )
    assert (tmp_path / "kg_edges.tsv").read_text() == (
        "id\tsubject\tpredicate\tobject\tex:since\tex:since@datatype\n"
        "_:e\tNCBITaxon:56313\trdfs:subClassOf\tNCBITaxon:8782\t1758\txsd:integer\n"
    )


def test_kgx_json_lines(graph: Store, tmp_path: Path) -> None:
    write_kgx_jsonl(graph, tmp_path)
    assert (tmp_path / "nodes.jsonl").read_text() == (
        '{"id": "NCBITaxon:56313", "category": ["ex:Species"], "name": "barn owl", "rdfs:label": "Schleiereule",'
        ' "name@language": "en", "rdfs:label@language": "de"}\n'
    )
    assert (tmp_path / "edges.jsonl").read_text() == (
        '{"id": "_:e", "subject": "NCBITaxon:56313", "predicate": "rdfs:subClassOf", "object": "NCBITaxon:8782",'
        ' "ex:since": 1758}\n'
    )


def test_neo4j(graph: Store, tmp_path: Path) -> None:
    write_neo4j(graph, tmp_path / "kg.csv")
    assert (tmp_path / "kg_nodes.csv").read_text() == (
        f":ID,:LABEL,name@de:string,name@en:string\n"
        f"{OWL},ex:Species,Schleiereule,barn owl\n{BIRD},urn:graphs:end,,\n"
    )
    assert (tmp_path / "kg_relationships.csv").read_text() == (
        f":START_ID,:END_ID,:TYPE,ex:since:int\n{OWL},{BIRD},{v.RDFS_SUBCLASS_OF},1758\n"
    )


@pytest.mark.parametrize(("write", "read"), [(write_kgx_tsv, read_kgx_tsv), (write_neo4j, read_neo4j)])
def test_blank_nodes_that_describe_edges_come_back(
    write: object, read: object, graph: Store, tmp_path: Path
) -> None:
    write(graph, tmp_path)  # type: ignore[operator]
    again = Store(
        assemble(block for path in sorted(tmp_path.iterdir()) for block in read(Reading(path, "", "")))  # type: ignore[operator]
    )
    assert (again.num_triples, again.num_literals) == (graph.num_triples, graph.num_literals)
    (described,) = (row["subject"] for row in again.literals.to_pylist() if row["predicate"] == "ex:since")
    assert again.entity_iri(described).startswith("_:")
    others = {relation: again.entity_iri(other) for relation, other in again.neighbours(described)}
    assert others[v.RDF_SUBJECT] == OWL


def test_three_columns_have_no_header_unless_the_first_row_looks_like_one(tmp_path: Path) -> None:
    path = tmp_path / "kg.tsv"
    write_tsv(Store.from_triples([("owl", "eats", "mouse")]), path)
    assert path.read_text() == "owl\teats\tmouse\n"
    graph = Store.from_triples([("head", "relation", "tail")])
    write_tsv(graph, path)
    assert path.read_text() == "head\trelation\ttail\nhead\trelation\ttail\n"
    assert Store(assemble(read_triple_table(Reading(path, "", "tsv")))).equals(graph)


def test_csv_quotes_what_it_has_to(tmp_path: Path) -> None:
    path = tmp_path / "kg.csv"
    graph = Store.from_triples([("a, b", 'say "x"', "c")], literals=[("a, b", "name", 'q"', "en")])
    write_csv(graph, path)
    assert path.read_text() == '"a, b","say ""x""",c\n"a, b",name,"""q\\""""@en"\n'
    assert Store(assemble(read_triple_table(Reading(path, "", "csv")))).equals(graph)


def test_names_that_a_reader_would_expand_are_written_in_brackets(tmp_path: Path) -> None:
    statements = Statements()
    statements.add("ex:owl", "ex://r", "no:x")
    prefixes = {"ex": "http://example.org/"}
    graph = Store(assemble([statements.block()], prefixes))
    path = tmp_path / "kg.tsv"
    assert write_tsv(graph, path).left_out == {"prefixes": 1}
    assert path.read_text() == "<ex:owl>\tex://r\tno:x\n"
    again = Reading(path, "", "tsv", prefixes=dict(prefixes))
    assert Store(assemble(read_triple_table(again), prefixes)).equals(graph)


@pytest.mark.parametrize("name", TABLE_WRITERS)
def test_sources_that_tell_statements_apart_are_counted(name: str, tmp_path: Path) -> None:
    statements = Statements()
    for source in ("a", "b"):
        statements.add(
            "http://api.conceptnet.io/c/en/a", "http://api.conceptnet.io/r/IsA", "x:y", source=source
        )
    written = TABLE_WRITERS[name](Store(assemble([statements.block()])), tmp_path / "kg")
    assert (written.statements, written.left_out, written.lost) == (1, {"sources": 2}, {})


@pytest.mark.parametrize("name", TABLE_WRITERS)
def test_equal_graphs_give_equal_files(name: str, graph: Store, tmp_path: Path) -> None:
    def files(place: Path) -> list[bytes]:
        TABLE_WRITERS[name](graph, place / "kg")
        return [path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()]

    first = files(tmp_path / "first")
    assert first
    assert first == files(tmp_path / "second")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "kg").write_text("")
    with pytest.raises(GraphError, match="name a folder"):
        write_openke(Store.from_triples([("a", "b", "c")]), tmp_path / "kg")
