"""The lexical forms of XML Schema's datatypes: which texts are numbers, dates, durations and so on.

Source: W3C XML Schema 1.1, part 2 (https://www.w3.org/TR/xmlschema11-2/), as RDF 1.1 uses it: there, space around a
value is no part of the lexical form of a number or a date. Many texts are looked at in one go, by RE2 in Arrow.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs import vocabulary as v

__all__ = ["DATATYPES", "ill_typed"]

Flags = npt.NDArray[np.bool_]

_ZONE: Final = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"
_YEAR: Final = r"-?(?:[1-9]\d{3,}|0\d{3})"
_MONTH: Final = r"(?:0[1-9]|1[0-2])"
_MONTH_DAY: Final = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|[12]\d))"
)
_DAY: Final = r"(?:0[1-9]|[12]\d|3[01])"
_DATE: Final = f"{_YEAR}-{_MONTH_DAY}"
_TIME: Final = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_YEARS_MONTHS: Final = r"(?:\d+Y)?(?:\d+M)?"
_DAYS_TIME: Final = r"(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
_INTEGER: Final = r"[+-]?\d+"
_DECIMAL: Final = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_DOUBLE: Final = _DECIMAL + r"(?:[eE][+-]?\d+)?|[+-]?INF|NaN"
_NAME: Final = r"[\p{L}_][\p{L}\p{M}\p{N}._·-]*"
_BASE64: Final = r"[A-Za-z0-9+/]"

_PATTERNS: Final = {
    "boolean": "true|false|1|0",
    "decimal": _DECIMAL,
    "double": _DOUBLE,
    "float": _DOUBLE,
    "date": f"{_DATE}{_ZONE}?",
    "time": f"{_TIME}{_ZONE}?",
    "dateTime": f"{_DATE}T{_TIME}{_ZONE}?",
    "dateTimeStamp": f"{_DATE}T{_TIME}{_ZONE}",
    "gYear": f"{_YEAR}{_ZONE}?",
    "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}?",
    "gMonth": f"--{_MONTH}{_ZONE}?",
    "gMonthDay": f"--{_MONTH_DAY}{_ZONE}?",
    "gDay": f"---{_DAY}{_ZONE}?",
    "duration": f"-?P{_YEARS_MONTHS}{_DAYS_TIME}",
    "yearMonthDuration": f"-?P{_YEARS_MONTHS}",
    "dayTimeDuration": f"-?P{_DAYS_TIME}",
    "hexBinary": "(?:[0-9a-fA-F]{2})*",
    "base64Binary": f"(?:(?:{_BASE64} ?){{4}})*(?:{_BASE64} ?{_BASE64} ?(?:{_BASE64} ?=|= ?=))?",
    "language": "[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
    "normalizedString": r"[^\t\n\r]*",
    "token": r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
    "NMTOKEN": r"[\p{L}\p{M}\p{N}._:·-]+",
    "Name": r"[\p{L}_:][\p{L}\p{M}\p{N}._:·-]*",
    "NCName": _NAME,
    "QName": f"{_NAME}(?::{_NAME})?",
}
_BOUNDS: Final[dict[str, tuple[int | None, int | None]]] = {
    "integer": (None, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
}
_IDENTIFYING: Final = ("ID", "IDREF", "IDREFS", "ENTITY", "ENTITIES", "NMTOKENS", "NOTATION")
_ANY: Final = ("string", "anyURI", "anyAtomicType", "anySimpleType")

DATATYPES: Final = frozenset(v.XSD + name for name in (*_PATTERNS, *_BOUNDS, *_IDENTIFYING, *_ANY))
"""All datatypes of XML Schema."""


def ill_typed(values: pa.LargeStringArray, datatype: str) -> Flags:
    """Tell which texts are no lexical form of a datatype; of a datatype that is not known here, none.

    >>> ill_typed(pa.array(["2023-02-28", "2023-02-29", "2024-02-29", "soon"]), v.XSD + "date").tolist()
    [False, True, False, True]
    >>> ill_typed(pa.array(["255", "-0", "256", "-1"]), v.XSD + "unsignedByte").tolist()
    [False, False, True, True]
    """
    name = datatype.removeprefix(v.XSD) if datatype.startswith(v.XSD) else ""
    if name in _BOUNDS:
        return ~_matches(values, _INTEGER) | _outside(values, *_BOUNDS[name])
    if name not in _PATTERNS:
        return np.zeros(len(values), np.bool_)
    wrong = ~_matches(values, _PATTERNS[name])
    if name.startswith("date"):
        wrong |= _no_leap_day(values)
    if name.lower().endswith("duration"):
        wrong |= _matches(values, ".*[PT]")
    return wrong


def _matches(values: pa.LargeStringArray, pattern: str) -> Flags:
    return _flags(pc.match_substring_regex(values, f"^(?:{pattern})$"))


def _flags(found: pa.BooleanArray) -> Flags:
    return np.asarray(found.to_numpy(zero_copy_only=False))


def _outside(values: pa.LargeStringArray, low: int | None, high: int | None) -> Flags:
    """Tell which integers, of any length, lie out of bounds."""
    if low is None and high is None:
        return np.zeros(len(values), np.bool_)
    digits = pc.replace_substring_regex(values, r"^[+-]?0*", "")
    zero = _flags(pc.equal(digits, ""))
    negative = _flags(pc.starts_with(values, "-")) & ~zero
    positive = ~negative & ~zero
    wrong = np.zeros(len(values), np.bool_)
    if low is not None:
        wrong |= negative & _longer(digits, max(-low, 0))
        wrong |= zero & (low > 0)
    if high is not None:
        wrong |= positive & _longer(digits, max(high, 0))
        wrong |= zero & (high < 0)
    return wrong


def _longer(digits: pa.LargeStringArray, bound: int) -> Flags:
    """Tell which numbers without leading zeros (zero has no digit at all) are greater than another."""
    most = str(bound).lstrip("0")
    length = pc.utf8_length(digits)
    same_length = pc.equal(length, len(most))
    greater = pc.and_(same_length, pc.greater(digits, pa.scalar(most, digits.type)))
    return _flags(pc.or_(pc.greater(length, len(most)), greater))


def _no_leap_day(values: pa.LargeStringArray) -> Flags:
    """Tell which dates are a 29 February of a year that has none; only a year's last four digits matter."""
    year = pc.struct_field(pc.extract_regex(values, r"^-?\d*(?P<year>\d{4})-02-29"), "year")
    number = pc.fill_null(pc.cast(year, pa.int32()), 0).to_numpy(zero_copy_only=False)
    return np.asarray((number % 4 != 0) | ((number % 100 == 0) & (number % 400 != 0)))
