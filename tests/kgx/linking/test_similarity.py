from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.errors import ConfigError
from kgx.linking import Weighting, nearest_neighbours


def reference(
    vectors: np.ndarray,
    gallery: np.ndarray | None,
    k: int,
    *,
    mutual: bool,
    centre: bool,
    weighting: Weighting,
    temperature: float,
) -> dict[tuple[int, int], float]:
    """Every pair's cosine, one pair at a time."""

    def directions(rows: np.ndarray) -> list[np.ndarray | None]:
        encoded = [row.astype(np.float64) for row in rows if row.any()]
        mean = np.mean(encoded, axis=0) if centre and encoded else np.zeros(rows.shape[1])
        moved = [row - mean if row.any() else np.zeros(rows.shape[1]) for row in rows]
        return [row / np.linalg.norm(row) if np.linalg.norm(row) > 1e-6 else None for row in moved]

    def near(
        these: list[np.ndarray | None], those: list[np.ndarray | None]
    ) -> dict[int, list[tuple[float, int]]]:
        found = {}
        for number, one in enumerate(these):
            pairs = [
                (float(one @ other), row)
                for row, other in enumerate(those)
                if one is not None and other is not None and not (gallery is None and row == number)
            ]
            found[number] = sorted(pairs, key=lambda pair: (-pair[0], pair[1]))[:k]
        return found

    these = directions(vectors)
    those = these if gallery is None else directions(gallery)
    forward, backward = near(these, those), near(those, these)
    weights: dict[tuple[int, int], float] = {}
    for item, pairs in forward.items():
        kept = [(c, row) for c, row in pairs if not mutual or item in [other for _, other in backward[row]]]
        if weighting == "cosine":
            powers = {row: c for c, row in kept if c > 0}
        else:
            powers = {row: math.exp(c / temperature) for c, row in kept}
        weights |= {(item, row): power / sum(powers.values()) for row, power in powers.items()}
    return weights


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(0, 8), st.integers(0, 8), st.integers(1, 5),
    st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["softmax", "cosine"]),
)  # fmt: skip
def test_against_every_pair(
    seed: int, n: int, g: int, k: int, same: bool, mutual: bool, centre: bool, weighting: Weighting
) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 6)).astype(np.float32)
    vectors[rng.random(n) < 0.2] = 0
    gallery = None if same else rng.normal(size=(g, 6)).astype(np.float32) + 1
    options = {"mutual": mutual, "centre": centre, "weighting": weighting, "temperature": 0.5}
    found = nearest_neighbours(vectors, gallery, k=k, **options)  # type: ignore[arg-type]
    pairs = list(zip(found.items.tolist(), found.neighbours.tolist(), strict=True))
    expected = reference(vectors, gallery, k, **options)  # type: ignore[arg-type]
    assert len(pairs) == len(set(pairs)) == len(found)
    assert dict(zip(pairs, found.weights.tolist(), strict=True)) == pytest.approx(
        expected, rel=1e-3, abs=1e-5
    )


def test_twins_are_neighbours_but_nobody_is_its_own() -> None:
    vectors = np.ones((5, 3), dtype=np.float16)
    found = nearest_neighbours(vectors, k=2)
    assert len(found) == 10
    assert (found.items != found.neighbours).all()
    assert found.weights.tolist() == pytest.approx([0.5] * 10)


def test_the_nearest_comes_first() -> None:
    found = nearest_neighbours(np.array([[1.0, 0]]), np.array([[0, 1.0], [1, 1], [1, 0.1]]), k=3)
    assert found.neighbours.tolist() == [2, 1, 0]
    assert (np.diff(found.weights) < 0).all()


def test_centring_takes_off_what_a_domain_shares() -> None:
    left, right = np.array([[9.0, 1], [9, -1]]), np.array([[-9.0, 1], [-9, -1]])
    found = nearest_neighbours(left, right, k=1, centre=True)
    assert found.neighbours.tolist() == [0, 1]


def test_nothing_to_find() -> None:
    assert len(nearest_neighbours(np.zeros((3, 2)))) == 0
    assert len(nearest_neighbours(np.zeros((0, 2)))) == 0
    assert len(nearest_neighbours(np.ones((1, 2)))) == 0
    assert len(nearest_neighbours(np.ones((2, 2)), np.zeros((0, 2)))) == 0


def test_the_input_is_left_alone() -> None:
    vectors = np.array([[3, 4], [1, 0]], dtype=np.float32)
    nearest_neighbours(vectors, k=1, centre=True)
    assert vectors.tolist() == [[3, 4], [1, 0]]


@pytest.mark.parametrize("option", [{"k": 0}, {"temperature": 0.0}, {"weighting": "rank"}])
def test_impossible_options(option: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(option))):
        nearest_neighbours(np.ones((2, 2)), **option)  # type: ignore[arg-type]


def test_dimensions_that_differ() -> None:
    with pytest.raises(ConfigError, match=r"\(2, 2\) and \(2, 3\)"):
        nearest_neighbours(np.ones((2, 2)), np.ones((2, 3)))
