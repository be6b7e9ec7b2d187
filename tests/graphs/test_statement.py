"""Statements as lines: what is written is read again, and what is broken is told."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphBuilder
from graphs.statement import Statement, parse_statement, rename_within, statements_of
from graphs.vocabulary import XSD

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.one_of(
    st.sampled_from(
        ["http://example.org/a", "ex:b", "_:x", "_:x.y", '<<( _:x <ex:p> "a b"@en )>>', "urn:graphs:name:q"]
    ),
    TEXT.filter(lambda text: bool(text) and not text.startswith(("_:", "<<"))),
)
PREDICATES = NAMES.filter(lambda name: not name.startswith(("_:", "<<")))
STATEMENTS = st.one_of(
    st.builds(
        Statement,
        NAMES,
        PREDICATES,
        NAMES,
        st.sampled_from(["", "ex:g", "_:g", "a graph"]),
        st.just(False),
        st.just(""),
        st.just(""),
    ),
    st.builds(
        Statement,
        NAMES,
        PREDICATES,
        TEXT,
        st.sampled_from(["", "ex:g"]),
        st.just(True),
        st.just(""),
        st.sampled_from(["", XSD + "date", "odd type"]),
    ),
    st.builds(
        Statement,
        NAMES,
        PREDICATES,
        TEXT,
        st.just(""),
        st.just(True),
        st.sampled_from(["en", "de-AT", "ar--rtl"]),
        st.just(""),
    ),
)


@settings(max_examples=80)
@given(STATEMENTS)
def test_what_is_written_is_read_again(statement: Statement) -> None:
    line = statement.n_quad()
    assert "\n" not in line
    assert parse_statement(line) == statement


def test_lines_are_n_quads_that_others_read() -> None:
    statement = Statement("a b", "ex:p", 'say "\t\x07ü"', "_:g", True, "en")
    (quad,) = ox.parse(statement.n_quad(), ox.RdfFormat.N_QUADS)
    assert quad.subject == ox.NamedNode("urn:graphs:name:a%20b")
    assert quad.object == ox.Literal('say "\t\x07ü"', language="en")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "expected an IRI"),
        ("<ex:a> <ex:p>", "expected an IRI"),
        ("<ex:a> _:p <ex:b> .", "IRI of a predicate, got _:p"),
        ('"a" <ex:p> <ex:b> .', 'got the literal "a"'),
        ("<ex:a> <ex:p> <ex:b> <ex:g> <ex:h> .", "expected the end"),
        ('<ex:a> <ex:p> <ex:b> "g" .', "expected a named graph or the end"),
        ("<ex:a> ex:p <ex:b> .", "expected a term of N-Quads, got 'ex:p <ex:b> .'"),
        ('<ex:a> <ex:p> "b .', "expected a term"),
        ('<ex:a> <ex:p> "\\q" .', "unknown escape"),
        ('<ex:a> <ex:p> "\\uD800" .', "stands for no character"),
        ("<ex:a> <ex:p> <<( <ex:a> <ex:p> <ex:b> .", "expected an IRI|expected [)]>>"),
        ("<ex:a> <ex:p> " + "<<( <ex:a> <ex:p> " * 5000, "nested deeper than"),
    ],
)
def test_broken_lines_are_told(line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_statement(line)


def test_plain_strings_have_no_datatype() -> None:
    assert parse_statement(f'<ex:a> <ex:p> "b"^^<{XSD}string>') == Statement(
        "ex:a", "ex:p", "b", is_literal=True
    )


def test_all_statements_of_a_block_are_told() -> None:
    builder = GraphBuilder()
    builder.add("ex:a", "ex:r", "_:b", graph="ex:g")
    builder.add_literal("ex:a", "ex:p", "5", datatype=XSD + "integer")
    assert list(statements_of(builder.build().block())) == [
        Statement("ex:a", "ex:r", "_:b", "ex:g"),
        Statement("ex:a", "ex:p", "5", is_literal=True, datatype=XSD + "integer"),
    ]


def test_what_is_no_triple_term_is_not_renamed() -> None:
    assert rename_within("<<( broken", str.upper) == "<<( broken"
