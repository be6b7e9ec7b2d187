"""Orthogonal Procrustes against scipy, and what a rotation keeps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from kgx.transfer.feature import ProcrustesMap


@pytest.mark.parametrize("scaling", [False, True])
def test_equals_scipy(scaling: bool) -> None:
    rng = np.random.default_rng(0)
    source, target = rng.standard_normal((40, 5)) + 3, rng.standard_normal((40, 5)) - 1
    x, y = source - source.mean(0), target - target.mean(0)
    rotation, total = orthogonal_procrustes(x, y)
    scale = total / np.square(x).sum() if scaling else 1.0
    ours = ProcrustesMap(scaling=scaling).fit(source, target)
    np.testing.assert_allclose(ours.weight, scale * rotation.T, atol=1e-10)
    np.testing.assert_allclose(ours.transform(source), scale * x @ rotation + target.mean(0), atol=1e-10)


def test_is_as_good_as_scipy_where_rotations_are_open(features: np.ndarray) -> None:
    target = np.random.default_rng(1).standard_normal(features.shape)
    x, y = features - features.mean(0), target - target.mean(0)
    rotation, _ = orthogonal_procrustes(x, y)
    ours = ProcrustesMap().fit(features, target)
    np.testing.assert_allclose(ours.weight @ ours.weight.T, np.eye(len(ours.weight)), atol=1e-10)
    errors = [np.square(y - x @ w).sum() for w in (rotation, ours.weight.T)]
    assert errors[1] == pytest.approx(errors[0])


@pytest.mark.parametrize(("wide", "narrow"), [(7, 3), (6, 6), (3, 7)])
def test_unequal_widths_are_filled_up_with_zeros(wide: int, narrow: int) -> None:
    rng = np.random.default_rng(2)
    source, target = rng.standard_normal((50, wide)), rng.standard_normal((50, narrow))
    size = max(wide, narrow)
    x, y = (np.pad(rows - rows.mean(0), ((0, 0), (0, size - rows.shape[1]))) for rows in (source, target))
    rotation, _ = orthogonal_procrustes(x, y)
    gained = np.trace(rotation.T @ x.T @ y)
    weight = ProcrustesMap().fit(source, target).weight
    assert np.trace(weight @ (source - source.mean(0)).T @ (target - target.mean(0))) == pytest.approx(gained)
    small = weight if narrow <= wide else weight.T
    np.testing.assert_allclose(small @ small.T, np.eye(min(wide, narrow)), atol=1e-10)


def test_a_rotation_keeps_distances_and_is_undone() -> None:
    rng = np.random.default_rng(3)
    source, target = rng.standard_normal((20, 4)), rng.standard_normal((20, 9))
    fitted = ProcrustesMap().fit(source, target)
    mapped = fitted.transform(source)
    np.testing.assert_allclose(
        np.linalg.norm(mapped[1:] - mapped[:-1], axis=1), np.linalg.norm(source[1:] - source[:-1], axis=1)
    )
    np.testing.assert_allclose(fitted.inverse_transform(mapped), source, atol=1e-10)


def test_a_source_of_equal_rows_goes_to_the_target_mean() -> None:
    target = np.random.default_rng(4).standard_normal((6, 3))
    fitted = ProcrustesMap(scaling=True).fit(np.ones((6, 3)), target)
    np.testing.assert_allclose(fitted.transform(np.ones((1, 3))), target.mean(0)[None], atol=1e-12)
