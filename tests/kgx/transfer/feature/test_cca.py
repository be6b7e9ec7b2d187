"""CCA against scipy's principal angles, scikit-learn's iteration, and its own definition."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.linalg import eigh, subspace_angles
from sklearn.cross_decomposition import CCA

from kgx.transfer.feature import CCAMap


def test_correlations_are_the_cosines_of_the_angles(features: np.ndarray, targets: np.ndarray) -> None:
    cca = CCAMap(shrinkage=0.0).fit(features, targets)
    x, y = features - features.mean(0), targets - targets.mean(0)
    angles = np.sort(subspace_angles(x, y))[: len(cca.correlations_)]
    np.testing.assert_allclose(cca.correlations_, np.cos(angles), atol=1e-6)


def test_variates_correlate_as_told_and_are_uncorrelated_otherwise(
    features: np.ndarray, targets: np.ndarray
) -> None:
    cca = CCAMap(shrinkage=0.0).fit(features, targets)
    ours, theirs = cca.transform(features), cca.transform_target(targets)
    size = len(cca.correlations_)
    both = np.cov(np.hstack([ours, theirs]).T)
    np.testing.assert_allclose(both[:size, :size], np.eye(size), atol=1e-6)
    np.testing.assert_allclose(both[size:, size:], np.eye(size), atol=1e-6)
    np.testing.assert_allclose(both[:size, size:], np.diag(cca.correlations_), atol=1e-6)


def test_equals_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    shared = rng.standard_normal((200, 3)) * [3, 2, 1]
    source = np.hstack([shared + 0.5 * rng.standard_normal((200, 3)), rng.standard_normal((200, 3))])
    target = np.hstack([shared + 0.5 * rng.standard_normal((200, 3)), rng.standard_normal((200, 2))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = CCA(n_components=3, scale=False, max_iter=5000, tol=1e-12).fit(source, target)
    ours = CCAMap(3, shrinkage=0.0).fit(source, target)
    new = rng.standard_normal((20, 6))
    for mine, other in zip(ours.transform(new).T, theirs.transform(new).T, strict=True):
        assert abs(np.corrcoef(mine, other)[0, 1]) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("shrinkage", [0.2, 1.0])
def test_shrinkage_solves_the_penalised_problem(
    shrinkage: float, features: np.ndarray, targets: np.ndarray
) -> None:
    """A slow reference: the generalised eigenvalue problem that canonical ridge is defined by."""
    x, y = features - features.mean(0), targets - targets.mean(0)
    ours = CCAMap(shrinkage=shrinkage).fit(features, targets)
    covariances = []
    for rows in (x, y):
        plain = rows.T @ rows / (len(rows) - 1)
        sphere = np.trace(plain) / rows.shape[1] * np.eye(rows.shape[1])
        covariances.append((1 - shrinkage) * plain + shrinkage * sphere)
    cross = x.T @ y / (len(x) - 1)
    values = eigh(cross @ np.linalg.solve(covariances[1], cross.T), covariances[0], eigvals_only=True)[::-1]
    count = len(ours.correlations_)
    np.testing.assert_allclose(ours.correlations_, np.sqrt(np.maximum(values[:count], 0)), atol=1e-6)
    gram = ours.source_map_.weight @ covariances[0] @ ours.source_map_.weight.T
    np.testing.assert_allclose(gram, np.eye(count), atol=1e-6)


def test_power_weighs_variates_by_their_correlations() -> None:
    rng = np.random.default_rng(3)
    source = rng.standard_normal((60, 4))
    target = source[:, :3] + rng.standard_normal((60, 3))
    plain, weighted = (CCAMap(shrinkage=0.1, power=power).fit(source, target) for power in (0.0, 2.0))
    np.testing.assert_allclose(
        weighted.transform(source), plain.transform(source) * plain.correlations_**2, atol=1e-10
    )


def test_there_and_back() -> None:
    rng = np.random.default_rng(4)
    source = rng.standard_normal((60, 3))
    target = source @ rng.standard_normal((3, 5)) + 0.1 * rng.standard_normal((60, 5))
    cca = CCAMap(shrinkage=0.0).fit(source, target)
    np.testing.assert_allclose(cca.inverse_transform(cca.transform(source)), source, atol=1e-9)
    few = CCAMap(1, shrinkage=0.0).fit(source, target)
    variates = few.transform(source)
    np.testing.assert_allclose(few.transform(few.inverse_transform(variates)), variates, atol=1e-9)
    assert few.inverse_transform(variates.astype(np.float32)).dtype == np.float32


def test_refuses() -> None:
    rows = np.random.default_rng(5).standard_normal((9, 3))
    for options in ({"n_components": 0}, {"shrinkage": -0.1}, {"shrinkage": 1.1}, {"power": -1.0}):
        with pytest.raises(ValueError, match="expected"):
            CCAMap(**options).fit(rows, rows)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="equal rows"):
        CCAMap().fit(rows, np.ones((9, 2)))
    with pytest.raises(ValueError, match="equal rows"):
        CCAMap().fit(rows[:7], np.full((7, 2), 0.1))  # whose mean is not 0.1
    with pytest.raises(ValueError, match="rows of 3 features"):
        CCAMap().fit(rows, rows).transform_target(np.ones((2, 4)))
