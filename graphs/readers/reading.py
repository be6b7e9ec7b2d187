"""What every reader is given, and where it says what it could not read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Literal

from graphs.block import Block
from graphs.errors import GraphFormatError
from graphs.readers.limits import Limits
from graphs.readers.opening import opened

__all__ = ["Filters", "OnError", "Reader", "Reading", "Rejection"]

OnError = Literal["stop", "report"]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A statement, or a record that stands for ``count`` statements, which could not be taken.

    Attributes:
        file: the file, as it was named.
        line: line or row, counted from 1; None where the format has none.
        reason: what was expected and what was got.
        count: how many statements are lost by it.
    """

    file: str
    line: int | None
    reason: str
    count: int = 1

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Filters:
    """What of a file is wanted.

    Attributes:
        languages: BCP 47 tags; texts in other languages are not read. Empty: all are.
        properties: IRIs or ids of properties; statements of others are not read. Empty: all are.
    """

    languages: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()


@dataclass
class Reading:
    """One file, or one folder that is read as a whole, on its way in.

    Attributes:
        path: where it is; None for ``stream``.
        source: the name that every statement keeps as its source.
        format: name of the format, as in :data:`graphs.readers.READERS`.
        base: what relative IRIs are resolved against; left out, the file's own ``file:`` IRI.
        graph: named graph of statements that name none themselves.
        on_error: ``stop`` raises at the first statement that cannot be taken, ``report`` goes on.
        allow_remote: whether anything may be fetched from the network while parsing.
        filters: what of the file is wanted.
        limits: what a file may cost.
        prefixes: short names of namespaces; readers use them, and add those that the file declares.
        jobs: threads to read with.
        stream: what is read instead of ``path``: a binary stream such as the standard input.
        head: first bytes of the stream, which tell it from another.
        progress: told how many bytes of the file have been read so far.
        filtered: how many statements the filters have left out so far; they do not count as read.
    """

    path: Path | None
    source: str
    format: str
    base: str | None = None
    graph: str = ""
    on_error: OnError = "stop"
    allow_remote: bool = False
    filters: Filters = field(default_factory=Filters)
    limits: Limits = field(default_factory=Limits)
    prefixes: MutableMapping[str, str] = field(default_factory=dict)
    jobs: int = 1
    stream: IO[bytes] | None = None
    head: bytes = b""
    progress: Callable[[int], None] | None = None
    filtered: int = 0
    _rejections: list[Rejection] = field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        """The file as a person would name it."""
        return self.source if self.path is None else str(self.path)

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open the file, unpacked and past its byte order mark, within the limits.

        Raises:
            GraphFormatError: it cannot be read or unpacked, or is larger than the limits allow.
        """
        with opened(self.stream or self.path, self.name, self.limits, self.progress) as stream:
            yield stream

    @cached_property
    def scope(self) -> str:
        """What goes before the names of the file's blank nodes: the same for the same file, another for others."""
        digest = hashlib.sha256(self.source.encode() + b"\0" + self.head)
        if self.path is not None and self.path.is_file():
            digest.update(str(self.path.stat().st_size).encode())
            with self.path.open("rb") as stream:
                digest.update(stream.read(1 << 16))
        return digest.hexdigest()[:12] + "-"

    def reject(self, reason: str, line: int | None = None, count: int = 1) -> None:
        """Say that a statement (or ``count`` of them) cannot be taken.

        Raises:
            GraphFormatError: where the first error stops the reading.
        """
        if self.on_error == "stop":
            raise GraphFormatError(reason, self.name, line)
        self._rejections.append(Rejection(self.name, line, reason, count))

    def leave_out(self, reason: str, line: int | None = None, count: int = 1) -> None:
        """Say that statements are left out because the format's own specification says so.

        They count as rejected, but do not stop the reading: the file is valid.
        """
        self._rejections.append(Rejection(self.name, line, reason, count))

    def rejections(self) -> list[Rejection]:
        """Return what has been rejected since the last call."""
        found, self._rejections = self._rejections, []
        return found


Reader = Callable[[Reading], Iterator[Block]]
"""Yields the statements of a file, block after block, and rejects what it cannot read."""
