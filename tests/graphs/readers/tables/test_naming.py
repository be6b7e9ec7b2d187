"""Names in tables: many at a time as one by one."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.readers.tables.cells import BLANK, EMPTY, ENTITY, INVALID, LITERAL, TERM, texts_of
from graphs.readers.tables.naming import NameProblem, Naming

NAMINGS = [
    Naming(scope="1-"),
    Naming({"ex": "http://example.org/", "a.b": "urn:ab:"}, scope="1-"),
    Naming({"ex": "http://example.org/"}, "http://example.org/base/x", "1-"),
    Naming(base="http://example.org/kg#"),
]
texts = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "ex:owl",
                "ex://owl",
                "<ex:owl>",
                "<unk>",
                "_:b",
                "_:",
                "_hypernym",
                "/m/02",
                "a.b:c",
                "",
                "barn owl",
                "<<( <x:s> <x:p> _:o )>>",
                "<<( no )>>",
                '"x"@en',
                '"x',
                '"5"^^<x:y>',
                "Re: owls",
                "ex:",
                ":x",
                "a%20b",
            ]
        ),
        st.text(st.characters(codec="utf-8"), max_size=4),
        st.text('ab:/<>"_ \x00\t', max_size=6),
    ),
    max_size=6,
)


@pytest.mark.parametrize("naming", NAMINGS)
@settings(max_examples=60, deadline=None)
@given(texts=texts)
def test_many_at_a_time_as_one_by_one(naming: Naming, texts: list[str]) -> None:
    found = texts_of(pa.array(texts, pa.large_string()), naming)
    for row, (text, kind) in enumerate(zip(texts, found.kinds.tolist(), strict=True)):
        name = found.names[row].as_py()
        if kind == LITERAL:
            assert text.startswith('"')
        elif kind == EMPTY:
            assert text == ""
        elif kind == TERM:
            assert name == naming.term(text)
        elif kind == INVALID:
            with pytest.raises(NameProblem, match=found.problems[row][:10].replace("(", r"\(")):
                naming.name(text)
        else:
            assert kind == (BLANK if text.startswith("_:") else ENTITY)
            assert name == naming.name(text)


@pytest.mark.parametrize(
    "text", ['"5"^^<http://www.w3.org/2001/XMLSchema#integer>', '"a b"@en', '"a\\nb"', '""']
)
def test_literals_are_names_where_they_are_not_looked_for(text: str) -> None:
    column = pa.array([text], pa.large_string())
    assert texts_of(column, Naming()).kinds.tolist() == [LITERAL]
    assert texts_of(column, Naming(), literals=False).kinds.tolist() == [ENTITY]


@pytest.mark.parametrize(
    "text", ['"a\nb"', '"a\x00b"', '"a"@', '"a"^^b', '"a" "b"', '"a"@en .\n<x:s> <x:p> "b"']
)
def test_what_only_looks_like_a_literal_is_none(text: str) -> None:
    (kind,) = texts_of(pa.array([text], pa.large_string()), Naming()).kinds.tolist()
    assert kind in (ENTITY, INVALID)


def test_sliced_columns_are_read_where_they_begin() -> None:
    column = pa.array(['"no"', "ex:a", "_:b", "bare"], pa.large_string()).slice(1)
    found = texts_of(column, Naming({"ex": "http://example.org/"}, scope="1-"))
    assert found.names.to_pylist() == ["http://example.org/a", "_:1-b", "bare"]
