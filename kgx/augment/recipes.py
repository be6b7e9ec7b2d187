"""What is usually done in turn to a text, a picture or a sound when copies of it are wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from kgx.augment.pictures import ColourJitter, HorizontalFlip, RandomCrop
from kgx.augment.sounds import Gain, MaskedSound, Noise, Shift, SpectrumMasks
from kgx.augment.steps import InTurn
from kgx.augment.texts import SynonymInsertion, SynonymReplacement, WordDropout, WordSwap

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["PictureChanges", "SoundChanges", "TextChanges"]


@dataclass(frozen=True)
class PictureChanges:
    """Cuts, mirrors and colours a picture, as often as SimCLR does (Chen et al., arXiv 2002.05709), but blurs nothing.

    Attributes:
        crop, flip, colours: what is done, in this order.
    """

    crop: RandomCrop = field(default_factory=lambda: RandomCrop(1.0))
    flip: HorizontalFlip = field(default_factory=HorizontalFlip)
    colours: ColourJitter = field(default_factory=lambda: ColourJitter(0.8))

    def __call__(self, value: Image, rng: np.random.Generator) -> Image:
        """Return the picture, changed."""
        return InTurn((self.crop, self.flip, self.colours))(value, rng)


@dataclass(frozen=True)
class SoundChanges:
    """Shifts a sound, makes it louder or softer, covers parts of its spectrum and adds noise.

    Attributes:
        shift, gain, masks, noise: what is done, in this order; a row of the spectrum is 40 Hz, a column 10 ms, at
            16,000 samples a second.
    """

    shift: Shift = field(default_factory=lambda: Shift(1.0))
    gain: Gain = field(default_factory=Gain)
    # a third of the rows, as 27 of 80 bands are
    masks: SpectrumMasks = field(default_factory=lambda: SpectrumMasks(bands=67))
    noise: Noise = field(default_factory=Noise)

    def __call__(self, value: Float32[np.ndarray, " samples"], rng: np.random.Generator) -> np.ndarray:
        """Return the samples, changed."""
        return InTurn((self.shift, self.gain, MaskedSound(self.masks), self.noise))(value, rng)


@dataclass(frozen=True)
class TextChanges:
    """The four operations of EDA (Wei and Zou, arXiv 1901.11196), each with its probability for every word.

    A title has few words: synonyms, which leave its meaning as it is, come more often than what may take it away.

    Attributes:
        replacement, insertion, swap, dropout: probabilities, in the order in which the operations are applied.
    """

    replacement: float = 0.3
    insertion: float = 0.1
    swap: float = 0.1
    dropout: float = 0.1

    def __post_init__(self) -> None:
        self.steps({})  # refuses what is no probability

    def steps(self, synonyms: Mapping[str, Sequence[str]]) -> InTurn[str]:
        """Return the operations.

        Args:
            synonyms: see :func:`kgx.augment.label_synonyms`.

        >>> TextChanges(1.0, 0.0, 0.0, 0.0).steps({"auto": ("car",)})("red auto", np.random.default_rng(0))
        'red car'
        """
        return InTurn(
            (
                SynonymReplacement(synonyms, self.replacement),
                SynonymInsertion(synonyms, self.insertion),
                WordSwap(self.swap),
                WordDropout(self.dropout),
            )
        )
