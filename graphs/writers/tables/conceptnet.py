"""Assertions of ConceptNet out, as :mod:`graphs.readers.tables.conceptnet` reads them.

Labels of concepts are not written: readers take them from the concepts' URIs.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import numpy as np
import numpy.typing as npt

from graphs import vocabulary as v
from graphs.attribute_names import RDF_JSON
from graphs.readers.tables.conceptnet import CONCEPTNET, KNOWN, assertion_uri, label_of
from graphs.readers.tables.naming import CONTROL, is_absolute
from graphs.store import Store
from graphs.writers.packing import created
from graphs.writers.tables.folding import fold
from graphs.writers.tables.statements import LiteralRows, TripleRows, details
from graphs.writers.written import Written

__all__ = ["write_conceptnet"]

_ROWS: Final = 100_000
_TRIPLES: Final = "triples that are no assertions of ConceptNet"
_LITERALS: Final = "literals that ConceptNet has no place for"
_DESCRIBING: Final = 4
_REPEATED: Final = re.compile(r"(?<=\])#[0-9]+$")
_ASSERTION: Final = CONCEPTNET + "/a/"


def write_conceptnet(store: Store, path: Path) -> Written:
    """Write the assertions of ConceptNet that a graph holds.

    Other triples and literals have no place there, nor have named graphs.

    Raises:
        GraphError: the file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> owl = [CONCEPTNET + uri for uri in ("/c/en/owl", "/r/IsA", "/c/en/bird")]
    >>> with TemporaryDirectory() as folder:
    ...     written = write_conceptnet(Store.from_triples([tuple(owl)]), Path(folder, "owls.csv"))
    ...     print(Path(folder, "owls.csv").read_text().expandtabs(2))
    /a/[/r/IsA/,/c/en/owl/,/c/en/bird/] /r/IsA  /c/en/owl /c/en/bird  {"weight": 1.0}
    <BLANKLINE>
    """
    left_out: Counter[str] = Counter()
    graph = _Graph(store, left_out)
    with created(path) as stream:
        for lines in graph.lines():
            stream.write("".join(lines).encode())
    return Written(graph.written, {**details(store), **left_out})


class _Graph:
    """The assertions of a graph; ``written`` counts the statements that have been written."""

    def __init__(self, store: Store, left_out: Counter[str]) -> None:
        self.written = 0
        self._store, self._left_out = store, left_out
        self._rows = TripleRows.of(store).without_graphs(left_out)
        self._literals = LiteralRows.of(store).plain(left_out)
        self._predicates = self._literals.predicates.to_pylist()
        entities = np.arange(store.num_entities + 1, dtype=np.int32)
        self._bounds = np.searchsorted(self._literals.subject, entities)
        folded = fold(store, self._rows)
        names = store.entity_iris(folded.statement)
        described = zip(folded.statement.tolist(), names, folded.edge.tolist(), strict=True)
        self._statements: dict[int, list[tuple[int, str]]] = {}
        for statement, name, edge in described:
            if name.startswith(_ASSERTION) and not CONTROL.search(name):
                self._statements.setdefault(edge, []).append((statement, name))
        kept = [statement for found in self._statements.values() for statement, _ in found]
        self._describing = folded.describing & np.isin(self._rows.head, kept)

    def lines(self) -> Iterator[list[str]]:
        """Yield lines, many at a time, and count what is left out in the end."""
        rows = self._rows
        concepts = np.zeros(self._store.num_entities, np.bool_)
        triples = literals = 0
        asked = np.flatnonzero(~self._describing)
        for start in range(0, len(asked), _ROWS):
            lines: list[str] = []
            for row, uris, assertion in self._assertions(asked[start : start + _ROWS]):
                of_triple = len(lines)
                for statement, name in self._statements.get(row, ()):
                    triples += _DESCRIBING
                    known, count = self._known(statement, None)
                    lines.append(_line(_REPEATED.sub("", name.removeprefix(CONCEPTNET)), uris, known))
                    literals += count
                known, count = self._known(assertion, float(rows.weight[row]))
                if count or len(lines) == of_triple:
                    lines.insert(of_triple, _line(assertion_uri(*uris), uris, known))
                    literals += count
                triples += 1
                concepts[[rows.head[row], rows.tail[row]]] = True
            yield lines
        literals += self._implied(concepts)
        for what, count in ((_TRIPLES, len(rows) - triples), (_LITERALS, len(self._literals) - literals)):
            if count:
                self._left_out[what] += count
        self.written = triples + literals

    def _assertions(self, asked: npt.NDArray[np.int64]) -> Iterator[tuple[int, list[str], int]]:
        """Yield the rows that are assertions: the URIs of relation, start and end, and the assertion's entity."""
        store, rows = self._store, self._rows
        heads, tails = (store.entity_iris(column[asked]) for column in (rows.head, rows.tail))
        relations = [store.relation_iris[number] for number in rows.relation[asked].tolist()]
        found = []
        for row, *iris in zip(asked.tolist(), relations, heads, tails, strict=True):
            uris = [_uri(iri) for iri in iris]
            if all(uris) and uris[0].startswith("/r/"):
                found.append((row, uris))
        assertions = store.entity_ids([CONCEPTNET + assertion_uri(*uris) for _, uris in found])
        for (row, uris), assertion in zip(found, assertions.tolist(), strict=True):
            yield row, uris, assertion

    def _known(self, assertion: int, weight: float | None) -> tuple[dict[str, Any], int]:
        """Return what is known of an assertion, and how many literals say that.

        Args:
            assertion: its entity, or -1.
            weight: of the triple; None for an assertion that says its weight itself, or has none.
        """
        literals = self._literals
        known: dict[str, Any] = {} if weight is None else {"weight": float(str(np.float32(weight)))}
        keys: set[str] = set()
        for row in range(*self._bounds[assertion : assertion + 2].tolist()) if assertion >= 0 else ():
            predicate = self._predicates[literals.predicate[row]]
            key = unquote(predicate.removeprefix(KNOWN))
            datatype = literals.datatypes[literals.datatype[row]]
            if literals.languages[literals.language[row]] or predicate != KNOWN + quote(key) or key in keys:
                continue
            value = _value(literals.value[row].as_py(), datatype)
            if value is None or (key == "weight" and weight is not None and not _is_rounded(value, weight)):
                continue
            keys.add(key)
            known[key] = value
        return known, len(keys)

    def _implied(self, concepts: npt.NDArray[np.bool_]) -> int:
        """Count the labels that the URIs of written concepts give."""
        literals = self._literals
        labels = np.array([predicate == v.RDFS_LABEL for predicate in self._predicates], np.bool_)
        plain = np.array([not datatype for datatype in literals.datatypes], np.bool_)
        rows = np.flatnonzero(
            labels[literals.predicate] & plain[literals.datatype] & concepts[literals.subject]
        )
        names = self._store.entity_iris(literals.subject[rows])
        languages = [literals.languages[code] for code in literals.language[rows].tolist()]
        said = zip(literals.value.take(rows).to_pylist(), languages, strict=True)
        return sum(label_of(_uri(name)) == label for name, label in zip(names, said, strict=True))


def _line(uri: str, uris: list[str], known: dict[str, Any]) -> str:
    return "\t".join([uri, *uris, json.dumps(known, ensure_ascii=False, sort_keys=True)]) + "\n"


def _uri(iri: str) -> str:
    """Return what an IRI is called in ConceptNet, or nothing where it cannot stand there."""
    if CONTROL.search(iri) or not is_absolute(iri):
        return ""
    return iri.removeprefix(CONCEPTNET) if iri.startswith(CONCEPTNET + "/") else iri


def _value(text: str, datatype: str) -> Any:
    """Return a literal as a value of JSON, or None where JSON would not give it back."""
    if not datatype:
        return text
    if datatype != RDF_JSON:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    same = json.dumps(value, ensure_ascii=False, sort_keys=True) == text
    return value if same and not isinstance(value, str) else None


def _is_rounded(value: Any, weight: float) -> bool:
    """Tell whether a weight is what single precision makes of another number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and float(np.float32(value)) == weight and str(np.float32(value)) != repr(value)
