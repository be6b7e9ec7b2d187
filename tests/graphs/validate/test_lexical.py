"""Lexical forms of XML Schema's datatypes, against Python's own numbers and dates, and by hand."""

from __future__ import annotations

import datetime
import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.validate.lexical import DATATYPES, ill_typed
from graphs.vocabulary import XSD

BOUNDS = {
    "byte": (-128, 127),
    "unsignedByte": (0, 255),
    "short": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "positiveInteger": (1, None),
    "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None),
    "nonPositiveInteger": (None, 0),
    "integer": (None, None),
}
GOOD = {
    "boolean": "true false 1 0",
    "decimal": "1 -1. +.5 0.0 123456789012345678901234567890.1",
    "double": "1 -1.5e-10 INF -INF +INF NaN .5E3",
    "date": "2024-02-29 -0044-03-15 12024-02-29 0000-01-01 2000-02-29 2023-01-01Z 2023-01-01+14:00",
    "dateTime": "2024-02-29T24:00:00 2023-01-01T00:00:00.123Z 2023-12-31T23:59:59-13:59",
    "dateTimeStamp": "2023-01-01T00:00:00Z",
    "time": "00:00:00 23:59:59.9 24:00:00Z",
    "gYear": "2024 -0001 12345Z",
    "gYearMonth": "2024-12",
    "gMonthDay": "--02-29 --12-31",
    "gMonth": "--01",
    "gDay": "---31",
    "duration": "P1Y PT0.5S -P1Y2M3DT4H5M6S P1M",
    "dayTimeDuration": "P1D PT1H",
    "yearMonthDuration": "P1Y P2M",
    "hexBinary": "0aFF",
    "base64Binary": "AAAA AA== AAA=",
    "language": "en en-GB",
    "NCName": "a é_1-x",
    "QName": "a:b b",
    "string": "anything",
    "anyURI": "not:checked",
}
BAD = {
    "boolean": "TRUE yes 01",
    "decimal": "1e3 . + 1,5 INF",
    "double": "inf nan 1e e5 1.5.2 0x10",
    "date": "2023-02-29 1900-02-29 2023-13-01 2023-1-1 2023-04-31 02023-01-01 2023-01-01+15:00 today",
    "dateTime": "2023-01-01 2023-01-01T25:00:00 2023-01-01T24:00:01 2023-01-01T12:00 2023-02-29T00:00:00",
    "dateTimeStamp": "2023-01-01T00:00:00",
    "time": "24:00:01 12:60:00 12:00 12:00:60",
    "gYear": "24 02024",
    "gYearMonth": "2024-13",
    "gMonthDay": "--02-30 --04-31 02-29",
    "gMonth": "--13",
    "gDay": "---32",
    "duration": "P PT P1YT 1Y P1S P1H P-1Y",
    "dayTimeDuration": "P1Y P PT",
    "yearMonthDuration": "P1D P",
    "hexBinary": "0 xyz",
    "base64Binary": "A AA=A ====",
    "language": "english_language e-",
    "NCName": "1a a:b",
    "QName": "a:b:c :b",
}


def wrong(datatype: str, *values: str) -> list[bool]:
    return ill_typed(pa.array(values, pa.large_string()), XSD + datatype).tolist()


@pytest.mark.parametrize("datatype", GOOD)
def test_forms_that_are_right(datatype: str) -> None:
    values = GOOD[datatype].split()
    assert dict(zip(values, wrong(datatype, *values), strict=True)) == dict.fromkeys(values, False)


@pytest.mark.parametrize("datatype", BAD)
def test_forms_that_are_wrong(datatype: str) -> None:
    values = (
        ["", *BAD[datatype].split()]
        if datatype not in ("hexBinary", "base64Binary")
        else BAD[datatype].split()
    )
    padded = [*values, f" {GOOD[datatype].split()[0]}", f"{GOOD[datatype].split()[0]}\n"]
    assert dict(zip(padded, wrong(datatype, *padded), strict=True)) == dict.fromkeys(padded, True)


INTEGERS = st.one_of(
    st.integers(),
    st.integers(-300, 300),
    st.sampled_from(
        [
            bound + step
            for low, high in BOUNDS.values()
            for bound in (low, high)
            if bound
            for step in (-1, 0, 1)
        ]
    ),
)


@given(st.lists(st.tuples(INTEGERS, st.sampled_from(["", "+", "00", "+0"])), min_size=1, max_size=8))
def test_bounds_of_integers(numbers: list[tuple[int, str]]) -> None:
    texts = [
        f"-{begin.strip('+')}{-number}" if number < 0 else f"{begin}{number}" for number, begin in numbers
    ]
    for datatype, (low, high) in BOUNDS.items():
        expected = [(low is not None and n < low) or (high is not None and n > high) for n, _ in numbers]
        assert wrong(datatype, *texts) == expected


@given(st.integers(1, 9999), st.integers(0, 13), st.integers(0, 32))
def test_days_of_the_calendar(year: int, month: int, day: int) -> None:
    text = f"{year:04}-{month:02}-{day:02}"
    try:
        datetime.date.fromisoformat(text)
        expected = False
    except ValueError:
        expected = True
    assert wrong("date", text) == [expected]
    assert wrong("dateTime", f"{text}T00:00:00") == [expected]


@given(st.text(alphabet="+-.0123456789eEINFNa ", max_size=8))
def test_doubles_are_what_python_reads_but_for_space_and_spelling(text: str) -> None:
    expected = re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN", text) is None
    assert wrong("double", text) == [expected]
    if not expected:
        float(text)


def test_unknown_datatypes_are_left_alone() -> None:
    assert wrong("nothing", "x") == [False]
    assert ill_typed(pa.array(["x"]), "http://example.org/integer").tolist() == [False]
    assert {XSD + name for name in (*GOOD, *BAD, *BOUNDS)} <= DATATYPES
