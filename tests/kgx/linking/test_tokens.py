from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgx.linking.tokens import fold_accents, tokenise, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n", []),
        ("Hot-dog", ["hot", "dog"]),
        ("my_house", ["my", "house"]),
        ("Grandma’s O'Brien", ["grandma's", "o'brien"]),
        ("dogs' tails", ["dogs", "tails"]),
        ("black & white", ["black", "and", "white"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("ﬁsh", ["fish"]),
        ("cafe\u0301", ["café"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("猫头鹰 owl", ["猫", "头", "鹰", "owl"]),
        ("フクロウ", ["フクロウ"]),
        ("🦉🦉", []),
        ("A US 1 cent ($.01)", ["a", "us", "1", "cent", "01"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "breaks"),
    [
        ("hot dog", [False, False]),
        ("hot, dog", [False, True]),
        ("red meat. Dogs", [False, False, True]),
        ("St. Bernard", [False, False]),
        ("one—two", [False, True]),
        ("a (b) c", [False, True, True]),
        ("re-do", [False, False]),
        ("left/right", [False, False]),
    ],
)
def test_a_label_does_not_run_across_punctuation(text: str, breaks: list[bool]) -> None:
    assert [token.breaks for token in tokenise(text)] == breaks


def test_case_is_kept_as_a_hint() -> None:
    us, flag = tokenise("US flag")
    assert (us.acronym, us.lower, flag.acronym, flag.lower) == (True, False, False, True)
    assert not any(token.acronym for token in tokenise("ALL THE US"))


@given(st.text())
def test_tokens_are_where_they_say(text: str) -> None:
    tokens = tokenise(text)
    assert [token.text for token in tokens] == words(text)
    places = [place for token in tokens for place in (token.start, token.end)]
    assert places == sorted(places)
    for token in tokens:
        assert words(text[token.start : token.end]) == [token.text]


@given(st.text())
def test_words_of_words_are_the_same(text: str) -> None:
    once = [word for word in words(text) if word.isascii()]
    assert words(" ".join(once)) == once


@given(st.text())
def test_folding_is_stable(text: str) -> None:
    assert fold_accents(fold_accents(text)) == fold_accents(text)
