"""What every encoder promises: values of a modality in, one vector each out, failures named."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from kgx.errors import EncoderError

__all__ = [
    "Encoder",
    "EncoderWrapper",
    "Encoding",
    "Value",
    "file_digest",
    "require_modality",
    "split_texts",
]

Value = str | Path


@dataclass(frozen=True, slots=True)
class Encoding:
    """Vectors of a sequence of values.

    Attributes:
        vectors: one row a value, float32; the row of a failed value is zero.
        scores: class probabilities of each value, where the encoder is also a classifier.
        failures: reason by row number, for every value that could not be encoded.
    """

    vectors: Float32[np.ndarray, "n dimension"]
    scores: Float32[np.ndarray, "n classes"] | None = None
    failures: dict[int, str] = field(default_factory=dict)


@runtime_checkable
class Encoder(Protocol):
    """A frozen network that turns texts, pictures or sounds into vectors."""

    @property
    def id(self) -> str:
        """Name, version, digest of the weights and options: equal ids give equal vectors."""

    @property
    def modalities(self) -> frozenset[str]:
        """What it takes: a subset of ``text``, ``image``, ``audio``."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        """Encode texts (``str``) or files (``Path``), in the order given.

        A value that cannot be read or decoded is reported in `Encoding.failures`; it never stops the others.

        Raises:
            EncoderError: the modality is not one of `modalities`.
        """


class EncoderWrapper(ABC):
    """An encoder that asks another for its vectors, and so goes by the other's id.

    Args:
        encoder: the other.

    Attributes:
        encoder: the same.

    >>> from kgx.testing import WordEncoder
    >>> class Hushed(EncoderWrapper):
    ...     def encode(self, values, modality):
    ...         return self.encoder.encode([value.lower() for value in values], modality)
    >>> Hushed(WordEncoder()).id == WordEncoder.id
    True
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    @property
    def id(self) -> str:
        """The other's id: the vectors are the other's."""
        return self.encoder.id

    @property
    def modalities(self) -> frozenset[str]:
        """What the other takes."""
        return self.encoder.modalities

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.encoder.dimension

    @abstractmethod
    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        """Encode texts or files, in the order given; see `Encoder.encode`."""


def require_modality(encoder: Encoder, modality: str) -> None:
    """Raise `EncoderError` unless the encoder takes ``modality``."""
    if modality not in encoder.modalities:
        takes = ", ".join(sorted(encoder.modalities))
        raise EncoderError(f"encoder {encoder.id} takes {takes}, got {modality!r}")


def file_digest(*paths: Path, length: int = 12) -> str:
    """First hexadecimal digits of the SHA-256 of the files' contents, one after the other.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "weights"
    ...     _ = path.write_bytes(b"abc")
    ...     file_digest(path)
    'ba7816bf8f01'
    """
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:length]


def split_texts(values: Sequence[Value]) -> tuple[list[int], list[str], dict[int, str]]:
    """Row numbers and texts of what can be encoded, and the reason by row of what cannot.

    >>> split_texts(["a dog", "  ", "a cat"])
    ([0, 2], ['a dog', 'a cat'], {1: 'the text is empty'})
    """
    rows: list[int] = []
    texts: list[str] = []
    failures: dict[int, str] = {}
    for row, value in enumerate(values):
        text = str(value).strip()
        if not text:
            failures[row] = "the text is empty"
        elif any("\ud800" <= character <= "\udfff" for character in text):
            failures[row] = "the text is not valid Unicode"
        else:
            rows.append(row)
            texts.append(text)
    return rows, texts, failures
