"""Vectors kept on disk by content and encoder, so that nothing is encoded twice and a killed run goes on."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from kgx.encoders.base import Encoder, EncoderWrapper, Encoding, Value
from kgx.encoders.shelf import Shelf
from kgx.progress import track

__all__ = ["VectorCache"]

_CHUNK = {"text": 2048, "image": 256, "audio": 256}  # values a file: what a kill can cost


class VectorCache(EncoderWrapper):
    """An encoder with a memory.

    Below ``folder`` there is one folder for each encoder id and modality. Every chunk of values becomes a
    safetensors file of keys (SHA-256 of the text's or the file's bytes) and vectors, written whole or not at all;
    values that could not be encoded are remembered with their reason in a JSON file, and reported again without
    another try. Equal values are encoded once. Several processes may share a folder: files are only ever added. A
    damaged file is dropped with a warning, and what it held is encoded again.

    Args:
        folder: where the vectors of all encoders are kept; made if needed.
        encoder: what encodes the values that are not there yet.
    """

    def __init__(self, folder: str | Path, encoder: Encoder) -> None:
        super().__init__(encoder)
        self.folder = Path(folder)
        self._lock = threading.Lock()
        self._shelves: dict[str, Shelf] = {}

    def encode(self, values: Sequence[Value], modality: str, description: str = "") -> Encoding:
        """Vectors of the values, from the cache where it has them.

        Args:
            values: texts, or paths of files.
            modality: ``text``, ``image`` or ``audio``.
            description: what the progress bar says; without it there is none.

        Raises:
            EncoderError: the encoder does not take the modality.
        """
        empty = self.encoder.encode([], modality)
        failures: dict[int, str] = {}
        keys = _text_keys(values) if modality == "text" else _file_keys(values, failures)
        vectors = np.zeros((len(keys), self.dimension), dtype=np.float32)
        classes = None if empty.scores is None else empty.scores.shape[1]
        scores = None if classes is None else np.zeros((len(keys), classes), dtype=np.float32)
        with self._lock:
            shelf = self._shelf(modality)
            shelf.refresh()
            missing: dict[bytes, Value] = {}
            for key, value in zip(keys, values, strict=True):
                if key and key not in shelf:
                    missing.setdefault(key, value)
            self._fill(shelf, missing, modality, description)
            shelf.gather(keys, vectors, scores, failures)
        return Encoding(vectors, scores, dict(sorted(failures.items())))

    def _shelf(self, modality: str) -> Shelf:
        if modality not in self._shelves:
            readable = re.sub(r"[^A-Za-z0-9._-]+", "-", self.id)[:80]
            digest = hashlib.sha256(self.id.encode()).hexdigest()[:12]
            folder = self.folder / f"{readable}-{digest}" / modality
            self._shelves[modality] = Shelf(folder, self.dimension)
        return self._shelves[modality]

    def _fill(self, shelf: Shelf, missing: dict[bytes, Value], modality: str, description: str) -> None:
        """Encode what is missing, a chunk at a time, and write each chunk as soon as it is done."""
        if not missing:
            return
        size = _CHUNK[modality]
        keys = list(missing)
        starts: Iterable[int] = range(0, len(keys), size)
        if description:
            starts = track(starts, description, total=len(keys), unit=size)
        for start in starts:
            part = keys[start : start + size]
            shelf.add(part, self.encoder.encode([missing[key] for key in part], modality), encoder=self.id)
        shelf.refresh()


def _text_keys(values: Sequence[Value]) -> list[bytes]:
    return [hashlib.sha256(str(value).encode("utf-8", "surrogatepass")).digest() for value in values]


def _file_keys(values: Sequence[Value], failures: dict[int, str]) -> list[bytes]:
    """SHA-256 of each file's content; empty, with the reason entered, where it cannot be read."""
    keys = []
    for row, value in enumerate(values):
        try:
            with Path(value).open("rb") as handle:
                keys.append(hashlib.file_digest(handle, "sha256").digest())
        except OSError as error:
            failures[row] = f"cannot be read ({error.strerror})"
            keys.append(b"")
    return keys
