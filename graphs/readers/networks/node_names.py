"""Names of nodes that are values of a language: numbers, truth values, tuples; in a graph all of them are texts."""

from __future__ import annotations

import re
from typing import Any, Final

from graphs.attribute_names import typed

__all__ = ["NodeNames"]

_LIKE_A_VALUE: Final = re.compile(r"-?[\d.].*|\(.*\)|true|false|INF|-INF|NaN", re.DOTALL)


class NodeNames:
    """Tells nodes apart that would be one as texts, such as ``1`` and ``"1"``.

    >>> names = NodeNames()
    >>> [names.clash(name) for name in (1, "one", 1, "1", 2, "2.0")]
    [None, None, None, "the nodes 1 and '1' cannot be told apart: a graph's names are texts", None, None]
    """

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._texts: set[str] = set()

    def clash(self, name: Any) -> str | None:
        """Return what is wrong with a name beside those before it, or None."""
        if isinstance(name, str):
            if not _LIKE_A_VALUE.fullmatch(name):
                return None
            text, others, own = name, self._values, self._texts
        else:
            found = typed(name)
            text, others, own = str(name) if found is None else found[0], self._texts, self._values
        if text in others:
            return f"the nodes {text} and {text!r} cannot be told apart: a graph's names are texts"
        own.add(text)
        return None
