"""Statements on their way into a graph: collected one by one, put in order all at once."""

from __future__ import annotations

import math
from array import array
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.columns import Columns
from graphs.errors import GraphError

__all__ = ["Statements"]

Codes = npt.NDArray[np.int32]


class _Terms(dict[str, int]):
    """Numbers for strings, in the order in which they are first asked for."""

    def __missing__(self, term: str) -> int:
        code = self[term] = len(self)
        return code

    def ranked(self, kind: pa.DataType) -> tuple[pa.Array, Codes]:
        """Return the strings sorted by code point, and for each number its place among them."""
        names = pa.array(list(self), kind)
        order = pc.sort_indices(names)
        ranks = np.empty(len(self), dtype=np.int32)
        ranks[order.to_numpy()] = np.arange(len(self), dtype=np.int32)
        return names.take(order), ranks


class Statements:
    """Collects triples and literals; keeps integers, and each string once."""

    def __init__(self) -> None:
        self._entities = _Terms()
        self._relations = _Terms()
        self._sources = _Terms()
        self._heads, self._tails = array("i"), array("i")
        self._triple_relations, self._triple_sources = array("i"), array("i")
        self._triple_weights = array("f")
        self._predicates = _Terms()
        self._values = _Terms()
        self._languages = _Terms()
        self._datatypes = _Terms()
        self._subjects, self._literal_predicates, self._literal_values = array("i"), array("i"), array("i")
        self._literal_languages, self._literal_datatypes = array("i"), array("i")
        self._literal_sources = array("i")
        self._literal_weights = array("f")

    def add(self, head: str, relation: str, tail: str, *, source: str = "", weight: float = 1.0) -> None:
        """Add the statement that ``relation`` leads from ``head`` to ``tail``.

        Args:
            head: IRI, or blank node ``_:name`` whose name the caller keeps apart from other files' names.
            relation: IRI.
            tail: IRI or blank node.
            source: who says so: a data set's or a file's name.
            weight: how sure the statement is; finite, not negative.

        Raises:
            GraphError: an empty term, or an impossible weight.
        """
        if not (head and relation and tail):
            raise GraphError(f"a triple needs three terms, got {(head, relation, tail)!r}")
        if not 0.0 <= weight < math.inf:
            raise GraphError(
                f"a weight is a finite number from 0 up, got {weight!r} for {(head, relation, tail)!r}"
            )
        entities = self._entities
        self._heads.append(entities[head])
        self._triple_relations.append(self._relations[relation])
        self._tails.append(entities[tail])
        self._triple_sources.append(self._sources[source])
        self._triple_weights.append(weight)

    def add_literal(
        self,
        subject: str,
        predicate: str,
        value: str,
        *,
        language: str = "",
        datatype: str = "",
        source: str = "",
        weight: float = 1.0,
    ) -> None:
        """Add a text or another plain value that is said of ``subject``.

        Args:
            subject: IRI or blank node of an entity, or the IRI of a relation that the statement describes.
            predicate: IRI.
            value: the text, or a number or date in its lexical form.
            language: BCP 47 tag, or empty.
            datatype: IRI; empty for plain text.
            source: who says so.
            weight: for a label, how often it is used for this entity; otherwise how sure the statement is.

        Raises:
            GraphError: an empty subject or predicate, or an impossible weight.
        """
        if not (subject and predicate):
            raise GraphError(
                f"a literal needs a subject and a predicate, got {(subject, predicate, value)!r}"
            )
        if not 0.0 <= weight < math.inf:
            raise GraphError(
                f"a weight is a finite number from 0 up, got {weight!r} for {(subject, predicate, value)!r}"
            )
        self._subjects.append(self._entities[subject])
        self._literal_predicates.append(self._predicates[predicate])
        self._literal_values.append(self._values[value])
        self._literal_languages.append(self._languages[language])
        self._literal_datatypes.append(self._datatypes[datatype])
        self._literal_sources.append(self._sources[source])
        self._literal_weights.append(weight)

    def add_columns(self, columns: Columns) -> None:
        """Add all that the tables of another graph hold."""
        entities = self._numbers(self._entities, columns.entities.column("iri"))
        relations = self._numbers(self._relations, columns.relations.column("iri"))
        statements, literals = columns.statements, columns.literals
        triple = _numpy(statements.column("triple"))
        for column, numbers, stored in (
            (self._heads, entities, "head"),
            (self._triple_relations, relations, "relation"),
            (self._tails, entities, "tail"),
        ):
            column.frombytes(numbers[_numpy(columns.triples.column(stored))[triple]].tobytes())
        self._extend(self._triple_sources, self._sources, statements.column("source"))
        self._triple_weights.frombytes(_numpy(statements.column("weight")).tobytes())
        self._subjects.frombytes(entities[_numpy(literals.column("subject"))].tobytes())
        self._extend(self._literal_predicates, self._predicates, literals.column("predicate"))
        self._extend(self._literal_values, self._values, literals.column("value").dictionary_encode())
        self._extend(self._literal_languages, self._languages, literals.column("language"))
        self._extend(self._literal_datatypes, self._datatypes, literals.column("datatype"))
        self._extend(self._literal_sources, self._sources, literals.column("source"))
        self._literal_weights.frombytes(_numpy(literals.column("weight")).tobytes())

    @staticmethod
    def _numbers(terms: _Terms, strings: pa.Array) -> Codes:
        return np.array([terms[string] for string in strings.to_pylist()], dtype=np.int32)

    def _extend(self, column: array[int], terms: _Terms, strings: pa.DictionaryArray) -> None:
        column.frombytes(self._numbers(terms, strings.dictionary)[_numpy(strings.indices)].tobytes())

    def columns(self) -> Columns:
        """Sort everything, merge what is said twice (the greater weight stays), and number it."""
        entities, entity_ranks = self._entities.ranked(pa.large_string())
        sources, source_ranks = self._sources.ranked(pa.string())
        relations, relation_ranks = self._relations.ranked(pa.large_string())
        keys, weights = _unique(
            [
                relation_ranks[np.array(self._triple_relations, dtype=np.int32)],
                entity_ranks[np.array(self._heads, dtype=np.int32)],
                entity_ranks[np.array(self._tails, dtype=np.int32)],
                source_ranks[np.array(self._triple_sources, dtype=np.int32)],
            ],
            np.array(self._triple_weights, dtype=np.float32),
        )
        starts = _changes(keys[:3])
        triple_of_statement = np.cumsum(starts, dtype=np.int32) - np.int32(1)
        first = np.flatnonzero(starts)
        triple_weights = np.maximum.reduceat(weights, first) if len(first) else weights
        predicates, predicate_ranks = self._predicates.ranked(pa.string())
        values, value_ranks = self._values.ranked(pa.large_string())
        languages, language_ranks = self._languages.ranked(pa.string())
        datatypes, datatype_ranks = self._datatypes.ranked(pa.string())
        literal, literal_weights = _unique(
            [
                entity_ranks[np.array(self._subjects, dtype=np.int32)],
                predicate_ranks[np.array(self._literal_predicates, dtype=np.int32)],
                value_ranks[np.array(self._literal_values, dtype=np.int32)],
                language_ranks[np.array(self._literal_languages, dtype=np.int32)],
                datatype_ranks[np.array(self._literal_datatypes, dtype=np.int32)],
                source_ranks[np.array(self._literal_sources, dtype=np.int32)],
            ],
            np.array(self._literal_weights, dtype=np.float32),
        )
        encode = pa.DictionaryArray.from_arrays
        return Columns.from_arrays(
            entities=[entities],
            relations=[relations],
            triples=[keys[1][first], keys[0][first], keys[2][first], triple_weights],
            statements=[triple_of_statement, encode(keys[3], sources), weights],
            literals=[
                literal[0],
                encode(literal[1], predicates),
                values.take(pa.array(literal[2])),
                encode(literal[3], languages),
                encode(literal[4], datatypes),
                encode(literal[5], sources),
                literal_weights,
            ],
        )


def _numpy(column: pa.Array) -> npt.NDArray[Any]:
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _changes(keys: list[Codes]) -> npt.NDArray[np.bool_]:
    """Mark the rows (of sorted ``keys``) that differ from the row before."""
    starts = np.zeros(len(keys[0]), dtype=np.bool_)
    starts[:1] = True
    for key in keys:
        starts[1:] |= key[1:] != key[:-1]
    return starts


def _unique(
    keys: list[Codes], weights: npt.NDArray[np.float32]
) -> tuple[list[Codes], npt.NDArray[np.float32]]:
    """Sort rows by their keys, first key first, and keep one of equal rows with the greatest weight."""
    order = np.lexsort(keys[::-1])
    keys = [key[order] for key in keys]
    first = np.flatnonzero(_changes(keys))
    heaviest = np.maximum.reduceat(weights[order], first) if len(first) else weights
    return [key[first] for key in keys], heaviest
