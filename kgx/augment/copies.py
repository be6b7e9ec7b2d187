"""Copies of a collection's items, changed, encoded and linked anew: what it might have held besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from jaxtyping import Float32

from kgx.attach import Attacher
from kgx.augment.links import drop_item_links
from kgx.augment.steps import Augmentation
from kgx.collection import Collection, Item
from kgx.errors import MediaError
from kgx.items import LinkedItems
from kgx.media import load_audio, load_image

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MEDIA", "MediaFiles", "changed_copies", "copies_with_fewer_links"]

_SIDE = 512  # pixels; half of such a picture is still as sharp as encoders see pictures
_RATE = 16_000  # samples a second

T = TypeVar("T")


@dataclass(frozen=True)
class MediaFiles(Generic[T]):
    """How a modality's files become what augmentations take, and the other way round.

    Attributes:
        load: reads a file.
        save: writes one without loss.
        ending: of the files that are written.
    """

    load: Callable[[Path], T]
    save: Callable[[T, Path], None]
    ending: str


def _save_picture(picture: Image, path: Path) -> None:
    picture.save(path, compress_level=1)


def _save_sound(samples: Float32[np.ndarray, " samples"], path: Path) -> None:
    import soundfile

    soundfile.write(path, samples, _RATE, subtype="FLOAT")


MEDIA: dict[str, MediaFiles[Any]] = {
    "image": MediaFiles(partial(load_image, size=_SIDE), _save_picture, ".png"),
    "audio": MediaFiles(partial(load_audio, rate=_RATE), _save_sound, ".wav"),
}
"""Modality -> its files."""


def changed_copies(
    attacher: Attacher,
    collection: Collection,
    originals: LinkedItems,
    change: Augmentation[Any],
    *,
    count: int,
    seed: int,
    category_namespace: str = "",
) -> LinkedItems:
    """Return changed copies of some items, encoded and linked as items of a collection are.

    A copy has its original's entity and group, so that whatever must not see the original does not see the copy either.

    Args:
        attacher: encodes and links; where its encoders remember, equal copies are encoded once.
        collection: what the items are from; pictures and sounds are read from its files.
        originals: the items, of one modality.
        change: what is done to a text, to a picture as :func:`kgx.media.load_image` reads it, or to samples.
        count: copies an item, at most: a text that comes out as it was, or as another of its copies, is no copy, nor
            is what cannot be read or encoded.
        seed: of the changes.
        category_namespace: see :meth:`kgx.attach.Attacher.collection`.
    """
    group_of = dict(zip(originals.ids, originals.groups, strict=True))
    original_of: dict[str, str] = {}
    with TemporaryDirectory() as folder:
        copies = []
        for row, name in enumerate(originals.ids):
            rng = np.random.default_rng([seed, row])
            for copy in _copies(collection, collection.get(name), change, Path(folder, str(row)), count, rng):
                original_of[copy.id] = name
                copies.append(copy)
        found = attacher.collection(
            Collection(collection.name, Path(folder), tuple(copies)),
            category_namespace=category_namespace,
            group=lambda copy: group_of[original_of[copy.id]],
        )
    return found.get(originals.modality, originals.select([]))


def copies_with_fewer_links(
    originals: LinkedItems, probability: float, *, count: int, seed: int
) -> LinkedItems:
    """Return copies of some items that each lack some of their links, as :func:`kgx.augment.drop_item_links` does it.

    Args:
        originals: the items, at least one, of one modality.
        probability: with which a link is left out.
        count: copies an item, at least one.
        seed: of the draws.
    """
    seeds = np.random.default_rng(seed).integers(2**32, size=count).tolist()
    return LinkedItems.join(
        [
            replace(
                drop_item_links(originals, probability, seed=own),
                ids=tuple(_copy_name(name, number) for name in originals.ids),
            )
            for number, own in enumerate(seeds)
        ]
    )


def _copies(
    collection: Collection,
    item: Item,
    change: Augmentation[Any],
    place: Path,
    count: int,
    rng: np.random.Generator,
) -> Iterator[Item]:
    """Yield an item's copies; where they are no texts, files are written whose names begin as ``place``."""
    if item.modality == "text":
        texts = dict.fromkeys(change(item.value, rng) for _ in range(count))
        values = [text for text in texts if text != item.value]
    else:
        values = list(_written(collection.file(item), MEDIA[item.modality], change, place, count, rng))
    for number, value in enumerate(values):
        yield replace(item, id=_copy_name(item.id, number), value=value)


def _written(
    path: Path,
    files: MediaFiles[Any],
    change: Augmentation[Any],
    place: Path,
    count: int,
    rng: np.random.Generator,
) -> Iterator[str]:
    """Yield the names of the files of a picture's or sound's copies; none where it cannot be read."""
    try:
        original = files.load(path)
    except MediaError:
        return
    for number in range(count):
        written = place.with_name(f"{place.name}-{number}{files.ending}")
        files.save(change(original, rng), written)
        yield written.name


def _copy_name(name: str, number: int) -> str:
    return f"{name} (copy {number + 1})"
