"""CORAL: both moments are matched, as its formula says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import eigh, fractional_matrix_power, pinv, pinvh

from kgx.transfer.feature import CoralMap


def shrunk(rows: np.ndarray, shrinkage: float) -> np.ndarray:
    plain = np.cov(rows.T)
    return (1 - shrinkage) * plain + shrinkage * np.trace(plain) / len(plain) * np.eye(len(plain))


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0])
def test_equals_the_formula(shrinkage: float) -> None:
    rng = np.random.default_rng(0)
    source = rng.standard_normal((60, 5)) @ rng.standard_normal((5, 5)) + 4
    target = rng.standard_normal((45, 5)) @ rng.standard_normal((5, 5)) - 2
    expected = fractional_matrix_power(shrunk(target, shrinkage), 0.5) @ fractional_matrix_power(
        shrunk(source, shrinkage), -0.5
    )
    coral = CoralMap(shrinkage=shrinkage).fit(source, target)
    np.testing.assert_allclose(coral.weight, expected, atol=1e-8)
    mapped = coral.transform(source)
    np.testing.assert_allclose(mapped.mean(0), target.mean(0), atol=1e-10)
    if not shrinkage:
        np.testing.assert_allclose(np.cov(mapped.T), np.cov(target.T), atol=1e-8)
    np.testing.assert_allclose(coral.inverse_transform(mapped), source, atol=1e-8)


def root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = eigh(covariance)
    return vectors @ np.diag(np.sqrt(np.maximum(values, 0))) @ vectors.T


def degenerate(rng: np.random.Generator, width: int) -> dict[str, np.ndarray]:
    """Targets of some width, none of them with a covariance of full rank."""
    flat, few = rng.standard_normal((40, width)), rng.standard_normal((max(2, width // 2), width))
    flat[:, ::2] = 3.0
    return {
        "rank 2": rng.standard_normal((40, 2)) @ rng.standard_normal((2, width)) - 1,
        "fewer rows than features": few,
        "constant columns": flat,
        "two rows": rng.standard_normal((2, width)),
        "one thing over and over": np.full((5, width), 2.0),
    }


@pytest.mark.parametrize("case", degenerate(np.random.default_rng(0), 6))
@pytest.mark.parametrize("shrinkage", [0.0, 0.3])
def test_degenerate_covariances_are_inverted_as_far_as_they_reach(
    features: np.ndarray, case: str, shrinkage: float
) -> None:
    """A slow reference: the pseudo-inverse of the covariance, and roots from eigenvalues."""
    source = features / np.abs(features).max()
    target = degenerate(np.random.default_rng(4), source.shape[1])[case]
    coral = CoralMap(shrinkage=shrinkage).fit(source, target)
    if shrinkage:
        inverse = pinvh(shrunk(source, shrinkage))
    else:  # of the rows: their squares have lost half of the digits of what hardly varies
        back = pinv(source - source.mean(0), rtol=1e-13)
        inverse = (len(source) - 1) * back @ back.T
    expected = root(shrunk(target, shrinkage)) @ root(inverse)
    np.testing.assert_allclose(coral.weight, expected, atol=1e-6 * max(np.abs(expected).max(), 1))
    mapped = coral.transform(source)
    np.testing.assert_allclose(mapped.mean(0), target.mean(0), atol=1e-8)
    if case == "one thing over and over":
        np.testing.assert_allclose(mapped, target[:1].repeat(len(source), axis=0), atol=1e-8)


@pytest.mark.parametrize("value", [1.0, 0.1, 1e8 + 0.1])
def test_of_what_does_not_vary_nothing_is_made(value: float) -> None:
    """Where the source is constant nothing is known, and the target's mean is all that can be told."""
    rng = np.random.default_rng(5)
    target = rng.standard_normal((30, 4)) + 2
    source = np.full((6, 4), value)  # whose mean, summed up and divided, is not always the value
    moved = CoralMap(shrinkage=0.0).fit(source, target).transform(source + 1)
    np.testing.assert_allclose(moved, target.mean(0)[None].repeat(6, axis=0))
    partly = np.hstack([rng.standard_normal((50, 2)), np.ones((50, 2))])
    both = np.hstack([3 * partly[:, :2], np.full((50, 2), 7.0)])
    np.testing.assert_allclose(CoralMap(shrinkage=0.0).fit(partly, both).transform(partly), both, atol=1e-9)


def test_degenerate_features_keep_finite_and_of_the_targets_size(features: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    target = rng.standard_normal((50, features.shape[1]))
    mapped = CoralMap(shrinkage=0.0).fit(features, target).transform(features)
    rank = np.linalg.matrix_rank(features - features.mean(0), tol=1e-9)
    assert np.isfinite(mapped).all()
    assert np.linalg.matrix_rank(mapped - mapped.mean(0), tol=1e-6) == min(rank, features.shape[1])
    shrunken = CoralMap(shrinkage=0.2).fit(features, target)
    np.testing.assert_allclose(
        shrunken.inverse_transform(shrunken.transform(features)), features, atol=1e-6 * np.abs(features).max()
    )


def test_a_collection_is_aligned_with_itself_by_doing_nothing() -> None:
    rows = np.random.default_rng(2).standard_normal((40, 6))
    np.testing.assert_allclose(CoralMap().fit(rows, rows[::-1]).transform(rows), rows, atol=1e-10)


def test_refuses() -> None:
    rows = np.random.default_rng(3).standard_normal((9, 3))
    with pytest.raises(ValueError, match=r"one feature space on both sides, got \(9, 3\) and \(9, 2\)"):
        CoralMap().fit(rows, rows[:, :2])
    with pytest.raises(ValueError, match="minimum of 2"):
        CoralMap().fit(rows, rows[:1])
    with pytest.raises(ValueError, match="between 0 and 1, got 2"):
        CoralMap(shrinkage=2).fit(rows, rows)
