"""The encoders of a server: texts in batches, pictures and sounds one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from kgx.encoders.base import Encoder, EncoderWrapper, Encoding, Value
from kgx.encoders.transcripts import Transcriber
from kgx.serve.text_batching import BatchedEncoder

__all__ = ["OneAtATime", "ServedEncoders"]


class OneAtATime(EncoderWrapper):
    """An encoder that several threads share and one of them uses: what a picture is decoded into is held once.

    Args:
        encoder: of pictures or sounds.
    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder)
        self._busy = threading.Lock()

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        """Encode files, when the others are done."""
        with self._busy:
            return self.encoder.encode(values, modality)


class _TranscribingOneAtATime(OneAtATime):
    """Such an encoder that can also say what it hears."""

    def __init__(self, encoder: Encoder, transcriber: Transcriber) -> None:
        super().__init__(encoder)
        self._transcriber = transcriber

    def transcribe(self, paths: Sequence[str | Path]) -> list[str]:
        """Return what is said in each sound, when the others are done."""
        with self._busy:
            return self._transcriber.transcribe(paths)


class ServedEncoders(Mapping[str, Encoder]):
    """Modality -> encoder, each loaded once when it is first needed, however many threads need it.

    Args:
        encoders: the model's.
        observe: is told the size of every batch of texts.
    """

    def __init__(
        self, encoders: Mapping[str, Encoder], *, observe: Callable[[int], None] = lambda size: None
    ) -> None:
        self._encoders = encoders
        self._observe = observe
        self._served: dict[str, Encoder] = {}
        self._loading = threading.Lock()

    def __getitem__(self, modality: str) -> Encoder:
        """Return the encoder of a modality."""
        found = self._served.get(modality)
        if found is not None:
            return found
        with self._loading:
            if modality not in self._served:
                self._served[modality] = self._wrapped(self._encoders[modality], modality)
            return self._served[modality]

    def __contains__(self, modality: object) -> bool:
        return modality in self._encoders

    def __iter__(self) -> Iterator[str]:
        return iter(self._encoders)

    def __len__(self) -> int:
        return len(self._encoders)

    def _wrapped(self, encoder: Encoder, modality: str) -> Encoder:
        if modality == "text":
            return BatchedEncoder(encoder, observe=self._observe)
        if isinstance(encoder, Transcriber):
            return _TranscribingOneAtATime(encoder, encoder)
        return OneAtATime(encoder)
