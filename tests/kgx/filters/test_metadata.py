"""Conditions on metadata: what is one, and what fulfils it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.errors import ConfigError
from kgx.filters.metadata import Condition, fulfilled
from kgx.item_table import ItemTable, MetadataColumn

YEARS = ["1850", "1900.0", "2001", "unknown", "", "-5", "1e3"]


def _table(cells: list[str], name: str = "year") -> ItemTable:
    ids = tuple(map(str, range(len(cells))))
    return ItemTable(ids, ("text",) * len(ids), ids, ids, ids, {name: MetadataColumn.of(cells)})


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("year=1900", ["1900.0"]),
        ("year = 1000", ["1e3"]),
        ("year>=1900", ["1900.0", "2001"]),
        ("year<0", ["-5"]),
        ("year!=2001", ["1850", "1900.0", "unknown", "", "-5", "1e3"]),
        ("year=", [""]),
        ("year!=", ["1850", "1900.0", "2001", "unknown", "-5", "1e3"]),
        ("year^=1", ["1850", "1900.0", "1e3"]),
        ('year="unknown"', ["unknown"]),
        ("year>t", ["unknown"]),
        ("year=1_900", []),
        ("year=nan", []),
    ],
)
def test_conditions(condition: str, found: list[str]) -> None:
    flags = fulfilled(_table(YEARS), [Condition.parse(condition)])
    assert [year for year, flag in zip(YEARS, flags, strict=True) if flag] == found


def test_dates_are_in_order_letter_by_letter() -> None:
    dates = ["2023-12-31", "2024-05-01", "2024-11-01"]
    flags = fulfilled(
        _table(dates, "made"), [Condition.parse("made>=2024-01-01"), Condition.parse("made<2024-06")]
    )
    assert flags.tolist() == [False, True, False]


@pytest.mark.parametrize(
    "text", ["", "year", "=5", "year<", "ye=ar!5" * 200, "year ~ 5", "^=a", " " * 900, " =5"]
)
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(ConfigError, match="expected a"):
        Condition.parse(text)


def test_the_runs_own_columns() -> None:
    table = _table(["x", ""], "language")
    assert fulfilled(table, [Condition.parse("lang=x")]).tolist() == [True, False]
    assert fulfilled(table, [Condition.parse("id=1")]).tolist() == [False, True]
    with pytest.raises(ConfigError, match=r"no column 'colour' to filter by; there are id, .*, language"):
        fulfilled(table, [Condition.parse("colour=red")])
    with pytest.raises(ConfigError, match="built before metadata was kept; build it again"):
        fulfilled(replace(table, metadata=None), [Condition.parse("colour=red")])


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.sampled_from([*YEARS, "é", "1900"]), min_size=1, max_size=8),
    operation=st.sampled_from(["=", "!=", "^=", "<", "<=", ">", ">="]),
    value=st.sampled_from(["1900", "1900.0", "u", "-1"]),
)
def test_by_columns_as_one_by_one(cells: list[str], operation: str, value: str) -> None:
    condition = Condition.parse(f"year {operation} {value}")
    assert condition == Condition("year", operation, value)
    flags = fulfilled(_table(cells), [condition])
    assert flags.tolist() == [condition.holds(cell) for cell in cells]
    if operation == "=":
        np.testing.assert_array_equal(~flags, fulfilled(_table(cells), [replace(condition, operation="!=")]))


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=20))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    try:
        condition = Condition.parse(text)
    except ConfigError:
        return
    assert condition.column.strip() == condition.column != ""


@pytest.mark.parametrize("text", ["year>>3", "a==b", "a=<b", "a<>b"])
def test_an_operator_that_there_is_not(text: str) -> None:
    with pytest.raises(ConfigError, match="expected a condition such as"):
        Condition.parse(text)
