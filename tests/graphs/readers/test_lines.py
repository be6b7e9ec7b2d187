"""N-Triples and N-Quads by columns, against pyoxigraph line by line."""

from __future__ import annotations

import codecs
import io
import re

import pyoxigraph as ox
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from graphs.block import Block
from graphs.errors import GraphFormatError
from graphs.readers.limits import Limits
from graphs.readers.lines import read_lines
from graphs.readers.parsing import quad_fault
from graphs.readers.reading import Reading, Rejection
from graphs.readers.terms import literal_kind
from graphs.readers.unpacking import unpacker_of

FORMATS = {"n-triples": ox.RdfFormat.N_TRIPLES, "n-quads": ox.RdfFormat.N_QUADS}

Statement = tuple[str, ...]


def stated(block: Block) -> list[Statement]:
    """Return the statements of a block, written out."""
    pools = {name: getattr(block.pools, name).to_pylist() for name in block.pools.__dataclass_fields__}
    triples, literals = block.triples, block.literals
    found: list[Statement] = [
        tuple(
            pools[pool][code]
            for pool, code in zip(("nodes", "relations", "nodes", "graphs"), row, strict=True)
        )
        for row in zip(triples.head, triples.relation, triples.tail, triples.graph, strict=True)
    ]
    names = ("nodes", "predicates", "values", "languages", "datatypes", "graphs")
    columns = (literals.subject, literals.predicate, literals.value, literals.language, literals.datatype)
    found += [
        tuple(pools[pool][code] for pool, code in zip(names, row, strict=True))
        for row in zip(*columns, literals.graph, strict=True)
    ]
    return found


def read(
    content: bytes, kind: str, *, chunk: int = 1 << 20, limits: Limits | None = None, jobs: int = 1
) -> tuple[list[Statement], list[Rejection]]:
    reading = Reading(
        None,
        "lines",
        kind,
        stream=io.BytesIO(content),
        on_error="report",
        limits=limits or Limits(),
        jobs=jobs,
    )
    reading.__dict__["scope"] = "s-"
    found = [statement for block in read_lines(reading, chunk) for statement in stated(block)]
    return sorted(found), reading.rejections()


def name(term: object) -> str:
    """Write a term as the store does, another way than the reader."""
    if isinstance(term, ox.NamedNode):
        return term.value
    if isinstance(term, ox.Triple):
        return f"<<( {' '.join(written(part) for part in term)} )>>"
    return f"_:s-{term.value}" if isinstance(term, ox.BlankNode) else ""


def written(term: object) -> str:
    return str(term) if isinstance(term, ox.NamedNode | ox.Literal) else name(term)


def reference(content: bytes, kind: str) -> tuple[list[Statement], list[int]]:
    """Parse each line by itself, slowly; return the statements and the numbers of lines that are not valid."""
    found: list[Statement] = []
    rejected = []
    for number, line in enumerate(re.split(rb"\r\n|\r|\n", content.removeprefix(codecs.BOM_UTF8)), start=1):
        try:
            line.decode()
            quads = list(ox.parse(line, FORMATS[kind], lenient=True))
            if any(map(quad_fault, quads)):
                raise SyntaxError
        except (SyntaxError, UnicodeDecodeError):
            rejected.append(number)
            continue
        for quad in quads:
            ends = (name(quad.subject), quad.predicate.value)
            if isinstance(quad.object, ox.Literal):
                found.append((*ends, quad.object.value, *literal_kind(quad.object), name(quad.graph_name)))
            else:
                found.append((*ends, name(quad.object), name(quad.graph_name)))
    return sorted(found), rejected


IRIS = st.sampled_from(
    [
        "<http://e/owl>",
        "<e:b>",
        "<http://e:80/>",
        "<http://e:x/>",
        "<http://u@e/>",
        "<http://u@v@e/>",
        "<http://[::1]/>",
        "<http://e/a#b>",
        "<http://e/a#b#c>",
        "<http://e/%41>",
        "<http://e/%4>",
        "<http://e/é>",
        "<http://e/\x85>",
        "<http://e/\ue000>",
        "<http://e/\\u00E9>",
        "<http://e/\\u0020>",
        "<http://e/\\u003E>",
        "<http://e/a b>",
        "<http://e/{a}>",
        "<urn:isbn:1>",
        "<x:>",
        "<:x>",
        "<1:x>",
        "<x>",
        "<>",
        "<http://e/\x00>",
        "<http://e/\x1f>",
    ]
)
BLANKS = st.sampled_from(["_:a", "_:a.b", "_:a.", "_:", "_:é", "_:a·", "_:-a", "_:a:b", "_:0", "_: a"])
LITERALS = st.builds(
    '"{}"{}'.format,
    st.sampled_from(
        ["", "owl", "a b", "a\\tb", '\\"', "\\\\", "\\", '"', "é", "\x00", "\\u00e9", "\\ud800", " . "]
    ),
    st.sampled_from(
        [
            "",
            "@en",
            "@en-GB",
            "@waytoolongtag",
            "@",
            "@en--ltr",
            "@en--up",
            "^^<e:t>",
            "^^<t>",
            "^^<http://www.w3.org/2001/XMLSchema#string>",
            "^^e:t",
            "x",
            " ",
        ]
    ),
)
TRIPLE_TERMS = st.builds("<<( {} {} {} )>>".format, IRIS | BLANKS, IRIS, IRIS | BLANKS | LITERALS)
TERMS = IRIS | BLANKS | LITERALS | TRIPLE_TERMS
GAPS = st.sampled_from([" ", " ", " ", "\t", "  ", ""])
LINES = st.builds(
    lambda terms, gaps, end: "".join(map("".join, zip(terms, gaps, strict=False))) + end,
    st.lists(TERMS, min_size=2, max_size=5),
    st.lists(GAPS, min_size=5, max_size=5),
    st.sampled_from(
        [".", ".", ".", " .", ". ", ".\t", "", ". # c", ". # <e:g> .", ". <e:a> <e:b> <e:c> .", ".."]
    ),
)
PLAIN = st.builds("{} {} {} .".format, IRIS | BLANKS, IRIS, TERMS)
QUADS = st.builds("{} {} {} {} .".format, IRIS | BLANKS, IRIS, TERMS, TERMS)
OTHER_LINES = st.sampled_from(
    ["", " ", "# c", " # c", "#<e:a> <e:b> <e:c> .", ".", "\ufeff", "@prefix e: <e:> ."]
)
DOCUMENTS = st.lists(
    st.tuples(LINES | PLAIN | QUADS | OTHER_LINES, st.sampled_from(["\n", "\n", "\r\n", "\r"])).map("".join),
    max_size=8,
).map(lambda lines: "".join(lines).encode("utf-8", "surrogatepass"))


def flawed(document: bytes, at: int, byte: int) -> bytes:
    place = at % (len(document) + 1)
    return document[:place] + bytes([byte]) + document[place + 1 :]


@given(
    content=DOCUMENTS
    | st.builds(flawed, DOCUMENTS, st.integers(0, 400), st.integers(0, 255))
    | st.binary(max_size=80),
    kind=st.sampled_from(sorted(FORMATS)),
    chunk=st.sampled_from([1, 2, 7, 64, 1 << 20]),
)
@example(b"<e:a> <e:b> <e:c> . # <e:g> .\n", "n-quads", 64)
@example(b'<e:a> <e:b> "c" . # "d" .\n', "n-triples", 64)
@example(b'<e:a> <e:b> "c\\td" . # <e:g> .\n', "n-quads", 64)
@example(b"<e:a> <e:b> <http://h:port/> .\n<e:a> <e:b> <http://e/\xc2\x85> .\n", "n-triples", 64)
@example(b"# \xff\n<e:a> <e:b> <e:c> .\r\r\n<e:a>", "n-triples", 1)
@settings(deadline=None, max_examples=400)
def test_columns_give_what_pyoxigraph_gives_line_by_line(content: bytes, kind: str, chunk: int) -> None:
    assume(unpacker_of(content) is None)
    found, rejections = read(content, kind, chunk=chunk)
    assert (found, [rejection.line for rejection in rejections]) == reference(content, kind)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("chunk", range(1, 12))
def test_lines_are_counted_however_they_end_and_wherever_chunks_do(end: bytes, chunk: int) -> None:
    content = end.join([b"<e:a> <e:b> <e:c> .", b"", b"# \xc3\xa9", b"<e:a>", b'<e:a> <e:b> "c" .', b"<e:b>"])
    found, rejections = read(content, "n-triples", chunk=chunk)
    assert len(found) == 2
    assert [rejection.line for rejection in rejections] == [4, 6]


@pytest.mark.parametrize("chunk", [1, 5, 8, 64])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_line_that_is_too_long_is_rejected_and_what_follows_is_read(chunk: int, end: bytes) -> None:
    long = b'<e:a> <e:b> "' + b"x" * 500 + b'" .'
    short = b"<e:a> <e:b> <e:c> ."
    content = end.join([short, long, short, b"", long])
    found, rejections = read(content, "n-triples", chunk=chunk, limits=Limits(max_statement=100))
    assert len(found) == 2
    assert [(rejection.line, rejection.reason) for rejection in rejections] == [
        (line, "a line is longer than the limit of 100 bytes") for line in (2, 5)
    ]


def test_threads_give_the_same_in_the_same_order() -> None:
    content = b"".join(
        b"<e:%d> <e:p> %s .\n" % (number, b"<e:o>" if number % 7 else b"o") for number in range(500)
    )
    found, rejections = read(content, "n-triples", chunk=256)
    assert read(content, "n-triples", chunk=256, jobs=3) == (found, rejections)
    assert (len(found), len(rejections)) == (428, 72)


def test_the_first_error_stops_where_it_is_to() -> None:
    stream = io.BytesIO(b"<e:a> <e:b> <e:c> .\n<e:a> <e:b> c .\n")
    with pytest.raises(GraphFormatError, match="lines:2: not valid n-triples: "):
        list(read_lines(Reading(None, "lines", "n-triples", stream=stream)))


def test_nests_of_triple_terms_are_refused_before_they_overflow_the_stack() -> None:
    for depth, rejected in ((150, 0), (1_000, 1), (100_000, 1)):
        content = b"<e:a> <e:b> " + b"<<( <e:a> <e:b> " * depth + b"<e:c>" + b" )>>" * depth + b" .\n"
        found, rejections = read(content, "n-triples")
        assert (len(found), len(rejections)) == (1 - rejected, rejected)
    assert "nested deeper than 200" in rejections[0].reason
