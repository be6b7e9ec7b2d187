"""Prefix maps: short names of namespaces, as CURIEs use them (https://www.w3.org/TR/curie/)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from graphs.errors import GraphFormatError

__all__ = ["expand", "read_prefixes", "shorten"]


def read_prefixes(path: str | Path) -> dict[str, str]:
    """Read prefixes from a JSON file: an object of IRIs by prefix, or one with these under ``@context``.

    Raises:
        GraphFormatError: the file cannot be read, or holds something else.
    """
    path = Path(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GraphFormatError(f"cannot be read as JSON: {error}", path) from error
    if isinstance(found, dict) and isinstance(found.get("@context"), dict):
        found = found["@context"]
    if not isinstance(found, dict):
        raise GraphFormatError(f"expected an object of IRIs by prefix, got {type(found).__name__}", path)
    prefixes: dict[str, str] = {}
    for name, given in found.items():
        iri = given.get("@id") if isinstance(given, dict) else given
        if name.startswith("@"):  # keywords of JSON-LD
            continue
        if not isinstance(iri, str) or not iri:
            raise GraphFormatError(f"expected an IRI for the prefix {name!r}, got {iri!r}", path)
        prefixes[name] = iri
    return prefixes


def expand(curie: str, prefixes: Mapping[str, str]) -> str | None:
    """Return the IRI that a CURIE stands for, or None where its prefix is not known.

    >>> expand("ex:owl", {"ex": "http://example.org/"})
    'http://example.org/owl'
    """
    prefix, colon, local = curie.partition(":")
    if not colon or prefix not in prefixes or local.startswith("//"):
        return None
    return prefixes[prefix] + local


def shorten(iri: str, prefixes: Mapping[str, str]) -> str:
    """Return the CURIE of an IRI, by the longest namespace that it starts with, or the IRI itself.

    >>> shorten("http://example.org/birds/owl", {"ex": "http://example.org/", "b": "http://example.org/birds/"})
    'b:owl'
    """
    best = max(
        ((space, prefix) for prefix, space in prefixes.items() if iri.startswith(space)),
        key=lambda found: (len(found[0]), found[1]),
        default=None,
    )
    return iri if best is None else f"{best[1]}:{iri[len(best[0]) :]}"
