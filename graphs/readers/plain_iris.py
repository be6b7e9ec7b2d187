"""IRIs of N-Triples that are plain: told to be absolute and valid by their bytes alone, many at a time."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.string_bytes import content, count_within, eight_bytes

__all__ = ["plain_iris"]

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

_LESS, _MORE, _COLON, _HASH, _PERCENT, _SLASH, _AT = b"<>:#%/@"
_LEAD_OF_CONTROLS: Final = 0xC2
"""The first byte of U+0080 to U+00BF in UTF-8."""
_FIRST_BEYOND_CONTROLS: Final = 0xA0
_ALPHANUMERIC: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_HEXADECIMAL: Final = b"0123456789abcdefABCDEF"
_IN_IRI: Final = b"-._~!$&'()*+,;=:@/?#%"
_FAR: Final = np.int64(1) << 62
_HTTP: Final = np.uint64(int.from_bytes(b"http://"))
_HTTPS: Final = np.uint64(int.from_bytes(b"https://"))


def _outside(allowed: bytes) -> Flags:
    """Return, for every byte, whether it is none of those allowed."""
    table = np.ones(256, np.bool_)
    table[np.frombuffer(allowed, np.uint8)] = False
    return table


_ODD_IN_IRI: Final = _outside(_ALPHANUMERIC + _IN_IRI + bytes(range(128, 256)))
_ODD_IN_SCHEME: Final = _outside(_ALPHANUMERIC + b"+-.")
_NO_DIGIT: Final = _outside(_HEXADECIMAL)
_NO_LETTER: Final = _outside(_ALPHANUMERIC[:52])
_IN_AUTHORITY: Final = ~_outside(b":@/?#>")
"""What ends a host's name, or makes it more than that."""
_MEANINGFUL: Final = (_ODD_IN_IRI | ~_outside(b":@#%" + bytes([_LEAD_OF_CONTROLS]))).tobytes()
"""What is odd in an IRI, and what may stand only in some places of it."""


def plain_iris(terms: pa.LargeBinaryArray) -> Flags:
    """Tell which terms are bracketed absolute IRIs that need no closer look.

    >>> plain_iris(pa.array([b"<http://a.org/b>", b"<ex:a#b>", b"_:b", b"<a>"], pa.large_binary())).tolist()
    [True, True, False, False]
    """
    data, bounds = content(terms)
    if not len(data):
        return np.zeros(len(terms), np.bool_)
    plain = _web_addresses(data, bounds)
    others = np.flatnonzero(~plain & (np.diff(bounds) > 0))
    if len(others):
        plain[others] = _absolute_iris(*content(terms.take(pa.array(others))))
    return plain


def _web_addresses(data: Bytes, bounds: Places) -> Flags:
    """Tell which strings are ``<http://...>`` or ``<https://...>`` without anything that may stand only in places."""
    low, high = bounds[:-1], bounds[1:]
    places = np.flatnonzero(np.frombuffer(data.tobytes().translate(_MEANINGFUL), np.bool_))
    at = np.searchsorted(places, bounds)
    plain = np.diff(at) == 3  # the brackets, and the colon after the scheme
    start, last = np.where(plain, low, 0), np.where(plain, high - 1, 0)
    plain &= (data[start] == _LESS) & (data[last] == _MORE)
    scheme = eight_bytes(data, start + 1, np.minimum(last - start, 8).clip(0))
    return np.asarray(plain & ((scheme >> np.uint64(8) == _HTTP) | (scheme == _HTTPS)))


def _absolute_iris(data: Bytes, bounds: Places) -> Flags:
    """Tell which strings are bracketed absolute IRIs, whatever their scheme and their characters."""
    low, high = bounds[:-1], bounds[1:]
    longer = high - low > 3
    start, last = np.where(longer, low, 0), np.where(longer, high - 1, 0)
    odd = np.flatnonzero(_ODD_IN_IRI[data])
    plain = longer & (data[start] == _LESS) & (data[last] == _MORE) & (count_within(odd, bounds) == 2)
    outside_scheme = np.append(np.flatnonzero(_ODD_IN_SCHEME[data]), _FAR)
    colon = outside_scheme[np.searchsorted(outside_scheme, start + 1)]
    plain &= (colon > start + 1) & (colon < last) & (data[np.minimum(colon, last)] == _COLON)
    plain &= ~_NO_LETTER[data[np.minimum(start + 1, len(data) - 1)]]
    plain &= count_within(np.flatnonzero(data == _HASH), bounds) <= 1
    padded = np.append(data, np.zeros(3, np.uint8))
    percents = np.flatnonzero(data == _PERCENT)
    if len(percents):
        bad = percents[_NO_DIGIT[padded[percents + 1]] | _NO_DIGIT[padded[percents + 2]]]
        plain &= count_within(bad, bounds) == 0
    controls = np.flatnonzero(data == _LEAD_OF_CONTROLS)
    if len(controls):
        plain &= count_within(controls[padded[controls + 1] < _FIRST_BEYOND_CONTROLS], bounds) == 0
    return np.asarray(plain & ~_with_port_or_user(padded, np.minimum(colon, last)))


def _with_port_or_user(data: Bytes, colon: Places) -> Flags:
    """Tell which IRIs, by the colon after their scheme, have an authority that holds more than a host's name."""
    start = colon + 3
    found = (data[colon + 1] == _SLASH) & (data[colon + 2] == _SLASH)
    marks = np.append(np.flatnonzero(_IN_AUTHORITY[data]), _FAR)
    mark = marks[np.searchsorted(marks, start)]
    mark = np.minimum(mark, len(data) - 1)
    return np.asarray(found & ((data[mark] == _COLON) | (data[mark] == _AT)))
