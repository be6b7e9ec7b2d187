"""JSON (https://www.rfc-editor.org/rfc/rfc8259) of any size, taken apart value by value, and what is refused in it.

Python's parser lets through what would be lost or break things later: names that stand twice in an object (the last
one wins), halves of surrogate pairs, numbers beyond a float, and nesting as deep as its stack allows.
"""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Callable, Iterator
from typing import IO, Any, Final, NamedTuple

import numpy as np

from graphs.readers.limits import Limits

__all__ = ["END", "JsonError", "JsonValue", "nesting", "parse_json", "walk"]

_CHUNK: Final = 1 << 18
_NEITHER: Final = bytes(byte for byte in range(256) if byte not in b'[]{}"')
"""All bytes that are neither brackets nor quotes."""
_OPENING: Final = np.isin(np.arange(256), list(b"[{"))
_SPACE: Final = " \t\n\r"

END: Final = object()
"""Stands for a value where an object that has been taken apart is complete."""

Path = tuple[str, ...]


class JsonError(ValueError):
    """A text is not acceptable JSON; ``line`` counts from 1, None where it is not known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


class JsonValue(NamedTuple):
    """A value, the names of the objects that lead to it, and its line.

    Elements of an array have the array's path; what stands in an object that is an element has an empty name there.
    """

    path: Path
    value: Any
    line: int


def nesting(data: bytes) -> int:
    r"""Return how deep arrays and objects are nested, without parsing.

    >>> nesting(b'[{"a": "[[[", "b\\"": [1]}]')
    3
    """
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside = b"".join(data.translate(None, _NEITHER).split(b'"')[::2])
    steps = np.where(_OPENING[np.frombuffer(outside, np.uint8)], 1, -1)
    return int(np.cumsum(steps).max(initial=0))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise JsonError(f"the name {twice!r} stands twice in an object")
    return found


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JsonError(f"the number {text} is beyond what can be kept")
    return number


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_float)
_FAST: Final = json.JSONDecoder(parse_float=_float)


def parse_json(data: bytes, limits: Limits) -> Any:
    """Parse one text; for lines of dumps, so names that stand twice are not looked for.

    Raises:
        JsonError: it is not valid UTF-8 or JSON, or nested deeper than the limits allow.

    >>> parse_json(b'{"id": "Q1"}', Limits())
    {'id': 'Q1'}
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise JsonError(f"not UTF-8: {error.reason}") from error
    if nesting(data) > limits.max_depth:
        raise JsonError(f"JSON nested deeper than {limits.max_depth}")
    value = _guarded(lambda: _FAST.decode(text))
    _check_surrogates(text, value)
    return value


def _guarded(parse: Callable[[], Any]) -> Any:
    """Run a parser, and say in one way what it stumbles over."""
    try:
        return parse()
    except RecursionError as error:
        raise JsonError("JSON nested too deep") from error
    except json.JSONDecodeError as error:
        raise JsonError(f"not valid JSON: {error.msg} at character {error.pos + 1}") from error
    except JsonError:
        raise
    except ValueError as error:  # an integer of more digits than Python converts
        raise JsonError(f"not acceptable as JSON: {error}") from error


def _check_surrogates(text: str, value: Any) -> None:
    if "\\ud" not in text and "\\uD" not in text:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise JsonError("half of a surrogate pair stands in a string: that is no character") from error


def walk(stream: IO[bytes], opened: Callable[[Path], bool], limits: Limits) -> Iterator[JsonValue]:
    """Yield the values of a document that are not opened, in the order in which they stand.

    Args:
        stream: the document in UTF-8.
        opened: tells for a path whether what stands there is to be taken apart (an object or array) rather than
            yielded whole; of the elements of an array, objects are asked for. :data:`END` follows what an opened
            object holds.
        limits: how deep values may be nested, and how long one may be.

    Raises:
        JsonError: the document is not valid, or beyond the limits; says the line.

    >>> import io
    >>> document = io.BytesIO(b'{"nodes": [{"id": 1}, {"id": 2}], "directed": true}')
    >>> values = list(walk(document, lambda path: path in ((), ("nodes",)), Limits()))
    >>> [(value, path) for path, value, line in values if value is not END]
    [({'id': 1}, ('nodes',)), ({'id': 2}, ('nodes',)), (True, ('directed',))]
    """
    text = _Text(stream, limits)
    try:
        yield from _value(text, (), opened, 0)
        if text.peek():
            raise JsonError("something follows the end of the document")
    except JsonError as error:
        raise error if error.line else JsonError(str(error), text.line) from error


def _value(text: _Text, path: Path, opened: Callable[[Path], bool], depth: int) -> Iterator[JsonValue]:
    start = text.peek()
    if start == "{" and opened(path):
        yield from _object(text, path, opened, depth + 1)
    elif start == "[" and opened(path):
        text.take("[")
        if text.peek() == "]":
            text.take("]")
            return
        while True:
            if text.peek() == "{" and opened((*path, "")):
                yield from _object(text, (*path, ""), opened, depth + 2)
            else:
                line = text.line
                yield JsonValue(path, text.value(depth + 1), line)
            if text.take(",]") == "]":
                return
    else:
        line = text.line
        yield JsonValue(path, text.value(depth), line)


def _object(text: _Text, path: Path, opened: Callable[[Path], bool], depth: int) -> Iterator[JsonValue]:
    text.take("{")
    names: set[str] = set()
    if text.peek() == "}":
        text.take("}")
        yield JsonValue(path, END, text.line)
        return
    while True:
        if text.peek() != '"':
            raise JsonError('not valid JSON: expected a name in "quotes"')
        name = text.value(depth)
        if name in names:
            raise JsonError(f"the name {name!r} stands twice in an object")
        names.add(name)
        text.take(":")
        yield from _value(text, (*path, name), opened, depth)
        if text.take(",}") == "}":
            yield JsonValue(path, END, text.line)
            return


class _Text:
    """A document that is read as far as it is needed."""

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        self.line = 1
        self._stream, self._limits = stream, limits
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._buffer, self._at, self._ended = "", 0, False

    def _more(self, size: int = _CHUNK) -> None:
        """Let go of what has been taken, and read on."""
        data = self._stream.read(size)
        self._ended = not data
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            line = self.line + self._buffer.count("\n", self._at) + data.count(b"\n", 0, error.start)
            raise JsonError(f"not UTF-8: {error.reason}", line) from error
        self._buffer = self._buffer[self._at :] + text
        self._at = 0

    def _pass(self, end: int) -> None:
        self.line += self._buffer.count("\n", self._at, end)
        self._at = end

    def peek(self) -> str:
        """Return the next character that is no space, or nothing at the end."""
        while True:
            end = self._at
            while end < len(self._buffer) and self._buffer[end] in _SPACE:
                end += 1
            self._pass(end)
            if end < len(self._buffer):
                return self._buffer[end]
            if self._ended:
                return ""
            self._more()

    def take(self, expected: str) -> str:
        """Take one of some characters."""
        found = self.peek()
        if not found or found not in expected:
            wanted = " or ".join(map(repr, expected))
            raise JsonError(f"not valid JSON: expected {wanted}, got {found!r}" if found else _CUT)
        self._pass(self._at + 1)
        return found

    def value(self, depth: int) -> Any:
        """Take a whole value that stands ``depth`` deep."""
        self.peek()
        limits = self._limits
        while True:
            try:
                value, end = _guarded(lambda: _raw(self._buffer, self._at))
            except JsonError as error:
                if self._ended or not _may_be_cut(error, len(self._buffer)):
                    raise self._placed(error) from error
            else:
                if self._ended or not _may_go_on(self._buffer, end):
                    break
            if len(self._buffer) - self._at > limits.max_statement:
                raise JsonError(f"a value is longer than the limit of {limits.max_statement:,} bytes")
            self._more(max(_CHUNK, len(self._buffer) - self._at))
        text = self._buffer[self._at : end]
        if depth + nesting(text.encode()) > limits.max_depth:
            raise JsonError(f"JSON nested deeper than {limits.max_depth}")
        _check_surrogates(text, value)
        self._pass(end)
        return value

    def _placed(self, error: JsonError) -> JsonError:
        cause = error.__cause__
        if isinstance(cause, json.JSONDecodeError):
            if cause.pos >= len(self._buffer):
                return JsonError(_CUT, self.line + self._buffer.count("\n", self._at))
            return JsonError(
                f"not valid JSON: {cause.msg}", self.line + self._buffer.count("\n", self._at, cause.pos)
            )
        return error


_CUT: Final = "not valid JSON: the document ends in the middle"
_NEAR: Final = 16
"""Characters before the end of what has been read in which a cut can show (in ``-Infinity`` or an escape)."""


def _raw(buffer: str, at: int) -> tuple[Any, int]:
    return _DECODER.raw_decode(buffer, at)


def _may_go_on(buffer: str, end: int) -> bool:
    """Tell whether a value that ends there may be a number whose rest has not been read, as in ``1.`` or ``1e+``."""
    return end == len(buffer) or (end >= len(buffer) - 2 and buffer[end] in ".eE")


def _may_be_cut(error: JsonError, length: int) -> bool:
    """Tell whether an error may come of the document not having been read far enough."""
    cause = error.__cause__
    return isinstance(cause, json.JSONDecodeError) and (
        cause.msg.startswith("Unterminated string") or cause.pos >= length - _NEAR
    )
