"""Pictures and sounds inside a page: small pictures and short sounds as data, so that one file holds all."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from experiments.markup import Html, element
from kgx.errors import MediaError
from kgx.media import load_image

__all__ = ["MAX_SOUND_BYTES", "THUMBNAIL_SIZE", "picture", "sound"]

THUMBNAIL_SIZE = 160
"""Longest side of an embedded picture, in pixels."""

MAX_SOUND_BYTES = 400_000
"""Largest sound file that is embedded."""

_SOUND_TYPES = {
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
}


def picture(path: Path, description: str) -> Html:
    """Return a thumbnail, or a note where the file cannot be decoded.

    Every picture is decoded and encoded again as WebP: nothing of the original file, which may be an SVG with
    scripts, reaches the page.
    """
    try:
        image = load_image(path, THUMBNAIL_SIZE)
    except MediaError:
        return element("span", f"{path.name}: picture cannot be shown", class_="missing")
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=82, method=6)
    return element(
        "img",
        src=_data_uri("image/webp", buffer.getvalue()),
        alt=description,
        width=image.width,
        height=image.height,
    )


def sound(path: Path, description: str) -> Html:
    """Return a player, or a note where the file is missing, too large or of no known kind."""
    kind = _SOUND_TYPES.get(path.suffix.lower())
    if kind is None or not path.is_file() or path.stat().st_size > MAX_SOUND_BYTES:
        return element("span", f"{path.name}: sound cannot be embedded", class_="missing")
    return element(
        "audio",
        controls=True,
        preload="none",
        src=_data_uri(kind, path.read_bytes()),
        aria_label=description,
    )


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
