"""A graph as nodes with attributes and edges between them, which every format of networks is written from.

See :mod:`graphs.attribute_names` for how literals become attributes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from graphs.attribute_names import OTHER_STATEMENTS, Scalar, attribute_name, attribute_value
from graphs.labels import LABEL_PREDICATES
from graphs.store import Store

__all__ = ["NetworkEdge", "NetworkNode", "edges_of", "fits_xml", "nodes_of"]

_ROWS: Final = 100_000
_ODD_IN_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, and the carriage return, which it reads as a line feed."""

Attributes = dict[str, Any]


class NetworkNode(NamedTuple):
    """An entity; what is said of it; and how many literals that is."""

    name: str
    attributes: Attributes
    literals: int


class NetworkEdge(NamedTuple):
    """A triple in one named graph."""

    head: str
    relation: str
    tail: str
    weight: float
    graph: str
    source: str


def fits_xml(text: str) -> bool:
    r"""Tell whether a text comes out of XML as it goes in.

    >>> fits_xml("barn\towl"), fits_xml("barn\x00owl")
    (True, False)
    """
    return _ODD_IN_XML.search(text) is None


def nodes_of(store: Store, *, xml: bool, sources: bool = False) -> Iterator[NetworkNode]:
    """Yield all entities.

    Args:
        store: the graph.
        xml: whether values have to be such that XML can hold them.
        sources: whether the source of every literal is told; else the same literal of several sources is one.

    A node has a ``label`` too, what the store shows it as, where it is one of its labels.
    """
    first, literals = 0, store.columns.literals
    subjects = literals.column("subject").to_numpy()
    while first < store.num_entities:
        # whole entities, as many as about so many rows say something of
        low = int(np.searchsorted(subjects, first))
        last = int(subjects[low + _ROWS]) + 1 if low + _ROWS < len(subjects) else store.num_entities
        last = min(last, first + _ROWS)
        high = int(np.searchsorted(subjects, last))
        rows = literals.slice(low, high - low).to_pylist()
        place = 0
        for entity, name in enumerate(store.entity_iris(range(first, last)), first):
            end = place
            while end < len(rows) and rows[end]["subject"] == entity:
                end += 1
            said = rows[place:end] if sources else _merged(rows[place:end])
            attributes = _attributes(said, xml=xml, sources=sources)
            if any(row["predicate"] in LABEL_PREDICATES for row in said):
                label = store.label(entity)
                if label in {row["value"] for row in said} and (not xml or fits_xml(label)):
                    attributes = {"label": label, **attributes}
            yield NetworkNode(name, attributes, len(said))
            place = end
        first = last


def _merged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows that differ in more than their source; the weight is the greatest."""
    keys = ("predicate", "value", "language", "datatype", "graph")
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key not in found or found[key]["weight"] < row["weight"]:
            found[key] = row
    return list(found.values())


def _attributes(rows: list[dict[str, Any]], *, xml: bool, sources: bool) -> Attributes:
    found: Attributes = {}
    others = []
    for row in rows:
        predicate, text, language, datatype = (
            row[name] for name in ("predicate", "value", "language", "datatype")
        )
        simple = row["weight"] == 1 and not row["graph"] and not (sources and row["source"])
        value: Scalar | None = None
        name = None
        if simple:
            value = None if language else attribute_value(text, datatype)
            name = attribute_name(predicate, language, "" if value is not None else datatype)
            value = text if value is None else value
            if xml and not (fits_xml(text) and fits_xml(name or "")):
                name = None
        if name is None or name in found or value is None:
            entry = [predicate, text, language, datatype, row["graph"], row["weight"]]
            others.append([*entry, row["source"]] if sources else entry)
        else:
            found[name] = value
    if others:
        found[OTHER_STATEMENTS] = json.dumps(others) if xml else others
    return found


def edges_of(store: Store, *, sources: bool = False) -> Iterator[NetworkEdge]:
    """Yield all triples, each once in every named graph (or, with ``sources``, once for every source there)."""
    statements, triples = store.columns.statements, store.columns.triples
    relations = store.relation_iris
    before: tuple[int, str] | None = None
    waiting: NetworkEdge | None = None
    for first in range(0, statements.num_rows, _ROWS):
        rows = statements.slice(first, _ROWS).to_pydict()
        chosen = np.asarray(rows["triple"])
        ends = [triples.column(name).to_numpy()[chosen] for name in ("head", "relation", "tail")]
        heads, tails = store.entity_iris(ends[0]), store.entity_iris(ends[2])
        numbers = ends[1].tolist()
        for place, triple in enumerate(rows["triple"]):
            graph, weight = rows["graph"][place], rows["weight"][place]
            edge = NetworkEdge(
                heads[place], relations[numbers[place]], tails[place], weight, graph, rows["source"][place]
            )
            if waiting is not None and (sources or before != (triple, graph)):
                yield waiting
            elif waiting is not None and waiting.weight > weight:
                edge = edge._replace(weight=waiting.weight)
            before, waiting = (triple, graph), edge
    if waiting is not None:
        yield waiting
