"""The ridge map against scikit-learn on ordinary and degenerate features, and the choice of its penalty."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, Ridge

from kgx.transfer.feature import LeastSquaresMap, RidgeMap, choose_alpha


@given(
    rows=st.integers(1, 25),
    width=st.integers(1, 25),
    outputs=st.integers(1, 4),
    log_alpha=st.floats(-3, 4),
    shift=st.floats(-5, 5),
    seed=st.integers(0, 1000),
)
@settings(max_examples=80, deadline=None)
def test_equals_scikit_learn_on_either_side_of_square(
    rows: int, width: int, outputs: int, log_alpha: float, shift: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    source, target = rng.standard_normal((rows, width)) + shift, rng.standard_normal((rows, outputs)) - shift
    new = rng.standard_normal((3, width))
    ours = RidgeMap(10**log_alpha).fit(source, target)
    theirs = Ridge(alpha=10**log_alpha, solver="svd").fit(source, target)
    assert ours.weight.shape == (outputs, width)
    np.testing.assert_allclose(ours.weight, theirs.coef_.reshape(outputs, width), atol=1e-8)
    np.testing.assert_allclose(ours.transform(new), theirs.predict(new).reshape(3, outputs), atol=1e-8)


def degenerate(case: str) -> np.ndarray:
    rng = np.random.default_rng(0)
    plain = rng.standard_normal((30, 6))
    return {
        "constant column": np.hstack([plain, np.full((30, 1), 7.0)]),
        "repeated columns": np.hstack([plain, plain]),
        "repeated rows": np.repeat(plain[:3], 10, axis=0),
        "all rows equal": np.ones((30, 4)),
        "one row": plain[:1],
        "scales far apart": plain * np.array([1e-6, 1e-3, 1, 1, 1e3, 1e5]),
        "wide and of low rank": plain[:10, :2] @ rng.standard_normal((2, 40)),
    }[case]


CASES = [
    "constant column",
    "repeated columns",
    "repeated rows",
    "all rows equal",
    "one row",
    "scales far apart",
    "wide and of low rank",
]


@pytest.mark.parametrize("case", CASES)
def test_equals_scikit_learn_on_degenerate_features(case: str) -> None:
    source = degenerate(case)
    target = np.random.default_rng(1).standard_normal((len(source), 3))
    ours, theirs = RidgeMap(0.5).fit(source, target), Ridge(alpha=0.5, solver="svd").fit(source, target)
    np.testing.assert_allclose(ours.transform(source), theirs.predict(source), atol=1e-5)


@pytest.mark.parametrize("case", [case for case in CASES if case != "scales far apart"])
def test_without_penalty_it_is_the_least_squares_map_of_smallest_norm(case: str) -> None:
    source = degenerate(case)
    target = np.random.default_rng(1).standard_normal((len(source), 3))
    theirs = LinearRegression().fit(source, target)
    for ours in (RidgeMap(0.0).fit(source, target), LeastSquaresMap().fit(source, target)):
        np.testing.assert_allclose(ours.transform(source), theirs.predict(source), atol=1e-6)
        np.testing.assert_allclose(ours.weight, theirs.coef_, atol=1e-6)


def test_what_can_be_undone_is() -> None:
    source = np.random.default_rng(4).standard_normal((30, 4))
    target = source @ np.random.default_rng(5).standard_normal((4, 6)) + 2.0
    fitted = LeastSquaresMap().fit(source, target)
    np.testing.assert_allclose(fitted.inverse_transform(fitted.transform(source)), source, atol=1e-9)
    lossy = LeastSquaresMap().fit(source, target[:, :2])
    mapped = lossy.transform(source)
    np.testing.assert_allclose(lossy.transform(lossy.inverse_transform(mapped)), mapped, atol=1e-9)


def test_float32_in_float32_out() -> None:
    rng = np.random.default_rng(2)
    source, target = rng.standard_normal((40, 5)) + 100, rng.standard_normal((40, 3))
    ridge = RidgeMap(1.0).fit(source.astype(np.float32), target.astype(np.float32))
    single, double = ridge.transform(source.astype(np.float32)), ridge.transform(source)
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(single, double, atol=1e-3)
    assert ridge.transform(source[:0]).shape == (0, 3)


def test_save_and_load(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for rows in (40, 3):
        ridge = RidgeMap(0.25).fit(rng.standard_normal((rows, 5)), rng.standard_normal((rows, 4)))
        ridge.save(tmp_path / "map.safetensors")
        loaded = RidgeMap.load(tmp_path / "map.safetensors")
        new = rng.standard_normal((6, 5))
        np.testing.assert_array_equal(loaded.transform(new), ridge.transform(new))
        assert loaded.alpha == 0.25
    assert [path.name for path in tmp_path.iterdir()] == ["map.safetensors"]


def test_refuses() -> None:
    for alpha in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"at least 0, got {alpha}"):
            RidgeMap(alpha).fit(np.ones((2, 2)), np.ones((2, 2)))
        with pytest.raises(ValueError, match=f"at least 0, got {alpha}"):
            choose_alpha(np.eye(9), np.eye(9), [1.0, alpha])
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[2, 3\]"):
        RidgeMap(1).fit(np.ones((2, 2)), np.ones((3, 2)))


def noisy_pairs(seed: int, rows: int = 120, noise: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    source = rng.standard_normal((rows, 60))
    return source, source[:, :8] @ rng.standard_normal((8, 12)) + noise * rng.standard_normal((rows, 12))


def test_choice_agrees_with_fitting_fold_by_fold() -> None:
    source, target = noisy_pairs(0)
    alphas, folds = [1.0, 100.0, 1e4], 4
    fold_of = np.random.default_rng(7).permutation(len(source)) % folds
    errors, recalls = [], []
    for alpha in alphas:
        squared, found = 0.0, 0
        for fold in range(folds):
            held = fold_of == fold
            mapped = Ridge(alpha=alpha).fit(source[~held], target[~held]).predict(source[held])
            squared += ((mapped - target[held]) ** 2).sum()
            for i, query in enumerate(mapped):
                cosines = [q @ query / np.linalg.norm(q) / np.linalg.norm(query) for q in target[held]]
                found += sum(c >= cosines[i] for c in cosines) <= 10
        errors.append(squared / target.size)
        recalls.append(found / len(source))
    by_error = choose_alpha(source, target, alphas, folds=folds, seed=7, criterion="mse")
    np.testing.assert_allclose(list(by_error.scores.values()), errors)
    assert by_error.alpha == alphas[int(np.argmin(errors))] == 100.0
    by_recall = choose_alpha(source, target, alphas, folds=folds, seed=7)
    np.testing.assert_allclose(list(by_recall.scores.values()), recalls)
    assert by_recall.scores[by_recall.alpha] == max(recalls)


def test_groups_stay_together_and_are_relevant_to_one_another() -> None:
    source, target = noisy_pairs(1, rows=60, noise=0.5)
    twice = np.repeat(np.arange(60), 2)
    leaking = choose_alpha(source[twice], target[twice], [30.0], criterion="mse")
    honest = choose_alpha(source[twice], target[twice], [30.0], criterion="mse", groups=twice)
    assert honest.scores[30.0] > 1.5 * leaking.scores[30.0]
    one_group_a_fold = choose_alpha(source, target, [1.0], folds=3, groups=np.arange(60) % 3)
    assert one_group_a_fold.scores == {1.0: 1.0}


def test_choice_is_seeded_and_prefers_the_larger_of_equals() -> None:
    source, target = noisy_pairs(2)
    assert choose_alpha(source, target, [1, 10], seed=3) == choose_alpha(source, target, [1, 10], seed=3)
    assert choose_alpha(source[:, :1] * 0, target, [1.0, 5.0, 2.0], criterion="mse").alpha == 5.0


def test_choice_refuses() -> None:
    source, target = noisy_pairs(3, rows=10)
    with pytest.raises(ValueError, match="at least one alpha"):
        choose_alpha(source, target, [])
    with pytest.raises(ValueError, match="between 2 and 10 folds"):
        choose_alpha(source, target, [1.0], folds=11)
    with pytest.raises(ValueError, match="group for each of 10 rows, got 3"):
        choose_alpha(source, target, [1.0], groups=np.arange(3))
    with pytest.raises(ValueError, match=r"recall@10 or mse, got 'r2'"):
        choose_alpha(source, target, [1.0], criterion="r2")  # type: ignore[arg-type]
