"""Cases that RDF's grammars decide, each in few words: how many statements, or none because it is not valid."""

from __future__ import annotations

import io

import pytest

from graphs.errors import GraphFormatError
from graphs.readers.rdf import FORMATS
from graphs.readers.reading import Reading

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"'

VALID = [
    ("n-triples", "", 0),
    ("n-triples", "# only this", 0),
    ("n-triples", "<e:a><e:b><e:c>.", 1),
    ("n-triples", "\t<e:a>\t<e:b>\t_:c\t.\t# said", 1),
    ("n-triples", '<e:a> <e:b> "\\u00e9\\U0001F989\\t\\"" .', 1),
    ("n-triples", '<e:a> <e:b> "\x00\x01\x7f\x85" .', 1),
    ("n-triples", '<e:a> <e:b> <<( _:a <e:b> "c"@en--ltr )>> .', 1),
    ("n-triples", "_:a.b <e:b> _:1 .", 1),
    ("n-quads", "<e:a> <e:b> <e:c> _:g .\n<e:a> <e:b> <e:c> .", 2),
    ("turtle", "@prefix : <http://e/> . :a :b ( 1 ( 2 ) ) .", 7),
    ("turtle", "PREFIX e: <http://e/> e:a a e:b ; ; e:c true, 1.0, 1e0, 'x' .", 5),
    ("turtle", "@base <http://e/x/> . <../a> <b?c> <#d> .", 1),
    ("turtle", "[ <e:b> <e:c> ] . [] <e:d> [] .", 2),
    ("turtle", "<e:a> <e:b> '''it's \n \"long\"''' .", 1),
    ("turtle", "@prefix e: <http://e/> . e:a\\~b e:%41 e:c:d .", 1),
    ("turtle", "<e:a> <e:b> <http://e/\U000e01ef\ue000> .", 1),
    ("turtle", "<e:a> <e:b> <e:c> {| <e:d> <e:e> |} .", 3),
    ("turtle", "<< <e:a> <e:b> <e:c> ~ <e:r> >> <e:d> <e:e> .", 2),
    ("turtle", '@version "1.2" . <e:a> <e:b> <<( <e:a> <e:b> <e:c> )>> .', 1),
    ("trig", "{ <e:a> <e:b> <e:c> } GRAPH <e:g> { <e:a> <e:b> <e:c> . } _:g { [] <e:b> [] }", 3),
    ("trig", "<e:g> {} ", 0),
    ("rdf-xml", f'<rdf:RDF {RDF}><e:T rdf:ID="x" e:p="y"/></rdf:RDF>', 2),
    ("rdf-xml", f"<rdf:RDF {RDF}><rdf:Bag><rdf:li>1</rdf:li><rdf:li>2</rdf:li></rdf:Bag></rdf:RDF>", 3),
    ("rdf-xml", f'<e:T {RDF}><e:p rdf:parseType="Collection"><e:U/><e:V/></e:p></e:T>', 8),
    ("rdf-xml", f'<e:T {RDF}><e:p rdf:parseType="Literal"><b>x</b></e:p></e:T>', 2),
    ("rdf-xml", f'<e:T {RDF}><e:p rdf:ID="r">x</e:p></e:T>', 6),
    ("json-ld", '{"@id": "e:a", "e:b": [1, true, "x", {"@value": "y", "@language": "en"}]}', 4),
    ("json-ld", '{"@graph": [{"@id": "e:a", "@type": "e:T"}], "@id": "e:g"}', 1),
    ("json-ld", '{"@id": "e:a", "e:b": {"@list": [1, 2]}}', 5),
    ("json-ld", '{"e:b": {"@id": "e:c"}, "@context": {"e": "http://e/"}}', 1),
    ("json-ld", "[]", 0),
]
INVALID = [
    ("n-triples", "<e:a> <e:b> <e:c>"),
    ("n-triples", "<a> <e:b> <e:c> ."),
    ("n-triples", "<e:a> _:b <e:c> ."),
    ("n-triples", '"a" <e:b> <e:c> .'),
    ("n-triples", "<e:a> <e:b> <e:c> <e:g> ."),
    ("n-triples", "<e:a> <e:b> 'c' ."),
    ("n-triples", '<e:a> <e:b> "c\nd" .'),
    ("n-triples", '<e:a> <e:b> "\\x" .'),
    ("n-triples", '<e:a> <e:b> "\\uD800" .'),
    ("n-triples", '<e:a> <e:b> "c"@1 .'),
    ("n-triples", "<e:a> <e:b> <e:\\u0020> ."),
    ("n-triples", "<<( <e:a> <e:b> <e:c> )>> <e:b> <e:c> ."),
    ("n-triples", "@prefix e: <http://e/> ."),
    ("n-quads", '<e:a> <e:b> <e:c> "g" .'),
    ("n-quads", "<e:a> <e:b> <e:c> <e:g> <e:h> ."),
    ("turtle", "e:a e:b e:c ."),
    ("turtle", "<e:a> <e:b> 'x\ny' ."),
    ("turtle", "<e:a> <e:b> <e:c> . <e:d>"),
    ("turtle", "<e:g> { <e:a> <e:b> <e:c> }"),
    ("turtle", "<e:a> = <e:b> ."),
    ("turtle", "@prefix e: <http://e/> <e:a> <e:b> <e:c> ."),
    ("turtle", "<e:a> <e:b> 1.0.0 ."),
    ("trig", "GRAPH { <e:a> <e:b> <e:c> }"),
    ("trig", "<e:g> { <e:h> { <e:a> <e:b> <e:c> } }"),
    ("rdf-xml", f'<rdf:RDF {RDF}><rdf:Description rdf:ID="1"/></rdf:RDF>'),
    ("rdf-xml", f'<rdf:RDF {RDF}><e:T rdf:ID="x"/><e:T rdf:ID="x"/></rdf:RDF>'),
    ("rdf-xml", f'<e:T {RDF} rdf:aboutEach="http://e/a"/>'),
    ("rdf-xml", f'<e:T {RDF}><e:p rdf:resource="http://e/a" rdf:parseType="Literal"/></e:T>'),
    ("rdf-xml", "<e:T><e:p>x</e:p></e:T>"),
    ("json-ld", '{"@id": 1, "e:b": 1}'),
    ("json-ld", '{"@id": "e:a", "@id": "e:b",}'),
    ("json-ld", '{"@context": {"a": {"@id": "@context"}}, "a": 1}'),
    ("json-ld", '{"@id": "e:a", "e:b": {"@value": 1, "@language": "en"}}'),
]


def count(kind: str, text: str) -> int:
    reading = Reading(None, "case", kind, base="http://e/doc", stream=io.BytesIO(text.encode()))
    return sum(map(len, FORMATS[kind](reading)))


@pytest.mark.parametrize(("kind", "text", "statements"), VALID)
def test_what_is_valid_is_taken(kind: str, text: str, statements: int) -> None:
    assert count(kind, text) == statements


@pytest.mark.parametrize(("kind", "text"), INVALID)
def test_what_is_not_valid_is_refused_with_its_line(kind: str, text: str) -> None:
    with pytest.raises(GraphFormatError) as caught:
        count(kind, text)
    assert caught.value.line is not None
    assert f"not valid {kind}: " in str(caught.value)
