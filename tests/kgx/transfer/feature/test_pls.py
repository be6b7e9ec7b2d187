"""PLS against scikit-learn, and against least squares at its end."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LinearRegression, Ridge

from kgx.transfer.feature import PLSMap


@pytest.mark.parametrize("components", [1, 2, 4])
@pytest.mark.parametrize("outputs", [1, 3, 9])
def test_equals_scikit_learn(components: int, outputs: int) -> None:
    rng = np.random.default_rng(components)
    source = rng.standard_normal((40, 6)) + 2
    target = source @ rng.standard_normal((6, outputs)) + rng.standard_normal((40, outputs))
    theirs = PLSRegression(components, scale=False, max_iter=20000, tol=1e-14).fit(source, target)
    ours = PLSMap(components).fit(source, target)
    np.testing.assert_allclose(ours.weight, theirs.coef_.reshape(outputs, 6), atol=1e-5)
    assert ours.n_components_ == components


def test_equals_scikit_learn_on_degenerate_features(features: np.ndarray, targets: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = PLSRegression(2, scale=False, max_iter=20000, tol=1e-14).fit(features, targets)
    ours = PLSMap(2).fit(features, targets)
    np.testing.assert_allclose(
        ours.transform(features), theirs.predict(features), atol=1e-4 * np.abs(targets).max()
    )


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other.reshape(one.shape)).max())


def test_with_all_components_it_is_least_squares(features: np.ndarray, targets: np.ndarray) -> None:
    ours, exact = PLSMap(99).fit(features, targets), LinearRegression().fit(features, targets)
    tolerance = 1e-6
    if features.std(axis=0).max() > 1e6 * features.std(axis=0).min() > 0:
        # Scores of scales so far apart are not orthogonal to rounding: no more is asked than scikit-learn gives.
        components = int(np.linalg.matrix_rank(features - features.mean(0)))
        theirs = PLSRegression(components, scale=False, max_iter=20000, tol=1e-14).fit(features, targets)
        tolerance += 2 * _distance(theirs.predict(features), exact.predict(features))
    assert _distance(ours.transform(features), exact.predict(features)) <= tolerance * np.abs(targets).max()
    assert ours.n_components_ <= np.linalg.matrix_rank(features - features.mean(0), tol=1e-9)


def test_one_direction_with_a_penalty_is_ridge_regression() -> None:
    rng = np.random.default_rng(2)
    source, target = rng.standard_normal((20, 1)), rng.standard_normal((20, 2))
    ours, theirs = PLSMap(1, alpha=3.0).fit(source, target), Ridge(3.0).fit(source, target)
    np.testing.assert_allclose(ours.weight, theirs.coef_, atol=1e-12)


def test_nothing_to_explain_gives_the_mean() -> None:
    rng = np.random.default_rng(3)
    for source, target in ((np.ones((5, 3)), rng.random((5, 2))), (rng.random((5, 3)), np.ones((5, 2)))):
        fitted = PLSMap().fit(source, target)
        assert fitted.n_components_ == 0
        np.testing.assert_allclose(fitted.transform(source), np.tile(target.mean(0), (5, 1)))


def test_refuses() -> None:
    for options in ({"n_components": 0}, {"alpha": -1.0}):
        with pytest.raises(ValueError, match="expected"):
            PLSMap(**options).fit(np.eye(3), np.eye(3))  # type: ignore[arg-type]
