"""Wikidata's JSON dumps: one entity a line, with an array around them or without.

Source: https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphs.block import Block
from graphs.readers.json_text import JsonError, parse_json
from graphs.readers.reading import Reading
from graphs.readers.wikidata.entity import PREFIXES, EntityReader

__all__ = ["read_wikidata"]

_BLOCK = 100_000
"""Statements that a block holds at least, but for the last one."""


def read_wikidata(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a dump of Wikidata, or of a line that ``Special:EntityData`` has given.

    A line that is no entity is rejected as one statement, a value that is not what its type says likewise.

    Raises:
        GraphFormatError: the file cannot be read; or a line or a value cannot be taken, and the first error stops
            the reading.
    """
    for prefix, iri in PREFIXES.items():
        reading.prefixes.setdefault(prefix, iri)
    entities = EntityReader(reading)
    for number, line in _lines(reading):
        try:
            found = parse_json(line, reading.limits)
        except JsonError as error:
            reading.reject(str(error), number)
            continue
        for entity in _entities(found):
            entities.read(entity, number)
        if len(entities) >= _BLOCK:
            yield entities.block()
    yield entities.block()


def _entities(found: Any) -> list[Any]:
    """Return the entities of a line: one, an array of them, or those of an answer of ``Special:EntityData``."""
    if isinstance(found, dict) and isinstance(found.get("entities"), dict):
        return list(found["entities"].values())
    return found if isinstance(found, list) else [found]


def _lines(reading: Reading) -> Iterator[tuple[int, bytes]]:
    """Yield the numbered lines that hold something, without the array around them."""
    longest = reading.limits.max_statement
    number = 0
    with reading.open() as stream:
        while line := stream.readline(longest + 1):
            number += 1
            if len(line) > longest:
                reading.reject(f"a line is longer than the limit of {longest:,} bytes", number)
                while line and not line.endswith(b"\n"):
                    line = stream.readline(longest)
                continue
            line = line.strip().removesuffix(b",")
            if line.startswith(b"[{") and not line.endswith(b"]"):
                line = line[1:]
            elif line.endswith(b"}]") and not line.startswith(b"["):
                line = line[:-1]
            if line.strip() not in (b"", b"[", b"]"):
                yield number, line
