"""Training that is interrupted and goes on: the same weights as if it had not been."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from kgx.errors import ModelError
from kgx.train import Curve, TrainingOptions, fit

OPTIONS = TrainingOptions(epochs=6, learning_rate=0.05, patience=6, seed=3)


class SwitchedOffError(Exception):
    """The machine was switched off."""


class Noisy:
    """A network with dropout; training stops with an error in a chosen epoch."""

    def __init__(self, stops_in: int = -1) -> None:
        torch.manual_seed(0)
        self.module = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.inputs = torch.randn(24, 3)
        self.stops_in = stops_in
        self.epochs = 0

    def steps(self) -> int:
        return 3

    def batches(self, generator: torch.Generator) -> Iterator[Tensor]:
        if self.epochs == self.stops_in:
            raise SwitchedOffError
        self.epochs += 1
        yield from torch.randperm(24, generator=generator).split(8)

    def loss(self, batch: Tensor) -> Tensor:
        return ((self.module(self.inputs[batch])[:, 0] - self.inputs[batch].sum(dim=1)) ** 2).mean()

    def score(self) -> float | None:
        with torch.no_grad():
            return -float(self.loss(torch.arange(24)))


def trained(task: Noisy, snapshot: Path | None, options: TrainingOptions = OPTIONS) -> Curve:
    return fit(task, options, snapshot=snapshot, identity={"data": "numbers"})


@pytest.mark.parametrize("stops_in", [1, 4])
def test_it_ends_where_it_would_have_ended(tmp_path: Path, stops_in: int) -> None:
    whole = Noisy()
    wanted = trained(whole, None)
    snapshot = tmp_path / "snapshot"
    with pytest.raises(SwitchedOffError):
        trained(Noisy(stops_in), snapshot)
    torch.manual_seed(99)  # what has happened in between does not count
    again = Noisy()
    assert trained(again, snapshot) == wanted
    assert again.epochs == OPTIONS.epochs - stops_in
    for name, value in whole.module.state_dict().items():
        assert torch.equal(value, again.module.state_dict()[name])


def test_what_has_ended_is_not_trained_again(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    curve = trained(Noisy(), snapshot)
    again = Noisy()
    assert trained(again, snapshot) == curve
    assert again.epochs == 0


def test_another_training_s_snapshot_is_refused(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    trained(Noisy(), snapshot)
    with pytest.raises(ModelError, match="other options"):
        trained(Noisy(), snapshot, TrainingOptions(epochs=7))
    with pytest.raises(ModelError, match="other options"):
        fit(Noisy(), OPTIONS, snapshot=snapshot, identity={"data": "words"})


def test_a_damaged_snapshot_is_refused(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    trained(Noisy(), snapshot)
    snapshot.write_bytes(snapshot.read_bytes()[:-50])
    with pytest.raises(ModelError, match="damaged"):
        trained(Noisy(), snapshot)
