"""Pictures and sounds that come with a request: kept in files for as long as it takes, looked at before use."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kgx.serve.options import Limits
from kgx.serve.problems import ProblemError

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

__all__ = ["check_picture", "check_sound", "checked"]


# What they are called in an answer that names them.
_NAMES = {"image": "your picture", "audio": "your sound"}


@contextmanager
def checked(uploads: Mapping[str, UploadFile], limits: Limits) -> Iterator[dict[str, Path]]:
    """Put uploads into files that are gone after the block, and look at what they are.

    The names that they came with are never looked at.

    Args:
        uploads: by the name of their form field, ``image`` or ``audio``.
        limits: of pixels and seconds.

    Raises:
        ProblemError: 413: there is too much of one.
    """
    checks = {"image": check_picture, "audio": check_sound}
    with tempfile.TemporaryDirectory(prefix="kgx-") as folder:
        paths = {}
        for name, upload in uploads.items():
            paths[name] = Path(folder) / _NAMES[name]
            with paths[name].open("wb") as file:
                upload.file.seek(0)
                shutil.copyfileobj(upload.file, file)
            checks[name](paths[name], limits)
        yield paths


def check_picture(path: Path, limits: Limits) -> None:
    """Refuse a picture with too many pixels before it is decoded.

    What is no picture, or does not say its size (SVG), is left to the decoder, which has bounds of its own.

    Raises:
        ProblemError: 413.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            pixels: int | None = picture.width * picture.height
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return
    except Image.DecompressionBombError:  # it does not tell how many there are
        pixels = None
    if pixels is None or pixels > limits.pixels:
        got = "many more" if pixels is None else f"{pixels / 1e6:,.1f}"
        raise ProblemError(
            413, f"expected a picture of at most {limits.pixels / 1e6:g} million pixels, got {got}"
        )


def check_sound(path: Path, limits: Limits) -> None:
    """Refuse a sound that is too long; what is no sound is left to the decoder.

    Raises:
        ProblemError: 413.
    """
    import soundfile

    try:
        seconds = soundfile.info(path).duration
    except (soundfile.LibsndfileError, OSError, RuntimeError, TypeError):
        return
    if seconds > limits.sound_seconds:
        raise ProblemError(
            413, f"expected a sound of at most {limits.sound_seconds:g} seconds, got {seconds:.0f}"
        )
