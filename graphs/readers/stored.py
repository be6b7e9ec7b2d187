"""A stored graph as something to read: its statements keep the sources and named graphs that they have."""

from __future__ import annotations

from collections.abc import Iterator

from graphs.block import Block
from graphs.errors import GraphFormatError
from graphs.readers.reading import Reading
from graphs.store import Store

__all__ = ["read_stored"]


def read_stored(reading: Reading) -> Iterator[Block]:
    """Yield what a stored graph holds.

    Raises:
        GraphStoreError: the folder is missing, damaged, or of another version.
        GraphFormatError: it comes as a stream.
    """
    if reading.path is None:
        raise GraphFormatError("a stored graph is a folder, it cannot come as a stream", reading.name)
    store = Store.open(reading.path)
    for prefix, namespace in store.prefixes.items():
        reading.prefixes.setdefault(prefix, namespace)
    yield store.block()
