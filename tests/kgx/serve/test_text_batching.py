"""Texts of several threads go through the encoder together, and nobody waits for company."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from kgx.encoders.base import Encoding, Value
from kgx.errors import EncoderError
from kgx.serve.text_batching import BatchedEncoder
from kgx.testing import WordEncoder


class Held(WordEncoder):
    """Waits in its first call until it is let go; refuses "poison"."""

    def __init__(self) -> None:
        self.entered, self.let_go = threading.Event(), threading.Event()
        self.calls: list[list[str]] = []

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        self.calls.append([str(value) for value in values])
        if len(self.calls) == 1:
            self.entered.set()
            assert self.let_go.wait(10)
        if "poison" in values:
            raise EncoderError("poisoned")
        return super().encode(values, modality)


def ask(encoder: BatchedEncoder, held: Held, texts: Sequence[str]) -> dict[str, Encoding | Exception]:
    """Ask for texts at once while the encoder is busy with another."""
    found: dict[str, Encoding | Exception] = {}

    def one(text: str) -> None:
        try:
            found[text] = encoder.encode([text], "text")
        except EncoderError as error:
            found[text] = error

    threads = [threading.Thread(target=one, args=(text,)) for text in ["first", *texts]]
    threads[0].start()
    assert held.entered.wait(10)
    for number, thread in enumerate(threads[1:], start=1):
        thread.start()
        while len(encoder._waiting) < number:
            pass
    held.let_go.set()
    for thread in threads:
        thread.join(10)
    return found


def test_what_waits_goes_together() -> None:
    held, sizes = Held(), []
    encoder = BatchedEncoder(held, largest=4, observe=sizes.append)
    texts = [f"bird {number}" for number in range(6)]
    found = ask(encoder, held, texts)
    assert [len(call) for call in held.calls] == sizes == [1, 4, 2]
    for text in texts:
        encoding = found[text]
        assert isinstance(encoding, Encoding)
        assert np.array_equal(encoding.vectors, WordEncoder().encode([text], "text").vectors)


def test_one_that_fails_fails_alone() -> None:
    held = Held()
    found = ask(BatchedEncoder(held), held, ["a boat", "poison", "a bird"])
    assert isinstance(found["poison"], EncoderError)
    assert isinstance(found["a boat"], Encoding)
    assert isinstance(found["a bird"], Encoding)


def test_rows_that_fail_keep_their_place() -> None:
    held = Held()
    found = ask(BatchedEncoder(held), held, ["a boat", " "])
    empty = found[" "]
    assert isinstance(empty, Encoding)
    assert empty.failures == {0: "the text is empty"}


def test_alone_nothing_is_waited_for() -> None:
    sizes: list[int] = []
    encoder = BatchedEncoder(WordEncoder(), observe=sizes.append)
    vectors = encoder.encode(["a bird", "a boat"], "text").vectors
    assert np.array_equal(vectors, WordEncoder().encode(["a bird", "a boat"], "text").vectors)
    assert sizes == [2]
    with pytest.raises(EncoderError, match="takes text"):
        encoder.encode(["a"], "image")
