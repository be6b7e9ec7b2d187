"""Weights out of a network and into another."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from kgx.train.state import restored, tensors_of


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout())


def test_there_and_back_without_drawing() -> None:
    one = network()
    torch.manual_seed(3)
    other = restored(network, tensors_of(one))
    drawn = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(drawn, torch.rand(1))
    rows = torch.rand(5, 3)
    assert torch.equal(other(rows), one.eval()(rows))
    assert not other.training
    other(rows).sum().backward()
    assert other[0].weight.grad is not None  # type: ignore[index]


def test_weights_of_their_own_memory() -> None:
    one = nn.Linear(2, 2)
    tensors = tensors_of(one)
    other = restored(lambda: nn.Linear(2, 2), tensors)
    with torch.no_grad():
        other.weight += 1
    assert not torch.equal(one.weight, other.weight)


def test_what_does_not_fit_is_refused_in_a_line() -> None:
    tensors = tensors_of(network())
    for broken, message in (
        ({}, "got none"),
        ({**tensors, "extra": np.zeros(1)}, "extra"),
        ({**tensors, "0.bias": np.zeros(5, np.float32)}, r"0\.bias of type and shape .*\(4,\).*\(5,\)"),
        ({**tensors, "0.bias": np.zeros(4)}, "float64"),
    ):
        with pytest.raises(ValueError, match=message) as raised:
            restored(network, broken)
        assert "\n" not in str(raised.value)
    with pytest.raises(ValueError, match=r"\(1000000000, 1000000000\)"):
        restored(lambda: nn.Linear(10**9, 10**9), tensors_of(nn.Linear(2, 2)))
