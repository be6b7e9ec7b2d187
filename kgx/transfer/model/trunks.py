"""Trunks by their names: those that are loaded with their weights, and those that a folder holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kgx.encoders.bundled_text import model_folder
from kgx.errors import EncoderError, ModelError
from kgx.transfer.model.picture_trunk import EfficientNetTrunk, TransformersPictureTrunk
from kgx.transfer.model.shared_trunk import SharedTrunk
from kgx.transfer.model.text_trunk import TextTrunk
from kgx.transfer.model.trunk import Trunk

__all__ = ["TRUNKS", "load_trunk", "open_trunk"]

TRUNKS: dict[str, type[Trunk]] = {
    kind.kind: kind for kind in (TextTrunk, TransformersPictureTrunk, EfficientNetTrunk, SharedTrunk)
}
"""Every kind of trunk by its name in a classifier's folder."""


def load_trunk(name: str, modality: str, *, side: int | None = None, max_tokens: int | None = None) -> Trunk:
    """Return a pretrained trunk.

    Args:
        name: ``bundled:text``, ``bundled:image``, or ``hf:NAME-OR-FOLDER`` for a model of the hub or of a folder.
        modality: ``text`` or ``image``.
        side: width and height of pictures, in pixels; the model's own where left out.
        max_tokens: longer texts are cut; the model's own limit where left out.

    Raises:
        EncoderError: there is no such trunk, it takes another modality, or it cannot be loaded.
        MissingExtraError: its extra is not installed.

    >>> load_trunk("bundled:audio", "audio")
    Traceback (most recent call last):
    ...
    kgx.errors.EncoderError: no trunk 'bundled:audio' of audio; there are bundled:text, bundled:image, hf:NAME-OR-FOLDER
    """
    if (name, modality) == ("bundled:image", "image"):
        return EfficientNetTrunk.load() if side is None else EfficientNetTrunk.load(side=side)
    place = (
        str(model_folder())
        if name == "bundled:text"
        else name.removeprefix("hf:").removesuffix(f"@{modality}")
    )
    if name == "bundled:text" or name.startswith("hf:"):
        if modality == "text":
            return TextTrunk.load(place, max_tokens=max_tokens)
        if modality == "image" and name.startswith("hf:"):
            return TransformersPictureTrunk.load(place, side=side)
    known = "bundled:text, bundled:image, hf:NAME-OR-FOLDER"
    raise EncoderError(f"no trunk {name!r} of {modality}; there are {known}")


def open_trunk(folder: Path, note: Mapping[str, Any]) -> Trunk:
    """Return a trunk of random weights out of what :meth:`kgx.transfer.model.trunk.Trunk.save` wrote.

    Raises:
        ModelError: no kind of trunk has the name in the note.
    """
    kind = note.get("kind")
    if kind not in TRUNKS:
        raise ModelError(f"{folder}: expected a trunk of one of the kinds {', '.join(TRUNKS)}, got {kind!r}")
    return TRUNKS[str(kind)].open(folder, note, open_trunk)
