"""IRIs that are taken by their bytes are those that the parser takes, and stand for the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.readers import plain_iris as module
from graphs.readers.terms import node_names
from graphs.string_bytes import content

PARTS = [
    "http",
    "https",
    "://",
    ":",
    "/",
    "//",
    "a",
    "a.org",
    "8",
    "#",
    "?",
    "@",
    "%",
    "%41",
    "%4",
    "é",
    "\x85",
    "\u00a0",
    "<",
    ">",
]
PARTS += [" ", "[", "]", '"', "{", "\\", "HTTP", "-", "."]
TERMS = st.lists(
    st.lists(st.sampled_from(PARTS), max_size=8).map(lambda parts: f"<{''.join(parts)}>".encode()),
    max_size=12,
)


def terms(found: list[bytes]) -> pa.LargeBinaryArray:
    return pa.array(found, pa.large_binary())


@settings(max_examples=150, deadline=None)
@given(found=TERMS)
def test_what_is_plain_is_what_a_parser_takes_as_it_stands(found: list[bytes]) -> None:
    plain = module.plain_iris(terms(found))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graphs.readers.terms.plain_iris", lambda tokens: np.zeros(len(tokens), np.bool_))
        parsed = node_names(terms(found), "").names.to_pylist()
    for term, is_plain, name in zip(found, plain.tolist(), parsed, strict=True):
        assert not is_plain or name == term[1:-1].decode()


@settings(max_examples=200, deadline=None)
@given(found=TERMS)
def test_the_short_way_takes_nothing_that_the_long_one_does_not(found: list[bytes]) -> None:
    data, bounds = content(terms(found))
    if found:
        short, long = module._web_addresses(data, bounds), module._absolute_iris(data, bounds)
        assert not (short & ~long).any()


@pytest.mark.parametrize("others", [[], [b"<http://a.org/>"], [b"<ex:a>"]])
def test_an_empty_term_is_no_iri(others: list[bytes]) -> None:
    found = terms([b"", *others, b""])
    assert module.plain_iris(found).tolist() == [False, *(True for _ in others), False]


def test_common_addresses_need_no_closer_look() -> None:
    found = terms(
        [
            b"<http://a.org/b>",
            b"<https://a.org/caf\xc3\xa9?x=1>",
            b"<http://a.org/b#c>",
            b"<urn:a:b>",
            b"_:x",
            b"<b>",
        ]
    )
    assert module.plain_iris(found).tolist() == [True, True, True, True, False, False]
    assert module._web_addresses(*content(found)).tolist() == [True, True, False, False, False, False]
