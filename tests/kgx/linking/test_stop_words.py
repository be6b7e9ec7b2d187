from __future__ import annotations

import pytest

from kgx.linking.stop_words import DETERMINERS, STOP_WORDS
from kgx.linking.tokens import words


def test_stop_words_are_in_normal_form() -> None:
    assert all(words(word) == [word] for word in STOP_WORDS)


def test_determiners_are_stop_words() -> None:
    assert DETERMINERS <= STOP_WORDS


@pytest.mark.parametrize("word", ["dog", "red", "two", "second", "like", "well", "left", "right"])
def test_words_with_a_meaning_of_their_own_are_not_in_it(word: str) -> None:
    assert word not in STOP_WORDS
