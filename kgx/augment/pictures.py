"""Pictures cut, mirrored and coloured otherwise, by Pillow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kgx.augment.steps import checked_probability, checked_range

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ColourJitter", "HorizontalFlip", "RandomCrop"]

_TRIES = 10  # draws of a crop that fits, as in Inception's


@dataclass(frozen=True)
class RandomCrop:
    """Cuts a part out of a picture and brings it to the picture's size.

    The random resized crop of Inception (Szegedy et al., arXiv 1409.4842, section 6).

    Attributes:
        probability: with which a picture is cut.
        area: least and greatest share of the picture's area, in (0, 1].
        aspect: least and greatest ratio of the part's width to its height, in units of the picture's own.

    Raises:
        ValueError: a number is outside of what it may be.

    >>> from PIL import Image
    >>> RandomCrop(1.0)(Image.new("RGB", (40, 20)), np.random.default_rng(0)).size
    (40, 20)
    """

    probability: float = 0.5
    area: tuple[float, float] = (0.5, 1.0)
    aspect: tuple[float, float] = (3 / 4, 4 / 3)

    def __post_init__(self) -> None:
        checked_probability(self.probability)
        checked_range("area", self.area, np.finfo(float).tiny, 1.0)
        checked_range("aspect", self.aspect, np.finfo(float).tiny)

    def __call__(self, value: Image, rng: np.random.Generator) -> Image:
        """Return a part of the picture, or the picture where none of the drawn parts fits into it."""
        if rng.random() >= self.probability:
            return value
        from PIL import Image

        width, height = value.size
        for _ in range(_TRIES):
            share = rng.uniform(*self.area)
            ratio = np.exp(rng.uniform(*np.log(self.aspect)))  # as likely to be wider as to be higher
            wide, high = round(width * np.sqrt(share * ratio)), round(height * np.sqrt(share / ratio))
            if 0 < wide <= width and 0 < high <= height:
                left, top = int(rng.integers(width - wide + 1)), int(rng.integers(height - high + 1))
                box = (left, top, left + wide, top + high)
                return value.resize(value.size, Image.Resampling.BICUBIC, box=box)
        return value


@dataclass(frozen=True)
class HorizontalFlip:
    """Mirrors a picture, left for right.

    Attributes:
        probability: with which a picture is mirrored.
    """

    probability: float = 0.5

    def __post_init__(self) -> None:
        checked_probability(self.probability)

    def __call__(self, value: Image, rng: np.random.Generator) -> Image:
        """Return the picture, mirrored or as it is."""
        if rng.random() >= self.probability:
            return value
        from PIL import Image

        return value.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


@dataclass(frozen=True)
class ColourJitter:
    """Makes a picture brighter or darker, of more or less contrast, and of stronger or paler colours.

    Attributes:
        probability: with which a picture is changed.
        brightness, contrast, saturation: the most by which each is changed; factors are drawn from ``1 - x`` to
            ``1 + x``.

    Raises:
        ValueError: the probability is outside [0, 1], or a change is.
    """

    probability: float = 0.5
    brightness: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.3

    def __post_init__(self) -> None:
        checked_probability(self.probability)
        for name in ("brightness", "contrast", "saturation"):
            checked_range(name, (0.0, getattr(self, name)), 0.0, 1.0)

    def __call__(self, value: Image, rng: np.random.Generator) -> Image:
        """Return the picture in RGB with other colours, or as it is."""
        if rng.random() >= self.probability:
            return value
        from PIL import ImageEnhance

        value = value.convert("RGB")
        for most, enhancer in (
            (self.brightness, ImageEnhance.Brightness),
            (self.contrast, ImageEnhance.Contrast),
            (self.saturation, ImageEnhance.Color),
        ):
            value = enhancer(value).enhance(float(rng.uniform(1 - most, 1 + most)))
        return value
