"""Sequences of items' concepts that make what is said of an item when it is asked for.

What is said of an item takes tens of microseconds to make and kilobytes to keep, and of many items few are ever found.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64

from kgx.item_concepts import HitConcept, ItemConcepts, LinkedConcept

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PickedRows", "StoredRows", "held", "linked"]

_FEW = 20_000  # items of which all that is said is made at once


class _Names(NamedTuple):
    """Strings of a column: the number of each row's, and the different ones."""

    codes: Int32[np.ndarray, " n"]
    strings: list[str]

    @classmethod
    def of(cls, column: pa.Array) -> _Names:
        encoded = column.dictionary_encode()
        return cls(encoded.indices.to_numpy(), encoded.dictionary.to_pylist())

    def between(self, low: int, high: int) -> list[str]:
        strings = self.strings
        return [strings[code] for code in self.codes[low:high].tolist()]


class _Rows(Sequence[ItemConcepts]):
    """Items' concepts by their place."""

    @overload
    def __getitem__(self, row: int) -> ItemConcepts: ...

    @overload
    def __getitem__(self, row: slice) -> tuple[ItemConcepts, ...]: ...

    def __getitem__(self, row: int | slice) -> ItemConcepts | tuple[ItemConcepts, ...]:
        places = range(len(self))[row]
        return self._made(places) if isinstance(places, int) else tuple(map(self._made, places))

    def _made(self, row: int) -> ItemConcepts:
        raise NotImplementedError


@dataclass(frozen=True, slots=True, eq=False)
class StoredRows(_Rows):
    """What stands in the columns of a table.

    Attributes:
        starts: where the links of each item begin, and where the last ones end; [items + 1].
        concepts, weights, labels, relations, provenances: of each link.
        kin_starts: where the kin of each link begins, and where the last one's ends; [links + 1].
        kin, kin_relations: further concepts, and by which relation.
    """

    starts: Int64[np.ndarray, " items_and_one"]
    concepts: Int32[np.ndarray, " links"]
    weights: Float32[np.ndarray, " links"]
    labels: _Names
    relations: _Names
    provenances: _Names
    kin_starts: Int32[np.ndarray, " links_and_one"]
    kin: Int32[np.ndarray, " all_kin"]
    kin_relations: _Names

    @classmethod
    def of(cls, table: pa.Table, items: int) -> StoredRows:
        """Take the columns of a table as :meth:`kgx.concept_table.ConceptTable.save` writes it.

        Args:
            table: the table.
            items: number of items.

        Raises:
            ValueError: a cell is empty, a row is not of one of the items, or rows are not in order.
        """
        columns = {name: table.column(name).combine_chunks() for name in table.column_names}
        row = columns["row"].to_numpy(zero_copy_only=False)
        kin, named = columns["kin"], columns["kin_relation"]
        if any(column.null_count for column in columns.values()):
            raise ValueError("a cell is empty")
        if len(row) and (row[0] < 0 or row[-1] >= items or (np.diff(row) < 0).any()):
            raise ValueError(f"expected rows of {items} items in order")
        if not kin.offsets.equals(named.offsets):
            raise ValueError("expected a relation for each further concept")
        return cls(
            np.searchsorted(row, np.arange(items + 1)),
            columns["concept"].to_numpy(),
            columns["weight"].to_numpy(),
            _Names.of(columns["label"]),
            _Names.of(columns["relation"]),
            _Names.of(columns["provenance"]),
            kin.offsets.to_numpy(),
            kin.values.to_numpy(),
            _Names.of(named.values),
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def linked(self) -> Bool[np.ndarray, " items"]:
        """Which items have a link."""
        return np.diff(self.starts) > 0

    def _made(self, row: int) -> ItemConcepts:
        low, high = self.starts[row : row + 2].tolist()
        bounds = self.kin_starts[low : high + 1].tolist()
        first = bounds[0]
        kin = self.kin[first : bounds[-1]].tolist()
        named = self.kin_relations.between(first, bounds[-1])
        shown = zip(
            self.labels.between(low, high),
            self.relations.between(low, high),
            self.weights[low:high].tolist(),
            self.provenances.between(low, high),
            strict=True,
        )
        return ItemConcepts.of(
            [
                LinkedConcept(
                    concept,
                    HitConcept(*told),
                    dict(
                        zip(kin[start - first : end - first], named[start - first : end - first], strict=True)
                    ),
                )
                for concept, told, start, end in zip(
                    self.concepts[low:high].tolist(), shown, bounds[:-1], bounds[1:], strict=True
                )
            ]
        )


class PickedRows(_Rows):
    """Some of what several sequences hold, one behind the other.

    Args:
        parts: the sequences.
        places: which of all their rows, in which order.

    >>> owl, hen = ItemConcepts.of([]), ItemConcepts.of([])
    >>> PickedRows([(owl,), (hen,)], np.array([1, 0]))[0] is hen
    True
    """

    def __init__(self, parts: Sequence[Sequence[ItemConcepts]], places: Int64[np.ndarray, " n"]) -> None:
        self._parts = parts
        self._ends = list(accumulate(map(len, parts)))
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @property
    def linked(self) -> Bool[np.ndarray, " items"]:
        """Which items have a link."""
        found: np.ndarray = np.concatenate([linked(part) for part in self._parts])[self._places]
        return found

    def _made(self, row: int) -> ItemConcepts:
        place = int(self._places[row])
        part = bisect_right(self._ends, place)
        return self._parts[part][place - (self._ends[part - 1] if part else 0)]


def held(rows: Sequence[ItemConcepts]) -> Sequence[ItemConcepts]:
    """Return rows as they are, or, where they are few, made already: they are told without delay then."""
    return tuple(rows) if len(rows) <= _FEW else rows


def linked(rows: Sequence[ItemConcepts]) -> Bool[np.ndarray, " items"]:
    """Return which items have a link.

    >>> linked([ItemConcepts.of([])]).tolist()
    [False]
    """
    if isinstance(rows, StoredRows | PickedRows):
        return rows.linked
    return np.array([bool(row.links) for row in rows], dtype=np.bool_)
