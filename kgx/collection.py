"""A collection: the texts, pictures and sounds that a manifest lists.

A manifest is a CSV, TSV, JSON Lines or Parquet file, or a folder with ``metadata.jsonl``. Its columns:

============ =======================================================================================
``id``       unique name of the item
``modality`` ``text``, ``image`` or ``audio``
``value``    the text itself, or the file's path relative to the manifest's folder
``entity``   what the item shows or tells of: items that share an entity are right answers to one
             another; an empty cell makes the item stand for itself
``lang``     optional: BCP 47 tag of the text or of the speech
``split``    optional: name of the part that the item belongs to
any other    kept as metadata
============ =======================================================================================
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kgx.errors import CollectionError
from kgx.manifest import RawRow, manifest_path, read_rows, write_rows

__all__ = ["MODALITIES", "Collection", "Item", "Skipped"]

MODALITIES = ("text", "image", "audio")
_REQUIRED = ("id", "modality", "value", "entity")
_OPTIONAL = ("lang", "split")
_OWN = frozenset(_REQUIRED + _OPTIONAL)
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Item:
    """One text, picture or sound.

    Attributes:
        id: unique within the collection.
        modality: one of :data:`MODALITIES`.
        value: the text itself, or the path of the file below the collection's root.
        entity: what the item shows or tells of.
        language: BCP 47 tag, or empty.
        split: name of the part it belongs to, or empty.
        metadata: the manifest's other columns, empty cells left out.
        row: where it stood in the manifest; 0 where it comes from none. Not compared when items are.
    """

    id: str
    modality: str
    value: str
    entity: str
    language: str = ""
    split: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """What could not be used: its id (empty where unknown), its row (None where it has none), and why."""

    id: str
    row: int | None
    reason: str


@dataclass(frozen=True)
class Collection:
    """Items in the manifest's order, and the folder their files lie under.

    >>> import tempfile
    >>> owl = Item("text:owl", "text", "An owl.", entity="owl", language="en")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Collection("birds", Path(folder), (owl,)).write(Path(folder) / "items.csv")
    ...     birds = Collection.read(Path(folder) / "items.csv", name="birds")
    >>> birds.get("text:owl") == owl, len(birds.of("text", "en")), len(birds.of("image"))
    (True, 1, 0)
    """

    name: str
    root: Path
    items: tuple[Item, ...]
    skipped: tuple[Skipped, ...] = ()

    def __post_init__(self) -> None:
        if len(self._by_id) < len(self.items):
            counts = Counter(item.id for item in self.items)
            raise CollectionError(f"the id {counts.most_common(1)[0][0]!r} stands for two items", self.root)

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        strict: bool = False,
        name: str | None = None,
        root: str | Path | None = None,
    ) -> Collection:
        """Read a manifest.

        Args:
            path: the manifest, or a folder with ``metadata.jsonl``.
            strict: stop at the first bad row; otherwise bad rows are left out and listed in ``skipped``.
            name: the collection's name; by default the manifest's, without ending.
            root: the folder that file paths are relative to; by default the manifest's.

        Raises:
            CollectionError: the manifest is missing or unreadable, lacks a column, names an id twice, or
                has no usable row; with ``strict``, any row is bad.
        """
        given = Path(path)
        manifest = manifest_path(given)
        columns, rows = read_rows(manifest)
        if not rows:
            raise CollectionError("the manifest has no rows", manifest)
        missing = [column for column in _REQUIRED if column not in columns]
        if missing and columns:
            found = ", ".join(map(repr, columns))
            raise CollectionError(f"missing column: {', '.join(missing)}; found: {found}", manifest)
        files = _Files(Path(root) if root is not None else manifest.parent)
        items: list[Item] = []
        skipped: list[Skipped] = []
        first_rows: dict[str, int] = {}
        for row in rows:
            reason = row.problem or _problem(row, files)
            if reason:
                if strict:
                    raise CollectionError(reason, manifest, row.number)
                skipped.append(Skipped(row.cells.get("id", ""), row.number, reason))
                continue
            item = _item(row)
            first = first_rows.setdefault(item.id, row.number)
            if first != row.number:
                raise CollectionError(
                    f"the id {item.id!r} stands in row {first} already", manifest, row.number
                )
            items.append(item)
        if not items:
            message = f"none of {len(rows)} rows is usable; the first one: {skipped[0].reason}"
            raise CollectionError(message, manifest, skipped[0].row)
        chosen = name if name is not None else given.resolve().stem
        return cls(chosen, files.root, tuple(items), tuple(skipped))

    def write(self, path: str | Path) -> None:
        """Write the manifest, atomically; its kind follows the ending, and a folder gets ``metadata.jsonl``.

        Paths of files stay as they are, relative to ``root``: name that ``root`` when a manifest that was
        written elsewhere is read back.

        Raises:
            CollectionError: unknown ending, metadata under the name of one of the manifest's own columns,
                or the disk refuses.
        """
        manifest = manifest_path(Path(path))
        extra = sorted({name for item in self.items for name in item.metadata})
        taken = [name for name in extra if name in _OWN or not name or name != name.strip()]
        if taken:
            raise CollectionError(f"metadata cannot be named {taken[0]!r}", manifest)
        columns = [*_REQUIRED, *_OPTIONAL, *extra]
        write_rows(manifest, columns, (_cells(item) for item in self.items))

    def of(self, modality: str, language: str | None = None) -> list[Item]:
        """Return the items of a modality, in order; of one language where it is named.

        Raises:
            CollectionError: unknown modality.
        """
        if modality not in MODALITIES:
            raise CollectionError(f"unknown modality {modality!r}; choose {_choices()}", self.root)
        return [
            item
            for item in self.items
            if item.modality == modality and (language is None or item.language == language)
        ]

    def file(self, item: Item) -> Path:
        """Return the path of a picture or sound.

        Raises:
            CollectionError: the item is a text.
        """
        if item.modality == "text":
            raise CollectionError(f"{item.id!r} is a text and has no file", self.root)
        return self.root / item.value

    def get(self, item_id: str) -> Item:
        """Return the item of this id.

        Raises:
            CollectionError: there is none.
        """
        item = self._by_id.get(item_id)
        if item is None:
            raise CollectionError(f"no item has the id {item_id!r}", self.root)
        return item

    @cached_property
    def _by_id(self) -> dict[str, Item]:
        return {item.id: item for item in self.items}

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)


class _Files:
    """Checks that paths name files below a root; each folder is resolved once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._real_root = os.path.realpath(root)
        self._inside = os.path.join(self._real_root, "")
        self._folders: dict[str, str] = {}

    def problem(self, value: str) -> str:
        """Return why a path cannot be used, or nothing."""
        if os.path.isabs(value):
            return f"expected a path relative to the manifest, got {value!r}"
        folder, name = os.path.split(value)
        real_folder = self._folders.get(folder)
        if real_folder is None:
            real_folder = self._folders[folder] = os.path.realpath(os.path.join(self._real_root, folder))
        path = os.path.join(real_folder, name)
        if os.path.islink(path) or name in ("", os.curdir, os.pardir):
            path = os.path.realpath(path)
        if not path.startswith(self._inside):
            return f"the path {value!r} leaves the manifest's folder"
        if not os.path.isfile(path):
            return (
                f"the file {value!r} does not exist"
                if not os.path.exists(path)
                else f"{value!r} is not a file"
            )
        return ""


def _problem(row: RawRow, files: _Files) -> str:
    """Return why a row cannot be used, or nothing."""
    cells = row.cells
    for column in ("id", "modality", "value"):
        if not cells.get(column, "").strip():
            if column == "value" and cells["modality"] == "text":
                return "the text is empty"
            return f"{column} is empty"
    if cells["modality"] not in MODALITIES:
        return f"unknown modality {cells['modality']!r}; choose {_choices()}"
    language = cells.get("lang", "")
    if language and not _LANGUAGE.fullmatch(language.replace("_", "-")):
        return f"expected a BCP 47 language tag like en or pt-BR in lang, got {language!r}"
    return "" if cells["modality"] == "text" else files.problem(cells["value"])


def _item(row: RawRow) -> Item:
    cells = row.cells
    entity = cells.get("entity", "")
    return Item(
        id=cells["id"],
        modality=cells["modality"],
        value=cells["value"],
        entity=entity if entity.strip() else cells["id"],
        language=cells.get("lang", "").replace("_", "-"),
        split=cells.get("split", ""),
        metadata={name: text for name, text in cells.items() if name not in _OWN},
        row=row.number,
    )


def _cells(item: Item) -> dict[str, str]:
    return {
        "id": item.id,
        "modality": item.modality,
        "value": item.value,
        "entity": item.entity,
        "lang": item.language,
        "split": item.split,
        **item.metadata,
    }


def _choices() -> str:
    return f"{', '.join(MODALITIES[:-1])} or {MODALITIES[-1]}"
