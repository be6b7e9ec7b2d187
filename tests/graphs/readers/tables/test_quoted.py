"""Rows of CSV: the standard's parser on what is valid, and no more than a line lost to what is not."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.readers.limits import Limits
from graphs.readers.tables.quoted import Row, quoted_rows, tab_rows

cells = st.text(st.sampled_from('ab," \n\ré'), max_size=4)


def rows_of(content: bytes, **limits: int) -> list[Row]:
    return list(quoted_rows(iter(content.splitlines(keepends=True)), Limits(**limits)))


@settings(max_examples=80, deadline=None)
@given(table=st.lists(st.lists(cells, min_size=2, max_size=3), max_size=5))
def test_what_the_standard_library_writes_is_read_back(table: list[list[str]]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(table)
    lines = io.BytesIO(buffer.getvalue().encode())
    found = list(quoted_rows(iter(lines.readline, b""), Limits()))
    assert [row.cells for row in found] == table
    assert not any(row.problem for row in found)
    number = 1
    for row in found:
        assert row.line == number
        number += sum(cell.count("\n") for cell in row.cells) + 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'a,b\n"c,d\ne,f\n', [(1, ""), (2, "a quote never closes"), (3, "")]),
        (b'a,b\n"c"x,d\ne,f\n', [(1, ""), (2, "not valid CSV: ',' expected after '\"'"), (3, "")]),
        (b'5" disk,a\n6" disk,b\n', [(1, ""), (2, "")]),
        (b'a,"\xff\n",c\nd,e\n', [(1, "not UTF-8: invalid start byte at byte 4 of the line"), (3, "")]),
        (b'"open', [(1, "a quote never closes")]),
        (b"\n\na,b\n", [(3, "")]),
    ],
)
def test_what_is_not_valid_costs_one_row(content: bytes, expected: list[tuple[int, str]]) -> None:
    assert [(row.line, row.problem) for row in rows_of(content)] == expected


def test_a_quote_is_not_followed_beyond_the_limit() -> None:
    found = rows_of(b'"open\n' + b"a,b\n" * 20, max_statement=30)
    assert [row.problem for row in found] == ["a quote never closes"] + [""] * 20
    assert [row.line for row in found] == list(range(1, 22))


def test_a_cell_may_be_longer_than_the_csv_module_allows_by_itself() -> None:
    (row,) = rows_of(b'"' + b"x" * 200_000 + b'",y\n')
    assert len(row.cells[0]) == 200_000


def test_tabs_have_no_quotes() -> None:
    lines = iter([b'"a\tb""\r\n', b"\n", b"\xff\n", b"\t"])
    assert list(tab_rows(lines)) == [
        Row(1, ['"a', 'b""']),
        Row(3, ["�"], "not UTF-8: invalid start byte at byte 1 of the line"),
        Row(4, ["", ""]),
    ]


@settings(max_examples=80, deadline=None)
@given(content=st.binary(max_size=40))
def test_any_bytes_end(content: bytes) -> None:
    found = rows_of(content)
    assert [row.line for row in found] == sorted({row.line for row in found})
