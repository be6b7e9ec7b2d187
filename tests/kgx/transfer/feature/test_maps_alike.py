"""What all feature maps have in common: scikit-learn's conventions, files, and names."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from kgx.errors import ConfigError, ModelError
from kgx.train import TrainingOptions
from kgx.transfer.feature import (
    FEATURE_MAPS,
    CCAMap,
    ContrastiveMLP,
    CoralMap,
    CrossModalVAE,
    FeatureMap,
    RegressionMLP,
    RidgeMap,
    new_feature_map,
)

QUICK = TrainingOptions(epochs=2)
SMALL: dict[str, dict[str, Any]] = {
    "mlp": {"hidden": 8},
    "mlp-regression": {"hidden": 8},
    "vae": {"latent": 2, "hidden": 8},
}

every_map = pytest.mark.parametrize("name", FEATURE_MAPS)


def pairs() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    source = rng.standard_normal((40, 5))
    return source, source @ rng.standard_normal((5, 5)) + rng.standard_normal((40, 5))


def fitted(name: str) -> FeatureMap:
    made = new_feature_map(name, **SMALL.get(name, {}))
    return made.fit(*pairs(), options=QUICK) if name in SMALL else made.fit(*pairs())  # type: ignore[call-arg]


class QuickContrastive(ContrastiveMLP):
    def fit(self, X: np.ndarray, y: np.ndarray) -> QuickContrastive:  # type: ignore[override]
        return super().fit(X, y, options=QUICK)


class QuickRegression(RegressionMLP):
    def fit(self, X: np.ndarray, y: np.ndarray) -> QuickRegression:  # type: ignore[override]
        return super().fit(X, y, options=QUICK)


class QuickVAE(CrossModalVAE):
    def fit(self, X: np.ndarray, y: np.ndarray) -> QuickVAE:  # type: ignore[override]
        return super().fit(X, y, options=QUICK)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(
    "make",
    [
        *(kind for name, kind in FEATURE_MAPS.items() if name not in (*SMALL, "coral")),
        lambda: QuickContrastive(hidden=8),
        lambda: QuickRegression(hidden=8),
        lambda: QuickVAE(latent=2, hidden=8),
    ],
)
def test_is_an_estimator_as_scikit_learn_wants_it(make: Callable[[], FeatureMap]) -> None:
    # CORAL's second argument is no answer to each row: scikit-learn cannot check it.
    checks = check_estimator(make(), on_fail=None)
    assert len(checks) > 10
    assert [check["check_name"] for check in checks if check["status"] == "failed"] == []


@every_map
def test_options_can_be_copied_and_set(name: str) -> None:
    one = new_feature_map(name, **SMALL.get(name, {}))
    copied = clone(one)
    assert type(copied) is FEATURE_MAPS[name]
    assert copied.get_params() == one.get_params()


@every_map
def test_a_file_holds_all_of_it(name: str, tmp_path: Path) -> None:
    source, target = pairs()
    one = fitted(name)
    one.save(tmp_path / "a map")
    loaded = FEATURE_MAPS[name].load(tmp_path / "a map")
    assert loaded.get_params() == one.get_params()
    assert loaded.n_features_in_ == 5
    np.testing.assert_array_equal(loaded.transform(source), one.transform(source))
    np.testing.assert_array_equal(loaded.transform_target(target), one.transform_target(target))
    if hasattr(one, "inverse_transform"):
        mapped = one.transform(source)
        np.testing.assert_array_equal(loaded.inverse_transform(mapped), one.inverse_transform(mapped))
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "a map").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(one)).transform(source), one.transform(source))  # noqa: S301


@every_map
def test_unusable_files_are_named(name: str, tmp_path: Path) -> None:
    path, kind = tmp_path / "a map", FEATURE_MAPS[name]
    with pytest.raises(ModelError, match="a map is missing"):
        kind.load(path)
    path.write_bytes(b"no tensors")
    with pytest.raises(ModelError, match="damaged"):
        kind.load(path)
    one = fitted(name)
    one.save(path)
    tensors, note = kind.file_format.open(path)
    for some, told in (
        ({}, note),
        (tensors, {}),
        (tensors, {"options": []}),
        (tensors, {"options": {"unheard_of": 1}}),
        ({key: tensor[:1] for key, tensor in tensors.items() if tensor.ndim}, note),
    ):
        kind.file_format.save(path, some, told)
        with pytest.raises(ModelError, match=r"is damaged .*; fit the map again"):
            kind.load(path)
    (RidgeMap() if name != "ridge" else CCAMap()).fit(*pairs()).save(path)
    with pytest.raises(ModelError, match=f"expected .*{kind.file_format.name}.*fit the map again"):
        kind.load(path)


@every_map
def test_it_has_to_be_fitted_first(name: str, tmp_path: Path) -> None:
    source, _ = pairs()
    one = new_feature_map(name)
    uses = [lambda: one.transform(source), lambda: one.save(tmp_path / "a map")]
    if hasattr(one, "inverse_transform"):
        uses.append(lambda: one.inverse_transform(source))
    for use in uses:
        with pytest.raises(ModelError, match="has not been fitted; call fit") as raised:
            use()
        assert isinstance(raised.value, NotFittedError)
    assert not list(tmp_path.iterdir())


@every_map
def test_no_rows_map_to_no_rows_and_other_widths_are_refused(name: str) -> None:
    source, _ = pairs()
    one = fitted(name)
    assert one.transform(source[:0]).shape == (0, one.transform(source).shape[1])
    with pytest.raises(ValueError, match=r"X has 4 features, but .* is expecting 5"):
        one.transform(source[:, :4])


@every_map
def test_single_precision_stays_single(name: str) -> None:
    source, _ = pairs()
    one = fitted(name)
    single, double = one.transform(source.astype(np.float32)), one.transform(source)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, atol=1e-4)


def test_a_step_of_a_pipeline_and_of_a_search() -> None:
    source, target = pairs()
    steps = make_pipeline(StandardScaler(), RidgeMap())
    search = GridSearchCV(
        steps,
        {"ridgemap__alpha": [1.0, 1e6]},
        scoring=lambda found, X, y: -float(np.square(found.transform(X) - y).mean()),
    )
    assert search.fit(source, target).best_params_ == {"ridgemap__alpha": 1.0}


def test_numpy_numbers_are_options_too(tmp_path: Path) -> None:
    RidgeMap(np.float32(0.5)).fit(*pairs()).save(tmp_path / "a map")  # type: ignore[arg-type]
    assert RidgeMap.load(tmp_path / "a map").alpha == 0.5


def test_names_and_options_that_there_are_not() -> None:
    with pytest.raises(ConfigError, match="unknown feature map 'lasso'; choose least-squares, ridge, "):
        new_feature_map("lasso")
    with pytest.raises(ConfigError, match="'ridge' has no option 'beta'; there are alpha"):
        new_feature_map("ridge", beta=1)


def test_coral_takes_any_number_of_target_rows() -> None:
    source, target = pairs()
    assert CoralMap().fit(source, target[:7]).transform(source).shape == source.shape
