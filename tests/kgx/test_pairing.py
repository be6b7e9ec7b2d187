"""Known pairs of a collection, counted and picked out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import KnowledgeGraph
from kgx.collection import Skipped
from kgx.errors import ConfigError
from kgx.items import LinkedItems, paired_rows
from kgx.pairing import count_pairs, known_pairs, named_apart

ENTITIES = st.lists(st.sampled_from("abcdef"), max_size=12)


def items(modality: str, entities: str, ids: str = "") -> LinkedItems:
    """Items of one letter each: what they show, and what they are called."""
    names = tuple(ids) or tuple(f"{modality}{number}" for number in range(len(entities)))
    shown = tuple(entities)
    return LinkedItems(
        modality, names, shown, ("folder",) * len(shown), shown, np.eye(len(shown), 3, dtype="f4")
    )


@given(ENTITIES, ENTITIES)
def test_as_many_pairs_are_counted_as_are_made(told: list[str], shown: list[str]) -> None:
    texts, pictures = items("text", "".join(told)), items("image", "".join(shown))
    made = len(paired_rows(texts, pictures)[0])
    if made:
        assert count_pairs({"text": told, "image": shown}, "count") == {"image": made}
        paired = known_pairs({"text": texts, "image": pictures})
        rows = paired_rows(paired["text"], paired["image"])
        assert len(rows[0]) == made
        assert set(paired["text"].entities) == set(paired["image"].entities)
    else:
        with pytest.raises(ConfigError, match="got none among the items"):
            count_pairs({"text": told, "image": shown}, "count")
        assert known_pairs({"text": texts, "image": pictures}) == {}


@pytest.mark.parametrize(
    ("entities", "more", "message"),
    [
        ({}, {}, r"to count, expected pairs: .* got none among the items \(none\)"),
        ({"image": "ab", "audio": "a"}, {}, r"\(1 of audio, 2 of image\)"),
        ({"text": "ab", "image": "cd"}, {}, r"\(2 of image, 2 of text\)"),
        (
            {"text": "a"},
            {"skipped": [Skipped("x", 3, "it is torn")]},
            "1 more cannot be used, .*: it is torn",
        ),
        (
            {"text": "aab", "image": "ac"},
            {"least_entities": 2},
            "at least 2 .* of 1: the column entity says 'a'",
        ),
        (
            {"text": "a" * 3000, "image": "a" * 3000},
            {},
            "got 9,000,000 pairs of text and image .* categories",
        ),
    ],
)
def test_what_are_no_pairs(entities: dict[str, str], more: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        count_pairs(entities, "count", **more)


def test_texts_among_themselves_and_other_modalities_are_no_pairs() -> None:
    found = known_pairs(
        {"text": items("text", "aab"), "image": items("image", "cd"), "audio": items("audio", "dac")}
    )
    assert {modality: own.entities for modality, own in found.items()} == {
        "text": ("a", "a"),
        "audio": ("a",),
    }


def test_names_that_are_taken_become_others_and_things_of_the_graph_keep_theirs() -> None:
    graph = KnowledgeGraph.from_triples([("k", "isA", "z")])
    references = {"text": items("text", "ab", ids="xy")}
    pairs = {"text": items("text", "akc", ids="xvw"), "image": items("image", "ck", ids="pq")}
    apart = named_apart(pairs, references, graph)
    assert apart["text"].entities == ("target:a", "k", "target:c")
    assert apart["image"].entities == ("target:c", "k")
    assert apart["text"].groups == apart["text"].entities
    assert not set(apart["text"].ids) & {"x", "y"}
    shared = Counter((*apart["text"].entities, *references["text"].entities))
    assert max(shared.values()) == 1
    once_more = named_apart(pairs, {"text": LinkedItems.join([references["text"], apart["text"]])}, graph)
    assert once_more["text"].entities == ("target:target:a", "k", "target:target:c")


def test_names_that_are_free_stay() -> None:
    graph = KnowledgeGraph.from_triples([("k", "isA", "z")])
    pairs = {"text": items("text", "mn"), "image": items("image", "n")}
    apart = named_apart(pairs, {"text": items("text", "ab", ids="xy")}, graph)
    for modality, own in pairs.items():
        assert (apart[modality].ids, apart[modality].entities) == (own.ids, own.entities)
