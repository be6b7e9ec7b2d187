"""CORAL: both moments are matched, as its formula says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import fractional_matrix_power

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
