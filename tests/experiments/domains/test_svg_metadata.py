"""RDF inside SVG files: cut out whole, whatever the elements around it declare."""

from __future__ import annotations

from html import escape

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domains.drawing import Drawing, read_drawing
from experiments.domains.svg_metadata import rdf_elements, read_metadata
from experiments.domains.vocabulary import CC_AGENT, CC_LICENSE
from graphs.vocabulary import DC_CREATOR, DC_RIGHTS, DC_TITLE, RDF_TYPE

WORK = "http://example.org/drawing/owl"
NAMES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:cc="http://web.resource.org/cc/"'
)
LITERALS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn"]), max_size=30)


def svg(body: str, *, around: str = "", inside: str = NAMES, before: str = "") -> str:
    rdf = f'<rdf:RDF {inside}><cc:Work rdf:about="">{body}</cc:Work></rdf:RDF>'
    return f"{before}<svg {around}><metadata>{rdf}</metadata></svg>"


def title(document: str | bytes) -> list[str]:
    data = document if isinstance(document, bytes) else document.encode()
    found = read_metadata(data, WORK)
    assert not found.problems
    return read_drawing(found.triples, WORK).titles


@given(LITERALS)
def test_any_title_is_read(text: str) -> None:
    (document,) = rdf_elements(svg(f"<dc:title>{escape(text)}</dc:title>"))
    triples = ox.parse(document, format=ox.RdfFormat.RDF_XML, base_iri=WORK)
    assert [triple.object.value for triple in triples if triple.predicate.value == DC_TITLE] == [text]


def test_namespaces_may_stand_on_any_element_around() -> None:
    assert title(svg("<dc:title>Owl</dc:title>", around=NAMES, inside="")) == ["Owl"]
    rdf, rest = NAMES.split(" ", 1)
    assert title(svg("<dc:title>Owl</dc:title>", around=rdf, inside=rest)) == ["Owl"]
    inner = '<b xmlns:r="u:2" note="a > b"><c xmlns="u:3"/><r:RDF> </r:RDF><r:RDF/></b>'
    assert rdf_elements(f'<a xmlns:r="u:1"><!-- <a xmlns:r="u:0"> -->{inner}<r:RDF></r:RDF></a>') == [
        '<r:RDF xmlns:r="u:2"> </r:RDF>',
        '<r:RDF xmlns:r="u:1"></r:RDF>',
    ]


def test_comments_are_no_metadata() -> None:
    assert rdf_elements(f"<svg><!-- {svg('<dc:title>Owl</dc:title>')} --></svg>") == []


def test_entities_of_plain_text_are_expanded_and_no_others() -> None:
    entities = "<!DOCTYPE svg [<!ENTITY dc \"http://purl.org/dc/elements/1.1/\"> <!ENTITY owl 'An owl'>]>"
    names = NAMES.replace("http://purl.org/dc/elements/1.1/", "&dc;")
    assert title(svg("<dc:title>&owl; &amp; more</dc:title>", inside=names, before=entities)) == [
        "An owl & more"
    ]
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    found = read_metadata(svg("<dc:title>&b;</dc:title>", before=bomb).encode(), WORK)
    assert not found.triples
    assert len(found.problems) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_the_declared_encoding_is_used(encoding: str) -> None:
    document = svg("<dc:title>Été</dc:title>", before=f"<?xml version='1.0' encoding='{encoding}'?>")
    assert title(document.encode(encoding)) == ["Été"]


def test_what_cannot_be_parsed_is_reported_and_the_rest_kept() -> None:
    good = f'<rdf:RDF {NAMES}><cc:Work rdf:about=""><dc:title>Owl</dc:title></cc:Work></rdf:RDF>'
    bad = good.replace(
        "</cc:Work>", '<cc:license rdf:resource="u:x"><dc:date>10</dc:date></cc:license></cc:Work>'
    )
    bad = bad.replace("Owl", "Fox")
    found = read_metadata(f"<svg>{good}{bad}</svg>".encode(), WORK)
    assert [problem.split(":")[0] for problem in found.problems] == ["malformed RDF"]
    assert read_drawing(found.triples, WORK).titles == ["Owl"]
    assert read_metadata(b"<svg>caf\xe9</svg>", WORK).problems[0].startswith("the file cannot be decoded")
    unknown = read_metadata(b"<?xml version='1.0' encoding='no-such'?><svg/>", WORK)
    assert unknown.problems == ["the file cannot be decoded: unknown encoding: no-such"]
    assert read_metadata(b"<svg/>", WORK).triples == []


def test_impossible_iris_are_percent_encoded() -> None:
    found = read_metadata(svg('<cc:license rdf:resource="http://example.org/Public Domain"/>').encode(), WORK)
    licences = [triple.object.value for triple in found.triples if triple.predicate.value == CC_LICENSE]
    assert licences == ["http://example.org/Public%20Domain"]
    assert found.repaired == 1


def test_an_agent_is_known_by_the_name_it_was_given_last() -> None:
    agent = '<cc:Agent rdf:about="http://example.org/"><dc:title>{}</dc:title></cc:Agent>'
    body = f"<dc:creator>{agent.format('Ada')}</dc:creator><dc:rights>{agent.format('Ben')}</dc:rights>"
    found = read_metadata(svg(body).encode(), WORK)
    assert sum(
        triple.predicate.value == RDF_TYPE and triple.object.value == CC_AGENT for triple in found.triples
    )
    assert read_drawing(found.triples, WORK).agents == [(DC_CREATOR, "Ada"), (DC_RIGHTS, "Ben")]


def test_everything_a_drawing_says() -> None:
    body = """
      <dc:title> Snowy\n owl </dc:title><dc:description>HASH(0x862bbb8)</dc:description>
      <dc:subject><rdf:Bag><rdf:li>bird</rdf:li><rdf:li></rdf:li><rdf:li>owl</rdf:li><rdf:li>bird</rdf:li></rdf:Bag>
      </dc:subject><dc:language>EN</dc:language><dc:publisher><cc:Agent><dc:title></dc:title></cc:Agent></dc:publisher>
      <cc:license rdf:resource=""/><cc:license rdf:resource="http://web.resource.org/cc/PublicDomain"/>"""
    drawing = read_drawing(read_metadata(svg(body).encode(), WORK).triples, WORK)
    assert drawing == Drawing(
        titles=["Snowy owl"],
        keywords=["bird", "", "owl"],
        language="en",
        licences=["http://web.resource.org/cc/PublicDomain"],
    )
