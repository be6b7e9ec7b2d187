"""The two halves of a target: one to be tested on, one to draw known pairs from."""

from __future__ import annotations

import hashlib

__all__ = ["split_of"]


def split_of(entity: str) -> str:
    """Return the half that a thing belongs to: ``test``, or the ``pool`` that few-shot pairs are drawn from.

    It is the test half where the first hex digit of the entity's SHA-256 is 0 to 7.

    >>> split_of("animals/birds/owl")
    'test'
    """
    return "test" if hashlib.sha256(entity.encode()).hexdigest()[0] in "01234567" else "pool"
