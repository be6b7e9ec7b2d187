"""Property paths: what is one, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.errors import GraphError
from graphs.query.property_path import (
    LONGEST,
    Alternative,
    Inverse,
    PropertyPath,
    Relation,
    Repeat,
    Sequence,
    parse_path,
    tokens_of,
)

A, B, C = Relation("a"), Relation("b"), Relation("c")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a/b|c", Alternative((Sequence((A, B)), C))),
        ("a/(b|c)", Sequence((A, Alternative((B, C))))),
        ("^a*", Inverse(Repeat(A, 0, many=True))),
        ("^a/b", Sequence((Inverse(A), B))),
        ("a?/b+", Sequence((Repeat(A, 0, many=False), Repeat(B, 1, many=True)))),
        ("(a*)+", Repeat(A, 0, many=True)),
        ("((a?)+)?", Repeat(A, 0, many=True)),
        ("(a+)+", Repeat(A, 1, many=True)),
        ("(a+)?", Repeat(A, 0, many=True)),
        (
            "<http://x.org/y?z#a>/skos:broader",
            Sequence((Relation("<http://x.org/y?z#a>"), Relation("skos:broader"))),
        ),
        ('"in category" / part_of-x.y', Sequence((Relation("in category"), Relation("part_of-x.y")))),
    ],
)
def test_paths(text: str, path: PropertyPath) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a relation, got the end"),
        ("a/", "expected a relation, got the end"),
        ("a b", "expected the end or one of"),
        ("(a", "a closing bracket, got the end"),
        ("a)", "got '\\)' in column 2"),
        ("?x", "expected a relation, got 'x'"),
        ("!a", "column 1: got '!a'"),
        ("a{2}", r"column 2: got '\{2\}'"),
        ("a" * (LONGEST + 1), "at most 4000 characters"),
        ("|".join("a" * 65), "at most 64 relations, got 65"),
        ("(" * 500 + "a" + ")" * 500, "at most 16 brackets"),
    ],
)
def test_what_is_no_path(text: str, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        parse_path(text)


def test_a_full_stop_ends_a_statement_but_is_part_of_a_name() -> None:
    kinds = [(token.kind, token.text) for token in tokens_of("?item a.b wn:bird.n.01. ?item")]
    assert kinds == [
        ("variable", "item"),
        ("name", "a.b"),
        ("name", "wn:bird.n.01"),
        ("sign", "."),
        ("variable", "item"),
    ]


def _written(path: PropertyPath) -> str:
    match path:
        case Relation(name):
            return name
        case Inverse(inner):
            return f"^({_written(inner)})"
        case Sequence(paths):
            return "/".join(f"({_written(one)})" for one in paths)
        case Alternative(paths):
            return "|".join(f"({_written(one)})" for one in paths)
        case Repeat(inner, least, many):
            return f"({_written(inner)}){'+' if least else '*' if many else '?'}"


def _larger(paths: st.SearchStrategy[PropertyPath]) -> st.SearchStrategy[PropertyPath]:
    several = st.lists(paths, min_size=2, max_size=3).map(tuple)
    single = paths.filter(lambda path: not isinstance(path, Repeat))
    return st.one_of(
        st.builds(Inverse, paths),
        st.builds(Sequence, several),
        st.builds(Alternative, several),
        st.builds(Repeat, single, st.just(0), st.booleans()),
        st.builds(Repeat, single, st.just(1), st.just(True)),
    )


PATHS = st.recursive(st.sampled_from([A, B, C]), _larger, max_leaves=6)


@settings(max_examples=60, deadline=None)
@given(path=PATHS)
def test_what_is_written_is_read_again(path: PropertyPath) -> None:
    assert parse_path(_written(path)) == path


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet='ab?^*+|/()<>".: \t\n!{}é', max_size=40))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    try:
        path = parse_path(text)
    except GraphError:
        path = None
    assert path is None or "<" in text or '"' in text or parse_path(_written(path)) == path
