"""What is shown of a run's items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from graphs.graph import KnowledgeGraph
from graphs.vocabulary import local_name
from kgx.arrow_file import read_table, write_table
from kgx.collection import Collection, Item
from kgx.items import LinkedItems

__all__ = ["ItemTable"]

_TITLES = (
    "caption",
    "title",
    "label",
    "name",
    "description",
)  # metadata that says what an item is, best first


@dataclass(frozen=True, slots=True)
class ItemTable:
    """Columns of items, row by row.

    Attributes:
        id: unique name.
        modality: ``text``, ``image`` or ``audio``.
        caption: the text itself; of a picture or a sound its title in the metadata, a text of the collection that
            shares its entity, or the entity's name.
        media: path of its file below the collection's root; empty for texts.
        entity: what it shows or tells of.
    """

    id: tuple[str, ...]
    modality: tuple[str, ...]
    caption: tuple[str, ...]
    media: tuple[str, ...]
    entity: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.id)

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
        )

    def save(self, path: Path) -> None:
        """Write the table, atomically."""
        import pyarrow as pa

        write_table(
            path, pa.table({name: pa.array(getattr(self, name), pa.large_string()) for name in _COLUMNS})
        )

    @classmethod
    def open(cls, path: Path) -> ItemTable:
        """Read what :meth:`save` wrote.

        Raises:
            KgxError: it is missing or damaged.
        """
        table = read_table(path, _COLUMNS)
        return cls(*(tuple(table.column(name).to_pylist()) for name in _COLUMNS))


_COLUMNS = tuple(field.name for field in fields(ItemTable))


def _caption(item: Item, told: dict[str, str], graph: KnowledgeGraph, entity: int) -> str:
    if item.modality == "text":
        return item.value
    title = next((item.metadata[name] for name in _TITLES if item.metadata.get(name)), "")
    if title:
        return title
    if item.entity in told:
        return told[item.entity]
    return graph.label(entity) if entity >= 0 else local_name(item.entity).replace("_", " ")
