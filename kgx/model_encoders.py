"""The encoders of a model, loaded when they are first needed and held to be those it was made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kgx.encoders import VectorCache, load_encoder
from kgx.encoders.base import Encoder
from kgx.errors import EncoderError

__all__ = ["ModelEncoders"]


class ModelEncoders(Mapping[str, Encoder]):
    """Modality -> encoder; looking one up loads it.

    Args:
        names: modality -> name of the encoder.
        ids: modality -> id that the encoder has to have.
        threads: threads for each network.
        cache: folder in which vectors are kept; none are where it is left out.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        ids: Mapping[str, str],
        *,
        threads: int = 2,
        cache: Path | None = None,
    ) -> None:
        self._names = dict(names)
        self._ids = dict(ids)
        self._threads = threads
        self._cache = cache
        self._loaded: dict[str, Encoder] = {}

    def __getitem__(self, modality: str) -> Encoder:
        """Return the encoder of a modality.

        Raises:
            EncoderError: it cannot be loaded, or is not the one that the model was made with.
        """
        if modality not in self._loaded:
            name = self._names[modality]
            encoder = load_encoder(name, threads=self._threads)
            if encoder.id != self._ids[modality]:
                raise EncoderError(
                    f"the model was made with the {modality} encoder {self._ids[modality]}, but {name} is now "
                    f"{encoder.id}: install the version it was, or make the model again"
                )
            self._loaded[modality] = encoder if self._cache is None else VectorCache(self._cache, encoder)
        return self._loaded[modality]

    def __contains__(self, modality: object) -> bool:
        return modality in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
