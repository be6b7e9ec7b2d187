"""Decoding within bounds: formats, transparency, orientation, sizes, hostile and broken files."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kgx.drawing import load_drawing
from kgx.errors import MediaError
from kgx.media import MAX_PIXELS, load_audio, load_image

SVG = 'xmlns="http://www.w3.org/2000/svg"'
RED = '<rect width="50" height="20" fill="#f00"/>'


def save(folder: Path, name: str, picture: Image.Image, **options: object) -> Path:
    picture.save(folder / name, **options)  # type: ignore[arg-type]
    return folder / name


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.webp", "a.bmp", "a.tiff", "a.jpg"])
def test_common_formats_become_rgb(tmp_path: Path, name: str) -> None:
    picture = load_image(save(tmp_path, name, Image.new("RGB", (30, 20), (200, 30, 60))))
    assert picture.mode == "RGB"
    assert picture.size == (30, 20)
    assert np.allclose(picture.getpixel((5, 5)), (200, 30, 60), atol=4)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16", "I", "RGBA"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    name = "a.tiff" if mode in ("CMYK", "I") else "a.png"
    picture = (
        Image.new("RGB", (8, 8), (255, 255, 255)).convert(mode) if mode != "I;16" else Image.new(mode, (8, 8))
    )
    assert load_image(save(tmp_path, name, picture)).mode == "RGB"


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    grey = Image.fromarray(np.full((4, 4), 0x8000, dtype=np.uint16))
    assert load_image(save(tmp_path, "deep.png", grey)).getpixel((0, 0)) == (128, 128, 128)


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (4, 1), (255, 0, 0, 0))
    clear.putpixel((1, 0), (255, 0, 0, 255))
    clear.putpixel((2, 0), (0, 0, 0, 128))
    picture = load_image(save(tmp_path, "clear.png", clear))
    assert [picture.getpixel((x, 0)) for x in range(3)] == [(255, 255, 255), (255, 0, 0), (127, 127, 127)]


def test_transparent_colour_of_a_palette_becomes_white(tmp_path: Path) -> None:
    palette = Image.new("P", (2, 1), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.putpixel((1, 0), 1)
    picture = load_image(save(tmp_path, "palette.gif", palette, transparency=0))
    assert (picture.getpixel((0, 0)), picture.getpixel((1, 0))) == ((255, 255, 255), (255, 0, 0))


def test_an_animation_gives_its_first_frame(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    frames = [Image.new("RGB", (6, 6), colour) for colour in ((255, 0, 0), (0, 255, 0))]
    path = save(tmp_path, "moving.gif", frames[0], save_all=True, append_images=frames[1:])
    for _ in range(2):
        assert load_image(path).getpixel((0, 0)) == (255, 0, 0)
    assert caplog.messages == [f"{path}: an animation, of which only the first frame is taken"]
    assert caplog.records[0].levelname == "WARNING"  # shown on standard error where nothing else is asked for


def test_pages_and_previews_are_no_animation(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pages = [Image.new("RGB", (6, 6), colour) for colour in ((255, 0, 0), (0, 255, 0))]
    for name in ("scan.tiff", "photo.mpo"):
        assert load_image(save(tmp_path, name, pages[0], save_all=True, append_images=pages[1:])).size == (
            6,
            6,
        )
    assert not caplog.messages


@pytest.mark.parametrize("size", [None, 20])
def test_the_cameras_orientation_is_applied(tmp_path: Path, size: int | None) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    path = save(tmp_path, "photo.jpg", Image.new("RGB", (40, 20)), exif=exif)
    assert load_image(path, size).size == ((20, 40) if size is None else (10, 20))


@settings(max_examples=40)
@given(width=st.integers(1, 300), height=st.integers(1, 300), size=st.integers(1, 200))
def test_a_photograph_fits_the_size_and_is_never_enlarged(
    tmp_path_factory: pytest.TempPathFactory, width: int, height: int, size: int
) -> None:
    path = save(tmp_path_factory.mktemp("fit"), "a.png", Image.new("RGB", (width, height)))
    fitted = load_image(path, size)
    assert max(fitted.size) <= size
    if max(width, height) <= size:
        assert fitted.size == (width, height)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('width="50" height="20"', (100, 40)),
        ('width="50mm" height="20mm"', (100, 40)),
        ('width="20pt" height="50pt"', (40, 100)),
        ('viewBox="0 0 50 20"', (100, 40)),
        ('width="100%" height="100%" viewBox="0 0 20 50"', (40, 100)),
        ("", (100, 40)),
    ],
)
def test_a_drawing_is_rendered_at_the_size_asked(
    tmp_path: Path, attributes: str, expected: tuple[int, int]
) -> None:
    path = tmp_path / "drawing.svg"
    path.write_text(f"<svg {SVG} {attributes}>{RED}</svg>")
    picture = load_image(path, size=100)
    assert picture.size == pytest.approx(expected, abs=1)
    assert picture.getpixel((1, 1)) == (255, 0, 0)


def test_the_content_tells_the_format_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "drawing.png"
    path.write_bytes(gzip.compress(f'<svg {SVG} width="50" height="20">{RED}</svg>'.encode()))
    assert load_image(path, 50).size == (50, 20)
    assert max(load_image(path).size) == 1024


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_drawings_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "drawing.svg"
    path.write_bytes(f'<svg {SVG} width="50" height="20"><title>Löwe</title>{RED}</svg>'.encode(encoding))
    assert load_image(path, 50).size == (50, 20)


@pytest.mark.parametrize("shape", ['width="1e9" height="1"', 'width="1" height="1e9"'])
def test_a_drawing_cannot_grow_out_of_its_bounds(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "long.svg"
    path.write_text(f"<svg {SVG} {shape}>{RED}</svg>")
    assert max(load_drawing(path, 64).size) == 64


def test_a_deep_drawing_does_not_overflow_the_stack(tmp_path: Path) -> None:
    path = tmp_path / "deep.svg"
    path.write_text(f'<svg {SVG} width="50" height="20">{"<g>" * 1000}{RED}{"</g>" * 1000}</svg>')
    assert load_image(path, 50).size == (50, 20)


def huge_png(width: int, height: int) -> bytes:
    """A valid header and nothing else: refused before a pixel is decoded."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


BROKEN = {
    "empty": (b"", "empty"),
    "text": (b"no picture at all", "not a picture"),
    "markup": (b"<html><body/></html>", "cannot be rendered"),
    "unfinished markup": (b"<svg", "cannot be rendered"),
    "broken gzip": (b"\x1f\x8bnot really", "cannot be read"),
    "header only": (huge_png(10, 10), "broken|not a picture"),
    "huge": (huge_png(20_000, 20_000), "400 million pixels, the limit is 64"),
    "no pixels": (huge_png(0, 7), "0 × 7"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_picture_is_named(tmp_path: Path, case: str) -> None:
    content, message = BROKEN[case]
    path = tmp_path / "it.png"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=message) as caught:
        load_image(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_huge_picture_of_another_format_is_refused(tmp_path: Path) -> None:
    side = int(MAX_PIXELS**0.5) + 10
    path = save(tmp_path, "huge.gif", Image.new("1", (side, side)))
    with pytest.raises(MediaError, match="64 million pixels"):
        load_image(path)


@settings(max_examples=30)
@given(cut=st.integers(16, 1000))
def test_a_truncated_picture_is_refused_never_half_decoded(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (20, 20, 3), dtype=np.uint8)
    path = save(tmp_path_factory.mktemp("cut"), "a.png", Image.fromarray(noise))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 16 - cut])
    with pytest.raises(MediaError):
        load_image(path)


@pytest.mark.parametrize("make", [lambda folder: folder / "absent.png", lambda folder: folder])
def test_a_missing_file_and_a_folder_are_named(tmp_path: Path, make: object) -> None:
    with pytest.raises(MediaError, match="cannot be read"):
        load_image(make(tmp_path))  # type: ignore[operator]


@pytest.mark.parametrize("ending", ["wav", "ogg", "flac"])
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_a_tone_keeps_its_pitch_and_length(tmp_path: Path, ending: str, rate: int) -> None:
    time = np.arange(rate) / rate
    tone = 0.5 * np.sin(2 * np.pi * 440 * time)
    soundfile.write(tmp_path / f"tone.{ending}", np.stack([tone, tone], axis=1), rate)
    samples = load_audio(tmp_path / f"tone.{ending}")
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(16_000, abs=2)
    assert np.abs(np.fft.rfft(samples)).argmax() == pytest.approx(440, abs=1)
    assert np.abs(samples[1000:-1000]).max() == pytest.approx(0.5, abs=0.03)


def test_only_the_beginning_is_decoded(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros(80_000), 8_000)
    assert len(load_audio(tmp_path / "long.wav", rate=8_000, max_seconds=2.5)) == 20_000


def test_channels_are_averaged(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "stereo.wav", np.tile([0.5, -0.25], (100, 1)), 16_000)
    assert np.allclose(load_audio(tmp_path / "stereo.wav"), 0.125, atol=1e-4)


def test_broken_sounds_are_named(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(0), 16_000)
    soundfile.write(tmp_path / "slow.wav", np.zeros(10), 10)
    soundfile.write(tmp_path / "nan.wav", np.array([0.0, np.nan]), 16_000, subtype="FLOAT")
    (tmp_path / "text.ogg").write_text("no sound")
    (tmp_path / "empty.ogg").touch()
    cases = {
        "silent.wav": "zero length",
        "slow.wav": "10 Hz",
        "nan.wav": "not numbers",
        "text.ogg": "not a sound",
        "empty.ogg": "not a sound",
        "absent.ogg": "not a sound",
    }
    for name, message in cases.items():
        with pytest.raises(MediaError, match=message) as caught:
            load_audio(tmp_path / name)
        assert str(caught.value).startswith(f"{tmp_path / name}: ")
