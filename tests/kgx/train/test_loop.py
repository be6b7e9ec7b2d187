"""The training loop: what it repeats, when it stops, and which weights it keeps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from kgx.train import Curve, ParameterGroup, TrainingOptions, fit


class Regression:
    """A small network with dropout that learns a line; its score is taken from a list, or is minus the loss."""

    def __init__(
        self, scores: Sequence[float] | None = None, *, rows: int = 32, dropout: float = 0.5
    ) -> None:
        torch.manual_seed(0)
        self.module = nn.Sequential(nn.Linear(2, 8), nn.Dropout(dropout), nn.Linear(8, 1))
        self.inputs = torch.randn(rows, 2)
        self.targets = self.inputs @ torch.tensor([[2.0], [-1.0]])
        self.scores = scores
        self.kept: list[dict[str, Tensor]] = []
        self.modes: list[tuple[str, bool]] = []
        self.orders: list[list[int]] = []

    def steps(self) -> int:
        return math.ceil(len(self.inputs) / 8)

    def batches(self, generator: torch.Generator) -> Iterator[Tensor]:
        order = torch.randperm(len(self.inputs), generator=generator)
        self.orders.append(order.tolist())
        yield from order.split(8)

    def loss(self, batch: Tensor) -> Tensor:
        self.modes.append(("loss", self.module.training))
        return ((self.module(self.inputs[batch]) - self.targets[batch]) ** 2).mean()

    def score(self) -> float | None:
        self.modes.append(("score", self.module.training))
        self.kept.append({name: value.clone() for name, value in self.module.state_dict().items()})
        return None if self.scores is None else self.scores[len(self.kept) - 1]

    def weights(self) -> dict[str, Tensor]:
        return self.module.state_dict()


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def trained(options: TrainingOptions, scores: Sequence[float] | None = None) -> tuple[Regression, Curve]:
    task = Regression(scores)
    return task, fit(task, options)


def test_it_learns() -> None:
    task = Regression(dropout=0.0)
    curve = fit(task, TrainingOptions(epochs=60, learning_rate=0.05, weight_decay=0.0))
    assert len(curve.loss) == 60
    assert curve.loss[-1] < 1e-3 < curve.loss[0]


def test_same_seed_same_weights_whatever_was_drawn_before() -> None:
    options = TrainingOptions(epochs=3, seed=4)
    first, first_curve = trained(options)
    task = Regression()
    torch.manual_seed(99)
    curve = fit(task, options)
    assert same(first.weights(), task.weights())
    assert (curve.loss, first.orders) == (first_curve.loss, task.orders)


def test_the_seed_decides_batches_and_dropout() -> None:
    first, _ = trained(TrainingOptions(epochs=1, seed=1))
    other, _ = trained(TrainingOptions(epochs=1, seed=2))
    assert first.orders != other.orders
    assert not same(first.weights(), other.weights())


def test_stopping_early_restores_the_best_epoch() -> None:
    task, curve = trained(TrainingOptions(epochs=20, patience=3), [0.1, 0.3, 0.5, 0.4, 0.5, 0.2, 0.9])
    assert curve.score == [0.1, 0.3, 0.5, 0.4, 0.5, 0.2]  # equal is not better
    assert curve.best_epoch == 2
    assert len(curve.loss) == 6
    assert same(task.weights(), task.kept[2])
    assert not same(task.weights(), task.kept[5])


def test_the_best_epoch_is_restored_when_all_epochs_are_trained() -> None:
    task, curve = trained(TrainingOptions(epochs=3, patience=3), [0.2, 0.1, 0.0])
    assert (curve.best_epoch, len(curve.loss)) == (0, 3)
    assert same(task.weights(), task.kept[0])


def test_patience_counts_from_the_best_epoch() -> None:
    _, curve = trained(TrainingOptions(epochs=20, patience=2), [0.1, 0.0, 0.2, 0.1, 0.3, 0.2, 0.1, 1.0])
    assert (curve.best_epoch, len(curve.score)) == (4, 7)


def test_an_undefined_score_is_never_the_best() -> None:
    task, curve = trained(TrainingOptions(epochs=4, patience=3), [math.nan, 0.1, math.nan, 0.2])
    assert curve.best_epoch == 3
    assert same(task.weights(), task.kept[3])


def test_without_patience_the_last_weights_are_kept_and_nothing_is_validated() -> None:
    task, curve = trained(TrainingOptions(epochs=4), [0.9, 0.1, 0.1, 0.1])
    assert (curve.best_epoch, curve.score, len(curve.loss)) == (3, [], 4)
    assert task.kept == []
    longer, _ = trained(TrainingOptions(epochs=4, patience=9), [0.1, 0.2, 0.3, 0.4])
    assert same(task.weights(), longer.kept[3])


def test_without_a_validation_score_all_epochs_are_trained() -> None:
    task, curve = trained(TrainingOptions(epochs=5, patience=1))
    assert (curve.best_epoch, curve.score, len(curve.loss)) == (4, [], 5)
    assert same(task.weights(), task.kept[4])


def test_dropout_is_on_while_training_and_off_at_the_end() -> None:
    task, _ = trained(TrainingOptions(epochs=2, patience=2), [0.1, 0.2])
    assert task.modes == 2 * ([("loss", True)] * 4 + [("score", False)])
    assert not any(module.training for module in task.module.modules())
    assert torch.equal(task.module(task.inputs), task.module(task.inputs))


def test_frozen_parameters_stay_as_they_are() -> None:
    task = Regression()
    first = task.module[0]
    first.requires_grad_(False)
    before = {name: value.clone() for name, value in task.weights().items()}
    fit(task, TrainingOptions(epochs=2, weight_decay=0.5))
    changed = {name for name, value in task.weights().items() if not torch.equal(value, before[name])}
    assert changed == {"2.weight", "2.bias"}


@pytest.mark.parametrize(("epochs", "rows"), [(0, 8), (1, 8), (1, 32), (2, 8), (3, 8)])
def test_short_trainings(epochs: int, rows: int) -> None:
    task = Regression(rows=rows)
    curve = fit(task, TrainingOptions(epochs=epochs))
    assert len(curve.loss) == epochs
    assert curve.best_epoch == epochs - 1
    assert not task.module.training


def test_the_learning_rate_rises_and_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[float] = []
    step = torch.optim.AdamW.step

    def watched(self: torch.optim.AdamW) -> None:
        rates.append(self.param_groups[0]["lr"])
        step(self)

    monkeypatch.setattr(torch.optim.AdamW, "step", watched)
    trained(TrainingOptions(epochs=5, learning_rate=1e-2))
    assert len(rates) == 5 * 4
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(1e-2, rel=0.02)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] < 1e-3 * max(rates)


def test_accumulated_gradients_are_those_of_one_large_batch() -> None:
    class Large(Regression):
        def steps(self) -> int:
            return 2

        def batches(self, generator: torch.Generator) -> Iterator[Tensor]:
            yield from torch.randperm(len(self.inputs), generator=generator).split(16)

    large, small = Large(dropout=0.0), Regression(dropout=0.0)
    fit(large, TrainingOptions(epochs=5, learning_rate=0.05))
    fit(small, TrainingOptions(epochs=5, learning_rate=0.05, accumulate=2))
    for one, other in zip(large.module.parameters(), small.module.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_batches_that_are_left_over_make_a_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    step = torch.optim.AdamW.step

    def counted(self: torch.optim.AdamW) -> None:
        nonlocal steps
        steps += 1
        step(self)

    monkeypatch.setattr(torch.optim.AdamW, "step", counted)
    curve = fit(Regression(rows=40), TrainingOptions(epochs=3, accumulate=3))  # 5 batches: 3 and 2
    assert (steps, len(curve.loss)) == (6, 3)
    with pytest.raises(ValueError, match="accumulate"):
        TrainingOptions(accumulate=0)


class Two(Regression):
    """Its first layer learns at a tenth of the second's rate, and not before epoch 2."""

    def __init__(self) -> None:
        super().__init__(dropout=0.0)
        self.begun: list[int] = []

    def parameter_groups(self) -> list[ParameterGroup]:
        return [
            ParameterGroup(list(self.module[0].parameters()), 0.1),
            ParameterGroup(list(self.module[2].parameters())),
        ]

    def begin_epoch(self, epoch: int) -> None:
        self.begun.append(epoch)
        self.module[0].requires_grad_(epoch >= 2)


def test_groups_learn_at_their_own_rates_and_when_they_are_let(monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[tuple[float, float]] = []
    step = torch.optim.AdamW.step

    def watched(self: torch.optim.AdamW) -> None:
        rates.append((self.param_groups[0]["lr"], self.param_groups[1]["lr"]))
        step(self)

    monkeypatch.setattr(torch.optim.AdamW, "step", watched)
    task = Two()
    before = task.module[0].weight.detach().clone()
    fit(task, TrainingOptions(epochs=2, weight_decay=0.5))
    assert task.begun == [0, 1]
    assert torch.equal(before, task.module[0].weight)
    fit(task, TrainingOptions(epochs=3))
    assert not torch.equal(before, task.module[0].weight)
    assert all(slow == pytest.approx(fast / 10) for slow, fast in rates)


def test_one_group_of_all_is_no_group_at_all() -> None:
    class Whole(Regression):
        def parameter_groups(self) -> list[ParameterGroup]:
            return [ParameterGroup(list(self.module.parameters()))]

    plain, grouped = Regression(), Whole()
    options = TrainingOptions(epochs=3)
    assert fit(plain, options) == fit(grouped, options)
    assert same(plain.weights(), grouped.weights())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": -1}, "expected epochs of at least 0, got -1"),
        ({"patience": -1}, "expected patience of at least 0, got -1"),
        ({"accumulate": 0}, "expected accumulate of at least 1, got 0"),
        ({"learning_rate": -0.1}, "expected learning_rate of at least 0, got -0.1"),
        ({"weight_decay": float("nan")}, "expected weight_decay of at least 0, got nan"),
        ({"learning_rate": float("inf")}, "expected learning_rate of at least 0, got inf"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingOptions(**options)
