"""Assertions of ConceptNet (https://github.com/commonsense/conceptnet5/wiki/Downloads), one a line.

Five columns between tabs: the assertion's URI, its relation, start and end, and what else is known, as a JSON object.

=====================  ==============================================================================================
``/c/en/hot_dog``      the entity ``http://api.conceptnet.io/c/en/hot_dog``, and so for all URIs of ConceptNet; links
                       to elsewhere stay as they are. Its ``rdfs:label`` is "hot dog" in English; said once a block
assertion              a triple; ``weight`` is its weight
what else is known     a literal of the assertion's IRI: ``http://api.conceptnet.io/#dataset``, ``…#surfaceText``; a
                       value that is no text as JSON. A weight that single precision would round is kept as well
URI of the assertion   is not kept where relation, start and end give it, as they do in ConceptNet's own files; else
                       the assertion is an ``rdf:Statement``. So is one that repeats the URI of the line before it
                       (with another licence, say): it is told apart by ``#2``, ``#3`` … behind its URI
=====================  ==============================================================================================

A line counts as the statements that it becomes; one that is rejected, as one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import numpy as np

from graphs import vocabulary as v
from graphs.attribute_names import RDF_JSON
from graphs.block import Block
from graphs.readers.chunks import stream_lines
from graphs.readers.json_text import JsonError, parse_json
from graphs.readers.limits import Limits
from graphs.readers.reading import Reading
from graphs.readers.tables.literal_rows import language_tag
from graphs.readers.tables.naming import CONTROL, NameProblem, is_absolute
from graphs.readers.tables.quoted import Row, tab_rows
from graphs.statements import Statements

__all__ = ["CONCEPTNET", "KNOWN", "assertion_uri", "label_of", "read_conceptnet"]

CONCEPTNET: Final = "http://api.conceptnet.io"
KNOWN: Final = CONCEPTNET + "/#"
"""Namespace of what is known of assertions."""

_COLUMNS: Final = ("assertion", "relation", "start", "end", "information")
_STATEMENTS: Final = 100_000
_CONCEPT: Final = "/c/"
_RELATION: Final = "/r/"


def read_conceptnet(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a file of assertions.

    Raises:
        GraphFormatError: the file cannot be read; or a line is not valid, and the first error stops the reading.
    """
    with reading.open() as stream:
        assertions = _Assertions(reading)
        for row in tab_rows(stream_lines(stream, reading)):
            assertions.add(row)
            if len(assertions) >= _STATEMENTS:
                yield assertions.block()
    yield assertions.block()


class _Assertions:
    """Collects assertions."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._statements = Statements()
        self._labelled: set[str] = set()
        self._last, self._repeated = "", 1

    def __len__(self) -> int:
        return len(self._statements)

    def block(self) -> Block:
        """Return what has been collected since the last call."""
        self._labelled.clear()
        return self._statements.take()

    def add(self, row: Row) -> None:
        """Add a line."""
        try:
            if row.problem:
                raise NameProblem(row.problem)
            if len(row.cells) != len(_COLUMNS):
                raise NameProblem(f"expected the columns {', '.join(_COLUMNS)}, got {len(row.cells)}")
            uri, *uris, written = row.cells
            assertion, relation, start, end = map(_iri, row.cells[:-1], _COLUMNS)
            if not uris[0].startswith(_RELATION):
                raise NameProblem(f"expected a relation ({_RELATION}…), got {uris[0][:80]!r}")
            known = _information(written, self._reading.limits)
            weight, exact = _weight(known)
        except (NameProblem, JsonError) as problem:
            self._reading.reject(str(problem), row.line)
            return
        self._add(start, relation, end, weight)
        for place, concept in zip(uris[1:], (start, end), strict=True):
            self._name(place, concept)
        self._repeated = self._repeated + 1 if uri == self._last else 1
        self._last = uri
        described = self._repeated > 1 or uri != assertion_uri(*uris)
        if self._repeated > 1:
            assertion += f"#{self._repeated}"
        if described:
            self._add(assertion, v.RDF_TYPE, v.RDF_STATEMENT)
            self._add(assertion, v.RDF_SUBJECT, start)
            self._add(assertion, v.RDF_PREDICATE, relation)
            self._add(assertion, v.RDF_OBJECT, end)
        for key, value in known.items():
            if key != "weight" or described or not exact:
                text, datatype = (value, "") if isinstance(value, str) else (_json(value), RDF_JSON)
                self._say(assertion, KNOWN + quote(key), text, datatype=datatype)

    def _name(self, uri: str, concept: str) -> None:
        label = label_of(uri)
        if label is not None and concept not in self._labelled:
            self._labelled.add(concept)
            self._say(concept, v.RDFS_LABEL, label[0], language=label[1])

    def _add(self, head: str, relation: str, tail: str, weight: float = 1.0) -> None:
        reading = self._reading
        self._statements.add(head, relation, tail, source=reading.source, graph=reading.graph, weight=weight)

    def _say(
        self, subject: str, predicate: str, text: str, *, language: str = "", datatype: str = ""
    ) -> None:
        self._statements.add_literal(
            subject,
            predicate,
            text,
            language=language,
            datatype=datatype,
            source=self._reading.source,
            graph=self._reading.graph,
        )


def assertion_uri(relation: str, start: str, end: str) -> str:
    """Return the URI that ConceptNet gives to an assertion.

    >>> assertion_uri("/r/IsA", "/c/en/owl", "/c/en/bird")
    '/a/[/r/IsA/,/c/en/owl/,/c/en/bird/]'
    """
    return "/a/[/" + "/,/".join(part.strip("/") for part in (relation, start, end)) + "/]"


def label_of(uri: str) -> tuple[str, str] | None:
    """Return the words of a concept and their language, or None for what is no concept.

    >>> label_of("/c/en/hot_dog/n/wn/food"), label_of("/r/IsA")
    (('hot dog', 'en'), None)
    """
    parts = uri.split("/")
    if not uri.startswith(_CONCEPT) or len(parts) <= 3 or not parts[3]:
        return None
    return parts[3].replace("_", " "), language_tag(parts[2]) or ""


def _iri(uri: str, column: str) -> str:
    if CONTROL.search(uri) or not (uri.startswith("/") or is_absolute(uri)):
        raise NameProblem(f"expected a URI as the {column}, got {uri[:80]!r}")
    return CONCEPTNET + uri if uri.startswith("/") else uri


def _information(text: str, limits: Limits) -> dict[str, Any]:
    found = parse_json(text.encode(), limits)
    if not isinstance(found, dict):
        raise JsonError(f"expected a JSON object as the information, got {text[:80]}")
    return found


def _weight(known: dict[str, Any]) -> tuple[float, bool]:
    """Return the weight, and whether single precision keeps it as it is written."""
    weight = known.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
        raise NameProblem(f"expected a weight, a finite number from 0 up, got {weight!r:.80}")
    rounded = np.float32(min(weight, float(np.finfo(np.float32).max)))
    return float(rounded), isinstance(weight, float) and str(rounded) == repr(weight)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
