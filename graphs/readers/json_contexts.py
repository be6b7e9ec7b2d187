"""Contexts of JSON-LD whose namespaces would come to far more than the document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO, Any, Final

from graphs.readers.limits import Limits

__all__ = ["check_contexts"]


def _however_written(key: str) -> str:
    """Return a pattern of a key with any of its letters escaped."""
    return "".join(f"(?:{re.escape(letter)}|(?i:\\\\u{ord(letter):04x}))" for letter in key)


_CONTEXT: Final = re.compile(rf'"{_however_written("@context")}"\s*:\s*')


def check_contexts(stream: IO[bytes], name: str, limits: Limits) -> None:
    """Refuse a document of which each word may stand for a name so long that memory would not hold them all.

    pyoxigraph writes out the names of a whole document before it gives the first statement.

    Args:
        stream: the document, read as a whole.
        name: of the document.
        limits: how much its names may come to.

    Raises:
        GraphFormatError: they may come to more.

    >>> import io
    >>> text = b'{"@context": {"@vocab": "http://e/%s"}, "@graph": [%s]}' % (b"e" * 9_999, b'"p",' * 9_999)
    >>> check_contexts(io.BytesIO(text), "long.jsonld", Limits(ratio_free=0))
    Traceback (most recent call last):
        ...
    graphs.errors.GraphFormatError: long.jsonld: its statements, with all names written out, are more than 1,000 times \
its size: refused as an expansion bomb
    """
    data = stream.read()
    text = data.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    longest, end = 0, 0
    for found in _CONTEXT.finditer(text):
        if found.end() < end:
            continue  # within another
        try:
            context, end = decoder.raw_decode(text, found.end())
        except (ValueError, RecursionError):  # which the parser tells
            continue
        longest = max(longest, max(map(len, _strings(context)), default=0))
    limits.check_expansion(longest * (data.count(b'"') // 2), len(data), name)


def _strings(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
