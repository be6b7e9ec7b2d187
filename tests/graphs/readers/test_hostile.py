"""Files made to hurt: refused with a clear error, in bounded memory, or read as what they are."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from graphs.errors import GraphFormatError
from graphs.readers.limits import Limits
from graphs.readers.opening import opened
from graphs.readers.rdf import FORMATS
from graphs.readers.reading import Reading

Pack = Callable[[bytes], bytes]
PACKERS: dict[str, Pack] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.compress,
}
XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">{}</rdf:RDF>'
NODE = '<rdf:Description rdf:about="http://e/a"><e:p>{}</e:p></rdf:Description>'


def unpacked(data: bytes, limits: Limits | None = None) -> bytes:
    with opened(io.BytesIO(data), "packed", limits or Limits()) as stream:
        return stream.read()


def read(content: bytes | str, kind: str, limits: Limits | None = None) -> int:
    data = content.encode() if isinstance(content, str) else content
    reading = Reading(
        None, "hostile", kind, base="http://e/", stream=io.BytesIO(data), limits=limits or Limits()
    )
    return sum(map(len, FORMATS[kind](reading)))


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
class TestPacked:
    def test_members_follow_each_other(self, pack: Pack) -> None:
        assert unpacked(pack(b"owl ") + pack(b"hen")) == b"owl hen"
        assert unpacked(pack(b"owl") + bytes(5_000)) == b"owl"

    def test_what_is_cut_short_is_refused(self, pack: Pack) -> None:
        whole = pack(bytes(range(256)) * 100)
        for data in (whole[:-1], whole[:20], pack(b"owl") + whole[:-1]):
            with pytest.raises(GraphFormatError, match="packed: cannot be read"):
                unpacked(data)

    def test_what_follows_is_refused(self, pack: Pack) -> None:
        for junk in (b"junk", b"\0\0junk", b"x"):
            with pytest.raises(GraphFormatError, match="packed: cannot be read"):
                unpacked(pack(b"owl") + junk)

    def test_a_bomb_is_refused_before_it_goes_off(self, pack: Pack) -> None:
        bomb = pack(bytes(20_000_000))
        with pytest.raises(GraphFormatError, match="decompression bomb"):
            unpacked(bomb, Limits(ratio_free=1 << 20))
        with pytest.raises(GraphFormatError, match="larger than the limit of 1,000 bytes"):
            unpacked(bomb, Limits(max_bytes=1_000))
        nest = pack(bomb)
        assert unpacked(nest) == bomb


@pytest.mark.parametrize("ending", PACKERS)
def test_an_empty_packed_file_is_refused_and_a_plain_one_is_read(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.nt{ending}"
    path.touch()
    with pytest.raises(GraphFormatError, match="never empty"), opened(path, "a", Limits()):
        pass
    path.write_bytes(b"owl")
    with opened(path, "a", Limits()) as stream:
        assert stream.read() == b"owl"


def test_a_plain_file_may_be_too_large_as_well() -> None:
    with pytest.raises(GraphFormatError, match="larger than the limit of 2 bytes"):
        unpacked(b"owl", Limits(max_bytes=2))


@pytest.mark.parametrize("kind", ["turtle", "trig", "rdf-xml"])
def test_a_statement_without_an_end_is_refused(kind: str) -> None:
    start = '<e:a> <e:b> """' if kind != "rdf-xml" else XML.partition("{}")[0] + NODE.partition("{}")[0]
    with pytest.raises(GraphFormatError, match="a statement is longer than the limit of 10,000 bytes"):
        read(start + "x" * 100_000, kind, Limits(max_statement=10_000))
    many = "<e:a> <e:b> 'c' .\n" * 5_000 if kind != "rdf-xml" else XML.format(NODE.format("x") * 500)
    assert read(many, kind, Limits(max_statement=10_000)) in (500, 5_000)


def test_a_json_string_without_an_end_is_refused() -> None:
    with pytest.raises(GraphFormatError, match="a string is longer than the limit of 10,000 bytes"):
        read('{"@id": "' + "x" * 100_000, "json-ld", Limits(max_statement=10_000))


@pytest.mark.parametrize("kind", ["turtle", "trig"])
def test_nests_of_triple_terms_do_not_overflow_the_stack(kind: str) -> None:
    for depth in (500, 100_000):
        text = "<e:a> <e:b> " + "<<( <e:a> <e:b> " * depth + "<e:c>" + " )>>" * depth + " ."
        with pytest.raises(GraphFormatError, match="triple terms"):
            read(text, kind)
    assert read("<e:a> <e:b> " + ", ".join(["<<( <e:a> <e:b> <e:c> )>>"] * 5_000) + " .", kind) == 5_000


@pytest.mark.parametrize("opening", ["[", '{"@list": [', '{"http://e/p": '])
@pytest.mark.parametrize("depth", [201, 100_000])
def test_json_that_is_nested_too_deep_is_refused(opening: str, depth: int) -> None:
    with pytest.raises(GraphFormatError, match=r"hostile:2: not valid json-ld: nested deeper than 200"):
        read('{"@id": "e:[[[\\"[", \n"http://e/p": ' + opening * depth, "json-ld")


def test_xml_that_is_nested_too_deep_is_refused() -> None:
    opening, closing = "<rdf:Description><e:p>", "</e:p></rdf:Description>"
    assert read(XML.format(opening * 900 + closing * 900), "rdf-xml") == 900
    with pytest.raises(GraphFormatError, match="elements are nested deeper than 2,000"):
        read(XML.format(opening * 100_000 + closing * 100_000), "rdf-xml")


def test_notation3_that_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(GraphFormatError, match="nested too deeply"):
        read("<e:a> <e:b> " + "[" * 50_000 + "]" * 50_000 + ". { } => { } .", "n3")


def entities(*values: str) -> str:
    declared = "".join(f"<!ENTITY e{number} {value}>\n" for number, value in enumerate(values))
    last = f"&e{len(values) - 1};"
    return f'<?xml version="1.0"?>\n<!DOCTYPE rdf:RDF [\n{declared}]>\n{XML.format(NODE.format(last))}'


def test_small_entities_are_expanded() -> None:
    assert read(entities('"http://e/"', '"&e0;owl"'), "rdf-xml") == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            entities('"' + "x" * 50 + '"', *[f'"{f"&e{n};" * 10}"' for n in range(20)]),
            "expands to more than the limit",
        ),
        (entities('"' + "x" * 20_000 + '"'), "expands to more than the limit of 10,000 bytes"),
        (
            entities('SYSTEM "file:///etc/passwd"'),
            "the external entity 'e0' stands elsewhere, and is not fetched",
        ),
        (entities('"owl"').replace("ENTITY e0 ", "ENTITY % e0 SYSTEM ").replace("&e0;", ""), "not fetched"),
        (entities('"&e1;"', '"&e0;"'), "not valid rdf-xml: "),
        (entities('"owl"').replace("&e0;", "&e9;"), "undefined entity"),
    ],
)
def test_entities_that_expand_or_fetch_are_refused(text: str, says: str) -> None:
    with pytest.raises(GraphFormatError, match=says):
        read(text, "rdf-xml")


def test_many_references_to_a_large_entity_are_refused() -> None:
    text = entities('"' + "x" * 9_000 + '"').replace("&e0;", "&e0;" * 1_000)
    with pytest.raises(GraphFormatError, match="entities expand to more than the limit of 1,000,000 bytes"):
        read(text, "rdf-xml", Limits(max_statement=1_000_000))


LONG = "http://e/" + "e" * 10_000
MANY = ', {"z:p": 1, "p": 1}' * 3_000
SHORT_FOR_LONG = {
    "prefix": ("turtle", f"@prefix z: <{LONG}> . " + "z:a z:b z:c . " * 1_000),
    "base": ("turtle", f"@base <{LONG}/> . " + "<a> <b> <c> . " * 1_000),
    "subject": ("turtle", f"<{LONG}> <e:p> {', '.join(['1'] * 3_000)} ."),
    "graph": ("trig", f"<{LONG}> {{ {'<e:a> <e:b> 1 . ' * 3_000} }}"),
    "xmlns": (
        "rdf-xml",
        XML.replace("xmlns:e=", f'xmlns:z="{LONG}" xmlns:e=').format(
            '<z:a><z:p rdf:resource="http://e/b"/></z:a>' * 1_000
        ),
    ),
    "vocabulary": (
        "json-ld",
        f'{{"@context": {{"@vocab": "{LONG}"}}, "@graph": [{{}}{MANY}]}}',
    ),
    "escaped context": (
        "json-ld",
        f'{{"@cont\\u0065xt": [{{"z": "{LONG}"}}], "@graph": [{{}}{MANY}]}}',
    ),
    "formulas": (
        "n3",
        f"@prefix z: <{LONG}> . {{ z:a z:b z:c }} => {{ z:d z:e z:f }} . " + "z:a z:b z:c . " * 1_000,
    ),
}


@pytest.mark.parametrize("way", SHORT_FOR_LONG)
def test_short_names_that_stand_for_long_ones_are_refused(way: str) -> None:
    kind, text = SHORT_FOR_LONG[way]
    limits = Limits(ratio_free=1_000_000, max_ratio=25)
    with pytest.raises(GraphFormatError, match="more than 100 times its size: refused"):
        read(text, kind, limits)
    assert read(text, kind) > 0  # little enough to be read, where nothing says otherwise


def test_namespaces_that_a_literal_repeats_are_refused() -> None:
    text = XML.replace("xmlns:e=", f'xmlns:z="{LONG}" xmlns:e=').format(
        NODE.replace("<e:p>", '<e:p rdf:parseType="Literal">').format("<i/>" * 5_000)
    )
    with pytest.raises(
        GraphFormatError, match="namespaces that XML literals repeat are longer than the limit"
    ):
        read(text, "rdf-xml", Limits(max_statement=10_000_000))
    apart = XML.format(NODE.replace("<e:p>", '<e:p rdf:parseType="Literal">').format("<i/>") * 5_000)
    assert read(apart, "rdf-xml", Limits(max_statement=100_000)) == 5_000


def test_long_names_are_not_quoted_whole() -> None:
    text = f"@prefix z: <http://{'e' * 10_000}:80> . z:a z:b z:c ."
    with pytest.raises(GraphFormatError) as refused:
        read(text, "turtle")
    assert len(str(refused.value)) < 3_000


@pytest.mark.parametrize(
    ("content", "kind", "line"),
    [
        (XML.format(NODE.format("x")).removesuffix("</rdf:RDF>").encode(), "rdf-xml", 1),
        (XML.format(NODE.format("x")).encode() + b"\n<more/>", "rdf-xml", 2),
        (XML.format("\n" + NODE.format("x\0")).encode(), "rdf-xml", 2),
        (XML.format("\n" + NODE.format("&#1;")).encode(), "rdf-xml", 2),
        (XML.format("\n" + NODE.format("x")).encode().replace(b">x<", b">\xff<"), "rdf-xml", 2),
        (b'{"@id": "e:a",\n "http://e/p": "\xff"}', "json-ld", 2),
        (b'{"@id": "e:a",\n "http://e/p": "\0"}', "json-ld", 2),
        (b'{"@id": "e:a",\n "http://e/p": "\\ud800"}', "json-ld", 2),
        (b'{"@id": "e:a",\n "http://e/p": 1}}', "json-ld", 2),
        (b"<e:a> <e:b> <e:c> .\n\0<e:a> <e:b> <e:c> .", "turtle", 2),
        (b"<e:a> <e:b> <e:c> .\n<e:a> <e:b> <e:c\0> .", "turtle", 2),
        (b"<e:a> <e:b> <e:c> .\n<e:a> <e:b> <e:\xc2\x85> .", "turtle", 2),
        (b"<e:a> <e:b> <e:c> .\n<e:a> <e:b> <e:\\u0007> .", "trig", 2),
        (b"<e:a> <e:b> <e:c> .\n<e:a> <e:b> '\xed\xa0\x80' .", "turtle", 2),
        (b"<e:a> <e:b> <e:c> .\n<e:a> <e:b> <e:\xff> .", "n-triples", 2),
        (b"<e:a> <e:b> <e:c> .\n# \xff", "n-triples", 2),
        (b"<e:a> <e:b> <e:c> .\n\0\0\0\0", "n-triples", 2),
    ],
)
def test_bytes_that_cannot_be_are_refused_with_their_line(content: bytes, kind: str, line: int) -> None:
    with pytest.raises(GraphFormatError, match=rf"^hostile:{line}: not valid {kind}: "):
        read(content, kind)


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "TF-8", "EUC-JP"])
def test_only_utf_8_is_read_as_xml(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n{XML.format(NODE.format("x"))}'
    for content in (text.encode(), text.encode("utf-16")):
        with pytest.raises(GraphFormatError, match=r"^hostile:\d: not valid rdf-xml: "):
            read(content, "rdf-xml")


def test_iris_cannot_smuggle_statements_in(tmp_path: Path) -> None:
    smuggled = "> <e:p> <e:x> .\n<e:y".translate({ord(sign): f"\\u{ord(sign):04X}" for sign in "<> \n"})
    text = f"<e:a> <e:p> <e:b> . <e:a> <e:p> <e:{smuggled}> . <e:a> <e:p> <e:c> ."
    reading = Reading(None, "hostile", "turtle", stream=io.BytesIO(text.encode()), on_error="report")
    names = {name for block in FORMATS["turtle"](reading) for name in block.pools.nodes.to_pylist()}
    assert names == {"e:a", "e:b", "e:c"}
    assert len(reading.rejections()) == 1


@pytest.mark.parametrize("kind", ["turtle", "n-triples", "n-quads", "trig"])
def test_nul_may_stand_in_a_literal(kind: str) -> None:
    assert read(b'<e:a> <e:b> "owl\0" .', kind) == 1
