"""Thumbnails: smaller where that helps, and the file itself everywhere else."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kgx.errors import MediaError
from kgx.serve.media_files import MediaFile, below
from kgx.serve.thumbnails import thumbnail


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture that no format packs well."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, len(mode)), dtype=np.uint8)
    return Image.fromarray(pixels, mode)


def stored(folder: Path, picture: Image.Image, kind: str) -> MediaFile:
    picture.save(folder / "a", format=kind)
    found = below(folder, "a")
    assert found is not None
    return found


def opened(packed: bytes | None) -> Image.Image:
    assert packed is not None
    picture = Image.open(io.BytesIO(packed))
    assert picture.format == "JPEG"
    return picture


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "tiff", "bmp"])
def test_a_large_picture_fits_the_square_and_keeps_its_shape(tmp_path: Path, kind: str) -> None:
    file = stored(tmp_path, noise(600, 300), kind)
    packed = thumbnail(file, 100)
    assert opened(packed).size == (100, 50)
    assert packed is not None
    assert len(packed) < file.path.stat().st_size


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    picture = noise(300, 300, "RGBA")
    picture.putalpha(0)
    assert opened(thumbnail(stored(tmp_path, picture, "png"), 50)).getpixel((25, 25)) == (255, 255, 255)


def test_what_no_browser_shows_is_drawn_however_small(tmp_path: Path) -> None:
    assert opened(thumbnail(stored(tmp_path, noise(8, 4), "tiff"), 100)).size == (8, 4)


def test_the_file_itself_serves_where_it_is_small_a_drawing_or_no_picture(tmp_path: Path) -> None:
    assert thumbnail(stored(tmp_path, noise(8, 8), "png"), 100) is None
    for kind in ("image/svg+xml", "audio/ogg", "application/octet-stream"):
        assert thumbnail(MediaFile(tmp_path / "a", kind, False), 100) is None


def test_a_drawing_that_is_smaller_than_its_jpeg_is_left_as_it_is(tmp_path: Path) -> None:
    dots = Image.fromarray(np.random.default_rng(0).integers(0, 2, (900, 900)).astype(np.uint8) * 255)
    file = stored(tmp_path, dots.convert("1"), "png")
    assert file.path.stat().st_size > 64 * 1024
    assert thumbnail(file, 900) is None
    assert opened(thumbnail(file, 64)).size == (64, 64)


def test_large_ones_are_drawn_as_often_as_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides: list[int] = []

    def load(_: Path, side: int) -> Image.Image:
        sides.append(side)
        return Image.new("RGB", (side, side))

    monkeypatch.setattr("kgx.serve.thumbnails.load_image", load)
    file = stored(tmp_path, noise(200, 200), "tiff")
    for side in (100, 100, 1000, 1000):
        thumbnail(file, side)
    assert sides == [100, 1000, 1000]


def test_a_changed_file_is_drawn_again(tmp_path: Path) -> None:
    first = thumbnail(stored(tmp_path, noise(400, 400), "png"), 64)
    again = stored(tmp_path, Image.new("RGB", (400, 200)), "tiff")
    os.utime(again.path, ns=(1, 1))
    assert opened(first).size == (64, 64)
    assert opened(thumbnail(again, 64)).size == (64, 32)


def test_a_broken_picture_is_refused_and_one_that_is_gone_left_to_the_sender(tmp_path: Path) -> None:
    file = stored(tmp_path, noise(400, 400), "png")
    file.path.write_bytes(file.path.read_bytes()[:60_000])
    with pytest.raises(MediaError, match="broken"):
        thumbnail(file, 64)
    file.path.unlink()
    assert thumbnail(file, 64) is None
