"""Pictures augmented: sizes stay, seeds decide, and nothing happens where it is not asked for."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from kgx.augment import ColourJitter, HorizontalFlip, InTurn, RandomCrop


@pytest.fixture
def picture() -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 36, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def test_flipping_mirrors(picture: Image.Image) -> None:
    flipped = HorizontalFlip(1.0)(picture, np.random.default_rng(0))
    assert np.array_equal(np.asarray(flipped), np.asarray(picture)[:, ::-1])


def test_a_crop_is_a_part_of_the_picture_at_its_size() -> None:
    left_dark = Image.fromarray(np.repeat(np.linspace(0, 250, 40, dtype=np.uint8)[None], 20, axis=0))
    crop = RandomCrop(1.0, area=(0.25, 0.25), aspect=(1.0, 1.0))
    spans = [np.ptp(np.asarray(crop(left_dark, np.random.default_rng(seed)))) for seed in range(10)]
    assert all(80 < int(span) < 160 for span in spans)  # a quarter of the area shows half of the shades
    assert crop(left_dark, np.random.default_rng(0)).size == (40, 20)


def test_a_picture_of_one_pixel_is_borne() -> None:
    one = Image.new("RGB", (1, 1), (9, 9, 9))
    assert RandomCrop(1.0)(one, np.random.default_rng(0)).getpixel((0, 0)) == (9, 9, 9)


def test_colours_change_within_their_bounds() -> None:
    grey = Image.new("RGB", (4, 4), (100, 100, 100))
    jitter = ColourJitter(1.0, brightness=0.2, contrast=0.0, saturation=0.0)
    shades = [np.asarray(jitter(grey, np.random.default_rng(seed)))[0, 0, 0] for seed in range(50)]
    assert 79 <= min(shades) < 90
    assert 110 < max(shades) <= 121


def test_same_seed_same_picture_and_the_given_one_is_left_as_it_is(picture: Image.Image) -> None:
    steps = InTurn((RandomCrop(1.0), HorizontalFlip(0.5), ColourJitter(1.0)))
    before = np.asarray(picture).copy()
    one, same, other = (np.asarray(steps(picture, np.random.default_rng(seed))) for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert np.array_equal(np.asarray(picture), before)


def test_nought_changes_nothing_and_what_is_impossible_is_refused(picture: Image.Image) -> None:
    for step in (RandomCrop(0.0), HorizontalFlip(0.0), ColourJitter(0.0)):
        assert step(picture, np.random.default_rng(0)) is picture
    with pytest.raises(ValueError, match="area: expected two numbers in order"):
        RandomCrop(area=(0.0, 1.0))
    with pytest.raises(ValueError, match="aspect: expected two numbers in order"):
        RandomCrop(aspect=(2.0, 1.0))
    with pytest.raises(ValueError, match="contrast: expected two numbers"):
        ColourJitter(contrast=1.5)
