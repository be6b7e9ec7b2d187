"""XML literals of RDF/XML: well-formed wherever they go, and saying what the document says."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
import rdflib

from graphs.readers.rdf import FORMATS
from graphs.readers.reading import Reading

ROOT = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/" xmlns="http://d/"{}>{}</rdf:RDF>'
NODE = '<rdf:Description rdf:about="http://e/a"><e:p rdf:parseType="Literal">{}</e:p></rdf:Description>'
DECLARED = '<!DOCTYPE rdf:RDF [<!ENTITY x "http://x/"><!ENTITY y "&x;y"><!ENTITY q "a&#34;b">]>'


def literals(text: str, on_error: str = "stop") -> list[str]:
    reading = Reading(None, "a.rdf", "rdf-xml", stream=io.BytesIO(text.encode()), on_error=on_error)  # type: ignore[arg-type]
    return [text for block in FORMATS["rdf-xml"](reading) for text in block.pools.values.to_pylist() if text]


def canonical(literal: str) -> str:
    return ElementTree.canonicalize(f"<whole>{literal}</whole>")


@pytest.mark.parametrize(
    ("declared", "scope", "content"),
    [
        ("", "", 'plain <b>bold</b> &amp; <i xmlns="http://other/">own <j/></i>'),
        ("", ' xmlns:q="http://q/"', "<q:b xmlns:q='http://other/' q:c='1 > 0 \"quoted\"'>t</q:b>, <q:b/>"),
        (DECLARED, ' xmlns:q="&x;"', '<q:b c="&y;z" d="&q;">&x; &lt;i c="&amp;x;"&gt;</q:b>'),
        (DECLARED, "", '<i xmlns="&x;" c="&amp;x; &#38;x;"><![CDATA[<raw c="&x;">]]></i>'),
    ],
    ids=["default namespace", "prefix", "entities", "references that are none"],
)
def test_literals_say_what_the_document_says(declared: str, scope: str, content: str) -> None:
    text = declared + ROOT.format(scope, NODE.format(content))
    (found,) = literals(text)
    (expected,) = rdflib.Graph().parse(data=text, format="xml").objects()
    assert canonical(found) == canonical(str(expected))


def test_literals_beside_faulty_statements_are_mended_too() -> None:
    faulty = '<rdf:Description rdf:about="http://e/a"><e:p rdf:resource="http://e/ b"/></rdf:Description>'
    text = ROOT.format("", faulty + NODE.format('<i xmlns="http://other/"/>'))
    (found,) = literals(text, on_error="report")
    assert "http://other/" in canonical(found)


def test_what_is_no_xml_literal_stays_as_it_is() -> None:
    words = '<i xmlns="a" xmlns="a"/> "^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral>'
    escaped = words.replace("<", "&lt;")
    text = ROOT.format("", f'<rdf:Description rdf:about="http://e/a"><e:p>{escaped}</e:p></rdf:Description>')
    assert literals(text) == [words]
