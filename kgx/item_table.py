"""What is shown of a run's items, and what they can be filtered by.

The file has a column for each field, and behind them one for each column of the manifest's metadata, its name behind
``metadata.``: dictionary-encoded, null where an item has no such value. Runs from before metadata was kept have the
first five columns only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int32, Int64

from graphs.graph import KnowledgeGraph
from graphs.vocabulary import local_name
from kgx.arrow_file import read_table, write_table
from kgx.collection import Collection, Item
from kgx.items import LinkedItems

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ItemTable", "MetadataColumn"]

# Metadata that says what an item is, best first.
_TITLES = ("caption", "title", "label", "name", "description")
_SHOWN = ("id", "modality", "caption", "media", "entity")
_OWN = ("language", "split")  # of the manifest's own columns, kept as metadata is
_PREFIX = "metadata."


@dataclass(frozen=True, slots=True, eq=False)
class MetadataColumn:
    """One column of metadata.

    Attributes:
        values: the different values.
        codes: place there of every item's value, -1 where it has none.

    >>> column = MetadataColumn.of(["owl", "", "cat", "owl"])
    >>> column.values, column.codes.tolist(), column[3]
    (('cat', 'owl'), [1, -1, 0, 1], 'owl')
    """

    values: tuple[str, ...]
    codes: Int32[np.ndarray, " items"]

    @classmethod
    def of(cls, cells: Iterable[str]) -> MetadataColumn:
        """Number the values of a column; empty cells are none."""
        listed = list(cells)
        values = tuple(sorted(set(listed) - {""}))
        number = {"": -1, **{value: place for place, value in enumerate(values)}}
        return cls(values, np.array([number[cell] for cell in listed], dtype=np.int32))

    @classmethod
    def joined(cls, parts: Iterable[tuple[MetadataColumn | None, int]]) -> MetadataColumn:
        """Put columns one behind the other.

        Args:
            parts: each column and its number of items; of items without the column, nothing and their number.

        >>> MetadataColumn.joined([(MetadataColumn.of(["owl"]), 1), (None, 1), (MetadataColumn.of(["cat"]), 1)])[2]
        'cat'
        """
        listed = list(parts)
        values = tuple(
            sorted({value for column, _ in listed if column is not None for value in column.values})
        )
        place = {value: number for number, value in enumerate(values)}
        codes = []
        for column, count in listed:
            if column is None:
                codes.append(np.full(count, -1, dtype=np.int32))
            else:
                there = np.array([*(place[value] for value in column.values), -1], dtype=np.int32)
                codes.append(there[column.codes])  # -1 stays -1: it stands at the end
        return cls(values, np.concatenate(codes))

    def __getitem__(self, row: int) -> str:
        code = int(self.codes[row])
        return self.values[code] if code >= 0 else ""


@dataclass(frozen=True)
class ItemTable:
    """Columns of items, row by row.

    Attributes:
        id: unique name.
        modality: ``text``, ``image`` or ``audio``.
        caption: the text itself; of a picture or a sound its title in the metadata, a text of the collection that
            shares its entity, or the entity's name.
        media: path of its file below the collection's root; empty for texts.
        entity: what it shows or tells of.
        metadata: the manifest's other columns, language and split among them, by name; None where the run is from
            before they were kept.
    """

    id: tuple[str, ...]
    modality: tuple[str, ...]
    caption: tuple[str, ...]
    media: tuple[str, ...]
    entity: tuple[str, ...]
    metadata: Mapping[str, MetadataColumn] | None = None

    def __len__(self) -> int:
        return len(self.id)

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Id of every item -> its row.

        >>> ItemTable(("a", "b"), ("text", "text"), ("owl", "cat"), ("", ""), ("a", "b")).row_of["b"]
        1
        """
        return {name: row for row, name in enumerate(self.id)}

    @classmethod
    def of(cls, items: Sequence[LinkedItems], collection: Collection, graph: KnowledgeGraph) -> ItemTable:
        """Put together what is known of items, in their order.

        Args:
            items: the items, modality by modality.
            collection: what they are of.
            graph: names their entities, where it holds them.
        """
        listed = [collection.get(name) for some in items for name in some.ids]
        told: dict[str, str] = {}
        for item in sorted(collection.of("text"), key=lambda item: item.language not in ("", "en")):
            told.setdefault(item.entity, item.value)
        known = graph.entity_ids([item.entity for item in listed]).tolist()
        return cls(
            tuple(item.id for item in listed),
            tuple(item.modality for item in listed),
            tuple(_caption(item, told, graph, entity) for item, entity in zip(listed, known, strict=True)),
            tuple("" if item.modality == "text" else item.value for item in listed),
            tuple(item.entity for item in listed),
            _metadata(listed),
        )

    @classmethod
    def joined(cls, tables: Sequence[ItemTable]) -> ItemTable:
        """Put tables one behind the other; where one is from before metadata was kept, so is the whole.

        Raises:
            ValueError: there is no table.
        """
        if not tables:
            raise ValueError("expected at least one table, got none")
        columns = [tuple(cell for table in tables for cell in getattr(table, name)) for name in _SHOWN]
        known = [table.metadata for table in tables if len(table)]
        if any(metadata is None for metadata in known):
            return cls._of_columns(columns, None)
        names = sorted({name for table in tables for name in table.metadata or {}})
        cells = {
            name: MetadataColumn.joined(((table.metadata or {}).get(name), len(table)) for table in tables)
            for name in names
        }
        return cls._of_columns(columns, cells)

    @classmethod
    def _of_columns(
        cls, columns: Sequence[tuple[str, ...]], metadata: Mapping[str, MetadataColumn] | None
    ) -> ItemTable:
        name, modality, caption, media, entity = columns
        return cls(name, modality, caption, media, entity, metadata)

    def select(self, rows: Int64[np.ndarray, " n"]) -> ItemTable:
        """Return some of the items."""
        chosen = rows.tolist()
        columns = [tuple(map(getattr(self, name).__getitem__, chosen)) for name in _SHOWN]
        if self.metadata is None:
            return ItemTable._of_columns(columns, None)
        cells = {name: MetadataColumn(own.values, own.codes[rows]) for name, own in self.metadata.items()}
        return ItemTable._of_columns(columns, cells)

    def told(self, row: int) -> dict[str, str]:
        """Return the metadata of an item: name -> value, empty ones left out."""
        return {name: column[row] for name, column in (self.metadata or {}).items() if column[row]}

    def save(self, path: Path) -> None:
        """Write the table, atomically."""
        import pyarrow as pa

        columns = {name: pa.array(getattr(self, name), pa.large_string()) for name in _SHOWN}
        for name, column in (self.metadata or {}).items():
            codes = pa.array(column.codes, mask=column.codes < 0)
            values = pa.array(column.values, pa.large_string())
            columns[_PREFIX + name] = pa.DictionaryArray.from_arrays(codes, values)
        write_table(path, pa.table(columns))

    @classmethod
    def open(cls, path: Path) -> ItemTable:
        """Read what :meth:`save` wrote.

        Raises:
            KgxError: it is missing or damaged.
        """
        table = read_table(path, _SHOWN, further=True)
        name, modality, caption, media, entity = (tuple(table.column(name).to_pylist()) for name in _SHOWN)
        further = [name for name in table.column_names if name.startswith(_PREFIX)]
        columns = {name.removeprefix(_PREFIX): _opened(table.column(name)) for name in further}
        return cls(name, modality, caption, media, entity, columns or None)


def _metadata(items: Sequence[Item]) -> dict[str, MetadataColumn]:
    names = sorted({name for item in items for name in item.metadata})
    columns = {name: MetadataColumn.of(item.metadata.get(name, "") for item in items) for name in names}
    own = {name: MetadataColumn.of(getattr(item, name) for item in items) for name in _OWN}
    return columns | {name: column for name, column in own.items() if column.values or name not in columns}


def _opened(column: pa.ChunkedArray) -> MetadataColumn:
    import pyarrow.compute as pc

    whole = pc.dictionary_encode(column).combine_chunks()
    codes = whole.indices.fill_null(-1).to_numpy().astype(np.int32, copy=False)
    return MetadataColumn(tuple(whole.dictionary.to_pylist()), codes)


def _caption(item: Item, told: dict[str, str], graph: KnowledgeGraph, entity: int) -> str:
    if item.modality == "text":
        return item.value
    title = next((item.metadata[name] for name in _TITLES if item.metadata.get(name)), "")
    if title:
        return title
    if item.entity in told:
        return told[item.entity]
    return graph.label(entity) if entity >= 0 else local_name(item.entity).replace("_", " ")
