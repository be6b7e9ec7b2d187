"""Fusing vectors by fixed weights, against loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.fusion import concatenate, weighted_sum


def unit(vector: list[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector] if length else vector


def slow_sum(parts: dict[str, np.ndarray], weights: dict[str, float]) -> list[list[float]]:
    fused = []
    for row in range(len(next(iter(parts.values())))):
        units = {name: unit(part[row].tolist()) for name, part in parts.items()}
        width = len(next(iter(units.values())))
        fused.append(unit([sum(weights[name] * units[name][i] for name in parts) for i in range(width)]))
    return fused


@given(
    count=st.integers(1, 3), rows=st.integers(0, 4), width=st.integers(1, 5), seed=st.integers(0, 999),
    factor=st.sampled_from([1e-30, 1.0, 1e30]),
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_equals_the_slow_reference(count: int, rows: int, width: int, seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    parts = {f"part {i}": rng.standard_normal((rows, width)) * 10.0**i for i in range(count)}
    weights = {name: float(rng.uniform(-1, 1)) for name in parts}
    fused = weighted_sum(parts, {name: factor * weight for name, weight in weights.items()})
    expected = np.array(slow_sum(parts, weights)).reshape(rows, width)
    np.testing.assert_allclose(fused, expected, atol=1e-6)


def test_cosines_with_the_fused_vector_rank_as_the_weighted_cosines_do() -> None:
    rng = np.random.default_rng(1)
    text, image = rng.standard_normal((2, 1, 8))
    gallery = rng.standard_normal((20, 8))
    gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)
    fused = weighted_sum({"text": text, "image": image}, {"text": 0.7, "image": -0.3})[0]
    separate = 0.7 * gallery @ text[0] / np.linalg.norm(text) - 0.3 * gallery @ image[0] / np.linalg.norm(
        image
    )
    np.testing.assert_array_equal(np.argsort(gallery @ fused), np.argsort(separate))


def test_side_by_side_the_product_is_the_weighted_mean_of_cosines() -> None:
    rng = np.random.default_rng(2)
    weights = {"text": 3.0, "image": 1.0}
    items = [{"text": rng.standard_normal((1, 4)), "image": rng.standard_normal((1, 7))} for _ in range(2)]
    one, other = (concatenate(item, weights)[0] for item in items)
    cosines = {
        name: float(
            items[0][name][0] @ items[1][name][0]
            / np.linalg.norm(items[0][name]) / np.linalg.norm(items[1][name])
        )
        for name in weights
    }  # fmt: skip
    assert one @ other == pytest.approx((3 * cosines["text"] + cosines["image"]) / 4)
    turned = concatenate(items[0], {"text": 3.0, "image": -1.0})[0]
    assert turned @ other == pytest.approx((3 * cosines["text"] - cosines["image"]) / 4)


def test_missing_parts_and_parts_that_cancel_out() -> None:
    one, nothing = np.array([[0.6, 0.8]], np.float32), np.zeros((1, 2), np.float32)
    np.testing.assert_allclose(weighted_sum({"a": one, "b": nothing}), one)
    np.testing.assert_allclose(concatenate({"a": one, "b": nothing}), [[0.6, 0.8, 0, 0]], atol=1e-7)
    assert not weighted_sum({"a": nothing, "b": nothing}).any()
    assert not weighted_sum({"a": one, "b": 3 * one}, {"a": 0.3, "b": -0.3}).any()
    assert not weighted_sum({"a": one, "b": one, "c": one}, {"a": 0.1, "b": 0.2, "c": -0.3}).any()
    assert weighted_sum({"a": one, "b": one}).dtype == np.float32


def test_refuses() -> None:
    rows = np.ones((2, 3))
    for fuse in (weighted_sum, concatenate):
        for parts, weights, message in (
            ({}, None, "at least one part"),
            ({"a": rows, "b": rows[:1]}, None, "as many rows"),
            ({"a": rows[0]}, None, "matrices"),
            ({"a": np.full((2, 3), np.nan)}, None, "NaN or infinity in a"),
            ({"a": rows}, {"b": 1.0}, "expected weights of a, got b"),
            ({"a": rows, "b": rows}, {"a": 1.0}, "expected weights of a, b, got a"),
            ({"a": rows}, {}, "got none"),
            ({"a": rows}, {"a": np.nan}, "finite"),
            ({"a": rows}, {"a": 0.0}, "not 0"),
        ):
            with pytest.raises(ValueError, match=message):
                fuse(parts, weights)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"one shape, got \(2, 2\), \(2, 3\)"):
        weighted_sum({"a": rows, "b": rows[:, :2]})
