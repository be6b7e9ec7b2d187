"""TSV and CSV triples: what rows become, and what is said of those that become nothing."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.assemble import assemble
from graphs.block import Block
from graphs.errors import GraphFormatError
from graphs.readers.limits import Limits
from graphs.readers.reading import Reading
from graphs.readers.tables.triples import read_triple_table
from graphs.statements import Statements
from graphs.store import Store
from graphs.writers.tables.triples import write_tsv

XSD = "http://www.w3.org/2001/XMLSchema#"


def reading(content: bytes | str, name: str = "tsv", **options: object) -> Reading:
    data = content.encode() if isinstance(content, str) else content
    return Reading(None, "kg", name, stream=io.BytesIO(data), **{"on_error": "report", **options})  # type: ignore[arg-type]


def taken(
    content: bytes | str, name: str = "tsv", **options: object
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Return the triples between entities, and what was rejected, as ``line: reason``."""
    file = reading(content, name, **options)
    graph = Store(assemble(read_triple_table(file)))
    rejected = [f"{found.line}: {found.reason}" for found in file.rejections()]
    return triples(graph), rejected


def triples(graph: Store) -> list[tuple[str, ...]]:
    relations = [graph.relation_iris[number] for number in graph.relation_ids]
    return list(zip(graph.entity_iris(graph.heads), relations, graph.entity_iris(graph.tails), strict=True))


def literals(graph: Store) -> list[tuple[str, ...]]:
    columns = ("predicate", "value", "language", "datatype")
    return [tuple(row[name] for name in columns) for row in graph.literals.to_pylist()]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_rows_of_all_line_ends(ends: str, last: bool) -> None:
    text = ends.join(["/m/02\t/film/genre\t/m/03", "a b\t_hypernym\tc"]) + ends * last
    assert taken(text) == ([("/m/02", "/film/genre", "/m/03"), ("a b", "_hypernym", "c")], [])


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize("jobs", [1, 2])
def test_chunks_may_end_anywhere(chunk: int, jobs: int) -> None:
    content = b"a\tr\tb\r\nshort\r\n\r\nb\tr\t\xc3\xa9\r\n\xff\tr\tc\r\nlast\tr\tb"
    file = reading(content, jobs=jobs)
    graph = Store(assemble(read_triple_table(file, chunk)))
    assert triples(graph) == [("a", "r", "b"), ("b", "r", "é"), ("last", "r", "b")]
    assert [found.line for found in file.rejections()] == [2, 5]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"a\tb", "expected 3 tab-separated columns (head, relation, tail), got 2"),
        (b"a b c", "expected 3 tab-separated columns (head, relation, tail), got 1"),
        (
            b"a\tb\tc\t1",
            "expected 3 tab-separated columns (head, relation, tail), got 4; a header can name more",
        ),
        (b"\tb\tc", "the head is empty"),
        (b"a\t\tc", "the relation is empty"),
        (b"a\tb\t", "the tail is empty"),
        (b'"a"\tb\tc', 'the head is a literal, expected a name: "a"'),
        (b'a\t"b"@en\tc', 'the relation is a literal, expected a name: "b"@en'),
        (b"a\t_:b\tc", "the relation is a blank node, expected a name: _:b"),
        (b"_:a b\tb\tc", "the head is not a valid blank node: '_:a b'"),
        (
            b"<<( <x:a> <x:b> <x:c> )>>\tb\tc",
            "the head is a triple term, expected a name: <<( <x:a> <x:b> <x:c> )>>",
        ),
        (b"a\tb\x00\tc", "the relation holds the control character U+0000"),
        (b"a\tb\tc\x7f", "the tail holds the control character U+007F"),
        (b"\xe9\tb\tc", "not UTF-8: invalid continuation byte at byte 1 of the line"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(row: bytes, reason: str) -> None:
    good = b"x\ty\tz\n"
    assert taken(good + row + b"\n" + good) == ([("x", "y", "z")], [f"2: {reason}"])
    with pytest.raises(GraphFormatError) as caught:
        list(read_triple_table(reading(good + row, on_error="stop")))
    assert str(caught.value) == f"kg:2: {reason}"


def test_literals_are_told_by_their_syntax() -> None:
    graph = Store(
        assemble(
            read_triple_table(
                reading(
                    'owl\tname\t"Eule"@de\nowl\tlegs\t"2"^^<http://www.w3.org/2001/XMLSchema#integer>\n'
                    'owl\tsays\t"a \\"b\\"\\n"\nband\tis\t"Owl"_City\nband\tis\t"open\n'
                )
            )
        )
    )
    assert literals(graph) == [
        ("legs", "2", "", XSD + "integer"),
        ("name", "Eule", "de", ""),
        ("says", 'a "b"\n', "", ""),
    ]
    assert triples(graph) == [("band", "is", '"Owl"_City'), ("band", "is", '"open')]


def test_curies_are_expanded_where_their_prefix_is_known() -> None:
    found, _ = taken(
        "ex:owl\tex:eats\tno:mouse\nhttp://a.org/b\t<ex:r>\tex://x\n",
        prefixes={"ex": "http://example.org/", "": "x:"},
    )
    owl = ("http://example.org/owl", "http://example.org/eats", "no:mouse")
    assert found == [("http://a.org/b", "ex:r", "ex://x"), owl]


@pytest.mark.parametrize(
    ("base", "names"),
    [
        ("http://example.org/a/b", ("http://example.org/m/02", "http://example.org/a/barn%20owl", "x:y")),
        (
            "http://example.org/kg#",
            ("http://example.org/kg#/m/02", "http://example.org/kg#barn%20owl", "x:y"),
        ),
        ("urn:kg:", ("urn:kg:/m/02", "urn:kg:barn%20owl", "x:y")),
    ],
)
def test_bare_names_are_resolved_against_a_base(base: str, names: tuple[str, ...]) -> None:
    assert taken("/m/02\tbarn owl\tx:y", base=base) == ([names], [])


def test_a_header_names_the_columns_in_any_order() -> None:
    content = "Tail\tGRAPH\tsubject\tpredicate\tweight\nb\tex:g\ta\tr\t0.5\nc\t\ta\tr\t\nd\t\ta\tr\t-1\n"
    file = reading(content, graph="ex:default")
    graph = Store(assemble(read_triple_table(file)))
    assert triples(graph) == [("a", "r", "b"), ("a", "r", "c")]
    assert graph.weights.tolist() == [0.5, 1.0]
    assert graph.graphs() == {"ex:default": 1, "ex:g": 1}
    (rejection,) = file.rejections()
    assert rejection.line == 4
    assert rejection.reason == "expected a weight, a finite number from 0 up, got '-1'"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("head\trelation\tvalue", "got head, relation, value"),
        ("subject\tpredicate\tobject\tcategory", "a Biolink table is read as kgx-tsv"),
        ("head\trelation\ttail\thead", "a column stands twice: head, relation, tail, head"),
    ],
)
def test_a_header_that_cannot_be_used_is_rejected(header: str, reason: str) -> None:
    found, rejected = taken(header + "\na\tb\tc\n")
    assert found == []
    assert len(rejected) == 1
    assert rejected[0].startswith("1: ")
    assert reason in rejected[0]


def test_csv_has_quotes() -> None:
    content = 'head,relation,tail\na,r,b\n"x, y","say ""r""","""Eule""@de"\n"never,r,b\na,r,c\n"a"b,r,d\n'
    file = reading(content, "csv")
    graph = Store(assemble(read_triple_table(file)))
    assert triples(graph) == [("a", "r", "b"), ("a", "r", "c")]
    assert literals(graph) == [('say "r"', "Eule", "de", "")]
    assert [(found.line, found.reason) for found in file.rejections()] == [
        (4, "not valid CSV: ',' expected after '\"'"),
        (6, "not valid CSV: ',' expected after '\"'"),
    ]


def test_a_quote_that_never_closes_costs_one_line() -> None:
    found, rejected = taken('a,r,b\n"open,r,b\na,r,c\n', "csv")
    assert found == [("a", "r", "b"), ("a", "r", "c")]
    assert rejected == ["2: a quote never closes"]


@pytest.mark.parametrize("chunk", [16, 1 << 20])
def test_a_line_beyond_the_limit_is_rejected_and_left(chunk: int) -> None:
    content = "a\tr\tb\n" + "x" * 100 + "\na\tr\tc\n"
    file = reading(content, limits=Limits(max_statement=50))
    assert triples(Store(assemble(read_triple_table(file, chunk)))) == [("a", "r", "b"), ("a", "r", "c")]
    assert [(found.line, found.reason) for found in file.rejections()] == [
        (2, "a line is longer than the limit of 50 bytes")
    ]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_nothing_gives_nothing(content: bytes) -> None:
    assert list(read_triple_table(reading(content))) == []


def test_blank_nodes_of_different_files_stay_apart(tmp_path: Path) -> None:
    for name in ("a.tsv", "b.tsv"):
        (tmp_path / name).write_text("_:x\tr\ty\n")
    blocks = [
        block
        for name in ("a.tsv", "b.tsv")
        for block in read_triple_table(Reading(tmp_path / name, name, "tsv"))
    ]
    assert Store(assemble(blocks)).num_triples == 2


cells = st.sampled_from(
    ["a", "b c", "http://a.org/b", '"x"@en', '"x', "_:b", "", "<x:y>", "é", "\x01", "x:y"]
)
rows = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=6)


@settings(max_examples=60, deadline=None)
@given(rows=rows, jobs=st.sampled_from([1, 2]), chunk=st.sampled_from([5, 1 << 20]))
def test_rows_make_the_same_statements_one_by_one(rows: list[list[str]], jobs: int, chunk: int) -> None:
    """The slow and obvious way, row by row, against the columns."""
    content = "".join("\t".join(row) + "\n" for row in rows)
    file = reading(content, jobs=jobs)
    graph = Store(assemble(read_triple_table(file, chunk)))
    statements, wrong = Statements(), []
    for line, row in enumerate(rows, 1):
        if row == [""]:
            continue
        ends = row[:1] + row[2:]
        fits = len(row) == 3 and not {"", "\x01"} & set(row) and row[0] != '"x"@en'
        if not fits or row[1] in ('"x"@en', "_:b"):
            wrong.append(line)
            continue
        head, tail = (named(end, file.scope) for end in ends)
        if row[2] == '"x"@en':
            statements.add_literal(head, named(row[1], ""), "x", language="en", source="kg")
        else:
            statements.add(head, named(row[1], ""), tail, source="kg")
    assert graph.equals(Store(assemble([statements.block()])))
    assert [found.line for found in file.rejections()] == wrong


def named(text: str, scope: str) -> str:
    return {"_:b": f"_:{scope}b", "<x:y>": "x:y"}.get(text, text)


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=60), name=st.sampled_from(["tsv", "csv"]))
def test_any_bytes_are_taken_or_rejected(content: bytes, name: str) -> None:
    file = reading(content, name)
    blocks: list[Block] = []
    with suppress(GraphFormatError):  # it may look packed
        blocks += read_triple_table(file, 8)
    lines = len(content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
    assert sum(map(len, blocks)) + len(file.rejections()) <= lines
    assert all(np.isfinite(block.triples.weight).all() for block in blocks)


def test_benchmark_files_come_back_as_they_were(tmp_path: Path) -> None:
    """Lines of FB15k-237 and WN18RR as GraIL (https://github.com/kkteru/grail) cuts them."""
    path = Path(__file__).parents[3] / "data" / "link_prediction" / "train.txt"
    graph = Store(assemble(read_triple_table(Reading(path, "train.txt", "tsv"))))
    assert (graph.num_triples, graph.num_entities, graph.num_relations) == (20, 39, 14)
    again = tmp_path / "train.tsv"
    assert write_tsv(graph, again).statements == 20
    lines = path.read_text().splitlines()
    assert sorted(again.read_text().splitlines()) == sorted(lines)
    second = tmp_path / "again.tsv"
    write_tsv(Store(assemble(read_triple_table(Reading(again, "train.txt", "tsv")))), second)
    assert second.read_bytes() == again.read_bytes()
