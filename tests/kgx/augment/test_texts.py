"""The operations of EDA: what may change, and what never does."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import GraphBuilder
from graphs.vocabulary import SKOS_ALT_LABEL, SKOS_HIDDEN_LABEL, SKOS_PREF_LABEL
from kgx.augment import InTurn, SynonymInsertion, SynonymReplacement, WordDropout, WordSwap, label_synonyms
from kgx.linking.tokens import words

TEXTS = st.text(max_size=40)
SEEDS = st.integers(0, 999)
SYNONYMS = {"owl": ("hooter", "night bird"), "red": ("scarlet",)}


@given(TEXTS, SEEDS, st.floats(0, 1))
def test_words_are_left_out_but_never_all_or_others(text: str, seed: int, probability: float) -> None:
    before, after = words(text), words(WordDropout(probability)(text, np.random.default_rng(seed)))
    assert not before or after
    assert sum(map(len, after)) <= sum(map(len, before))


def test_the_share_that_is_left_out_is_about_the_probability() -> None:
    text = " ".join(f"w{number}" for number in range(1000))
    left = len(WordDropout(0.3)(text, np.random.default_rng(0)).split())
    assert abs(left / 1000 - 0.7) < 0.05


@given(st.lists(st.sampled_from(["red", "owl", "on", "tree"]), min_size=1, max_size=8), SEEDS)
def test_swapping_keeps_the_words(chosen: list[str], seed: int) -> None:
    swapped = WordSwap(0.5)(" ".join(chosen), np.random.default_rng(seed))
    assert Counter(swapped.split()) == Counter(chosen)


def test_synonyms_take_the_place_of_words_and_nothing_else_changes() -> None:
    replace = SynonymReplacement(SYNONYMS, probability=1.0)
    found = {replace("The RED owl, owls!", np.random.default_rng(seed)) for seed in range(20)}
    assert found == {"The scarlet hooter, owls!", "The scarlet night bird, owls!"}


@given(st.lists(st.sampled_from(["red", "owl", "tree"]), max_size=6), SEEDS)
def test_insertion_adds_synonyms_and_keeps_the_words_in_their_order(chosen: list[str], seed: int) -> None:
    text = " ".join(chosen)
    told = SynonymInsertion({"owl": ("hooter",)}, probability=1.0)(text, np.random.default_rng(seed))
    assert [word for word in told.split() if word != "hooter"] == chosen
    assert told.split().count("hooter") == chosen.count("owl")


@pytest.mark.parametrize("make", [WordDropout, WordSwap, lambda p: SynonymReplacement({}, p)])
def test_probabilities_are_checked_and_nought_changes_nothing(make: type[WordDropout]) -> None:
    text = "  a red  owl, "
    assert make(0.0)(text, np.random.default_rng(0)) == text
    with pytest.raises(ValueError, match="probability from 0 to 1, got 2"):
        make(2)


def test_steps_follow_one_another_and_the_seed_decides() -> None:
    steps = InTurn((SynonymReplacement(SYNONYMS, 1.0), WordDropout(0.3), WordSwap(0.5)))
    one, same = (steps("red owl on a tree", np.random.default_rng(7)) for _ in range(2))
    assert one == same
    assert "red" not in one


def test_synonyms_of_a_graph_are_those_of_the_use_that_is_most_frequent() -> None:
    builder = GraphBuilder()
    builder.add_literal("ex:bank", SKOS_PREF_LABEL, "bank", language="en", weight=2.0)
    builder.add_literal("ex:bank", SKOS_ALT_LABEL, "shore", language="en")
    builder.add_literal("ex:bank", SKOS_HIDDEN_LABEL, "bnak", language="en")
    builder.add_literal("ex:bank", SKOS_ALT_LABEL, "Ufer", language="de")
    builder.add_literal("ex:money", SKOS_ALT_LABEL, "Bank", language="en-GB", weight=9.0)
    builder.add_literal("ex:money", SKOS_PREF_LABEL, "banking house", language="en")
    graph = builder.build()
    assert label_synonyms(graph) == {"bank": ("banking house",), "shore": ("bank",)}
    assert label_synonyms(graph, most=2)["bank"] == ("banking house", "shore")
    assert label_synonyms(graph, "de") == {}


def test_stop_words_have_no_synonyms() -> None:
    builder = GraphBuilder()
    for label in ("in", "inward"):
        builder.add_literal("ex:inward", SKOS_ALT_LABEL, label, language="en")
    assert label_synonyms(builder.build()) == {"inward": ("in",)}
