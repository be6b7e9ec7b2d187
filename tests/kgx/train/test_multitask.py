"""Several tasks as one: shared weights, weighted losses, curves of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from kgx.errors import KgxError
from kgx.train import TrainingOptions, fit
from kgx.train.multitask import MultiTask


class Scaling:
    """Learns to multiply by a factor with a shared layer, and an offset of its own."""

    def __init__(self, shared: nn.Linear, factor: float, batches: int = 2) -> None:
        self.module = nn.ModuleDict({"shared": shared})
        self.own = nn.Parameter(torch.zeros(1))
        self.module.register_parameter("own", self.own)
        self.shared, self.factor, self.count = shared, factor, batches

    def steps(self) -> int:
        return self.count

    def batches(self, generator: torch.Generator) -> Iterator[Tensor]:
        for _ in range(self.count):
            yield torch.rand(16, 1, generator=generator)

    def loss(self, batch: Tensor) -> Tensor:
        return (self.shared(batch) + self.own - self.factor * batch).square().mean()

    def score(self) -> float | None:
        return -abs(float(self.shared.weight.detach()) - self.factor)


def shared() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(1, 1, bias=False)


OPTIONS = TrainingOptions(epochs=60, learning_rate=0.1, weight_decay=0.0, patience=60)


def test_both_tasks_move_what_they_share_and_weights_decide_how_much() -> None:
    found = []
    for weights in ({}, {"two": 9.0}, {"four": 9.0}):
        layer = shared()
        fit(
            MultiTask({"two": Scaling(layer, 2.0), "four": Scaling(layer, 4.0)}, weights=weights, lead="two"),
            TrainingOptions(epochs=80, learning_rate=0.1, weight_decay=0.0),
        )
        found.append(float(layer.weight.detach()))
    assert found[1] < found[0] < found[2]


def test_curves_are_each_tasks_own_losses_and_scores() -> None:
    layer = shared()
    tasks = {"two": Scaling(layer, 2.0), "three": Scaling(layer, 3.0, batches=5)}
    several = MultiTask(tasks, weights={"three": 0.5})
    curve = fit(several, OPTIONS)
    two, three = several.curves["two"], several.curves["three"]
    assert len(two.loss) == len(three.loss) == len(curve.loss)
    assert curve.loss == pytest.approx(
        [a + 0.5 * b for a, b in zip(two.loss, three.loss, strict=True)], rel=1e-5
    )
    assert curve.score == two.score
    assert max(two.score) == two.score[two.best_epoch] == curve.score[curve.best_epoch]
    assert float(layer.weight.detach()) == pytest.approx(2.0 - abs(two.score[two.best_epoch]), abs=0.5)


def test_a_short_task_begins_afresh_and_of_a_long_one_a_part_is_seen() -> None:
    layer = shared()
    several = MultiTask(
        {"lead": Scaling(layer, 2.0, 3), "short": Scaling(layer, 2.0, 1), "long": Scaling(layer, 2.0, 9)}
    )
    batches = list(several.batches(torch.Generator().manual_seed(0)))
    assert several.steps() == len(batches) == 3
    assert all(set(batch) == {"lead", "short", "long"} for batch in batches)
    assert not torch.equal(batches[0]["short"], batches[1]["short"])


def test_learned_weights_favour_what_is_sure() -> None:
    layer = shared()

    class Hopeless(Scaling):
        def loss(self, batch: Tensor) -> Tensor:
            return super().loss(batch) + 10.0

    several = MultiTask({"sure": Scaling(layer, 2.0), "not": Hopeless(layer, 2.0)}, weights="uncertainty")
    assert several.weights() == {"sure": 1.0, "not": 1.0}
    fit(several, TrainingOptions(epochs=60, learning_rate=0.1, weight_decay=0.0))
    learned = several.weights()
    assert learned["sure"] > 1.0 > learned["not"]


def test_an_interrupted_training_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    class InterruptedTrainingError(Exception):
        pass

    def several(fail: bool = False) -> MultiTask:
        layer = shared()
        task = MultiTask({"two": Scaling(layer, 2.0), "three": Scaling(layer, 3.0, 5)}, weights="uncertainty")
        calls = 0

        def begin(epoch: int) -> None:
            nonlocal calls
            calls += 1
            if fail and calls == 4:
                raise InterruptedTrainingError
            MultiTask.begin_epoch(task, epoch)

        task.begin_epoch = begin  # type: ignore[method-assign]
        return task

    options = TrainingOptions(epochs=6, learning_rate=0.1)
    whole = several()
    fit(whole, options)
    with pytest.raises(InterruptedTrainingError):
        fit(several(fail=True), options, snapshot=tmp_path / "snapshot")
    again = several()
    fit(again, options, snapshot=tmp_path / "snapshot")
    for name, value in whole.module.state_dict().items():
        assert torch.equal(value, again.module.state_dict()[name]), name


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lead": "three"}, "names of the tasks two, got three"),
        ({"weights": {"tow": 1.0}}, "names of the tasks two, got tow"),
        ({"gaussian": ["x"]}, "names of the tasks two, got x"),
        ({"weights": {"two": 0.0}}, "weights above 0"),
    ],
)
def test_what_is_impossible_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(KgxError, match=message):
        MultiTask({"two": Scaling(shared(), 2.0)}, **options)  # type: ignore[arg-type]
    with pytest.raises(KgxError, match="at least one task"):
        MultiTask({})
