"""Every syntax of RDF says what the graph says: told by other parsers, and by reading it again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic, to_canonical_graph

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.bare_names import restored
from graphs.errors import GraphError
from graphs.readers.lines import read_lines
from graphs.readers.reading import Reading
from graphs.statements import Statements
from graphs.store import Store
from graphs.writers import quads
from graphs.writers.rdf import RDF_FORMATS, write_rdf
from graphs.writers.written import Written

EX = "http://example.org/"
GRAPHLESS = ("n-triples", "turtle", "rdf-xml", "n3")
GRAPHFUL = ("n-quads", "trig", "json-ld")
RDFLIB = {
    "n-triples": "nt11",
    "n-quads": "nquads",
    "turtle": "turtle",
    "trig": "trig",
    "rdf-xml": "xml",
    "json-ld": "json-ld",
    "n3": "n3",
}
HARD = r"""
<http://example.org/a> <http://example.org/p> <http://example.org/b> .
<http://example.org/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/1> .
<http://example.org/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#_1> "first" .
<http://example.org/a> <http://example.org/x%20y> <http://example.org/%C3%A9?q=a&b=c#d> .
<http://example.org/猫> <http://example.org/é> <urn:isbn:978-3> .
<http://example.org/a.b-c_d~e> <http://example.org/p.q> <http://example.org/a,b;c(d)'e'!*$&=+> .
_:a <http://example.org/p> _:a .
_:a <http://example.org/p> _:1b .
_:1b <http://example.org/p> _:c.d .
<http://example.org/a> <http://example.org/t> "" .
<http://example.org/a> <http://example.org/t> " \t  " .
<http://example.org/a> <http://example.org/t> "line\nline\r\nline\rline" .
<http://example.org/a> <http://example.org/t> "quote \" backslash \\ \\n apostrophe ' three \"\"\" & < > ]]>" .
<http://example.org/a> <http://example.org/t> "日本語 😀 \u00E9\u0301 \u200F \u2028 \u0085" .
<http://example.org/a> <http://example.org/t> "colour"@en-gb .
<http://example.org/a> <http://example.org/t> "color"@en .
<http://example.org/a> <http://example.org/t> "color" .
<http://example.org/a> <http://example.org/n> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://example.org/a> <http://example.org/n> "1.50"^^<http://www.w3.org/2001/XMLSchema#decimal> .
<http://example.org/a> <http://example.org/n> "-1.5E-5"^^<http://www.w3.org/2001/XMLSchema#double> .
<http://example.org/a> <http://example.org/n> "true"^^<http://www.w3.org/2001/XMLSchema#boolean> .
<http://example.org/a> <http://example.org/n> "not a number"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://example.org/a> <http://example.org/n> "{\"a\": 1}"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON> .
<http://example.org/a> <http://example.org/n> "<b>x</b>"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral> .
<http://example.org/a> <http://example.org/n> "POINT(1 2)"^^<http://www.opengis.net/ont/geosparql#wktLiteral> .
_:l1 <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> "in a list" .
_:l1 <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> <http://www.w3.org/1999/02/22-rdf-syntax-ns#nil> .
"""
PREFIXES = {
    "ex": EX,
    "": "http://example.org/empty#",
    "rdf": v.RDF,
    "bad name": EX,
    "_": EX,
    "xmlx": EX,
    "rel": "a/b",
}


@pytest.fixture(autouse=True)
def lexical_forms_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


def read(path: Path, form: str = "n-quads", prefixes: dict[str, str] | None = None) -> Store:
    return Store(assemble(read_lines(Reading(path, "source.nq", form)), prefixes))


def store_of(text: str, folder: Path, prefixes: dict[str, str] | None = None) -> Store:
    path = folder / "in.nq"
    path.write_text(text, encoding="utf-8")
    return read(path, prefixes=prefixes)


def quads_of(path: Path, form: str) -> ox.Dataset:
    return ox.Dataset(ox.parse(path=path, format=RDF_FORMATS[form].format))


def canonical(quads: ox.Dataset) -> set[str]:
    quads.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in quads}


@pytest.mark.parametrize("form", RDF_FORMATS)
def test_rdflib_finds_an_isomorphic_graph(form: str, tmp_path: Path) -> None:
    store = store_of(HARD, tmp_path, PREFIXES)
    written = write_rdf(store, tmp_path / "out", form)
    asked = rdflib.Graph().parse(data=HARD, format="nt11")
    parsed: rdflib.Graph = rdflib.Dataset() if form in GRAPHFUL else rdflib.Graph()
    parsed.parse(tmp_path / "out", format=RDFLIB[form])
    found = parsed.default_graph if isinstance(parsed, rdflib.Dataset) else parsed
    assert isomorphic(found, asked), sorted(set(to_canonical_graph(found)) ^ set(to_canonical_graph(asked)))
    assert written.statements == len(asked)
    assert written.lost == {}


@pytest.mark.parametrize("form", RDF_FORMATS)
def test_equal_graphs_give_equal_bytes(form: str, tmp_path: Path) -> None:
    store = store_of(HARD, tmp_path, PREFIXES)
    odd = np.arange(store.num_literals) % 2 == 1
    none = np.zeros(store.num_triples, bool)
    other = Store(
        assemble([store.block(none, ~odd), store.block(~none, odd)], dict(reversed(PREFIXES.items())))
    )
    write_rdf(store, tmp_path / "one", form)
    write_rdf(other, tmp_path / "other", form)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


@pytest.mark.parametrize("form", GRAPHFUL)
def test_named_graphs_stay_apart(form: str, tmp_path: Path) -> None:
    text = (
        '<ex:a> <ex:p> "1" .\n<ex:a> <ex:p> "1" <ex:g> .\n<ex:a> <ex:p> "1" _:g .\n_:g <ex:p> <ex:g> .\n'
        "<ex:b> <ex:p> <ex:a> <ex:h> .\n<ex:b> <ex:p> <ex:a> <ex:g> .\n<ex:b> <ex:p> <ex:a> .\n"
    )
    written = write_rdf(store_of(text, tmp_path), tmp_path / "out", form)
    asked = ox.Dataset(ox.parse(text.encode(), ox.RdfFormat.N_QUADS))
    assert canonical(quads_of(tmp_path / "out", form)) == canonical(asked)
    assert written == Written(7, {})


@pytest.mark.parametrize("form", GRAPHLESS)
def test_named_graphs_are_counted_where_there_is_no_place_for_them(form: str, tmp_path: Path) -> None:
    text = (
        '<ex:a> <ex:p> "1" .\n<ex:a> <ex:p> "1" <ex:g> .\n'
        "<ex:a> <ex:p> <ex:b> <ex:g> .\n<ex:a> <ex:p> <ex:b> _:h .\n"
    )
    written = write_rdf(store_of(text, tmp_path), tmp_path / "out", form)
    assert written == Written(2, {"graph names": 3})
    assert len(list(rdflib.Graph().parse(tmp_path / "out", format=RDFLIB[form]))) == 2


@pytest.mark.parametrize("form", ["n-triples", "n-quads", "turtle", "trig"])
def test_rdf_1_2_is_kept(form: str, tmp_path: Path) -> None:
    text = (
        '<ex:a> <ex:says> <<( <ex:b> <ex:p> "x \\"y\\""@en--ltr )>> .\n'
        "_:r <ex:says> <<( _:r <ex:p> <<( <ex:c> <ex:p> _:r )>> )>> .\n"
        '<ex:a> <ex:name> "right"@ar--rtl .\n'
    )
    written = write_rdf(store_of(text, tmp_path), tmp_path / "out", form)
    asked = ox.Dataset(ox.parse(text.encode(), ox.RdfFormat.N_QUADS))
    assert canonical(quads_of(tmp_path / "out", form)) == canonical(asked)
    assert written == Written(3, {})


@pytest.mark.parametrize("form", ["rdf-xml", "json-ld", "n3"])
def test_rdf_1_2_is_counted_where_there_is_no_place_for_it(form: str, tmp_path: Path) -> None:
    text = '<ex:a> <ex:p> <<( <ex:b> <ex:p> "x" )>> .\n<ex:a> <ex:p> "right"@ar--rtl .\n<ex:a> <ex:p> "x" .\n'
    written = write_rdf(store_of(text, tmp_path), tmp_path / "out", form)
    assert written == Written(1, {"triple terms": 1, "texts with a base direction": 1})
    assert len(quads_of(tmp_path / "out", form)) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("<ex:a> <http://example.org/123> <ex:b> .", "statements whose relation XML cannot name"),
        ('<ex:a> <http://example.org/> "x" .', "statements whose relation XML cannot name"),
        (f'<ex:a> <{v.RDF}li> "x" .', "statements whose relation XML cannot name"),
        (f"<ex:a> <{v.RDF}Description> <ex:b> .", "statements whose relation XML cannot name"),
        (
            '<ex:a> <http://www.w3.org/XML/1998/namespace#lang> "x" .',
            "statements whose relation XML cannot name",
        ),
        ('<ex:a> <ex:p> "a\\u0001" .', "texts with characters that XML has no place for"),
        ('<ex:a> <ex:p> "\\u0000" .', "texts with characters that XML has no place for"),
        ('<ex:a> <ex:p> "\\uFFFE" .', "texts with characters that XML has no place for"),
    ],
)
def test_what_xml_cannot_say_is_counted(line: str, reason: str, tmp_path: Path) -> None:
    store = store_of(line + '\n<ex:a> <ex:p> "fine\\t\\u007F" .\n', tmp_path)
    written = write_rdf(store, tmp_path / "out", "rdf-xml")
    assert written == Written(1, {reason: 1})
    assert len(rdflib.Graph().parse(tmp_path / "out", format="xml")) == 1


@pytest.mark.parametrize("form", RDF_FORMATS)
def test_names_that_are_no_iris_become_iris_and_names_again(form: str, tmp_path: Path) -> None:
    names = [
        "cat",
        "/m/02",
        "a b",
        "猫",
        "100%",
        "x%20y",
        "<b>",
        'say "hi"',
        "ex:a b",
        "a\\b",
        "line\nbreak",
        "#",
        "?",
    ]
    statements = Statements()
    for name in names:
        statements.add(name, "is a", "/r/thing", source="t.tsv")
        statements.add("_:b", "relation/x", name, source="t.tsv")
        statements.add_literal(name, "has name", name, datatype="a text", source="t.tsv")
    store = Store(assemble([statements.block()]))
    assert write_rdf(store, tmp_path / "out", form).left_out == {}
    back = Statements()
    for quad in quads_of(tmp_path / "out", form):
        subject = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else "_:b"
        if isinstance(quad.object, ox.Literal):
            back.add_literal(
                subject,
                quad.predicate.value,
                quad.object.value,
                datatype=quad.object.datatype.value,
                source="t.tsv",
            )
        else:
            back.add(subject, quad.predicate.value, quad.object.value, source="t.tsv")
    assert Store(assemble([restored(back.block())])).equals(store)


def test_a_namespace_of_ones_own(tmp_path: Path) -> None:
    store = Store.from_triples([("cat", "is a", "animal")])
    write_rdf(store, tmp_path / "out.nt", "n-triples", namespace=EX)
    assert (tmp_path / "out.nt").read_text() == f"<{EX}cat> <{EX}is%20a> <{EX}animal> .\n"
    with pytest.raises(GraphError, match="expected an absolute IRI"):
        write_rdf(store, tmp_path / "out.nt", "n-triples", namespace="no iri/")


@pytest.mark.parametrize("form", RDF_FORMATS)
def test_odd_blank_nodes_stay_apart(form: str, tmp_path: Path) -> None:
    names = ["_:b", "_:1", "_:_1", "_:é", "_:a b", "_:a.", "_:a:b", "_:-", "_:", "_:a\nb"]
    store = Store.from_triples([(name, "ex:is", EX + str(place)) for place, name in enumerate(names)])
    write_rdf(store, tmp_path / "out", form)
    found = {(str(quad.subject), str(quad.object)) for quad in quads_of(tmp_path / "out", form)}
    assert len({subject for subject, _ in found}) == len(names)
    if form in ("n-triples", "n-quads"):
        assert {"_:b", "_:1", "_:_1", "_:é"} < {subject for subject, _ in found}
        return  # rdflib takes only ASCII in the names of blank nodes here
    graph = rdflib.Dataset() if form in GRAPHFUL else rdflib.Graph()
    assert len(set(graph.parse(tmp_path / "out", format=RDFLIB[form]).subjects())) == len(names)
    if form == "n-triples":
        assert {"_:b", "_:1", "_:_1", "_:é"} < {subject for subject, _ in found}


def test_languages_and_datatypes_that_rdf_does_not_have_are_counted(tmp_path: Path) -> None:
    statements = Statements()
    statements.add_literal("ex:a", "ex:p", "one", language="en_GB")
    statements.add_literal("ex:a", "ex:p", "two", language='en" <ex:evil> <ex:x> .\n#')
    statements.add_literal("ex:a", "ex:p", "three", datatype=v.RDF_LANG_STRING)
    statements.add_literal("ex:a", "ex:p", "four", language="en", datatype="ex:d")
    statements.add_literal("ex:a", "ex:p", "five", language="en", datatype=v.RDF_LANG_STRING)
    statements.add_literal("ex:a", "ex:p", "six", datatype=v.XSD_STRING)
    written = write_rdf(Store(assemble([statements.block()])), tmp_path / "out.nt", "n-triples")
    assert written == Written(
        6,
        {
            "language tags that are not BCP 47": 2,
            "datatypes that need a language": 1,
            "datatypes of texts that have a language": 1,
        },
    )
    objects = {line.split(" ", 2)[2] for line in (tmp_path / "out.nt").read_text().splitlines()}
    assert objects == {'"one" .', '"two" .', '"three" .', '"four"@en .', '"five"@en .', '"six" .'}


def test_terms_cannot_break_out_of_their_line(tmp_path: Path) -> None:
    evil = "> <ex:p> <ex:o> .\n<ex:evil"
    statements = Statements()
    for name in (evil, f"ex:{evil}", f"_:{evil}", "<<( <ex:a> <ex:b> <ex:c> )>> .\n<ex:x> <ex:y> <ex:z"):
        statements.add(name, evil, name, graph=evil)
        statements.add_literal(name, evil, evil + '"', datatype=evil, graph=name)
    store = Store(assemble([statements.block()]))
    written = write_rdf(store, tmp_path / "out.nq", "n-quads")
    assert len(quads_of(tmp_path / "out.nq", "n-quads")) == written.statements == 8


def test_sources_and_weights_are_counted_or_written(tmp_path: Path) -> None:
    statements = Statements()
    for source in ("one.csv", "the other.csv"):
        statements.add("ex:a", "ex:p", "ex:b", source=source, weight=0.5, graph="ex:g")
    statements.add_literal("ex:a", "ex:q", "x", language="en", source="one.csv")
    statements.add("_:said0", "ex:p", "ex:b")
    store = Store(assemble([statements.block()]))
    path = tmp_path / "out.nq"
    assert write_rdf(store, path, "n-quads") == Written(3, {"sources": 3, "weights": 2})
    assert write_rdf(store, path, "n-quads").lost == {}
    written = write_rdf(store, path, "n-quads", provenance=True)
    assert written == Written(3 + 2 * 6 + 5, {})
    found = quads_of(path, "n-quads")
    assert len(found) == written.statements
    told = list(found.quads_for_predicate(ox.NamedNode(v.DCTERMS_SOURCE)))
    assert {quad.object.value for quad in told} == {"one.csv", "the other.csv"}
    assert not {str(quad.subject) for quad in told} & {"_:said0", "_:said1"}
    weights = found.quads_for_predicate(ox.NamedNode("http://purl.org/ontology/wo/core#weight"))
    assert [(quad.object.value, quad.graph_name.value) for quad in weights] == [("0.5", "ex:g")] * 2


@pytest.mark.parametrize("form", RDF_FORMATS)
def test_provenance_fits_every_syntax(form: str, tmp_path: Path) -> None:
    statements = Statements()
    statements.add("_:1", "ex:p", "_:2", source="a b.csv", weight=0.25)
    statements.add_literal("_:1", "ex:q", 'x\n"', source="a b.csv")
    written = write_rdf(Store(assemble([statements.block()])), tmp_path / "out", form, provenance=True)
    assert len(quads_of(tmp_path / "out", form)) == written.statements == 2 + 6 + 5


@pytest.mark.parametrize("form", RDF_FORMATS)
def test_prefixes_that_a_syntax_can_declare_are_declared(form: str, tmp_path: Path) -> None:
    evil = {"a": "http://x/> . <ex:evil> <ex:p> <ex:o> . @prefix b: <http://y/", "b: <ex:x> .\n@prefix c": EX}
    store = store_of("<ex:a> <ex:p> <http://example.org/b> .", tmp_path, PREFIXES | evil)
    written = write_rdf(store, tmp_path / "out", form)
    assert len(quads_of(tmp_path / "out", form)) == 1
    kept = len(PREFIXES | evil) - written.left_out["prefixes"]
    assert kept == {"turtle": 4, "trig": 4, "n3": 4, "rdf-xml": 2}.get(form, 0)
    graph = rdflib.Graph(bind_namespaces="none").parse(tmp_path / "out", format=RDFLIB[form])
    assert len(graph) == 1


def test_an_unknown_format_lists_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match=r"unknown RDF format 'rdfa'; known are n-triples, .*n3"):
        write_rdf(Store.from_triples([("a", "b", "c")]), tmp_path / "out", "rdfa")


def test_an_empty_graph_is_an_empty_file(tmp_path: Path) -> None:
    for form in RDF_FORMATS:
        assert write_rdf(Store.from_triples([]), tmp_path / "out", form) == Written(0, {})
        assert len(quads_of(tmp_path / "out", form)) == 0


def test_many_chunks_are_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_of(HARD, tmp_path)
    write_rdf(store, tmp_path / "whole", "n-quads", provenance=True)
    monkeypatch.setattr(quads, "_ROWS", 3)
    write_rdf(store, tmp_path / "parts", "n-quads", provenance=True)
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()


CHARACTERS = st.characters(exclude_categories=["Cs"])
PATHS = st.text(st.sampled_from("abzAZ09-._~!$&'()*+,;=:@/é猫😀ß"), max_size=6)
ESCAPED = st.sampled_from(["", "%20", "%C3%A9", "%2F"])
IRIS = st.builds(
    "{}{}{}".format, st.sampled_from([EX, EX + "x#", "urn:x:", "http://é.example/"]), PATHS, ESCAPED
)
BLANKS = st.builds("_:{}".format, st.sampled_from(["a", "b1", "0", "x.y", "_", "é"]))
RELATIONS = st.one_of(
    st.sampled_from([EX + "p", EX + "q-1", v.RDF_TYPE, v.RDF + "first", v.RDF + "_1", "urn:x:y"]),
    st.builds("http://example.org/{}p".format, PATHS),
)
GRAPHS = st.one_of(st.just(""), st.sampled_from([EX + "g", EX + "p", "_:a", "_:g"]))
LITERALS = st.one_of(
    st.tuples(
        st.text(CHARACTERS), st.sampled_from(["", "en", "en-gb", "zh-hant-tw", "x-klingon"]), st.just("")
    ),
    st.tuples(st.text(CHARACTERS), st.just(""), IRIS),
    st.tuples(
        st.sampled_from(["1", "01", "+1", "1.", "1.0", ".5", "1e0", "true", "1.0E5", "NaN", "-0"]),
        st.just(""),
        st.sampled_from([v.XSD + name for name in ("integer", "decimal", "double", "boolean")]),
    ),
)
NODES = st.one_of(IRIS, BLANKS)
TRIPLES = st.lists(st.tuples(NODES, RELATIONS, NODES, GRAPHS), max_size=8)
SAID = st.lists(st.tuples(NODES, RELATIONS, LITERALS, GRAPHS), max_size=8)


def node(name: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name)


@pytest.mark.parametrize("form", RDF_FORMATS)
@settings(max_examples=60, deadline=None)
@given(triples=TRIPLES, said=SAID)
def test_any_graph_comes_back(
    form: str,
    triples: list[tuple[str, str, str, str]],
    said: list[tuple[str, str, tuple[str, str, str], str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    statements, asked = Statements(), ox.Dataset()
    with_graphs = RDF_FORMATS[form].dialect.graphs
    for head, relation, tail, graph in triples:
        statements.add(head, relation, tail, graph=graph)
        place = node(graph) if graph and with_graphs else ox.DefaultGraph()
        asked.add(ox.Quad(node(head), ox.NamedNode(relation), node(tail), place))
    for subject, predicate, (value, language, datatype), graph in said:
        statements.add_literal(subject, predicate, value, language=language, datatype=datatype, graph=graph)
        literal = ox.Literal(
            value, language=language or None, datatype=ox.NamedNode(datatype) if datatype else None
        )
        place = node(graph) if graph and with_graphs else ox.DefaultGraph()
        asked.add(ox.Quad(node(subject), ox.NamedNode(predicate), literal, place))
    path = tmp_path_factory.mktemp("any") / "out"
    written = write_rdf(Store(assemble([statements.block()])), path, form)
    lost = sum(count for what, count in written.lost.items() if what != "graph names")
    found = quads_of(path, form)
    assert len(found) == written.statements == len(asked) - lost
    if not lost:
        assert canonical(found) == canonical(asked)
