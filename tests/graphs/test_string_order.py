"""Sorting strings by their bytes gives what sorting them one by one gives."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.string_order import string_order

NAMES = st.lists(
    st.one_of(
        st.text(st.sampled_from("ab\0é"), max_size=12),
        st.builds(
            "http://example.org/{}/{}".format, st.sampled_from(["a", "a/b", "entity"]), st.integers(0, 99)
        ),
    ),
    max_size=40,
)


def sorted_by_us(strings: list[str], few: int, jobs: int = 1) -> list[str]:
    order = string_order(pa.array(strings, pa.large_string()), few=few, jobs=jobs)
    assert sorted(order.tolist()) == list(range(len(strings)))
    return [strings[place] for place in order.tolist()]


@settings(max_examples=150, deadline=None)
@given(strings=NAMES, few=st.integers(1, 12))
def test_the_order_is_that_of_the_bytes(strings: list[str], few: int) -> None:
    assert sorted_by_us(strings, few) == sorted(strings, key=str.encode)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_large_group_that_begins_alike_is_divided_again(jobs: int) -> None:
    strings = [f"http://www.example.org/entity/Q{number * 7919 % 1000}" for number in range(1000)]
    strings += ["http://www.example.com/", "https://a.org/", "a"]
    assert sorted_by_us(strings, 10, jobs) == sorted(strings)


def test_equal_strings_are_no_reason_to_divide_for_ever() -> None:
    strings = ["b"] * 50 + ["a" + "\0" * number for number in range(9)] * 5
    assert sorted_by_us(strings, 3) == sorted(strings)


def test_strings_of_a_slice_are_sorted() -> None:
    strings = pa.array(["z", "y", "b", "c", "a"], pa.large_string())[2:]
    assert string_order(strings, few=1).tolist() == [2, 0, 1]


def test_strings_that_are_told_apart_a_few_at_a_time_are_sorted_too() -> None:
    strings = [f"{'a' * 400}{number}" for number in range(53)] + [
        "a" * 8 * number + "b" for number in range(50)
    ]
    assert sorted_by_us(strings, 2) == sorted(strings)
