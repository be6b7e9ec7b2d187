"""Items on their way into a run, and what became of an edit."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kgx.collection import MODALITIES, Collection, Item
from kgx.errors import CollectionError, KgxError
from kgx.folders import atomic_path
from kgx.run_folder import CHANGES

__all__ = ["Edited", "NewItem", "brought_in", "forget_media"]

_MEDIA = "media"
_ENDING = 12  # characters of a file's ending that are kept


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item on its way into a run.

    Attributes:
        id: unique name; an item of that name is replaced.
        modality: ``text``, ``image`` or ``audio``.
        value: the text itself, or a file, which is copied into the run.
        entity: what it shows or tells of; empty: itself.
        language: BCP 47 tag, or empty.
        metadata: further columns.
    """

    id: str
    modality: str
    value: str | Path
    entity: str = ""
    language: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, item: Item, collection: Collection) -> NewItem:
        """Return an item of a collection."""
        value = item.value if item.modality == "text" else collection.file(item)
        return cls(item.id, item.modality, value, item.entity, item.language, item.metadata)


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of an edit, all of which is on disk.

    Attributes:
        added, replaced, removed: ids of items.
        refined: how many items' vectors were worked out; those of all others are what they were.
        statements_added, statements_removed: of the knowledge graph.
    """

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refined: int = 0
    statements_added: int = 0
    statements_removed: int = 0


def brought_in(items: Sequence[NewItem], folder: Path) -> Collection:
    """Copy the files of new items below a run's folder, under names that tell their content, and list all items.

    Args:
        items: the items.
        folder: the run's folder; what is listed has paths relative to it.

    Raises:
        CollectionError: no item, an id that is empty or stands for two, an unknown modality, an empty text, or a file
            that cannot be read.
    """
    if not items:
        raise CollectionError("expected at least one item, got none", folder)
    listed = []
    for item in items:
        if not item.id:
            raise CollectionError("expected an id for every item, got an empty one", folder)
        if item.modality not in MODALITIES:
            raise CollectionError(
                f"{item.id}: unknown modality {item.modality!r}; known are {', '.join(MODALITIES)}", folder
            )
        value = str(item.value) if item.modality == "text" else _copied(Path(item.value), folder, item.id)
        if not value.strip():
            raise CollectionError(f"{item.id}: expected a text, got an empty one", folder)
        metadata = {name: str(cell) for name, cell in item.metadata.items() if str(cell)}
        entity = item.entity or item.id
        listed.append(Item(item.id, item.modality, value, entity, item.language, metadata=metadata))
    return Collection("added", folder, tuple(listed))


def forget_media(folder: Path, needed: Iterable[str]) -> None:
    """Delete the files that were copied into a run and that none of its items has any more.

    Args:
        folder: the run's folder.
        needed: files that items have, as :func:`brought_in` lists them.
    """
    kept = {Path(place).name for place in needed}
    for file in (folder / CHANGES / _MEDIA).glob("*"):
        if file.name not in kept:
            file.unlink(missing_ok=True)


def _copied(file: Path, folder: Path, name: str) -> str:
    """Copy a file into the run, once for equal files, and return its path below the run's folder."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise KgxError(f"{name}: {file} cannot be read ({error.strerror})") from error
    ending = "".join(letter for letter in file.suffix.lower() if letter.isalnum())[:_ENDING]
    place = Path(CHANGES, _MEDIA, hashlib.sha256(content).hexdigest()[:32] + (f".{ending}" if ending else ""))
    if not (folder / place).is_file():
        with atomic_path(folder / place) as temporary, temporary.open("wb") as copy:
            copy.write(content)
            copy.flush()
            os.fsync(copy.fileno())
    return place.as_posix()
