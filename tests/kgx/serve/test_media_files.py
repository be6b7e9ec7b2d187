"""Which files are sent, and what they are called."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kgx.serve.media_files import UNKNOWN, below, media_type


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp", "bmp", "tiff"])
def test_pictures_are_told_by_their_content(tmp_path: Path, kind: str) -> None:
    Image.new("RGB", (3, 3)).save(tmp_path / "a.txt", format=kind)
    found = below(tmp_path, "a.txt")
    assert found is not None
    assert (found.type, found.packed) == (f"image/{kind}", False)


@pytest.mark.parametrize(
    ("kind", "expected"), [("WAV", "wav"), ("OGG", "ogg"), ("FLAC", "flac"), ("MP3", "mpeg")]
)
def test_sounds_are_told_by_their_content(tmp_path: Path, kind: str, expected: str) -> None:
    soundfile.write(tmp_path / "a", [0.0] * 4000, 16000, format=kind)
    found = below(tmp_path, "a")
    assert found is not None
    assert found.type == f"audio/{expected}"


def test_drawings_packed_and_plain() -> None:
    drawing = b"<?xml version='1.0'?>\n<!-- a -->\n<svg:svg xmlns:svg='http://www.w3.org/2000/svg'/>"
    assert media_type(b"\xef\xbb\xbf" + drawing) == ("image/svg+xml", False)
    assert media_type(gzip.compress(drawing)) == ("image/svg+xml", True)
    assert media_type(gzip.compress(b"<html>")) == (UNKNOWN, False)
    assert media_type(b"<!doctype html><script>svg</script>") == (UNKNOWN, False)


@given(st.binary(max_size=64))
def test_any_bytes_have_a_type(head: bytes) -> None:
    kind, packed = media_type(head)
    assert kind.partition("/")[0] in ("image", "audio", "application")
    assert not packed or kind == "image/svg+xml"


def test_nothing_outside_of_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_bytes(b"GIF89a")
    (root / "way-out").symlink_to(tmp_path / "secret")
    (root / "way-in").symlink_to(root / "a")
    (root / "a").write_bytes(b"GIF89a")
    for place in ("../secret", str(tmp_path / "secret"), "way-out", "", ".", "none", "a\0b", "a" * 5000):
        assert below(root, place) is None
    assert below(root, "way-in") is not None
    assert below(tmp_path / "gone", "a") is None


def test_a_picture_that_is_too_large_is_seen_in_its_head() -> None:
    from kgx.serve.options import Limits
    from kgx.serve.problems import ProblemError
    from kgx.serve.uploads import checked

    class Upload:
        def __init__(self, content: bytes) -> None:
            self.file = io.BytesIO(content)

    large, sound = io.BytesIO(), io.BytesIO()
    Image.new("1", (2000, 2000)).save(large, format="png")
    soundfile.write(sound, [0.0] * 40_000, 8000, format="WAV")
    limits = Limits(pixels=3_000_000, sound_seconds=4.0)
    for name, content, told in (("image", large, "3 million pixels"), ("audio", sound, "4 seconds")):
        uploads = {name: Upload(content.getvalue())}
        with pytest.raises(ProblemError, match=told) as caught, checked(uploads, limits):  # type: ignore[arg-type]
            pass
        assert caught.value.status == 413
    with checked({"image": Upload(b"no picture")}, limits) as files:  # type: ignore[dict-item]
        assert files["image"].read_bytes() == b"no picture"
    assert not files["image"].exists()
