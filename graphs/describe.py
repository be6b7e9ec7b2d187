"""Describing an entity: what it is called, what it is, what leads from it and to it, and who says so."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs import vocabulary as v
from graphs.labels import DEFINITION_PREDICATES, LABEL_PREDICATES, TITLE_PREDICATES
from graphs.ordering import changes
from graphs.prefixes import shorten
from graphs.store import Store

__all__ = ["Description", "End", "Ends", "Text", "Texts", "describe"]

_NAMING = (*LABEL_PREDICATES, *TITLE_PREDICATES)


@dataclass(frozen=True, slots=True)
class End:
    """The other end of a triple.

    Attributes:
        iri: its name.
        label: what to call it.
        sources: who says so.
        graphs: the named graphs in which it is said; the empty name is the default graph.
        weight: how sure it is, by the surest source.
        outgoing: what leads on from it, where the description goes that deep.
    """

    iri: str
    label: str
    sources: tuple[str, ...]
    graphs: tuple[str, ...]
    weight: float
    outgoing: tuple[Ends, ...] = ()


@dataclass(frozen=True, slots=True)
class Ends:
    """The triples of one relation that start at an entity, or lead to it.

    Attributes:
        relation: the relation.
        label: what to call it.
        total: how many triples there are.
        ends: the other ends of the first of them.
    """

    relation: str
    label: str
    total: int
    ends: tuple[End, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A literal; sources, graphs and weight are those of an :class:`End`."""

    value: str
    language: str
    datatype: str
    sources: tuple[str, ...]
    graphs: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Texts:
    """The literals with one predicate that are said of an entity.

    Attributes:
        predicate: the predicate.
        label: what to call it.
        total: how many literals there are.
        texts: the first of them; those in the asked language before the others.
    """

    predicate: str
    label: str
    total: int
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """All that a graph says of an entity.

    Attributes:
        iri: its name.
        curie: its name by the graph's prefixes, or the name itself.
        label: what to call it.
        labels: what it is called, by predicate, in all languages.
        definitions: what it is, by predicate, in all languages.
        types: the classes that it is of.
        literals: all other literals.
        outgoing: the other triples that start there, by relation.
        incoming: the triples that lead there, by relation.
    """

    iri: str
    curie: str
    label: str
    labels: tuple[Texts, ...]
    definitions: tuple[Texts, ...]
    types: tuple[End, ...]
    literals: tuple[Texts, ...]
    outgoing: tuple[Ends, ...]
    incoming: tuple[Ends, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the description as plain values."""
        return asdict(self)


def describe(
    store: Store, entity: int, *, language: str = "en", limit: int | None = 10, depth: int = 1
) -> Description:
    """Describe an entity.

    Args:
        store: the graph.
        entity: its number.
        language: BCP 47 tag of the language to call things in, and whose texts come first.
        limit: how many values of one relation or predicate to give; None: all.
        depth: how many triples to follow outwards.

    Raises:
        UnknownTermError: there is no such entity.

    >>> graph = Store.from_triples([("ex:owl", "ex:isA", "ex:bird"), ("ex:hen", "ex:isA", "ex:bird")])
    >>> found = describe(graph, graph.entity_id("ex:bird"))
    >>> [(relation.label, relation.total, [end.label for end in relation.ends]) for relation in found.incoming]
    [('is a', 2, ['hen', 'owl'])]
    """
    iri = store.entity_iri(entity)
    describing = _Describing(store, language, limit)
    texts = describing.texts(entity)
    outgoing = describing.ends(entity, False, depth - 1, frozenset([entity]))
    return Description(
        iri=iri,
        curie=shorten(iri, store.prefixes),
        label=store.label(entity, language),
        labels=tuple(found for name in _NAMING for found in texts if found.predicate == name),
        definitions=tuple(
            found for name in DEFINITION_PREDICATES for found in texts if found.predicate == name
        ),
        types=tuple(end for found in outgoing if found.relation == v.RDF_TYPE for end in found.ends),
        literals=tuple(found for found in texts if found.predicate not in {*_NAMING, *DEFINITION_PREDICATES}),
        outgoing=tuple(found for found in outgoing if found.relation != v.RDF_TYPE),
        incoming=describing.ends(entity, True, 0, frozenset()),
    )


@dataclass(frozen=True, slots=True)
class _Describing:
    """How a description is made."""

    store: Store
    language: str
    limit: int | None

    def ends(self, entity: int, incoming: bool, depth: int, passed: frozenset[int]) -> tuple[Ends, ...]:
        """Return the triples of an entity by relation, in the order of the relations' labels."""
        store = self.store
        rows = self._triples(entity, incoming)
        relations = store.relation_ids[rows]
        bounds = [
            *np.flatnonzero(changes([relations])).tolist(),
            len(rows),
        ]  # an entity's triples are sorted by relation
        found = []
        for low, high in pairwise(bounds):
            relation = store.relation_iris[relations[low]]
            shown = rows[low:high][: self.limit].tolist()
            ends = tuple(self._end(row, incoming, depth, passed) for row in shown)
            found.append(Ends(relation, store.relation_label(relation, self.language), high - low, ends))
        return tuple(sorted(found, key=lambda ends: (ends.label, ends.relation)))

    def _triples(self, entity: int, incoming: bool) -> npt.NDArray[np.int32]:
        columns, direction = self.store.columns, "incoming" if incoming else "outgoing"
        first = columns.entities.column(direction)
        low = first[entity].as_py()
        high = first[entity + 1].as_py() if entity + 1 < self.store.num_entities else self.store.num_triples
        rows: npt.NDArray[np.int32] = columns.neighbours.column(direction).slice(low, high - low).to_numpy()
        return rows

    def _end(self, row: int, incoming: bool, depth: int, passed: frozenset[int]) -> End:
        store = self.store
        other = int((store.heads if incoming else store.tails)[row])
        stated = store.columns.statements
        low, high = _bounds(stated.column("triple"), row)
        onward = depth > 0 and other not in passed
        return End(
            iri=store.entity_iri(other),
            label=store.label(other, self.language),
            sources=_names(stated, "source", low, high),
            graphs=_names(stated, "graph", low, high),
            weight=float(store.weights[row]),
            outgoing=self.ends(other, False, depth - 1, passed | {other}) if onward else (),
        )

    def texts(self, entity: int) -> tuple[Texts, ...]:
        """Return the literals of an entity by predicate, in the order of the predicates' labels."""
        said = self.store.columns.literals
        low, high = _bounds(said.column("subject"), entity)
        own = said.slice(low, high - low)
        keys = [own.column(name).to_pylist() for name in ("predicate", "value", "language", "datatype")]
        rows: dict[tuple[str, ...], list[int]] = {}
        for row, key in enumerate(zip(*keys, strict=True)):
            rows.setdefault(key, []).append(row)
        by_predicate: dict[str, list[Text]] = {}
        for (predicate, value, language, datatype), places in rows.items():
            sources, graphs = (_names(own, name, places[0], places[-1] + 1) for name in ("source", "graph"))
            weight = max(own.column("weight")[row].as_py() for row in places)
            by_predicate.setdefault(predicate, []).append(
                Text(value, language, datatype, sources, graphs, weight)
            )
        found = [
            Texts(
                predicate,
                self.store.relation_label(predicate, self.language),
                len(texts),
                tuple(sorted(texts, key=self._rank)[: self.limit]),
            )
            for predicate, texts in by_predicate.items()
        ]
        return tuple(sorted(found, key=lambda texts: (texts.label, texts.predicate)))

    def _rank(self, text: Text) -> tuple[bool, bool, str, float, str]:
        own = text.language.lower().split("-")[0] == self.language.lower().split("-")[0]
        return not own, bool(text.language), text.language, -text.weight, text.value


def _names(table: pa.RecordBatch, column: str, low: int, high: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(table.column(column).slice(low, high - low).to_pylist()))


def _bounds(column: pa.Array, number: int) -> tuple[int, int]:
    """Return where the rows of a number begin and end in a sorted column."""
    numbers: npt.NDArray[np.int32] = column.to_numpy()
    low, high = np.searchsorted(numbers, np.array([number, number + 1], np.int32)).tolist()
    return low, high
