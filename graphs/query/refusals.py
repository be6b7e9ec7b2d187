"""What a query must not do: fetch from the network, or change anything."""

from __future__ import annotations

import re
from typing import Final

from graphs.errors import GraphError

__all__ = ["is_update", "refuse_federation"]

_SPACE: Final = r"(?:\s|#[^\n\r]*[\n\r])*"
_IRI: Final = r"<[^<>]*>"
_FEDERATION: Final = re.compile(
    rf"SERVICE{_SPACE}(?:SILENT{_SPACE})?(?:{_IRI}|[?$]\w+|[^\s{{}}<>\"]*:[^\s{{}}<>\"]*){_SPACE}\{{",
    re.IGNORECASE,
)
_VARIABLE: Final = re.compile(r"[?$]\w*$")
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_UPDATE: Final = re.compile(
    rf"{_SPACE}(?:(?:PREFIX{_SPACE}[^\s:]*:|BASE){_SPACE}{_IRI}{_SPACE})*"
    r"(?:INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|COPY|MOVE|ADD|WITH)\b",
    re.IGNORECASE,
)


def refuse_federation(query: str) -> None:
    """Raise where a query has a SERVICE clause, which the engine would follow to wherever it points.

    Text that only looks like such a clause, in a comment or a string, is refused too: better that than one overlooked.
    Variables called "service" are fine.

    Raises:
        GraphError: there is such a clause.

    >>> refuse_federation("SELECT ?service ?s { ?s <ex:service> ?service }")
    >>> refuse_federation("SELECT * { SERVICE <http://example.org/sparql> { ?s ?p ?o } }")
    Traceback (most recent call last):
        ...
    graphs.errors.GraphError: SERVICE is refused: a query asks this graph only, and nothing is fetched
    """
    for text in {query, _ESCAPE.sub(_character, query)}:
        for found in _FEDERATION.finditer(text):
            if not _VARIABLE.search(text[: found.start()]):
                raise GraphError("SERVICE is refused: a query asks this graph only, and nothing is fetched")


def _character(found: re.Match[str]) -> str:
    code = int(found.group(1) or found.group(2), 16)
    return chr(code) if code < 0x110000 else found.group(0)


def is_update(query: str) -> bool:
    """Tell whether a text is a SPARQL update.

    >>> is_update("PREFIX ex: <http://example.org/> INSERT DATA { ex:a ex:b ex:c }"), is_update("ASK {}")
    (True, False)
    """
    return _UPDATE.match(query) is not None
