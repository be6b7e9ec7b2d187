"""Statements of a document as N-Quads, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import IO, Final, cast

import pyoxigraph as ox

from graphs.readers.limits import Limits

__all__ = ["Written"]

_BATCH: Final = 64 << 20
"""Bytes after which no further statement is taken."""


class Written:
    """Writes statements batch by batch, and refuses documents that say far more than they hold.

    A namespace of a million letters is said anew by each of the short names that it abbreviates, a subject by each of
    its objects: a small document can come to more than memory holds.

    Args:
        name: of the document.
        limits: how much it may come to.
    """

    def __init__(self, name: str, limits: Limits) -> None:
        self._name, self._limits = name, limits
        self._parts: list[bytes] = []
        self._taken: Callable[[], int] = int
        self._batch, self._before = 0, 0

    @property
    def full(self) -> bool:
        """Whether the batch that is being written has as many bytes as one may have."""
        return self._batch >= _BATCH

    def batch(self, quads: Iterable[ox.Quad], taken: Callable[[], int]) -> bytes:
        """Write a batch.

        Args:
            quads: its statements; they should end when :attr:`full` says so.
            taken: tells how many bytes of the document have been read.

        Raises:
            GraphFormatError: the document comes to more than the limits allow.
        """
        self._parts, self._taken = [], taken
        ox.serialize(quads, cast("IO[bytes]", self), format=ox.RdfFormat.N_QUADS)
        self._before, self._batch = self._before + self._batch, 0
        return b"".join(self._parts)

    def write(self, data: bytes) -> int:
        """Take the next bytes from the serialiser."""
        self._parts.append(bytes(data))
        self._batch += len(data)
        self._limits.check_expansion(self._before + self._batch, self._taken(), self._name)
        return len(data)

    def flush(self) -> None:
        """Do nothing: all that was written is here."""
