"""Survey: what checks and statistics need to know of every entity, worked out once: what it is, what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs import vocabulary as v
from graphs.labels import LABEL_PREDICATES, TITLE_PREDICATES
from graphs.ordering import changes
from graphs.store import Store

__all__ = ["STANDARD_NAMESPACES", "Flags", "Rows", "Survey", "starts_with", "subjects_by"]

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

STANDARD_NAMESPACES: Final = (
    v.RDF,
    v.RDFS,
    v.XSD,
    v.OWL,
    v.SKOS,
    v.DC,
    v.DCTERMS,
    v.FOAF,
    v.SCHEMA,
    v.SCHEMA_HTTP,
    "http://www.w3.org/ns/",
    "http://www.w3.org/2004/02/skos/",
    "http://www.w3.org/2008/05/skos-xl#",
    "http://www.geneontology.org/formats/oboInOwl#",
    "http://purl.org/vocab/vann/",
)
"""Namespaces whose terms are defined elsewhere: a graph need not describe them again."""


class Survey:
    """What is known of all entities and literals of a graph at once.

    Attributes:
        store: the graph.
        limit: how many examples a finding gives.
        languages: BCP 47 tags of the languages that labels are asked in.
    """

    def __init__(self, store: Store, *, limit: int = 5, languages: Sequence[str] = ()) -> None:
        self.store = store
        self.limit = limit
        self.languages = tuple(languages)
        self.names: pa.LargeStringArray = store.columns.entities.column("iri")

    def first(self, flags: Flags) -> list[str]:
        """Return the names of the first entities that a flag is set for."""
        return self.store.entity_iris(np.flatnonzero(flags)[: self.limit])

    @cached_property
    def blank(self) -> Flags:
        """Which entities are blank nodes."""
        return starts_with(self.names, ("_:",))

    @cached_property
    def quoted(self) -> Flags:
        """Which entities are triple terms."""
        return starts_with(self.names, ("<<(",))

    @cached_property
    def standard(self) -> Flags:
        """Which entities are terms of vocabularies that are defined elsewhere."""
        return starts_with(self.names, STANDARD_NAMESPACES)

    @cached_property
    def subjects(self) -> Flags:
        """Which entities something is said of: a triple starts there, or a literal is said of it."""
        found = np.zeros(len(self.names), np.bool_)
        found[self.store.heads] = True
        found[self.literal_subjects] = True
        return found

    @cached_property
    def literal_subjects(self) -> npt.NDArray[np.int32]:
        """The subject of each literal."""
        return self.literal_numbers("subject")

    def literal_numbers(self, name: str) -> npt.NDArray[np.int32]:
        """Return a column of the literals; of one that is encoded, the numbers."""
        column = self.store.columns.literals.column(name)
        column = column.indices if pa.types.is_dictionary(column.type) else column
        return np.asarray(column.to_numpy(zero_copy_only=False), np.int32)

    def literal_names(self, name: str) -> list[str]:
        """Return the strings that the numbers of an encoded column of the literals stand for."""
        names: list[str] = self.store.columns.literals.column(name).dictionary.to_pylist()
        return names

    def literals_with(self, predicates: Iterable[str]) -> Rows:
        """Return the rows of literals with one of some predicates."""
        asked = set(predicates)
        wanted = np.array([name in asked for name in self.literal_names("predicate")], np.bool_)
        return (
            np.flatnonzero(wanted[self.literal_numbers("predicate")])
            if len(wanted)
            else np.zeros(0, np.int64)
        )

    @cached_property
    def labels(self) -> Rows:
        """The rows of literals that name what they are said of: labels but hidden ones, and titles."""
        rows, empty = self._labels
        return rows[~empty]

    @cached_property
    def empty_labels(self) -> Rows:
        """The rows of labels with nothing in them but space; they name nothing."""
        rows, empty = self._labels
        return rows[empty]

    @cached_property
    def _labels(self) -> tuple[Rows, Flags]:
        shown = [iri for iri, kind in LABEL_PREDICATES.items() if kind != "hidden"]
        rows = self.literals_with([*shown, *TITLE_PREDICATES])
        values = self.store.columns.literals.column("value").take(pa.array(rows))
        empty = pc.or_(pc.utf8_is_space(values), pc.equal(pc.binary_length(values), 0))
        return rows, np.asarray(empty.to_numpy(zero_copy_only=False))

    def with_type(self, classes: Sequence[str]) -> npt.NDArray[np.int32]:
        """Return the entities that are said to be of one of some classes."""
        if v.RDF_TYPE not in self.store.relation_iris:
            return np.zeros(0, np.int32)
        heads, tails, _ = self.store.edges(v.RDF_TYPE)
        return np.unique(heads[np.isin(tails, self.store.entity_ids(classes))])

    def literal(self, row: int) -> dict[str, Any]:
        """Return a literal as an example."""
        literals = self.store.columns.literals
        told = {"subject": self.store.entity_iri(int(self.literal_subjects[row]))}
        for name in ("predicate", "value", "language", "datatype"):
            value = literals.column(name)[row].as_py()
            if value or name == "value":
                told[name] = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
        return told


_SHOWN: Final = 200
"""Characters of a value that an example gives."""


def starts_with(names: pa.LargeStringArray, beginnings: Sequence[str]) -> Flags:
    """Tell which strings begin with one of some beginnings.

    >>> starts_with(pa.array(["_:a", "ex:a"], pa.large_string()), ["_:"]).tolist()
    [True, False]
    """
    found = np.zeros(len(names), np.bool_)
    for beginning in beginnings:
        found |= np.asarray(pc.starts_with(names, beginning).to_numpy(zero_copy_only=False))
    return found


def subjects_by(kinds: npt.NDArray[np.int32], subjects: npt.NDArray[np.int32], count: int) -> Rows:
    """Return of how many different subjects something is said in each of ``count`` kinds.

    >>> subjects_by(np.array([0, 1, 1, 1], np.int32), np.array([7, 7, 7, 8], np.int32), 3).tolist()
    [1, 2, 0]
    """
    pairs = kinds.astype(np.int64) << 32 | subjects
    pairs.sort()
    return np.bincount(pairs[changes([pairs])] >> 32, minlength=count)
