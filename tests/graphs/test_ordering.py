"""Sorting packed rows gives what sorting tuples gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.block import constant
from graphs.ordering import stable_order, unique_rows

ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 9), st.sampled_from([0.25, 0.5, 1.0])), max_size=30
)


@settings(max_examples=100, deadline=None)
@given(rows=ROWS, wide=st.booleans(), even=st.booleans())
def test_each_row_is_kept_once_with_its_greatest_weight(
    rows: list[tuple[int, int, float]], wide: bool, even: bool
) -> None:
    first = np.array([row[0] for row in rows], np.int32)
    second = np.array([row[1] for row in rows], np.int32)
    weights = np.array([1.0 if even else row[2] for row in rows], np.float32)
    size = 1 << 31 if wide else 10  # rows of three wide columns do not fit into one number
    columns, found = unique_rows(
        [first, constant(0, len(rows)), second], [size, size if wide else 1, size], weights
    )
    expected: dict[tuple[int, int, int], float] = {}
    for one, other, weight in zip(first.tolist(), second.tolist(), weights.tolist(), strict=True):
        expected[one, 0, other] = max(weight, expected.get((one, 0, other), 0))
    kept = list(zip(*(column.tolist() for column in columns), strict=True))
    assert kept == sorted(expected)
    assert found.tolist() == [expected[row] for row in kept]


def test_more_rows_than_are_packed_at_a_time() -> None:
    numbers = np.random.default_rng(0).integers(0, 1000, 150_000).astype(np.int32)
    assert np.array_equal(stable_order(numbers), np.argsort(numbers, kind="stable"))
    columns, _ = unique_rows([numbers, numbers[::-1]], [1000, 1000], np.ones(len(numbers), np.float32))
    expected = np.unique(np.stack([numbers, numbers[::-1]], axis=1), axis=0)
    assert np.array_equal(np.stack(columns, axis=1), expected)
