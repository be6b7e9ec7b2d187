"""Affine maps on their own."""

from __future__ import annotations

import numpy as np
import pytest

from kgx.transfer.affine import AffineMap
from kgx.transfer.ridge import fit_ridge


def test_equals_row_by_row() -> None:
    rng = np.random.default_rng(0)
    one = AffineMap(rng.standard_normal((3, 5)), rng.standard_normal(5), rng.standard_normal(3))
    rows = rng.standard_normal((7, 5))
    expected = [one.weight @ (row - one.source_mean) + one.target_mean for row in rows]
    np.testing.assert_allclose(one.transform(rows), expected, atol=1e-12)
    assert one.transform(rows.astype(np.float32)).dtype == np.float32
    assert one.transform(np.ones((2, 5), dtype=np.int64)).dtype == np.float64


def test_the_way_back_is_the_nearest_to_the_source_mean() -> None:
    rng = np.random.default_rng(1)
    one = AffineMap(rng.standard_normal((2, 4)), rng.standard_normal(4), rng.standard_normal(2))
    wanted = rng.standard_normal((1, 2))
    back = one.inverse_transform(wanted)
    np.testing.assert_allclose(one.transform(back), wanted, atol=1e-12)
    null = np.linalg.svd(one.weight)[2][2:]
    np.testing.assert_allclose(null @ (back[0] - one.source_mean), 0, atol=1e-12)


def test_tensors_there_and_back() -> None:
    one = fit_ridge(np.eye(3), np.eye(3)[:, :2], 0.1)
    again = AffineMap.of_tensors(one.tensors())
    np.testing.assert_array_equal(again.transform(np.eye(3)), one.transform(np.eye(3)))
    with pytest.raises(KeyError):
        AffineMap.of_tensors({})


def test_refuses() -> None:
    with pytest.raises(
        ValueError, match=r"expected shapes \(t, s\), \(t,\) and \(s,\), got \(2, 2\), \(2,\), \(3,\)"
    ):
        AffineMap(np.ones((2, 2)), np.ones(3), np.ones(2))
    one = fit_ridge(np.eye(3), np.eye(3)[:, :2], 0.1)
    with pytest.raises(ValueError, match=r"rows of 3 features, got \(1, 2\)"):
        one.transform(np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"rows of 2 features, got \(3,\)"):
        one.inverse_transform(np.ones(3))
    for x, y in (
        (np.ones((2, 2)), np.ones((3, 2))),
        (np.ones((0, 2)), np.ones((0, 2))),
        (np.ones(2), np.ones(2)),
    ):
        with pytest.raises(ValueError, match="as many rows"):
            fit_ridge(x, y, 1.0)
    with pytest.raises(ValueError, match="NaN or infinity"):
        fit_ridge(np.full((2, 2), np.inf), np.ones((2, 2)), 1.0)
    with pytest.raises(ValueError, match="at least 0, got -1"):
        fit_ridge(np.eye(2), np.eye(2), -1.0)
