from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgx.linking.inflection import DETACHMENT_RULES, base_forms
from kgx.linking.part_of_speech import PartOfSpeech

NOUN, VERB, ADJECTIVE = PartOfSpeech.NOUN, PartOfSpeech.VERB, PartOfSpeech.ADJECTIVE


@pytest.mark.parametrize(
    ("word", "base", "part"),
    [
        ("dogs", "dog", NOUN),
        ("buses", "bus", NOUN),
        ("foxes", "fox", NOUN),
        ("waltzes", "waltz", NOUN),
        ("churches", "church", NOUN),
        ("brushes", "brush", NOUN),
        ("firemen", "fireman", NOUN),
        ("ponies", "pony", NOUN),
        ("boxesful", "boxful", NOUN),
        ("grandma's", "grandma", NOUN),
        ("eats", "eat", VERB),
        ("flies", "fly", VERB),
        ("goes", "go", VERB),
        ("makes", "make", VERB),
        ("baked", "bake", VERB),
        ("jumped", "jump", VERB),
        ("baking", "bake", VERB),
        ("jumping", "jump", VERB),
        ("taller", "tall", ADJECTIVE),
        ("largest", "large", ADJECTIVE),
    ],
)
def test_rules_of_the_manual(word: str, base: str, part: PartOfSpeech) -> None:
    assert base_forms(word)[base] & part


@pytest.mark.parametrize("word", ["glass", "us", "as", "", "s", "'s", "owl", "猫"])
def test_what_is_no_plural_noun_is_left_alone(word: str) -> None:
    assert not any(part & NOUN for part in base_forms(word).values())


@given(st.text(alphabet="abcdefghimnrstuxyz'", max_size=12))
def test_a_base_never_is_the_word_and_never_is_empty(word: str) -> None:
    bases = base_forms(word)
    assert word not in bases
    assert "" not in bases


def test_every_rule_applies_to_a_long_enough_word() -> None:
    for part, ending, replacement in DETACHMENT_RULES:
        assert base_forms("brok" + ending)["brok" + replacement] & part
