"""Frozen encoders of texts, pictures and sounds behind one protocol, and a cache of what they gave.

>>> sorted(name for name in ENCODERS if name.startswith("bundled:"))
['bundled:audio', 'bundled:image', 'bundled:multilingual-text', 'bundled:text']
"""

from __future__ import annotations

from collections.abc import Callable

from kgx.encoders.base import Encoder, Encoding
from kgx.encoders.bundled_audio import WhisperTiny
from kgx.encoders.bundled_image import EfficientNetLite
from kgx.encoders.bundled_text import MiniLM, MultilingualE5
from kgx.encoders.cache import VectorCache
from kgx.encoders.huggingface import HuggingFaceEncoder
from kgx.errors import EncoderError

__all__ = ["ENCODERS", "Encoder", "Encoding", "VectorCache", "load_encoder"]

ENCODERS: dict[str, Callable[..., Encoder]] = {
    "bundled:text": MiniLM,
    "bundled:multilingual-text": MultilingualE5,
    "bundled:audio": WhisperTiny,
    "bundled:image": EfficientNetLite,
}


def load_encoder(name: str, *, threads: int = 2) -> Encoder:
    """The encoder of that name, ready to use.

    Args:
        name: one of `ENCODERS`, or ``hf:NAME-OR-FOLDER`` for a model of the Hugging Face hub or of a local
            folder; ``@text``, ``@image`` or ``@audio`` behind it takes one side of a joint model.
        threads: threads for the network.

    Raises:
        EncoderError: no encoder has the name, or it cannot be loaded.
        MissingExtraError: its extra is not installed.

    >>> load_encoder("bundled:smell")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    kgx.errors.EncoderError: no encoder 'bundled:smell'; there are bundled:audio, ...
    """
    if name.startswith("hf:"):
        return HuggingFaceEncoder(name.removeprefix("hf:"), threads=threads)
    if name not in ENCODERS:
        known = ", ".join(sorted(ENCODERS))
        raise EncoderError(f"no encoder {name!r}; there are {known}, and hf:NAME-OR-FOLDER")
    return ENCODERS[name](threads=threads)
