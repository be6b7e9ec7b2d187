"""Fusing rankings, against hand-worked cases and a slow reference."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.fusion import RANKING_FUSIONS, reciprocal_rank_fusion, weighted_score_fusion

rankings = st.dictionaries(
    st.sampled_from(["text", "image", "audio"]),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(-3, 3).map(float)),
    min_size=1,
)


@given(rankings, st.floats(0.1, 100))
@settings(max_examples=80, deadline=None)
def test_reciprocal_ranks_equal_the_slow_reference(systems: dict[str, dict[str, float]], k: float) -> None:
    fused = reciprocal_rank_fusion(systems, k=k)
    expected = {}
    for document in {name for scores in systems.values() for name in scores}:
        expected[document] = 0.0
        for scores in systems.values():
            if document in scores:
                better = sum(score > scores[document] for score in scores.values())
                equal = sum(score == scores[document] for score in scores.values())
                expected[document] += 1 / (k + better + (equal + 1) / 2)
    assert fused == pytest.approx(expected)
    assert list(fused.values()) == sorted(fused.values(), reverse=True)


@given(rankings)
@settings(max_examples=80, deadline=None)
def test_nothing_depends_on_the_order_of_documents(systems: dict[str, dict[str, float]]) -> None:
    turned = {name: dict(reversed(scores.items())) for name, scores in systems.items()}
    for fuse in RANKING_FUSIONS.values():
        assert fuse(turned) == pytest.approx(fuse(systems))


def test_scores_by_hand() -> None:
    systems = {"text": {"a": 10.0, "b": 5.0, "c": 0.0}, "image": {"b": 0.9, "d": 0.1}}
    assert weighted_score_fusion(systems, {"text": 1.0, "image": 0.5}) == {
        "a": 1.0,
        "b": 1.0,
        "c": 0.0,
        "d": 0.0,
    }
    assert weighted_score_fusion(systems, {"text": 0.0, "image": 1.0}, scale="none")["d"] == pytest.approx(
        0.1
    )
    assert weighted_score_fusion({"text": {"a": 3.0, "b": 3.0}}) == {"a": 1.0, "b": 1.0}
    assert weighted_score_fusion({"text": {}}) == {}


def test_a_negative_weight_takes_off() -> None:
    systems = {"text": {"owl": 2.0, "eagle": 1.0}, "image": {"owl": 1.0}}
    assert list(reciprocal_rank_fusion(systems)) == ["owl", "eagle"]
    assert list(reciprocal_rank_fusion(systems, {"text": 1.0, "image": -1.0})) == ["eagle", "owl"]


def test_infinities_are_ranks_too() -> None:
    assert list(reciprocal_rank_fusion({"a": {"x": float("-inf"), "y": 0.0, "z": float("inf")}})) == [
        "z",
        "y",
        "x",
    ]


def test_refuses() -> None:
    for fuse in RANKING_FUSIONS.values():
        with pytest.raises(ValueError, match="at least one ranking"):
            fuse({})
        with pytest.raises(ValueError, match="NaN in text"):
            fuse({"text": {"a": float("nan")}})
        with pytest.raises(ValueError, match="expected weights of text, got image"):
            fuse({"text": {"a": 1.0}}, {"image": 1.0})
    with pytest.raises(ValueError, match="k of at least 0, got -1"):
        reciprocal_rank_fusion({"text": {}}, k=-1)
    with pytest.raises(ValueError, match="min-max or none, got 'z'"):
        weighted_score_fusion({"text": {}}, scale="z")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="infinity in text"):
        weighted_score_fusion({"text": {"a": float("inf")}})
