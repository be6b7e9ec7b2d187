"""Pairs as tensors, and their batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kgx.train.pairs import PairRows, batches_of


@pytest.mark.parametrize(
    ("rows", "size", "lengths"), [(9, 8, [5, 4]), (8, 8, [8]), (1, 8, [1]), (7, 2, [2, 2, 2, 1])]
)
def test_batches_are_of_nearly_equal_size_and_hold_every_row(
    rows: int, size: int, lengths: list[int]
) -> None:
    batches = list(batches_of(rows, size, torch.Generator().manual_seed(0)))
    assert [len(batch) for batch in batches] == lengths
    assert sorted(torch.cat(batches).tolist()) == list(range(rows))


def test_positives_of_a_batch_are_those_of_its_rows() -> None:
    pairs = PairRows(np.eye(4), np.eye(4), np.array([[0, 7], [1, 8], [0, 8], [-1, -1]]))
    assert pairs.positives(torch.tensor([2, 3, 1])).int().tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 1]]


def test_refuses() -> None:
    rows = np.ones((3, 2))
    for source, target, entities in (
        (rows, rows[:2], None),
        (rows[:0], rows[:0], None),
        (rows[0], rows[0], None),
        (np.full((3, 2), np.nan), rows, None),
        (rows, rows, np.arange(2)),
        (rows, rows, np.zeros((3, 1, 1))),
    ):
        with pytest.raises(ValueError, match="expected"):
            PairRows(source, target, entities)
