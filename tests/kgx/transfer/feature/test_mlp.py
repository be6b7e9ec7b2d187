"""The contrastive MLP: what it learns, which rows it takes for positives, what it keeps and refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kgx.errors import ModelError
from kgx.evaluate import evaluate
from kgx.losses import multi_positive_contrastive
from kgx.train import TrainingOptions
from kgx.transfer.feature import ContrastiveMLP, RegressionMLP, RidgeMap

QUICK = TrainingOptions(epochs=2)


def folded(rows: int, seed: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs that no linear map can match: the target tells only how far the source is from 0."""
    rng = np.random.default_rng(seed)
    source = rng.uniform(-2, 2, (rows, 4))
    target = np.abs(source) - 1.0
    return (source + shift).astype(np.float32), target.astype(np.float32)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def recall(mapped: np.ndarray, target: np.ndarray, name: str = "recall@1") -> float:
    return evaluate(unit(mapped) @ unit(target).T, np.eye(len(target), dtype=bool))[name]


def small(**options: float) -> ContrastiveMLP:
    return ContrastiveMLP(hidden=64, dropout=0.0, batch_size=64, **options)


@pytest.fixture(scope="module")
def fitted() -> ContrastiveMLP:
    source, target = folded(256, 0)
    return small().fit(source, target, options=TrainingOptions(epochs=60, learning_rate=1e-2))


def test_it_learns_what_no_linear_map_can(fitted: ContrastiveMLP) -> None:
    new, answers = folded(100, 1)
    linear = RidgeMap(1.0).fit(*folded(256, 0))
    assert recall(linear.transform(new), answers) < 0.1
    assert recall(fitted.transform(new), answers) > 0.5
    assert recall(fitted.transform(new), answers, "recall@10") > 0.9


def test_rows_of_length_one_each_on_its_own(fitted: ContrastiveMLP) -> None:
    source, _ = folded(30, 2)
    mapped = fitted.transform(source.astype(np.float64))
    assert mapped.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(mapped, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(fitted.transform(source[7:8])[0], mapped[7], atol=1e-5)
    np.testing.assert_array_equal(fitted.transform(source), mapped)
    assert fitted.transform(source[:0]).shape == (0, 4)


def test_same_seed_same_map_and_the_callers_draws_are_left_alone() -> None:
    source, target = folded(40, 3)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one = ContrastiveMLP(16).fit(source, target, options=QUICK)
    one_adapted = one.adapt(source[:5], target[:5], options=QUICK)
    assert torch.equal(torch.rand(3), expected)
    other = ContrastiveMLP(16).fit(source, target, options=QUICK)
    np.testing.assert_array_equal(other.transform(source), one.transform(source))
    np.testing.assert_array_equal(
        other.adapt(source[:5], target[:5], options=QUICK).transform(source), one_adapted.transform(source)
    )
    another = ContrastiveMLP(16).fit(source, target, options=TrainingOptions(epochs=2, seed=1))
    assert not np.allclose(another.transform(source), one.transform(source))


def test_scale_and_offset_of_the_inputs_do_not_matter() -> None:
    source, target = folded(64, 4)
    scales = np.array([1e-3, 1.0, 50.0, 1e4], np.float32)
    moved = np.hstack([source * scales + 3 * scales, np.full((64, 1), 7.0, np.float32)])
    plain = np.hstack([source, np.zeros((64, 1), np.float32)])
    one, other = small().fit(plain, target, options=QUICK), small().fit(moved, target, options=QUICK)
    np.testing.assert_allclose(other.transform(moved), one.transform(plain), atol=1e-3)


@pytest.mark.parametrize(
    ("entities", "together"),
    [
        (None, []),
        ([0, 1, 0, 2, 3, 1], [(0, 2), (1, 5)]),
        ([-1, -1, 4, 4, -1, 0], [(2, 3)]),
        ([[0, 9], [1, 8], [0, 8], [2, 7], [3, -1], [4, -1]], [(0, 2), (1, 2)]),
    ],
)
def test_rows_that_agree_in_any_column_are_positives(
    entities: list[int] | None, together: list[tuple[int, int]]
) -> None:
    source, target = folded(6, 5)
    positives = torch.eye(6, dtype=torch.bool)
    for one, other in together:
        positives[one, other] = positives[other, one] = True
    mlp = small().fit(
        source,
        target,
        entities=None if entities is None else np.array(entities),
        options=TrainingOptions(epochs=1, learning_rate=1e-12),  # the loss of the first weights
    )
    cosines = torch.tensor(mlp.transform(source) @ unit(target).T)
    assert mlp.curve_ is not None
    assert mlp.curve_.loss[0] == pytest.approx(
        multi_positive_contrastive(cosines / 0.07, positives).item(), abs=1e-4
    )


def test_batches_are_of_nearly_equal_size_and_hold_every_row() -> None:
    source, target = folded(9, 6)
    mlp = ContrastiveMLP(8, 0.0, batch_size=8)  # 5 + 4, not 8 + 1: a pair alone has nothing to be told from
    mlp.fit(source, target, options=TrainingOptions(epochs=1, learning_rate=1e-12))
    assert mlp.curve_ is not None
    assert mlp.curve_.loss[0] > 0.7


def test_the_weights_that_do_best_on_held_out_pairs_are_kept() -> None:
    source, target = folded(120, 7)
    new, answers = folded(60, 8)
    options = TrainingOptions(epochs=25, learning_rate=2e-2, patience=4)
    mlp = small().fit(source, target, validation=(new, answers, np.arange(60)), options=options)
    curve = mlp.curve_
    assert curve is not None
    assert curve.best_epoch == int(np.argmax(curve.score))
    assert len(curve.score) in (25, curve.best_epoch + 5)
    scores, relevant = mlp.transform(new) @ unit(answers).T, np.eye(60, dtype=bool)
    both = [evaluate(matrix, relevant)["recall@10"] for matrix in (scores, scores.T)]
    assert curve.score[curve.best_epoch] == pytest.approx(np.mean(both))


def test_a_few_pairs_of_the_target_help_and_leave_the_map_as_it_was(fitted: ContrastiveMLP) -> None:
    source, target = folded(150, 9, shift=1.0)
    pairs, answers = (source[:50], target[:50]), target[50:]
    before = fitted.transform(source[50:])
    adapted = fitted.adapt(*pairs, np.arange(50), TrainingOptions(epochs=40, learning_rate=3e-3))
    np.testing.assert_array_equal(fitted.transform(source[50:]), before)
    assert recall(adapted.transform(source[50:]), answers) > recall(before, answers) + 0.1
    assert adapted.curve_ is not fitted.curve_
    assert fitted.adapt(source[:1], target[:1], options=QUICK).transform(source[:1]).shape == (1, 4)


def test_save_and_load(fitted: ContrastiveMLP, tmp_path: Path) -> None:
    source, target = folded(20, 10)
    fitted.save(tmp_path / "map.safetensors")
    loaded = ContrastiveMLP.load(tmp_path / "map.safetensors")
    np.testing.assert_array_equal(loaded.transform(source), fitted.transform(source))
    assert (loaded.hidden, loaded.dropout, loaded.batch_size, loaded.curve_) == (64, 0.0, 64, None)
    np.testing.assert_array_equal(
        loaded.adapt(source, target, options=QUICK).transform(source),
        fitted.adapt(source, target, options=QUICK).transform(source),
    )
    loaded.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "map.safetensors").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_unusable_files_are_named(fitted: ContrastiveMLP, tmp_path: Path) -> None:
    path = tmp_path / "map.safetensors"
    fitted.save(path)
    tensors, note = ContrastiveMLP.file_format.open(path)
    for options in ({"hidden": 32}, {"hidden": 10**12}, {"hidden": "wide"}, {"dropout": 1.0}, {"width": 3}):
        ContrastiveMLP.file_format.save(path, tensors, {"options": {**note["options"], **options}})
        with pytest.raises(ModelError, match=r"map\.safetensors: the contrastive MLP is damaged"):
            ContrastiveMLP.load(path)
    halved = {**tensors, "layers.0.weight": tensors["layers.0.weight"].astype(np.float16)}
    for broken in ({name: tensor for name, tensor in tensors.items() if name != "layers.0.weight"}, halved):
        ContrastiveMLP.file_format.save(path, broken, note)
        with pytest.raises(ModelError, match="damaged"):
            ContrastiveMLP.load(path)
    with pytest.raises(ModelError, match=r"expected .*regression MLP.*got .*contrastive MLP"):
        RegressionMLP.load(path)


def test_it_has_to_be_fitted_first() -> None:
    with pytest.raises(ModelError, match="call fit"):
        ContrastiveMLP().adapt(*folded(5, 0))


def test_squared_error_learns_values() -> None:
    source, target = folded(400, 11)
    new, answers = folded(100, 12)
    options = TrainingOptions(epochs=60, learning_rate=1e-2, patience=60)
    held_out = (new, answers, np.arange(100))
    mlp = RegressionMLP(64, 0.0, batch_size=64).fit(source, 50 * target, validation=None, options=options)
    error = np.square(mlp.transform(new) / 50 - answers).mean() / answers.var()
    assert error < 0.1
    again = RegressionMLP(64, 0.0, batch_size=64).fit(source, target, validation=held_out, options=options)
    assert again.curve_ is not None
    assert again.curve_.score[-1] == pytest.approx(
        -np.square((again.transform(new) - answers) / target.std(axis=0)).mean(), abs=1e-3
    )


@pytest.mark.parametrize("options", [{"hidden": 0}, {"batch_size": 0}, {"dropout": 1.0}, {"dropout": -0.1}])
def test_impossible_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="got"):
        ContrastiveMLP(**options).fit(*folded(5, 0))


def test_pairs_that_do_not_fit_are_refused(fitted: ContrastiveMLP) -> None:
    source, target = folded(5, 0)
    broken = source.copy()
    broken[2, 1] = np.nan
    for one, other, entities in (
        (source, target[:4], None),
        (source[:0], target[:0], None),
        (source[0], target[0], None),
        (broken, target, None),
        (source, target, np.arange(4)),
        (source, target, np.zeros((5, 2, 2))),
    ):
        with pytest.raises(ValueError, match=r"[Ee]xpected|inconsistent|Found|contains NaN"):
            small().fit(one, other, entities=entities)
    with pytest.raises(ValueError, match=r"validation features of widths \(4, 4\), got \(3, 4\)"):
        small().fit(source, target, validation=(source[:, :3], target, np.arange(5)))
    with pytest.raises(ValueError, match=r"widths \(4, 4\), got \(4, 2\)"):
        fitted.adapt(source, target[:, :2])
    with pytest.raises(ValueError, match="X has 3 features, but ContrastiveMLP is expecting 4"):
        fitted.transform(source[:, :3])
