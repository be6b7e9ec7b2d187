"""Biolink's KGX format: the example of its specification, hand-worked, and what is wrong with others."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.attribute_names import RDF_JSON, XSD_BOOLEAN, XSD_DOUBLE, XSD_INTEGER
from graphs.errors import GraphFormatError
from graphs.readers.limits import Limits
from graphs.readers.reading import Reading
from graphs.readers.tables.biolink import BIOLINK, WELL_KNOWN, column_of, predicate_of, written_name
from graphs.readers.tables.kgx import read_kgx_jsonl, read_kgx_tsv
from graphs.readers.tables.naming import NameProblem, Naming
from graphs.store import Store

NODES = """id\tcategory\tname\tprovided_by\tsynonym\txref
HGNC:11603\tbiolink:Gene\tTBX4\tMonarchArchive:gwascatalog\ta|b\tMESH:1|see also
MONDO:0005002\tbiolink:Disease\tchronic | obstructive\t\t\t
X:1\t\t\t\t\t
"""
EDGES = """id\tsubject\tpredicate\tobject\trelation\tcategory\tpublications
urn:uuid:5b06\tHGNC:11603\tbiolink:contributes_to\tMONDO:0005002\tRO:0003304\tbiolink:Association\tPMID:1|PMID:2
\tX:1\tbiolink:related_to\tX:2\t\t\t
"""
GENE, DISEASE = "http://identifiers.org/hgnc/11603", "http://purl.obolibrary.org/obo/MONDO_0005002"
EDGE = "urn:uuid:5b06"

Statement = tuple[str, ...]


def reading(content: str | bytes, name: str = "kgx-tsv", **options: object) -> Reading:
    data = content.encode() if isinstance(content, str) else content
    return Reading(None, "kg", name, stream=io.BytesIO(data), **{"on_error": "report", **options})  # type: ignore[arg-type]


def said(file: Reading) -> set[Statement]:
    read = read_kgx_jsonl if file.format == "kgx-jsonl" else read_kgx_tsv
    graph = Store(assemble(read(file)))
    relations = [graph.relation_iris[number] for number in graph.relation_ids]
    found = set(zip(graph.entity_iris(graph.heads), relations, graph.entity_iris(graph.tails), strict=True))
    for row in graph.literals.to_pylist():
        texts = (row["value"], row["language"] or row["datatype"])
        found.add((graph.entity_iri(row["subject"]), row["predicate"], *texts))  # type: ignore[arg-type]
    return {tuple(name.replace(file.scope, "") for name in statement) for statement in found}


def rejected(file: Reading) -> list[str]:
    said(file)
    return [f"{found.line}: {found.reason}" for found in file.rejections()]


def test_nodes_of_the_specification() -> None:
    file = reading(NODES)
    assert said(file) == {
        (GENE, v.RDF_TYPE, BIOLINK + "Gene"),
        (GENE, v.RDFS_LABEL, "TBX4", ""),
        (GENE, BIOLINK + "provided_by", "MonarchArchive:gwascatalog", ""),
        (GENE, v.SKOS_ALT_LABEL, "a", ""),
        (GENE, v.SKOS_ALT_LABEL, "b", ""),
        (GENE, BIOLINK + "xref", "http://id.nlm.nih.gov/mesh/1"),
        (GENE, BIOLINK + "xref", "see also", ""),
        (DISEASE, v.RDF_TYPE, BIOLINK + "Disease"),
        (DISEASE, v.RDFS_LABEL, "chronic | obstructive", ""),
        ("X:1", v.RDF_TYPE, v.RDFS + "Resource"),
    }
    assert file.rejections() == []


def test_edges_of_the_specification() -> None:
    assert said(reading(EDGES)) == {
        (GENE, BIOLINK + "contributes_to", DISEASE),
        (EDGE, v.RDF_TYPE, v.RDF_STATEMENT),
        (EDGE, v.RDF_SUBJECT, GENE),
        (EDGE, v.RDF_PREDICATE, BIOLINK + "contributes_to"),
        (EDGE, v.RDF_OBJECT, DISEASE),
        (EDGE, v.RDF_TYPE, BIOLINK + "Association"),
        (EDGE, BIOLINK + "relation", "RO:0003304", ""),
        (EDGE, BIOLINK + "publications", "PMID:1", ""),
        (EDGE, BIOLINK + "publications", "PMID:2", ""),
        ("X:1", BIOLINK + "related_to", "X:2"),
    }


def test_an_edge_without_an_id_is_described_by_a_blank_node() -> None:
    found = said(reading("subject\tpredicate\tobject\tp_value\na\tb\tc\t0.05\n"))
    assert ("_:edge2", v.RDF_SUBJECT, "a") in found
    assert ("_:edge2", BIOLINK + "p_value", "0.05", "") in found


def test_edges_of_which_nothing_else_is_told_are_triples() -> None:
    file = reading(
        'subject\tpredicate\tobject\tweight\nGO:1\tbiolink:p\t"x"@en\t0.5\nGO:1\tr\nGO:1\tr\tb\t\n'
    )
    go = "http://purl.obolibrary.org/obo/GO_1"
    assert said(file) == {(go, BIOLINK + "p", "x", "en"), (go, "r", "b")}
    assert [found.line for found in file.rejections()] == [3]


def test_prefixes_of_the_import_go_before_the_well_known() -> None:
    found = said(
        reading("id\tex:says\nHGNC:1\thoo\n", prefixes={"HGNC": "urn:h:", "ex": "http://example.org/"})
    )
    assert found == {("urn:h:1", "http://example.org/says", "hoo", "")}


def test_languages_and_datatypes_stand_beside_their_values() -> None:
    found = said(
        reading(
            "id\tname\tname@language\tn\tn@datatype\nX:1\tEule\tde-AT\t1|x\txsd:integer|\nX:2\towl\t\t2\t\n"
        )
    )
    assert found == {
        ("X:1", v.RDFS_LABEL, "Eule", "de-at"),
        ("X:1", BIOLINK + "n", "1", XSD_INTEGER),
        ("X:1", BIOLINK + "n", "x", ""),
        ("X:2", v.RDFS_LABEL, "owl", ""),
        ("X:2", BIOLINK + "n", "2", ""),
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("id\tname\nX:1\n", "2: expected 2 columns, got 1"),
        ("id\tname\n\tx\n", "2: expected one name as the id, got none"),
        ("id\tname\nX:1\ta\x00b\n", "2: a cell holds a NUL character"),
        ("id\tname\nX:\x011\ta\n", "2: the id holds the control character U+0001"),
        (
            "id\tname\tname@language\nX:1\ta\ten|de\n",
            "2: expected as many values in name@language as in name: 1, got 2",
        ),
        (
            "id\tname\tname@language\nX:1\ta\te_n\n",
            "2: expected one tag of BCP 47 and no datatype in name@language",
        ),
        ("id\tcategory\nX:1\t_: x\n", "2: the category is not a valid blank node: '_: x'"),
        ("id\tname\tname\nX:1\ta\tb\n", "1: a column stands twice: id, name, name"),
        ("id\t\nX:1\ta\n", "1: a column has no name: id, "),
        ("name\tcategory\na\tb\n", "1: expected the column id in a table of nodes, got name, category"),
        (
            "id\tsubject\tobject\na\tb\tc\n",
            "1: expected the column predicate in a table of edges, got id, subject, object",
        ),
        ("id\tsubject\tpredicate\tobject\n\ta\t\tb\n", "2: expected one name as the predicate, got none"),
        ("id\tname\n<<( <x:a> <x:b> _:c )>>\ta\n", "2: the id is a triple term: '<<( <x:a> <x:b> _:c )>>'"),
        (
            "id\tsubject\tpredicate\tobject\n\ta\t_:p\tb\n",
            "2: the predicate is a blank node, expected a name",
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_said(content: str, reason: str) -> None:
    (found,) = rejected(reading(content))
    assert found.startswith(reason)


def test_json_lines_keep_the_kinds_of_values() -> None:
    line = (
        '{"id": "X:1", "name": "\\u00fc", "n": 1.10, "i": -7, "b": true, "z": null, "e": [],'
        ' "l": ["a", 2, {"q": [1.50]}], "synonym": "x|y"}'
    )
    assert said(reading(line, "kgx-jsonl")) == {
        ("X:1", v.RDFS_LABEL, "ü", ""),
        ("X:1", BIOLINK + "n", "1.10", XSD_DOUBLE),
        ("X:1", BIOLINK + "i", "-7", XSD_INTEGER),
        ("X:1", BIOLINK + "b", "true", XSD_BOOLEAN),
        ("X:1", BIOLINK + "l", "a", ""),
        ("X:1", BIOLINK + "l", "2", XSD_INTEGER),
        ("X:1", BIOLINK + "l", '{"q": [1.5]}', RDF_JSON),
        ("X:1", v.SKOS_ALT_LABEL, "x|y", ""),
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1]", "expected a JSON object, got [1]"),
        ('{"id": "X:1", "id": "X:2"}', "a name stands twice in an object"),
        ('{"id": "X:1", "n": NaN}', "not valid JSON: NaN is no number"),
        ('{"id": "\\ud800"}', "half of a surrogate pair stands in a string: that is no character"),
        ('{"id": ', "not valid JSON: Expecting value at character 9"),
        ('{"id": ' + "[" * 300 + "]" * 300 + "}", "JSON nested deeper than 200"),
        ('{"id": 5}', "expected one name as the id, got 1"),
        ('{"name": "a"}', "expected one name as the id, got none"),
        ('{"id": "X:1", "": "a"}', "the column cannot be the name of a predicate: ''"),
        ('{"subject": "a", "object": "b"}', "expected one name as the predicate, got none"),
        ("\x00", "not valid JSON: Expecting value at character 1"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: str, reason: str) -> None:
    assert rejected(reading('{"id": "ok"}\n\n' + line + "\n", "kgx-jsonl")) == [f"3: {reason}"]


def test_lines_beyond_the_limit_and_of_other_encodings() -> None:
    content = b'{"id": "a"}\n{"id": "' + b"x" * 99 + b'"}\n{"id": "\xff"}\n{"id": "b"}\n'
    file = reading(content, "kgx-jsonl", limits=Limits(max_statement=50))
    assert rejected(file) == [
        "2: a line is longer than the limit of 50 bytes",
        "3: not UTF-8: invalid start byte at byte 9 of the line",
    ]


def test_blank_nodes_are_shared_by_the_two_tables_of_a_graph(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}_nodes.tsv").write_text("id\tname\n_:x\towl\n")
        (tmp_path / f"{name}_edges.tsv").write_text(f"subject\tpredicate\tobject\n_:x\tex:eats\tex:{name}\n")
    graph = Store(
        assemble(
            block
            for path in sorted(tmp_path.iterdir())
            for block in read_kgx_tsv(Reading(path, path.name, "kgx-tsv"))
        )
    )
    owls = [entity for entity in range(graph.num_entities) if graph.labels(entity) == ["owl"]]
    assert len(owls) == 2
    assert all(graph.neighbours(owl) for owl in owls)


def test_blank_nodes_in_triple_terms_are_those_of_the_tables(tmp_path: Path) -> None:
    term = "<<( _:x <ex:eats> <ex:mouse> )>>"
    (tmp_path / "a_nodes.tsv").write_text(f"id\tcategory\n_:x\t{term}\n")
    (tmp_path / "a_edges.tsv").write_text(f"subject\tpredicate\tobject\n_:x\tex:says\t{term}\n")
    files = [Reading(path, path.name, "kgx-tsv") for path in sorted(tmp_path.iterdir())]
    graph = Store(assemble(block for file in files for block in read_kgx_tsv(file)))
    (owl,) = set(graph.entity_iris(graph.heads))
    assert set(graph.entity_iris(graph.tails)) == {term.replace("_:x", owl)}


names = st.one_of(
    st.sampled_from(
        [*(iri + "1" for iri in WELL_KNOWN.values()), "GO:1", "name", "id", "category", "a@b", "a b", "_:x"]
    ),
    st.text(max_size=5),
)


@settings(max_examples=100, deadline=None)
@given(name=names)
def test_names_and_columns_are_read_as_they_are_written(name: str) -> None:
    known = Naming(WELL_KNOWN)
    text = written_name(name)
    if text is None:
        with pytest.raises(NameProblem):
            known.name(name)
    else:
        assert known.name(text) == name
    column = column_of(name, frozenset({"id"}))
    assert column is None or predicate_of(column, known) == name


@settings(max_examples=60, deadline=None)
@given(
    content=st.binary(max_size=60),
    header=st.sampled_from([b"", b"id\tname\n", b"subject\tpredicate\tobject\n"]),
)
@pytest.mark.parametrize("name", ["kgx-tsv", "kgx-jsonl"])
def test_any_bytes_are_taken_or_rejected(name: str, content: bytes, header: bytes) -> None:
    file = reading(header + content, name)
    with suppress(GraphFormatError):  # it may look packed
        said(file)
    assert all(rejection.reason and rejection.count >= 1 for rejection in file.rejections())
