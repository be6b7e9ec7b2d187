"""Packed streams, unpacked in bounded memory: gzip, bzip2, xz and Zstandard, told by their first bytes.

Python's own readers of bzip2 and xz pass over whatever follows the packed content, and Zstandard's ends quietly where
its content is cut short; either would lose statements in silence, so members are taken one by one here.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from typing import IO, Any, Final, cast

__all__ = ["PACKED_ENDINGS", "PackedError", "unpacker_of"]

PACKED_ENDINGS: Final = (".gz", ".bz2", ".xz", ".zst")
"""Endings that may follow the one that tells the format."""

_PIECE: Final = 1 << 11
"""Packed bytes that are taken at a time; the most that Zstandard makes of them is some tens of megabytes."""
_MAX_WINDOW: Final = 1 << 27
"""Bytes that Zstandard may look back, and has to keep in memory."""


class PackedError(Exception):
    """Packed content is damaged, cut short, or followed by something else."""


class _Bounded:
    """A Zstandard frame, with what bzip2's and xz's decompressors know."""

    def __init__(self) -> None:
        import zstandard

        self._error = zstandard.ZstdError
        self._frame = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).decompressobj()
        self.needs_input = True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            return self._frame.decompress(data)
        except self._error as error:
            raise PackedError(str(error)) from error

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data


class _Members(io.RawIOBase):
    """Packed members that follow each other, as one stream of what they hold."""

    def __init__(self, packed: IO[bytes], magic: bytes, new: Callable[[], Any]) -> None:
        self._packed, self._magic, self._new = packed, magic, new
        self._member = new()
        self._unpacked = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._unpacked:
            piece = b""
            if self._member.eof:
                piece = self._member.unused_data.lstrip(b"\0")  # members may be padded
                while len(piece) < len(self._magic) and (more := self._packed.read(_PIECE)):
                    piece = (piece + more).lstrip(b"\0")
                if not piece:
                    return 0
                if not piece.startswith(self._magic):
                    raise PackedError("something else follows the packed content")
                self._member = self._new()
            elif self._member.needs_input and not (piece := self._packed.read(_PIECE)):
                raise PackedError("the packed content is cut short")
            self._unpacked = self._member.decompress(piece, 1 << 20)
        size = min(len(buffer), len(self._unpacked))
        buffer[:size], self._unpacked = self._unpacked[:size], self._unpacked[size:]
        return size


_GZIP, _BZIP2, _XZ, _ZSTANDARD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"
_UNPACKERS: Final[dict[bytes, Callable[[IO[bytes]], io.RawIOBase | gzip.GzipFile]]] = {
    _GZIP: lambda stream: gzip.GzipFile(fileobj=stream),
    _BZIP2: lambda stream: _Members(stream, _BZIP2, bz2.BZ2Decompressor),
    _XZ: lambda stream: _Members(stream, _XZ, lambda: lzma.LZMADecompressor(memlimit=_MAX_WINDOW)),
    _ZSTANDARD: lambda stream: _Members(stream, _ZSTANDARD, _Bounded),
}
"""First bytes of packed files, and what unpacks them."""


def unpacker_of(head: bytes) -> Callable[[IO[bytes]], IO[bytes]] | None:
    """Return what unpacks a stream that begins with some bytes, or None for a stream that is not packed.

    >>> unpacker_of(gzip.compress(b"owl"))(io.BytesIO(gzip.compress(b"owl"))).read()
    b'owl'
    >>> unpacker_of(b"owl") is None
    True
    """
    found = next((unpack for magic, unpack in _UNPACKERS.items() if head.startswith(magic)), None)
    return cast("Callable[[IO[bytes]], IO[bytes]] | None", found)
