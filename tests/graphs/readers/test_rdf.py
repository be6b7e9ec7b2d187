"""RDF files in every format: the same statements, and errors that name file and line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import EmptyGraphError, GraphBuilder, GraphError, GraphFormatError, KnowledgeGraph, read_graph
from graphs.readers import READERS, read_rdf
from graphs.readers.rdf import ENDINGS, FORMATS
from graphs.vocabulary import OWL_INVERSE_OF, SKOS_BROADER

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

ANIMALS = Path(__file__).parents[2] / "data" / "animals.ttl"
EX = "http://example.org/animals#"


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


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


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "n3"])
def test_every_format_gives_the_same_statements(name: str, tmp_path: Path) -> None:
    quads = ox.parse(path=str(ANIMALS), format=ox.RdfFormat.TURTLE)
    ending = next(ending for ending, format_name in ENDINGS.items() if format_name == name)
    path = tmp_path / f"animals{ending}"
    ox.serialize((quad.triple for quad in quads), str(path), FORMATS[name])
    assert statements(read_rdf(path)) == statements(read_rdf(ANIMALS))


def test_notation3_gives_facts_and_leaves_rules_out(tmp_path: Path) -> None:
    rule = "{ ?whole ex:hasPart ?part } => { ?part ex:isPartOf ?whole } .\n"
    path = write(tmp_path, "animals.n3", ANIMALS.read_text() + rule)
    assert statements(read_rdf(path)) == statements(read_rdf(ANIMALS))
    assert read_rdf(path).equals(read_rdf(path))


def test_gzip_and_byte_order_mark_are_taken_off(tmp_path: Path) -> None:
    packed = write(tmp_path, "animals.ttl.gz", gzip.compress(b"\xef\xbb\xbf" + ANIMALS.read_bytes()))
    assert statements(read_graph(packed)) == statements(read_graph(ANIMALS))


def test_blank_nodes_are_stable_within_a_file_and_apart_between_files(tmp_path: Path) -> None:
    one = write(tmp_path, "one.ttl", '[] <http://e/p> "1" .')
    two = write(tmp_path, "two.ttl", '[] <http://e/p> "2" .')
    builder = GraphBuilder()
    for path in (one, two, one):
        builder.add_graph(read_rdf(path))
    assert builder.build().num_entities == 2


def test_source_is_the_named_graph_or_the_file_or_what_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, "a.nq", "<e:a> <e:p> <e:b> <e:graph> .\n<e:a> <e:p> <e:c> .\n")
    assert read_rdf(path).sources() == {"a.nq": 1, "e:graph": 1}
    assert read_rdf(path, source="mine").sources() == {"mine": 2}


def test_relative_iris_are_resolved_against_the_base(tmp_path: Path) -> None:
    path = write(tmp_path, "a.ttl", "<#owl> <http://e/p> <#bird> .")
    assert read_rdf(path, base="http://e/doc").entity_iris([0, 1]) == [
        "http://e/doc#bird",
        "http://e/doc#owl",
    ]
    assert read_rdf(path).entity_iri(1) == path.resolve().as_uri() + "#owl"
    with pytest.raises(GraphError, match="expected an absolute IRI"):
        read_rdf(path, base="#here")


def test_plain_strings_have_no_datatype_and_others_keep_theirs(tmp_path: Path) -> None:
    path = write(tmp_path, "a.ttl", '<e:a> <e:p> "x", "x"@en-GB, 3 .')
    found = {
        (row["value"], row["language"].lower(), row["datatype"])
        for row in read_rdf(path).literals.to_pylist()
    }
    assert found == {("x", "", ""), ("x", "en-gb", ""), ("3", "", "http://www.w3.org/2001/XMLSchema#integer")}


RDF_XML = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">
<rdf:Description rdf:about="http://a">
<e:p>x</e:q>
</rdf:Description>
</rdf:RDF>
"""


@pytest.mark.parametrize(
    ("name", "content", "line", "says"),
    [
        ("a.ttl", "<e:a> <e:p> <e:b> .\n<e:a> <e:p> .\n", 2, "not valid turtle"),
        ("a.nt", "<e:a> <e:p> <e:b> .\n\n<e:a> <e:p> nothing .\n", 3, "not valid n-triples"),
        ("a.rdf", RDF_XML, 3, "expected `</e:p>`"),
        ("a.jsonld", '{"@id": "http://a",\n"http://p" "x"}', 2, "not valid json-ld"),
        (
            "a.jsonld",
            '{"@context":\n"https://schema.org/",\n"@id": "http://a", "name": "x"}',
            None,
            "nothing is fetched",
        ),
        ("a.n3", "@prefix e: <http://e/> .\ne:a e:b\ne:c e:d .\n", 3, "not valid n3"),
        ("a.n3", "@prefix e: <http://e/> .\ne:a e:b <not an iri> .\n", None, "not valid n3"),
        ("a.ttl", b"<e:a> <e:p> <e:b> .\n<e:a> <e:p> '\xff' .\n", 2, "UTF-8"),
        ("a.n3", b"<e:a> <e:p> <e:b> .\n<e:a> <e:p> '\xff' .\n", 2, "not valid n3"),
        (
            "a.ttl",
            "<e:a> <e:p> <e:b> .\n<e:a> <e:p> <<( <e:a> <e:p> <e:b> )>> .\n",
            2,
            "statement about a statement",
        ),
        ("a.ttl", RDF_XML, 1, "the content looks like rdf-xml"),
        ("a.rdf", "@prefix e: <http://e/> .\ne:a e:b e:c .\n", 1, "looks like turtle"),
        ("a.jsonld", "<http://a> <http://b> <http://c> .\n", 1, "looks like n-triples"),
        ("a.nt", '{"@id": "http://a", "http://p": "x"}', 1, "looks like json-ld"),
        ("a.ttl", "<!DOCTYPE html>\n<html><body>404</body></html>", 1, "looks like a web page"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(
    name: str, content: str | bytes, line: int | None, says: str, tmp_path: Path
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(GraphFormatError, match=says) as caught:
        read_rdf(path)
    assert (caught.value.path, caught.value.line) == (path, line)
    assert "\n" not in str(caught.value)


def test_a_right_ending_gets_no_hint_to_change_it(tmp_path: Path) -> None:
    path = write(tmp_path, "a.trig", "@prefix e: <http://e/> .\ne:a e:b .\n")
    with pytest.raises(GraphFormatError) as caught:
        read_rdf(path)
    assert "looks like" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"), [("a.ttl", ""), ("a.nt", "# nothing\n"), ("a.jsonld", "{}"), ("a.n3", "")]
)
def test_a_file_without_statements_is_an_empty_graph(name: str, content: str, tmp_path: Path) -> None:
    with pytest.raises(EmptyGraphError, match=name):
        read_rdf(write(tmp_path, name, content))


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(GraphFormatError, match=r"none\.ttl: cannot be read: No such file"):
        read_rdf(tmp_path / "none.ttl")
    with pytest.raises(GraphFormatError, match=r"none\.ttl: there is no such file"):
        read_graph(tmp_path / "none.ttl")
    whole = gzip.compress(ANIMALS.read_bytes() * 50)
    for content in (whole[:-20], b"not gzip", whole[:20] + b"\0\0\0\0" + whole[24:]):
        with pytest.raises(GraphFormatError, match="cannot be read"):
            read_rdf(write(tmp_path, "cut.ttl.gz", content))


def test_unknown_endings_and_formats_list_the_choices(tmp_path: Path) -> None:
    with pytest.raises(GraphFormatError, match=r"'\.txt' tells no RDF format; .*turtle"):
        read_graph(write(tmp_path, "a.txt", ""))
    with pytest.raises(GraphFormatError, match="unknown RDF format 'turtel'; known are turtle"):
        read_rdf(ANIMALS, format="turtel")
    with pytest.raises(GraphError, match="unknown graph format 'turtel'; known are store, wordnet, turtle"):
        read_graph(ANIMALS, format="turtel")
    with pytest.raises(GraphFormatError, match=r"meta\.json.*data\.noun"):
        read_graph(tmp_path)
    assert read_graph(write(tmp_path, "b.txt", "<e:a> <e:p> <e:b> ."), format="turtle").num_triples == 1


def test_a_stored_graph_is_read_by_its_folder(tmp_path: Path) -> None:
    graph = read_graph(ANIMALS)
    graph.save(tmp_path / "kg")
    assert read_graph(tmp_path / "kg").equals(graph)
    assert READERS["store"](tmp_path / "kg").equals(graph)
    assert graph.edges(OWL_INVERSE_OF)[0].tolist() == [graph.entity_id(EX + "hasPart")]


def cut(start: int, length: int) -> bytes:
    text = ANIMALS.read_bytes()
    return text[:start] + text[start + length :]


@given(
    content=st.binary(max_size=100) | st.builds(cut, st.integers(0, 900), st.integers(1, 900)),
    name=st.sampled_from(sorted(FORMATS)),
)
@settings(deadline=None)
def test_any_bytes_give_a_graph_or_an_error_that_names_the_file(
    content: bytes, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = write(tmp_path_factory.mktemp("any"), "any", content)
    try:
        result = f"{path}: {read_rdf(path, format=name)}"
    except GraphError as error:
        result = str(error)
    assert result.startswith(str(path))
