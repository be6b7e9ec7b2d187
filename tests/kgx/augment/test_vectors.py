"""Mixup, modality dropout and links left out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from graphs.gnn.hop_tokens import TokenBlock
from kgx.augment import Mixup, SpaceDropout, drop_item_links, kept_parts
from kgx.items import LinkedItems
from kgx.linking.base import Links


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(st.integers(0, 99), st.floats(0, 1), st.floats(0.05, 5))
def test_rows_and_targets_are_mixed_alike(seed: int, probability: float, alpha: float) -> None:
    rows = torch.randn(7, 3, generator=seeded(seed))
    mixed, told = Mixup(probability, alpha)(rows, torch.eye(7), seeded(seed))
    torch.testing.assert_close(mixed, told @ rows)  # with a target each, the targets are the mixing weights
    torch.testing.assert_close(told.sum(dim=1), torch.ones(7))
    assert int(((told > 0).sum(dim=1) <= 2).sum()) == 7


def test_several_positives_share_before_they_are_mixed_and_rows_without_any_stay_so() -> None:
    targets = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    _, told = Mixup(0.0)(torch.zeros(2, 1), targets, seeded(0))
    assert told.tolist() == [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]


def test_mixup_is_seeded_and_keeps_rows_where_it_is_not_asked_for() -> None:
    rows = torch.randn(50, 2, generator=seeded(0))
    one, same, other = (Mixup(0.5)(rows, torch.eye(50), seeded(seed))[0] for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert 10 < int((one == rows).all(dim=1).sum()) < 45
    with pytest.raises(ValueError, match="alpha above 0"):
        Mixup(alpha=0.0)


@given(st.integers(0, 99), st.floats(0, 1))
def test_one_part_that_is_there_always_stays(seed: int, probability: float) -> None:
    there = torch.rand(20, 3, generator=seeded(seed)) < 0.5
    kept = kept_parts(there, probability, seeded(seed))
    assert not (kept & ~there).any()
    assert torch.equal(kept.any(dim=1), there.any(dim=1))


def test_spaces_are_left_out_whole() -> None:
    def block(seed: int) -> TokenBlock:
        return TokenBlock(
            torch.randn(40, 3, 4, generator=seeded(seed)), torch.ones(40, 3), torch.zeros(3, 1, 2)
        )

    blocks = {"text": block(0), "image": block(1)}
    dropped = SpaceDropout(1.0)(blocks, seeded(0))
    present = torch.stack([some.present.sum(dim=1) for some in dropped.values()], dim=1)
    assert set(map(tuple, present.tolist())) == {(3, 0), (0, 3)}
    assert not dropped["text"].agreement[present[:, 0] == 0].any()
    same = SpaceDropout(0.0)(blocks, seeded(0))
    assert all(torch.equal(same[space].tokens, blocks[space].tokens) for space in blocks)


def linked() -> LinkedItems:
    links = tuple(
        Links(
            relation,
            np.repeat(np.arange(30), 4),
            np.tile(np.arange(4), 30),
            np.full(120, 0.25, np.float32),
            "x",
        )
        for relation in ("depicts", "in category")
    )
    names = tuple(f"i{row}" for row in range(30))
    return LinkedItems("image", names, names, names, names, np.ones((30, 2), np.float32), links)


def test_links_left_out_leave_their_weight_to_the_others() -> None:
    thin = drop_item_links(linked(), 0.5, seed=1, relations=["depicts"])
    depicts, filed = thin.links
    assert len(filed) == 120
    assert 30 < len(depicts) < 90
    sums = np.bincount(depicts.items, depicts.weights)
    np.testing.assert_allclose(sums[np.unique(depicts.items)], 1.0, rtol=1e-6)
    assert not len(drop_item_links(linked(), 1.0, seed=1).links[0])
