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
_KEPT = 512  # thumbnails, some 10 MB of them
_SMALL_FILE = 48 * 1024  # bytes: a file that is as small as its thumbnail would be
_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")


def thumbnail(file: MediaFile, side: int) -> bytes | None:
    """Return a picture as a JPEG that fits a square; nothing where the file itself serves as well.

    That is the case for drawings, which browsers scale, for what is no picture, and for small files of a type that
    browsers show. What is transparent becomes white.

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
    if file.type in _SHOWN and state.st_size <= _SMALL_FILE:
        return None
    return _drawn(file.path, state.st_mtime_ns, side)


@lru_cache(_KEPT)
def _drawn(path: Path, changed: int, side: int) -> bytes:
    """Return the thumbnail of a file in a state, told by when it was changed."""
    packed = io.BytesIO()
    load_image(path, side).save(packed, "JPEG", quality=_QUALITY, optimize=True)
    return packed.getvalue()
