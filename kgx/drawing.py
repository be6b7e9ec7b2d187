"""SVG drawings rendered by resvg, within bounds of size, depth, time and memory that a hostile file cannot stretch."""

from __future__ import annotations

import gzip
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from kgx.errors import MediaError
from kgx.renderers import Renderers

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["load_drawing", "looks_like_drawing"]

_MAX_BYTES = 32 << 20
_GZIP = b"\x1f\x8b"
_UTF8, _UTF16_LITTLE, _UTF16_BIG = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}encoding=["']([A-Za-z0-9._-]+)["']""")
_RENDERERS = Renderers()


def looks_like_drawing(head: bytes) -> bool:
    """Whether a file that begins so is text in angle brackets, or packed by gzip.

    >>> looks_like_drawing(b"<?xml version='1.0'?><svg"), looks_like_drawing(b"GIF89a")
    (True, False)
    """
    if head.startswith((_GZIP, _UTF16_LITTLE + b"<\0", _UTF16_BIG + b"\0<")):
        return True
    return head.removeprefix(_UTF8).lstrip().startswith(b"<")


def load_drawing(path: Path, size: int) -> Image:
    """Render an SVG, plain or gzipped, so that its longest side has ``size`` pixels; mode RGBA.

    Text is not drawn: it would look different with every machine's fonts.

    Raises:
        MediaError: not readable, not an SVG, too large, not renderable, or only with too much time or memory.
    """
    source = _source(path)
    try:
        return _RENDERERS.render(source, size)
    except MediaError as error:
        raise MediaError(f"{path}: {error}") from error


def _source(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if data.startswith(_GZIP):
            with gzip.open(io.BytesIO(data)) as packed:
                data = packed.read(_MAX_BYTES + 1)
    except (OSError, EOFError) as error:
        raise MediaError(f"{path}: the drawing cannot be read ({error})") from error
    if len(data) > _MAX_BYTES:
        raise MediaError(f"{path}: the drawing has more than {_MAX_BYTES >> 20} MB")
    if data.startswith((_UTF16_LITTLE, _UTF16_BIG)):
        return data.decode("utf-16", errors="replace")
    declared = _DECLARED.match(data)
    for encoding in ("utf-8-sig", declared.group(1).decode("ascii") if declared else "latin-1"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("latin-1")
