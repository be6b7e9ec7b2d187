"""Sounds and spectrograms augmented, against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgx.augment import Gain, MaskedSound, Noise, Shift, SoundChanges, SpectrumMasks
from kgx.encoders.mel import log_mel


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_gain_is_in_decibels_and_clips() -> None:
    loud = Gain(1.0, (6.0206, 6.0206))(np.array([0.1, -0.3, 0.8], np.float32), rng())
    np.testing.assert_allclose(loud, [0.2, -0.6, 1.0], atol=1e-5)
    assert loud.dtype == np.float32


@given(st.integers(0, 200), st.integers(0, 99))
def test_a_shift_moves_samples_and_leaves_silence(length: int, seed: int) -> None:
    sound = np.arange(1, length + 1, dtype=np.float32)
    shifted = Shift(1.0, 0.25)(sound, rng(seed))
    assert len(shifted) == length
    kept = shifted[shifted > 0]
    assert length - len(kept) <= length // 4
    assert len(kept) < 2 or (np.diff(kept) == 1).all()


def test_noise_has_the_power_that_is_asked_for() -> None:
    sound = (0.1 * np.sin(np.arange(50_000) / 9)).astype(np.float32)
    noise = Noise(1.0, (20.0, 20.0))(sound, rng()) - sound
    ratio = 10 * np.log10(np.mean(sound**2) / np.mean(noise**2))
    assert ratio == pytest.approx(20.0, abs=0.2)
    silence = np.zeros(10, np.float32)
    assert not Noise(1.0)(silence, rng()).any()


def test_masks_cover_bands_and_stretches_with_the_mean() -> None:
    spectrum = log_mel(rng().standard_normal(32_000).astype(np.float32))
    masked = SpectrumMasks(1.0, bands=10, frames=30, share=1.0, count=1)(spectrum, rng(1))
    changed = masked != spectrum
    bands, frames = changed.all(axis=1), changed.all(axis=0)
    assert (changed == (bands[:, None] | frames[None])).all()
    assert 0 < bands.sum() <= 10
    assert 0 < frames.sum() <= 30
    np.testing.assert_allclose(masked[changed], spectrum.mean())


def test_short_sounds_are_not_covered_whole() -> None:
    spectrum = rng().random((80, 20))
    for seed in range(30):
        masked = SpectrumMasks(1.0, bands=0, frames=100, share=0.2, count=1)(spectrum, rng(seed))
        assert (masked != spectrum).any(axis=0).sum() <= 4


@pytest.mark.parametrize("step", [Gain(0.0), Shift(0.0), Noise(0.0), SpectrumMasks(0.0)])
def test_nought_changes_nothing(step: Gain) -> None:
    values = rng().random((4, 6)).astype(np.float32)
    assert step(values, rng()) is values


@pytest.mark.parametrize("seed", range(3))
def test_same_seed_same_result_and_nothing_in_place(seed: int) -> None:
    sound = rng(9).standard_normal(100).astype(np.float32) * 0.1
    before = sound.copy()
    for step in (Gain(1.0), Shift(1.0), Noise(1.0)):
        assert np.array_equal(step(sound, rng(seed)), step(sound, rng(seed)))
    assert np.array_equal(sound, before)


def test_what_is_impossible_is_refused() -> None:
    with pytest.raises(ValueError, match="decibels: expected two numbers in order"):
        Gain(decibels=(3.0, -3.0))
    with pytest.raises(ValueError, match="share: expected two numbers"):
        Shift(share=2.0)
    with pytest.raises(ValueError, match="bands: expected two numbers"):
        SpectrumMasks(bands=-1)


def test_what_is_masked_in_a_spectrum_is_not_heard_and_the_rest_is() -> None:
    times = np.arange(16_000) / 16_000
    low, high = (0.2 * np.sin(2 * np.pi * hertz * times) for hertz in (500, 4000))

    def without_high(loudness: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        masked = loudness.copy()
        masked[50:] = loudness.min()  # 2000 Hz and above
        return masked

    sound = (low + high).astype(np.float32)
    heard = MaskedSound(without_high)(sound, rng())  # type: ignore[arg-type]
    np.testing.assert_allclose(heard[800:-800], low[800:-800], atol=2e-3)


@given(st.integers(1, 900), st.integers(0, 99))
def test_sounds_of_any_length_keep_it(length: int, seed: int) -> None:
    sound = rng(seed).uniform(-1, 1, length).astype(np.float32)
    assert MaskedSound(SpectrumMasks(0.0))(sound, rng()) is sound
    nothing_covered = MaskedSound(SpectrumMasks(1.0, count=0))(sound, rng())
    np.testing.assert_allclose(nothing_covered, sound, atol=1e-4)
    assert (nothing_covered is sound) == (length < 400)
    changed = SoundChanges()(sound, rng(seed))
    assert (changed.shape, changed.dtype) == (sound.shape, np.float32)
    assert np.isfinite(changed).all()
