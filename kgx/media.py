"""Pictures and sounds from files, decoded within bounds: no strange file can exhaust the machine."""

from __future__ import annotations

import logging
import struct
import threading
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32

from kgx.drawing import load_drawing, looks_like_drawing
from kgx.errors import MediaError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MAX_PIXELS", "load_audio", "load_image"]

MAX_PIXELS = 64_000_000
"""Largest picture that is decoded, in pixels."""

_DRAWING_SIZE = 1024  # longest side, in pixels, of an SVG for which no size is asked
_RATES = (1_000, 400_000)  # Hz that are believed
_MAX_CHANNELS = 64
_LARGE_PIXELS = 8_000_000
_ONE_LARGE_AT_A_TIME = threading.Semaphore(1)
_PNG = b"\x89PNG\r\n\x1a\n"

_ANIMATIONS = frozenset({"GIF", "PNG", "WEBP", "AVIF"})  # photographs and scans have further pictures too

_log = logging.getLogger(__name__)


def load_image(path: str | Path, size: int | None = None) -> Image:
    """Decode a picture as RGB; what is transparent becomes white.

    JPEG, PNG, GIF, WebP and whatever else Pillow reads, and SVG (plain or gzipped) through resvg. The format
    is told by the content, not by the file's name. Of an animation the first frame is taken, and a warning
    names it. The orientation noted by a camera is applied. Text in an SVG is not drawn, as it would look
    different on every machine.

    Args:
        path: the file.
        size: the picture is made to fit a square of so many pixels, keeping its aspect: a photograph is
            reduced but never enlarged, an SVG is rendered at that size. Left out: the picture's own size (an
            SVG: 1024 pixels on the longest side).

    Raises:
        MediaError: not readable, not a picture, broken, empty, or above `MAX_PIXELS`.

    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGBA", (40, 20)).save(f"{folder}/clear.png")
    ...     picture = load_image(f"{folder}/clear.png", size=10)
    >>> picture.size, picture.mode, picture.getpixel((0, 0))
    ((10, 5), 'RGB', (255, 255, 255))
    """
    path = Path(path)
    try:
        with path.open("rb") as handle:
            head = handle.read(1024)
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror})") from error
    if not head:
        raise MediaError(f"{path}: the file is empty")
    if looks_like_drawing(head):
        return _on_white(load_drawing(path, size if size is not None else _DRAWING_SIZE))
    if head.startswith(_PNG) and len(head) >= 24:
        _refuse_huge(path, *struct.unpack(">II", head[16:24]))
    return _load_raster(path, size)


def _refuse_huge(path: Path, width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise MediaError(f"{path}: the picture is {width} × {height} pixels")
    if width * height > MAX_PIXELS:
        millions = f"{width * height / 1e6:.0f} million pixels, the limit is {MAX_PIXELS / 1e6:.0f}"
        raise MediaError(f"{path}: the picture has {millions}")


def _load_raster(path: Path, size: int | None) -> Image:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            _refuse_huge(path, *picture.size)
            if picture.format in _ANIMATIONS and getattr(picture, "is_animated", False):
                _note_animation(path)
            large = picture.width * picture.height > _LARGE_PIXELS
            with _ONE_LARGE_AT_A_TIME if large else nullcontext():
                return _flatten(picture, size)
    except MediaError:
        raise
    except UnidentifiedImageError as error:
        raise MediaError(f"{path}: not a picture in a format that is known") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError) as error:
        raise MediaError(f"{path}: the picture is broken ({error})") from error


@lru_cache(maxsize=65_536)  # once a file, however often it is decoded
def _note_animation(path: Path) -> None:
    _log.warning("%s: an animation, of which only the first frame is taken", path)


def _flatten(picture: Image, size: int | None) -> Image:
    """Decode, turn upright, reduce, compose on white."""
    from PIL import Image, ImageOps

    if size is not None:
        picture.draft("RGB", (size, size))  # JPEG: decode at a half, a quarter or an eighth
    clear = picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info
    flat: Image.Image
    if picture.mode.startswith("I"):  # 16 bits a pixel: Pillow's own conversion would clip, not scale
        flat = Image.fromarray((np.asarray(picture).astype(np.int64).clip(0, 65535) >> 8).astype(np.uint8))
    else:
        mode = "RGBA" if clear else "RGB"
        picture.load()
        flat = picture if picture.mode == mode else picture.convert(mode)  # no second copy of a large picture
    if size is not None:
        flat.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return _on_white(ImageOps.exif_transpose(flat))


def _on_white(picture: Image) -> Image:
    from PIL import Image

    if picture.mode != "RGBA":
        return picture.convert("RGB")
    white = Image.new("RGB", picture.size, (255, 255, 255))
    white.paste(picture, mask=picture.getchannel("A"))
    return white


def load_audio(
    path: str | Path, rate: int = 16_000, max_seconds: float = 30.0
) -> Float32[np.ndarray, " samples"]:
    """Decode the beginning of a sound as mono samples in [-1, 1] at ``rate``.

    WAV, Ogg Vorbis, FLAC, MP3 and whatever else libsndfile reads. Channels are averaged; another rate is
    converted by a polyphase filter.

    Args:
        path: the file.
        rate: samples per second wanted.
        max_seconds: no more than this is decoded.

    Raises:
        MediaError: not readable, not a sound, broken, or of zero length.

    >>> import tempfile, soundfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     soundfile.write(f"{folder}/tone.wav", np.full((8_000, 2), 0.5), 8_000)
    ...     load_audio(f"{folder}/tone.wav").shape
    (16000,)
    """
    import soundfile

    path = Path(path)
    try:
        with soundfile.SoundFile(path) as sound:
            own_rate: int = sound.samplerate
            if not _RATES[0] <= own_rate <= _RATES[1] or sound.channels > _MAX_CHANNELS:
                raise MediaError(f"{path}: a sound of {own_rate} Hz and {sound.channels} channels")
            samples: Any = sound.read(int(max_seconds * own_rate), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError, RuntimeError, TypeError) as error:
        # What libsndfile says begins with the path, which is told already.
        why = error.error_string if isinstance(error, soundfile.LibsndfileError) else error
        raise MediaError(f"{path}: not a sound that can be decoded ({why})") from error
    if not len(samples):
        raise MediaError(f"{path}: the sound has zero length")
    mono: Float32[np.ndarray, " samples"] = samples.mean(axis=1)
    if not np.isfinite(mono).all():
        raise MediaError(f"{path}: the sound has samples that are not numbers")
    if own_rate == rate:
        return mono
    from scipy.signal import resample_poly

    return np.asarray(resample_poly(mono, rate, own_rate), dtype=np.float32)
