"""Words out of IRIs, and constants that are all exported."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import vocabulary


@pytest.mark.parametrize(
    ("iri", "name", "words"),
    [
        ("http://example.org/a#hasPart", "hasPart", "has part"),
        ("http://example.org/a/part_of/", "part_of", "part of"),
        ("http://example.org/derived-from", "derived-from", "derived from"),
        ("http://example.org/hasURLOf", "hasURLOf", "has URL of"),
        ("http://example.org/P31", "P31", "P31"),
        ("urn:isbn:123", "123", "123"),
        ("http://example.org/caf%C3%A9", "café", "café"),
        ("_:b0", "b0", "b0"),
        ("#", "#", "#"),
        ("http://example.org/__", "__", "http://example.org/__"),
    ],
)
def test_names_and_words(iri: str, name: str, words: str) -> None:
    assert (vocabulary.local_name(iri), vocabulary.words_of(iri)) == (name, words)


@given(st.text(min_size=1))
def test_any_text_has_a_name(iri: str) -> None:
    assert vocabulary.local_name(iri)
    assert vocabulary.words_of(iri)


def test_every_constant_is_exported_and_no_iri_stands_twice() -> None:
    constants = {name: value for name, value in vars(vocabulary).items() if name.isupper() and name[0] != "_"}
    assert constants.keys() <= set(vocabulary.__all__)
    iris = [value for value in constants.values() if isinstance(value, str)]
    assert len(iris) == len(set(iris))
