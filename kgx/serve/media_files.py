"""Files of a run's items: found by item, told by their content, never by a path that somebody sent."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["UNKNOWN", "MediaFile", "below", "media_type"]

UNKNOWN = "application/octet-stream"
"""Media type of what is not recognised."""

_HEAD = 1024  # bytes that tell what a file is
_GZIP = b"\x1f\x8b"
_SVG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?svg[\s>]")
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
)
_CONTAINERS = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that may be sent.

    Attributes:
        path: where it is.
        type: its media type.
        packed: whether it is gzipped as a whole, as SVG drawings may be.
    """

    path: Path
    type: str
    packed: bool


def below(root: Path, place: str) -> MediaFile | None:
    """Return a file below a folder; nothing where there is none, or where links lead out of the folder.

    Args:
        root: the folder.
        place: path of the file, relative to it.
    """
    try:
        folder = root.resolve(strict=True)
        path = (folder / place).resolve(strict=True)
        if not path.is_relative_to(folder) or not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except (OSError, ValueError):  # gone, not readable, or a name that no file can have
        return None
    kind, packed = media_type(head)
    return MediaFile(path, kind, packed)


def media_type(head: bytes) -> tuple[str, bool]:
    r"""Tell the media type of a file by how it begins (https://mimesniff.spec.whatwg.org), and whether it is gzipped.

    >>> media_type(b"OggS\0\2"), media_type(b"<?xml version='1.0'?><svg width='1'>")
    (('audio/ogg', False), ('image/svg+xml', False))
    >>> media_type(b"<html><script>")
    ('application/octet-stream', False)
    """
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind, False
    if head.startswith(b"RIFF"):
        return _CONTAINERS.get(head[8:12], UNKNOWN), False
    packed = head.startswith(_GZIP)
    text = _unpacked(head) if packed else head
    if text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and _SVG.search(text):
        return "image/svg+xml", packed
    return UNKNOWN, False


def _unpacked(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD)
    except zlib.error:
        return b""
