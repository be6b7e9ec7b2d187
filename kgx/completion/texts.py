"""Vectors of what entities and relations are called, for models that were trained with them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from graphs.completion.links import Numbering
from graphs.store import Store
from graphs.vocabulary import local_name, words_of
from kgx.encoders.base import Encoder
from kgx.errors import EncoderError

__all__ = ["entity_texts", "relation_texts"]


def entity_texts(store: Store, numbering: Numbering, encoder: Encoder) -> Float32[Tensor, "entities dim"]:
    """Return the vectors of the entities' labels and definitions, by number.

    Raises:
        EncoderError: the encoder does not take texts.
    """
    numbers = store.entity_ids(numbering.entities).tolist()
    texts = []
    for name, number in zip(numbering.entities, numbers, strict=True):
        if number < 0:  # it stands in a test file alone
            texts.append(local_name(name))
        else:
            definition = store.definition(number)
            texts.append(store.label(number) + (f": {definition}" if definition else ""))
    return _encoded(texts, encoder)


def relation_texts(store: Store, numbering: Numbering, encoder: Encoder) -> Float32[Tensor, "relations dim"]:
    """Return the vectors of the relations' labels, and behind them those of the inverses, by number.

    Raises:
        EncoderError: the encoder does not take texts.
    """
    known = set(store.relation_iris)
    names = [store.relation_label(iri) if iri in known else words_of(iri) for iri in numbering.relations]
    return _encoded([*names, *(f"inverse of {name}" for name in names)], encoder)


def _encoded(texts: Sequence[str], encoder: Encoder) -> Tensor:
    if "text" not in encoder.modalities:
        raise EncoderError(f"expected an encoder of texts, got {encoder.id}")
    return torch.from_numpy(np.ascontiguousarray(encoder.encode(texts, "text").vectors, dtype=np.float32))
