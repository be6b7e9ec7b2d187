"""Sounds louder, later, noisier, or with parts of their spectrum covered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from kgx.augment.steps import checked_probability, checked_range

__all__ = ["Gain", "MaskedSound", "Noise", "Shift", "SpectrumMasks"]

Samples = Float32[np.ndarray, " samples"]

_FRAME, _HOP = 400, 160  # samples: 25 and 10 ms at 16,000 a second, as the spectrograms of speech have them
_FAINTEST = 1e-8  # magnitude that silence is taken for


@dataclass(frozen=True)
class Gain:
    """Makes a sound louder or softer; what would leave [-1, 1] is clipped.

    Attributes:
        probability: with which a sound is changed.
        decibels: least and greatest gain.

    >>> Gain(1.0, (20.0, 20.0))(np.full(2, 0.05, np.float32), np.random.default_rng(0)).round(3).tolist()
    [0.5, 0.5]
    """

    probability: float = 0.5
    decibels: tuple[float, float] = (-6.0, 6.0)

    def __post_init__(self) -> None:
        checked_probability(self.probability)
        checked_range("decibels", self.decibels)

    def __call__(self, value: Samples, rng: np.random.Generator) -> Samples:
        """Return the samples times one factor."""
        if rng.random() >= self.probability:
            return value
        return _clipped(value * 10.0 ** (rng.uniform(*self.decibels) / 20.0))


@dataclass(frozen=True)
class Shift:
    """Lets a sound begin earlier or later; what is pushed out at one end is lost, the other end is silent.

    Attributes:
        probability: with which a sound is shifted.
        share: the most by which it is, as a share of its length, in [0, 1].
    """

    probability: float = 0.5
    share: float = 0.1

    def __post_init__(self) -> None:
        checked_probability(self.probability)
        checked_range("share", (0.0, self.share), 0.0, 1.0)

    def __call__(self, value: Samples, rng: np.random.Generator) -> Samples:
        """Return as many samples, some of them at another time."""
        if rng.random() >= self.probability:
            return value
        most = int(self.share * len(value))
        by = int(rng.integers(-most, most + 1))
        shifted = np.zeros_like(value)
        shifted[max(by, 0) : len(value) + min(by, 0)] = value[max(-by, 0) : len(value) - max(by, 0)]
        return shifted


@dataclass(frozen=True)
class Noise:
    """Adds white noise.

    Attributes:
        probability: with which a sound gets noise.
        decibels: least and greatest ratio of the sound's power to the noise's.
    """

    probability: float = 0.5
    decibels: tuple[float, float] = (10.0, 40.0)

    def __post_init__(self) -> None:
        checked_probability(self.probability)
        checked_range("decibels", self.decibels)

    def __call__(self, value: Samples, rng: np.random.Generator) -> Samples:
        """Return the samples with noise; silence stays silent."""
        if rng.random() >= self.probability:
            return value
        power = float(np.mean(np.square(value, dtype=np.float64))) if len(value) else 0.0
        deviation = np.sqrt(power * 10.0 ** (-rng.uniform(*self.decibels) / 10.0))
        return _clipped(value + deviation * rng.standard_normal(len(value)))


@dataclass(frozen=True)
class SpectrumMasks:
    """Covers bands of frequencies and stretches of time in a spectrogram.

    The two masks of SpecAugment (Park et al., arXiv 1904.08779); its time warping, which it found to matter least, is
    left out.

    Attributes:
        probability: with which a spectrogram gets masks.
        bands: the widest mask over frequencies, in rows.
        frames: the longest mask over time, in columns.
        share: the longest mask over time as a share of all frames, so that short sounds are not covered whole.
        count: masks of each of the two.

    Raises:
        ValueError: a number is outside of what it may be.
    """

    probability: float = 0.5
    bands: int = 27
    frames: int = 100
    share: float = 0.2
    count: int = 2

    def __post_init__(self) -> None:
        checked_probability(self.probability)
        checked_range("share", (0.0, self.share), 0.0, 1.0)
        for name in ("bands", "frames", "count"):
            checked_range(name, (0, getattr(self, name)), 0)

    def __call__(
        self, value: Float[np.ndarray, "bands frames"], rng: np.random.Generator
    ) -> Float[np.ndarray, "bands frames"]:
        """Return the spectrogram with masks, which have its mean."""
        if rng.random() >= self.probability:
            return value
        masked, mean = value.copy(), value.mean() if value.size else 0.0
        high, long = value.shape
        for _ in range(self.count):
            masked[_stretch(high, min(self.bands, high), rng)] = mean
        for _ in range(self.count):
            masked[:, _stretch(long, min(self.frames, int(self.share * long)), rng)] = mean
        return masked


@dataclass(frozen=True)
class MaskedSound:
    """Puts masks on the spectrogram of a sound and makes a sound of it again.

    The masks cover the logarithm of the magnitudes, as SpecAugment's do; phases stay.

    Attributes:
        masks: the masks. A column is 160 samples; of the 201 rows, the last is half the sampling rate.
    """

    masks: SpectrumMasks = SpectrumMasks()

    def __call__(self, value: Samples, rng: np.random.Generator) -> Samples:
        """Return as many samples, without what is covered; a sound shorter than a column's 400 samples as it is."""
        from scipy.signal import istft, stft

        if len(value) < _FRAME:
            return value
        window = {"nperseg": _FRAME, "noverlap": _FRAME - _HOP}
        waves = stft(value, **window)[2]
        loudness = np.log(np.maximum(np.abs(waves), _FAINTEST))
        masked = self.masks(loudness, rng)
        if masked is loudness:
            return value
        samples = istft(np.exp(masked + 1j * np.angle(waves)), **window)[1]
        return _clipped(samples[: len(value)])


def _stretch(length: int, most: int, rng: np.random.Generator) -> slice:
    """Draw a stretch: its width from 0 to ``most``, then where it begins."""
    width = int(rng.integers(most + 1))
    start = int(rng.integers(length - width + 1))
    return slice(start, start + width)


def _clipped(samples: np.ndarray) -> Samples:
    return np.asarray(np.clip(samples, -1.0, 1.0), dtype=np.float32)
