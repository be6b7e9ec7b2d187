"""Pools of strings: a string has one number, whatever batch it comes in, and however many parts there are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphs.growing_pool
from graphs.growing_pool import GrowingPool


def strings(names: list[str]) -> pa.LargeStringArray:
    return pa.array(names, pa.large_string())


@settings(max_examples=100, deadline=None)
@given(
    batches=st.lists(st.lists(st.lists(st.text("abé\0", max_size=20), max_size=8), max_size=3), max_size=4),
    part=st.sampled_from([1, 3, 1 << 14]),
)
def test_equal_strings_have_equal_numbers_and_the_order_is_theirs(
    batches: list[list[list[str]]], part: int
) -> None:
    pool = GrowingPool()
    numbers: dict[str, int] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graphs.growing_pool, "_PART", part)
        for pools in batches:
            for names, found in zip(pools, pool.numbers([strings(names) for names in pools]), strict=True):
                for name, number in zip(names, found.tolist(), strict=True):
                    assert numbers.setdefault(name, number) == number
    assert sorted(numbers.values()) == list(range(len(pool)))
    used = sorted(numbers.values())[::2]
    kept, places = pool.in_order([np.array(used, np.int32)])
    expected = sorted((name for name, number in numbers.items() if number in used), key=str.encode)
    assert kept.to_pylist() == expected
    assert [places[numbers[name]] for name in expected] == list(range(len(expected)))
    assert np.count_nonzero(places < 0) == len(numbers) - len(used)


def test_many_strings_are_numbered_alike_on_any_number_of_threads() -> None:
    batches = [
        [strings([f"ex:{number * 31 % 50_000}" for number in range(start, start + 30_000)])]
        for start in range(0, 90_000, 30_000)
    ]
    one, two = GrowingPool(jobs=1), GrowingPool(jobs=2)
    for pools in batches:
        assert one.numbers(list(pools))[0].tolist() == two.numbers(list(pools))[0].tolist()
    assert len(one) == len(two) == 50_000
    everything = [np.arange(50_000, dtype=np.int32)]
    names, places = one.in_order(everything)
    same_names, same_places = two.in_order(everything)
    assert names.equals(same_names)
    assert places.tolist() == same_places.tolist()
    assert names.to_pylist() == sorted(f"ex:{number}" for number in range(50_000))
