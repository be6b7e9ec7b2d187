"""Weights drawn back to what they were."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from kgx.train.averaging import draw_back


def test_weights_and_statistics_are_averaged_and_counters_are_not() -> None:
    torch.manual_seed(0)
    before = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    after = copy.deepcopy(before)
    with torch.no_grad():
        for weights in after.parameters():
            weights.add_(1.0)
    after(torch.randn(4, 3))
    counted, kept = after[1].num_batches_tracked.clone(), copy.deepcopy(before.state_dict())
    trained = copy.deepcopy(after.state_dict())
    draw_back(after, before, 0.3)
    for name, weights in after.state_dict().items():
        if weights.is_floating_point():
            torch.testing.assert_close(weights, 0.3 * trained[name] + 0.7 * kept[name])
    assert after[1].num_batches_tracked == counted
    assert all(torch.equal(weights, kept[name]) for name, weights in before.state_dict().items())


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_both_ends_are_exact(share: float) -> None:
    before, after = nn.Linear(5, 5), nn.Linear(5, 5)
    expected = (after if share else before).weight.detach().clone()
    draw_back(after, before, share)
    assert torch.equal(after.weight, expected)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_no_more_than_all(share: float) -> None:
    with pytest.raises(ValueError, match="expected a share from 0 to 1"):
        draw_back(nn.Linear(1, 1), nn.Linear(1, 1), share)
