"""Files and streams, opened unpacked, within the limits of what they may cost."""

from __future__ import annotations

import codecs
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from graphs.errors import GraphFormatError
from graphs.readers.limits import Limits
from graphs.readers.unpacking import PACKED_ENDINGS, PackedError, unpacker_of

__all__ = ["PACKED_ENDINGS", "opened"]


class _Guarded(io.RawIOBase):
    """Unpacked bytes, counted against what was packed."""

    def __init__(self, unpacked: IO[bytes], packed: _Counted | None, name: str, limits: Limits) -> None:
        self._unpacked, self._packed, self._name, self._limits = unpacked, packed, name, limits
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            read = self._unpacked.readinto(buffer)  # type: ignore[attr-defined] # all streams here have it
        except (OSError, EOFError, zlib.error, lzma.LZMAError, PackedError) as error:
            raise GraphFormatError(f"cannot be read: {error}", self._name) from error
        self._read += read
        limits = self._limits
        if limits.max_bytes is not None and self._read > limits.max_bytes:
            raise GraphFormatError(f"larger than the limit of {limits.max_bytes:,} bytes", self._name)
        if (
            self._packed is not None
            and self._read > limits.ratio_free
            and self._read > limits.max_ratio * self._packed.bytes_read
        ):
            raise GraphFormatError(
                f"unpacks to more than {limits.max_ratio} times its size: refused as a decompression bomb",
                self._name,
            )
        return int(read)


class _Counted(io.RawIOBase):
    """A stream that counts what is read of it, and tells."""

    def __init__(self, stream: IO[bytes], progress: Callable[[int], None] | None) -> None:
        self._stream, self._progress = stream, progress
        self.bytes_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        read = int(self._stream.readinto(buffer) or 0)  # type: ignore[attr-defined] # a binary stream has it
        self.bytes_read += read
        if self._progress is not None:
            self._progress(self.bytes_read)
        return read


@contextmanager
def opened(
    place: Path | IO[bytes] | None, name: str, limits: Limits, progress: Callable[[int], None] | None = None
) -> Iterator[IO[bytes]]:
    """Open a file or wrap a stream; what is packed comes out unpacked, without a byte order mark.

    Args:
        place: a file, or a binary stream.
        name: what it is called in errors.
        limits: what it may cost.
        progress: told how many bytes (as they lie there, packed) have been read so far.

    Raises:
        GraphFormatError: it cannot be read or unpacked, or goes beyond the limits.
    """
    if place is None:
        raise GraphFormatError("there is nothing to read", name)
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(place.open("rb")) if isinstance(place, Path) else place
        except OSError as error:
            raise GraphFormatError(f"cannot be read: {error.strerror or error}", name) from error
        counted = _Counted(raw, progress)
        packed = io.BufferedReader(counted, 1 << 18)
        try:
            head = packed.peek(8)
        except OSError as error:
            raise GraphFormatError(f"cannot be read: {error.strerror or error}", name) from error
        if not head and isinstance(place, Path) and place.suffix.lower() in PACKED_ENDINGS:
            raise GraphFormatError("cannot be read: a packed file is never empty, this one is", name)
        unpack = unpacker_of(head)
        source = cast(IO[bytes], packed) if unpack is None else stack.enter_context(unpack(packed))
        guarded = _Guarded(source, None if unpack is None else counted, name, limits)
        stream = io.BufferedReader(guarded, 1 << 18)
        if stream.peek(3).startswith(codecs.BOM_UTF8):
            stream.read(3)
        yield cast(IO[bytes], stream)
