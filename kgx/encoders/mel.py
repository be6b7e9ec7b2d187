"""Log-mel spectrograms as Whisper wants them, from numpy alone."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float32

__all__ = ["HOP", "RATE", "log_mel", "mel_filters"]

RATE = 16_000
"""Samples per second."""

HOP = 160
"""Samples from one frame to the next: 100 frames a second."""

_WINDOW = 400  # samples of one frame
_BANDS = 80


def log_mel(samples: Float32[np.ndarray, " samples"]) -> Float32[np.ndarray, "80 frames"]:
    """Logarithmic power in 80 mel bands, scaled to about [-1, 1].

    The recipe of Radford et al., 2022 (https://arxiv.org/abs/2212.04356) and of their published code: Hann
    window of 25 ms, hop of 10 ms, reflected edges, a floor 8 decades below the loudest band.

    Args:
        samples: mono, at 16,000 a second, at least 201 of them; there is one frame for every full 160.

    >>> log_mel(np.zeros(16_000, dtype=np.float32)).shape
    (80, 100)
    """
    padded = np.pad(samples.astype(np.float64), _WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP][:-1]  # (frames, 400)
    window = np.hanning(_WINDOW + 1)[:-1]
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2  # (frames, 201)
    bands = np.log10(np.maximum(power @ mel_filters(), 1e-10))
    bands = np.maximum(bands, bands.max() - 8.0)
    return np.ascontiguousarray((bands.T + 4.0) / 4.0, dtype=np.float32)


@lru_cache(maxsize=1)
def mel_filters() -> np.ndarray:
    """Triangles of equal area on Slaney's mel scale: ``float64 [201 frequencies, 80 bands]``.

    The scale (Auditory Toolbox, 1998) is linear below 1000 Hz and logarithmic above.
    """
    frequencies = np.linspace(0.0, RATE / 2, _WINDOW // 2 + 1)
    edges = _mel_to_hertz(np.linspace(0.0, _hertz_to_mel(RATE / 2), _BANDS + 2))
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising = (frequencies[:, None] - left) / (centre - left)
    falling = (right - frequencies[:, None]) / (right - centre)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (right - left)))


_LINEAR = 3.0 / 200.0  # mel per hertz below 1000 Hz
_STEP = 27.0 / np.log(6.4)  # mel per e-fold above


def _hertz_to_mel(hertz: float) -> float:
    """Above 1000 Hz only."""
    return float(1000.0 * _LINEAR + np.log(hertz / 1000.0) * _STEP)


def _mel_to_hertz(mel: np.ndarray) -> np.ndarray:
    knee = 1000.0 * _LINEAR
    return np.where(mel < knee, mel / _LINEAR, 1000.0 * np.exp((mel - knee) / _STEP))
