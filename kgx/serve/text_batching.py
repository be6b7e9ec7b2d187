"""Texts of requests that come at the same time go through the encoder together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from kgx.encoders.base import Encoder, EncoderWrapper, Encoding, Value

__all__ = ["BatchedEncoder"]


class _Waiting:
    """Texts of one caller, and what became of them."""

    __slots__ = ("encoding", "error", "values")

    def __init__(self, values: Sequence[Value]) -> None:
        self.values = values
        self.encoding: Encoding | None = None
        self.error: Exception | None = None


class BatchedEncoder(EncoderWrapper):
    """A text encoder that takes along what waits, and makes nobody wait for others to come.

    Whoever finds the encoder free encodes at once, with everything that was handed in while it was busy. A caller alone
    is served as if there were no batches: no queue is passed, no thread is woken.

    Vectors may differ from those of a text encoded alone by the rounding of single precision.

    Args:
        encoder: of texts.
        largest: texts that are encoded together, at most.
        observe: is told the size of every batch.

    >>> from kgx.testing import WordEncoder
    >>> BatchedEncoder(WordEncoder()).encode(["a bird", ""], "text").failures
    {1: 'the text is empty'}
    """

    def __init__(
        self, encoder: Encoder, *, largest: int = 16, observe: Callable[[int], None] = lambda size: None
    ) -> None:
        super().__init__(encoder)
        self._largest = largest
        self._observe = observe
        self._waiting: deque[_Waiting] = deque()
        self._busy = threading.Lock()

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        """Encode texts, together with those of other threads."""
        mine = _Waiting(values)
        self._waiting.append(mine)
        while mine.encoding is None and mine.error is None:
            with self._busy:
                if mine.encoding is None and mine.error is None:
                    self._encode_waiting(modality)
        if mine.error is not None:
            raise mine.error
        assert mine.encoding is not None  # noqa: S101 - the loop ends with one or the other
        return mine.encoding

    def _encode_waiting(self, modality: str) -> None:
        """Encode what has waited for longest; the lock is held, so nobody else takes anything."""
        batch = [self._waiting.popleft()]
        size = len(batch[0].values)
        while self._waiting and size + len(self._waiting[0].values) <= self._largest:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].values)
        self._observe(size)
        try:
            together = self.encoder.encode([value for one in batch for value in one.values], modality)
        except Exception as error:
            # The fault may lie in one caller's texts: the others are not to suffer.
            for one in batch:
                self._encode_alone(one, modality, error if len(batch) == 1 else None)
            return
        first = 0
        for one in batch:
            one.encoding = _part(together, first, first + len(one.values))
            first += len(one.values)

    def _encode_alone(self, one: _Waiting, modality: str, error: Exception | None) -> None:
        if error is not None:
            one.error = error
            return
        try:
            one.encoding = self.encoder.encode(one.values, modality)
        except Exception as raised:
            one.error = raised


def _part(together: Encoding, first: int, last: int) -> Encoding:
    """Return the rows of one caller."""
    failures = {row - first: why for row, why in together.failures.items() if first <= row < last}
    scores = None if together.scores is None else together.scores[first:last]
    return Encoding(np.ascontiguousarray(together.vectors[first:last]), scores, failures)
