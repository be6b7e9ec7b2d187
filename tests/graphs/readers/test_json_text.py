"""JSON taken apart value by value, against Python's own parser."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.readers.json_text import END, JsonError, nesting, parse_json, walk
from graphs.readers.limits import Limits

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time, so that values are cut everywhere."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(3)


def rebuilt(document: bytes, stream: io.BytesIO | None = None) -> Any:
    """Put a document together again of its root's members, and of the elements of those that are arrays."""
    found: dict[str, Any] = {}
    for path, value, _ in walk(stream or io.BytesIO(document), lambda path: path == (), Limits()):
        if value is not END:
            (name,) = path
            found[name] = value
    return found


@given(document=st.dictionaries(st.text(max_size=4), VALUES, max_size=5), indent=st.sampled_from([None, 2]))
@settings(max_examples=150, deadline=None)
def test_any_document_is_taken_apart_as_it_is(document: dict[str, Any], indent: int | None) -> None:
    for ascii_only in (True, False):
        text = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()
        assert rebuilt(text) == document
        assert rebuilt(text, Trickle(text)) == document
        assert parse_json(text, Limits()) == document


@given(document=VALUES)
@settings(max_examples=100, deadline=None)
def test_nesting_is_what_a_walk_over_the_values_finds(document: Any) -> None:
    def depth(value: Any) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    assert nesting(json.dumps(document).encode()) == depth(document)


@given(data=st.binary(max_size=40) | st.text('[]{}":,\\ ue10.-tn', max_size=40).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_what_is_accepted_is_what_python_accepts(data: bytes) -> None:
    try:
        expected = json.loads(data.decode())
    except (ValueError, RecursionError):
        expected = None
    for stream in (io.BytesIO(data), Trickle(data)):
        try:
            found = [value for _, value, _ in walk(stream, lambda _: False, Limits())]
        except JsonError:
            continue
        assert found == [expected]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('{"a": 1,\n"a": 2}', 2, "the name 'a' stands twice"),
        ('{"a": {"b": 1,\n"b": 2}}', 1, "the name 'b' stands twice"),
        ('{"a": 1,\n\n"b": x}', 3, "Expecting value"),
        ('{"a": "x\ny"}', 1, "Invalid control character"),
        ('{"a": 1}\n{', 2, "something follows the end"),
        ('{"a": [1,\n2', 2, "ends in the middle"),
        ("", 1, "ends in the middle"),
        ('{"a" 1}', 1, "expected ':', got '1'"),
        ("{1: 2}", 1, 'expected a name in "quotes"'),
        ('{"a": 1' + "0" * 5000 + "}", 1, "not acceptable as JSON"),
        ('{"a": 1e400}', 1, "beyond what can be kept"),
        ('{"a": "\\ud800"}', 1, "surrogate"),
        ('{"a": ' + "[" * 201 + "]" * 201 + "}", 1, "nested deeper than 200"),
        ('{"a": ' + "[" * 99_999, 1, "nested too deep"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(JsonError, match=says) as caught:
        list(walk(io.BytesIO(text.encode()), lambda path: path == (), Limits()))
    assert caught.value.line == line


def test_a_name_may_not_be_endless() -> None:
    text = io.BytesIO(b'{"' + b"x" * 3_000_000)
    with pytest.raises(JsonError, match="longer than the limit of 1,000,000 bytes"):
        list(walk(text, lambda _: True, Limits(max_statement=1_000_000)))
