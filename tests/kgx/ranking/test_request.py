"""Requests: which parts a query has, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from kgx.errors import ConfigError
from kgx.ranking.request import MOST_HITS, NOT, QueryPart, SearchRequest


def test_one_text() -> None:
    request = SearchRequest.of("owl")
    assert request.parts == (QueryPart("text", "owl", 1.0),)
    assert request.plain
    assert SearchRequest.of("owl", offset=1).plain
    for options in (
        {"hybrid": True},
        {"rerank": True},
        {"filters": "a=b"},
        {"where": "?item a ?b"},
    ):
        assert not SearchRequest.of("owl", **options).plain


def test_parts_of_one_modality_share_its_weight() -> None:
    request = SearchRequest.of(["owl", "barn"], image="a.png", weights={"text": 1.0, "image": -0.5})
    assert [part.weight for part in request.parts] == [0.5, 0.5, -0.5]
    assert [part.weight for part in SearchRequest.of(["owl", "barn"], image="a.png").parts] == [1.0, 1.0, 1.0]


def test_what_is_not_wanted() -> None:
    request = SearchRequest.of("owl", without={"text": "red", "audio": ["a.ogg", "b.ogg"]})
    assert [(part.modality, part.weight) for part in request.parts[1:]] == [
        ("text", NOT),
        ("audio", NOT),
        ("audio", NOT),
    ]
    assert SearchRequest.of("owl", without=["red"]).parts[1] == QueryPart("text", "red", NOT)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"text": []}, "got 0"),
        ({"without": "red"}, "got 0"),
        ({"text": "a", "without": {"smell": "b"}}, "unknown modality 'smell' to leave out"),
        ({"text": ["a"] * 17}, "at most 16 parts, got 17"),
        ({"text": "a", "k": MOST_HITS + 1}, "at most 10000"),
        ({"text": "a", "offset": MOST_HITS}, "at most 10000, got 10000 and 10"),
        ({"text": "a", "offset": -1}, "offset of at least 0"),
        ({"image": "a.png", "hybrid": True}, "expected words to look for"),
        ({"text": "a", "image": "b", "weights": {"text": -1, "image": 1}, "hybrid": True}, "expected words"),
    ],
)
def test_what_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SearchRequest.of(**asked)
