"""Small pictures of large ones: a page of results is not to fetch twenty scans, nor ones that no browser shows."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from kgx.media import load_image
from kgx.serve.media_files import MediaFile

__all__ = ["LARGEST_SIDE", "SMALLEST_SIDE", "THUMBNAIL", "thumbnail"]

THUMBNAIL = "image/jpeg"
"""Media type of a thumbnail."""

SMALLEST_SIDE, LARGEST_SIDE = 16, 1024  # pixels
_QUALITY = 85  # of JPEG
_KEPT = 512  # thumbnails, some 10 MB of them, 100 MB at the very most
_LARGEST_KEPT = 512  # pixels of the square: larger ones are drawn anew, as they would fill the memory
_SMALL_FILE = 48 * 1024  # bytes: a file that is as small as its thumbnail would be
_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")


def thumbnail(file: MediaFile, side: int) -> bytes | None:
    """Return a picture as a JPEG that fits a square; nothing where the file itself serves as well.

    That is the case for drawings, which browsers scale, for what is no picture, and for files of a type that browsers
    show and that are small, or smaller than the JPEG. What is transparent becomes white.

    Args:
        file: of an item.
        side: of the square, in pixels; a smaller picture keeps its size.

    Raises:
        MediaError: the picture is broken, too large, or gone.
    """
    if not file.type.startswith("image/") or file.type == "image/svg+xml":
        return None
    try:
        state = file.path.stat()
    except OSError:  # gone since it was looked up: whoever sends it says so
        return None
    shown = file.type in _SHOWN
    if shown and state.st_size <= _SMALL_FILE:
        return None
    kept = side <= _LARGEST_KEPT
    packed = _kept(file.path, state.st_mtime_ns, side) if kept else _drawn(file.path, side)
    return None if shown and len(packed) >= state.st_size else packed


@lru_cache(_KEPT)
def _kept(path: Path, _changed: int, side: int) -> bytes:
    """Return the thumbnail of a file in a state, told by when it was changed."""
    return _drawn(path, side)


def _drawn(path: Path, side: int) -> bytes:
    packed = io.BytesIO()
    load_image(path, side).save(packed, "JPEG", quality=_QUALITY, optimize=True)
    return packed.getvalue()
