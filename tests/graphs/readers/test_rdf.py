"""RDF files in every format: the same statements, and errors that name file and line."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.assemble import Assembler
from graphs.builder import GraphBuilder
from graphs.columns import Columns
from graphs.errors import EmptyGraphError, GraphError, GraphFormatError
from graphs.graph import KnowledgeGraph
from graphs.read import read_graph
from graphs.readers.document_pass import FORMATS as DOCUMENTS
from graphs.readers.rdf import FORMATS
from graphs.readers.reading import OnError, Reading, Rejection
from graphs.readers.sniffing import ENDINGS
from graphs.vocabulary import SKOS_BROADER

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

ANIMALS = Path(__file__).parents[2] / "data" / "animals.ttl"
EX = "http://example.org/animals#"
OXIGRAPH = {
    **{name: kind for name, kind in DOCUMENTS.items() if name != "n3"},
    "n-triples": ox.RdfFormat.N_TRIPLES,
    "n-quads": ox.RdfFormat.N_QUADS,
}


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(reading: Reading) -> tuple[Columns, int, list[Rejection]]:
    """Return the tables, how many statements were taken, and what was rejected."""
    assembler, taken = Assembler(), 0
    for block in FORMATS[reading.format](reading):
        assembler.add(block)
        taken += len(block)
    return assembler.columns(reading.prefixes), taken, reading.rejections()


def report(path: Path, kind: str, on_error: OnError = "report") -> tuple[Columns, int, list[Rejection]]:
    return read(Reading(path, path.name, kind, base="http://example.org/doc", on_error=on_error))


def statements(graph: KnowledgeGraph) -> set[tuple[str, ...]]:
    """Everything but sources, with blank nodes under one name."""

    def name(entity: int) -> str:
        iri = graph.entity_iri(entity)
        return "_:" if iri.startswith("_:") else iri

    columns = zip(graph.heads, graph.relation_ids, graph.tails, strict=True)
    found: set[tuple[str, ...]] = {(name(h), graph.relation_iris[r], name(t)) for h, r, t in columns}
    for row in graph.literals.to_pylist():
        found.add(
            (name(row["subject"]), *(row[key] for key in ("predicate", "value", "language", "datatype")))
        )
    return found


def test_turtle_is_read_with_labels_definitions_and_relations() -> None:
    graph = read_graph(ANIMALS)
    owl, bird = graph.entity_id(EX + "owl"), graph.entity_id(EX + "bird")
    assert (graph.label(owl), graph.label(owl, "de"), graph.label(bird, "de")) == ("owl", "Eule", "bird")
    assert graph.definition(owl) == "a bird that hunts at night"
    assert graph.neighbours(bird, incoming=True) == [(SKOS_BROADER, owl)]
    assert graph.relation_label(EX + "hasPart") == "has part"
    assert graph.inverse_of(EX + "isPartOf") == EX + "hasPart"
    assert graph.sources() == {"animals.ttl": graph.num_triples + graph.num_literals}
    assert graph.prefixes["skos"] == "http://www.w3.org/2004/02/skos/core#"


@pytest.mark.parametrize("name", OXIGRAPH)
def test_every_format_gives_the_same_statements(name: str, tmp_path: Path) -> None:
    quads = ox.parse(path=str(ANIMALS), format=ox.RdfFormat.TURTLE)
    ending = next(ending for ending, format_name in ENDINGS.items() if format_name == name)
    path = tmp_path / f"animals{ending}"
    ox.serialize((quad.triple for quad in quads), str(path), OXIGRAPH[name])
    assert statements(read_graph(path)) == statements(read_graph(ANIMALS))


@pytest.mark.parametrize("name", OXIGRAPH)
def test_a_stream_gives_what_the_file_gives(name: str) -> None:
    quads = [quad.triple for quad in ox.parse(path=str(ANIMALS), format=ox.RdfFormat.TURTLE)]
    content = ox.serialize(quads, format=OXIGRAPH[name])
    assert content is not None
    columns, taken, _ = read(Reading(None, "stdin", name, stream=io.BytesIO(gzip.compress(content))))
    assert taken == len(quads)
    assert statements(KnowledgeGraph(columns)) == statements(read_graph(ANIMALS))


def test_notation3_gives_facts_and_counts_rules_as_rejected(tmp_path: Path) -> None:
    rule = "{ ?whole ex:hasPart ?part } => { ?part ex:isPartOf ?whole } .\n"
    path = write(tmp_path, "animals.n3", ANIMALS.read_text() + rule)
    assert statements(read_graph(path)) == statements(read_graph(ANIMALS))
    assert read_graph(path).equals(read_graph(path))
    _, _, rejections = report(path, "n3", "stop")
    assert [("formula" in rejection.reason, rejection.count) for rejection in rejections] == [(True, 1)] * 3


def test_notation3_keeps_lexical_forms_and_counts_what_is_said_again(tmp_path: Path) -> None:
    text = '@prefix : <http://e/> . :a :b 01, "A"@en-GB . :a :b 01 . :a :c [ :d "x"^^:t ] . [] :e <rel> .'
    columns, taken, rejections = report(write(tmp_path, "a.n3", text), "n3")
    assert (taken, rejections) == (6, [])
    assert {(row["value"], row["language"]) for row in columns.literals.to_pylist()} == {
        ("01", ""),
        ("A", "en-gb"),
        ("x", ""),
    }
    assert "http://example.org/rel" in columns.entities.column("iri").to_pylist()


def test_packed_files_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    packed = write(tmp_path, "animals.ttl.gz", gzip.compress(b"\xef\xbb\xbf" + ANIMALS.read_bytes()))
    assert statements(read_graph(packed)) == statements(read_graph(ANIMALS))


def test_blank_nodes_are_stable_within_a_file_and_apart_between_files(tmp_path: Path) -> None:
    one = write(tmp_path, "one.ttl", '[] <http://e/p> "1" .')
    two = write(tmp_path, "two.ttl", '[] <http://e/p> "2" .')
    builder = GraphBuilder()
    for path in (one, two, one):
        builder.add_graph(read_graph(path))
    assert builder.build().num_entities == 2


@pytest.mark.parametrize("anonymous", ["e6962a7aa0e703e10bc1643c69755dec", "node-0", "node-1"])
def test_a_label_like_those_made_up_is_kept_apart(anonymous: str, tmp_path: Path) -> None:
    text = f"_:{anonymous} <e:p> _:owl, [], <<( _:{anonymous} <e:p> _:owl )>> . [] <e:p> [] ."
    first, taken, _ = report(write(tmp_path, "a.ttl", text), "turtle")
    again, _, _ = report(tmp_path / "a.ttl", "turtle")
    assert taken == 4
    assert first.entities.equals(again.entities)
    names = first.entities.column("iri").to_pylist()
    assert sum(name.startswith("_:") for name in names) == 5
    assert any(name.startswith("_:") and name.endswith("-owl") for name in names)
    (term,) = [name for name in names if name.startswith("<<(")]
    assert term.split()[1] in names


def test_named_graphs_are_kept_beside_the_source(tmp_path: Path) -> None:
    path = write(tmp_path, "a.nq", "<e:a> <e:p> <e:b> <e:graph> .\n<e:a> <e:p> <e:c> .\n")
    assert read_graph(path).sources() == {"a.nq": 2}
    assert read_graph(path).graphs() == {"": 1, "e:graph": 1}
    assert read_graph(path, source="mine").sources() == {"mine": 2}
    trig = write(tmp_path, "a.trig", "<e:a> <e:p> <e:c> . <e:graph> { <e:a> <e:p> <e:b> }")
    assert read_graph(trig).graphs() == {"": 1, "e:graph": 1}
    reading = Reading(trig, "a.trig", "trig", graph="e:default")
    assert set(read(reading)[0].statements.column("graph").to_pylist()) == {"e:default", "e:graph"}


def test_relative_iris_are_resolved_against_the_base(tmp_path: Path) -> None:
    path = write(tmp_path, "a.ttl", "<#owl> <http://e/p> <#bird> .")
    assert read_graph(path, base="http://e/doc").entity_iris([0, 1]) == [
        "http://e/doc#bird",
        "http://e/doc#owl",
    ]
    assert read_graph(path).entity_iri(1) == path.resolve().as_uri() + "#owl"
    with pytest.raises(GraphError, match="expected an absolute IRI"):
        read_graph(path, base="#here")


def test_plain_strings_have_no_datatype_and_others_keep_theirs(tmp_path: Path) -> None:
    path = write(tmp_path, "a.ttl", '<e:a> <e:p> "x", "x"@en-GB, "y"@ar--rtl, 03 .')
    found = {
        (row["value"], row["language"], row["datatype"]) for row in read_graph(path).literals.to_pylist()
    }
    assert found == {
        ("x", "", ""),
        ("x", "en-gb", ""),
        ("y", "ar--rtl", ""),
        ("03", "", "http://www.w3.org/2001/XMLSchema#integer"),
    }


RDF_XML = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">
<rdf:Description rdf:about="http://a">
<e:p>x</e:q>
</rdf:Description>
</rdf:RDF>
"""


@pytest.mark.parametrize(
    ("kind", "content", "line", "says"),
    [
        ("turtle", "<e:a> <e:p> <e:b> .\n<e:a> <e:p> .\n", 2, "not valid turtle"),
        ("n-triples", "<e:a> <e:p> <e:b> .\n\n<e:a> <e:p> nothing .\n", 3, "not valid n-triples"),
        ("rdf-xml", RDF_XML, 3, "mismatched tag"),
        ("rdf-xml", RDF_XML.replace(":q", ":p").replace("http://a", "a b"), 3, "IRI"),
        ("json-ld", '{"@id": "http://a",\n"http://p" "x"}', 2, "not valid json-ld"),
        (
            "json-ld",
            '{"@id": "http://a",\n"http://p":\n{"@value": "a", "@id": "b:"}\n}',
            4,
            "not valid json-ld",
        ),
        ("json-ld", '{"@context":\n"https://schema.org/",\n"@id": "http://a"}', 3, "nothing is fetched"),
        ("n3", "@prefix e: <http://e/> .\ne:a e:b\ne:c e:d .\n", 3, "not valid n3"),
        ("n3", "@prefix e: <http://e/> .\ne:a e:b <not an iri> .\n", None, "not valid n3"),
        ("turtle", b"<e:a> <e:p> <e:b> .\n<e:a> <e:p> '\xff' .\n", 2, "UTF-8"),
        ("n3", b"<e:a> <e:p> <e:b> .\n<e:a> <e:p> '\xff' .\n", 2, "not valid n3"),
        ("turtle", "<e:a> <e:p> <e:b> .\n<< <e:a> <e:p> <e:b> .\n", 2, "not valid turtle"),
        ("turtle", RDF_XML, 1, "the content looks like rdf-xml"),
        ("rdf-xml", "@prefix e: <http://e/> .\ne:a e:b e:c .\n", 1, "looks like turtle"),
        ("json-ld", "<http://a> <http://b> <http://c> .\n", 1, "looks like n-triples"),
        ("turtle", '{"@id": "http://a", "http://p": "x"}', 1, "looks like json-ld"),
        ("turtle", "<!DOCTYPE html>\n<html><body>404</body></html>", 1, "looks like a web page"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(
    kind: str, content: str | bytes, line: int | None, says: str, tmp_path: Path
) -> None:
    path = write(tmp_path, "a", content)
    with pytest.raises(GraphFormatError, match=says) as caught:
        read_graph(path, format=kind)
    assert (caught.value.path, caught.value.line) == (path, line)
    assert "\n" not in str(caught.value)
    _, _, (rejection,) = report(path, kind)
    assert (rejection.file, rejection.line) == (str(path), line)


def test_a_right_ending_gets_no_hint_to_change_it(tmp_path: Path) -> None:
    path = write(tmp_path, "a.trig", "@prefix e: <http://e/> .\ne:a e:b .\n")
    with pytest.raises(GraphFormatError) as caught:
        read_graph(path)
    assert "looks like" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "content", "taken", "lines"),
    [
        # a term that is not valid costs its statement only
        ("turtle", "<e:a> <e:p> <e:b>,\n<a b>,\n<e:c> .\n<e:d> <e:p> 'x'@waytoolongtag, <e:e> .", 3, [2, 4]),
        ("turtle", "<e:a> <e:p> [ <e:q> <e:{x}> ;\n<e:r> <e:s> ] .", 2, [1]),
        ("trig", "<e:g> { <e:a> <e:p> <e:b> .\n<e:a> <e:p> <http://h:port/> . <e:a> <e:p> <e:c> }", 2, [2]),
        ("rdf-xml", RDF_XML.replace(":q", ":p").replace("http://a", "a b"), 0, [3]),
        # what else is not valid ends the file; what stands before is kept
        ("turtle", "<e:a> <e:p> <e:b> .\n<e:a> <e:p> .\n<e:a> <e:p> <e:c> .", 1, [2]),
        ("trig", "<e:g> { <e:a> <e:p> <e:b> .\n<e:a> <e:p> . <e:a> <e:p> <e:c> }", 1, [2]),
        ("rdf-xml", RDF_XML.replace("</e:q>", "</e:p>\n<e:p>"), 1, [5]),
        ("n-triples", "<e:a> <e:p> <e:b> .\n<e:a> <e:p> .\n<e:a> <e:p> <e:c> .", 2, [2]),
        ("n-quads", "<e:a> <e:p> <e:b> <e:g> .\n<e:a> <e:p> <e:b> 'g' .\n\n<e:a> <e:p> <e:c> .", 2, [2]),
    ],
)
def test_reporting_goes_on_where_it_is_safe(
    kind: str, content: str, taken: int, lines: list[int], tmp_path: Path
) -> None:
    columns, found, rejections = report(write(tmp_path, "a", content), kind)
    assert (found, [rejection.line for rejection in rejections]) == (taken, lines)
    assert columns.statements.num_rows + columns.literals.num_rows == taken


def test_names_of_blank_nodes_do_not_depend_on_what_is_rejected_behind_them(tmp_path: Path) -> None:
    good = "".join(f"[] <e:p> [ <e:q> {number} ] .\n" for number in range(50))
    whole, _, _ = report(write(tmp_path, "a.ttl", good), "turtle")
    reading = Reading(write(tmp_path, "b.ttl", good + "<e:a> <e:p> <a b> .\n"), "a.ttl", "turtle")
    reading.on_error, reading.__dict__["scope"] = (
        "report",
        Reading(tmp_path / "a.ttl", "a.ttl", "turtle").scope,
    )
    columns, taken, rejections = read(reading)
    assert (taken, len(rejections)) == (100, 1)
    assert columns.entities.num_rows == whole.entities.num_rows


def test_what_json_ld_leaves_out_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    text = '{"@id": "http://e/a", "http://e/p": 1, "unmapped": 2, "http://e/q": {"@id": "http://e/a b"}}'
    _, taken, rejections = report(write(tmp_path, "a.jsonld", text), "json-ld", "stop")
    assert taken == 1
    assert sorted(rejection.reason for rejection in rejections) == [
        "JSON-LD leaves it out: Invalid IRI code point ' ' in 'http://e/a b'",
        "JSON-LD leaves it out: No scheme found in an absolute IRI in 'unmapped'",
    ]


@pytest.mark.parametrize(
    ("name", "content"), [("a.ttl", ""), ("a.nt", "# nothing\n"), ("a.jsonld", "{}"), ("a.n3", "")]
)
def test_a_file_without_statements_is_an_empty_graph(name: str, content: str, tmp_path: Path) -> None:
    with pytest.raises(EmptyGraphError, match=name):
        read_graph(write(tmp_path, name, content))


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(GraphFormatError, match=r"none\.ttl: there is no such file"):
        read_graph(tmp_path / "none.ttl")


def cut(start: int, length: int) -> bytes:
    text = ANIMALS.read_bytes()
    return text[:start] + text[start + length :]


def spoilt(kind: str, at: int, what: bytes) -> bytes:
    quads = ox.parse(path=str(ANIMALS), format=ox.RdfFormat.TURTLE)
    written = OXIGRAPH.get(kind, ox.RdfFormat.TURTLE)
    content = ox.serialize((quad.triple for quad in quads), format=written)
    assert content is not None
    return content[: at % len(content)] + what + content[at % len(content) + 1 :]


@given(data=st.data(), kind=st.sampled_from(sorted(FORMATS)))
@settings(deadline=None, max_examples=200)
def test_any_bytes_give_statements_or_an_error_that_names_the_file(data: st.DataObject, kind: str) -> None:
    content = data.draw(
        st.binary(max_size=100)
        | st.builds(cut, st.integers(0, 900), st.integers(1, 900))
        | st.builds(spoilt, st.just(kind), st.integers(0, 10_000), st.binary(max_size=3))
        | st.text(alphabet="<>{}[]()\"'\\@^_:;.,#% \n\tae:\x00\x85\ue000", max_size=60).map(str.encode)
    )
    reading = Reading(None, "any", kind, base="http://e/", on_error="report", stream=io.BytesIO(content))
    try:
        columns, taken, rejections = read(reading)
    except GraphError as error:
        if not str(error).startswith("any"):
            raise AssertionError(str(error)) from error
        return
    assert columns.statements.num_rows + columns.literals.num_rows <= taken
    assert all("\n" not in rejection.reason for rejection in rejections)
