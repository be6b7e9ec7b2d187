"""The spectrogram against the reference implementation in `transformers`."""

from __future__ import annotations

import numpy as np
import pytest
from transformers import WhisperFeatureExtractor
from transformers.audio_utils import mel_filter_bank

from kgx.encoders.mel import RATE, log_mel, mel_filters


def test_the_filters_are_slaneys() -> None:
    expected = mel_filter_bank(201, 80, 0.0, 8000.0, RATE, norm="slaney", mel_scale="slaney")
    assert np.allclose(mel_filters(), expected, atol=1e-9)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.345, 6.0])
def test_the_spectrogram_is_whispers(seconds: float) -> None:
    random = np.random.default_rng(0)
    time = np.arange(int(seconds * RATE)) / RATE
    samples = (np.sin(2 * np.pi * 300 * time**2) * 0.3 + random.normal(0, 0.01, len(time))).astype(np.float32)
    extractor = WhisperFeatureExtractor()
    expected = extractor(samples, sampling_rate=RATE, padding=False, return_tensors="np").input_features[0]
    assert np.allclose(log_mel(samples), expected[:, : len(samples) // 160], atol=1e-4)


def test_silence_is_finite() -> None:
    assert np.isfinite(log_mel(np.zeros(RATE, dtype=np.float32))).all()
