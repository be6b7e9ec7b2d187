"""What all encoders share."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgx.encoders import ENCODERS, VectorCache, load_encoder
from kgx.encoders.base import (
    Encoder,
    EncoderWrapper,
    Encoding,
    file_digest,
    require_modality,
    split_texts,
)
from kgx.errors import EncoderError
from kgx.serve.encoders import OneAtATime
from kgx.serve.text_batching import BatchedEncoder


class Deaf:
    id = "deaf"
    modalities = frozenset({"text", "image"})
    dimension = 3

    def encode(self, values: object, modality: str) -> Encoding:
        pytest.fail("nobody asks it to encode")


@pytest.mark.parametrize("wrap", [OneAtATime, BatchedEncoder, partial(VectorCache, "nowhere")])
def test_a_wrapper_passes_for_what_it_wraps(wrap: Callable[[Encoder], EncoderWrapper]) -> None:
    deaf = Deaf()
    wrapper = wrap(deaf)
    assert isinstance(wrapper, Encoder)
    assert wrapper.encoder is deaf
    assert (wrapper.id, wrapper.modalities, wrapper.dimension) == ("deaf", deaf.modalities, 3)


def test_a_foreign_modality_is_refused() -> None:
    require_modality(Deaf(), "text")
    with pytest.raises(EncoderError, match="encoder deaf takes image, text, got 'audio'"):
        require_modality(Deaf(), "audio")


@given(st.lists(st.text(max_size=5)))
def test_every_text_is_kept_or_explained(texts: list[str]) -> None:
    rows, kept, failures = split_texts(texts)
    assert sorted([*rows, *failures]) == list(range(len(texts)))
    assert all(text and text == texts[row].strip() for row, text in zip(rows, kept, strict=True))


def test_half_a_character_is_no_text() -> None:
    assert split_texts(["a \ud83d dog", "\U0001f415"])[2] == {0: "the text is not valid Unicode"}


def test_digest_runs_over_all_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one ")
    (tmp_path / "b").write_bytes(b"two" * 500_000)
    expected = hashlib.sha256(b"one " + b"two" * 500_000).hexdigest()
    assert file_digest(tmp_path / "a", tmp_path / "b", length=64) == expected


def test_an_unknown_name_lists_the_choices() -> None:
    with pytest.raises(EncoderError) as caught:
        load_encoder("bundled:smell")
    assert all(name in str(caught.value) for name in ENCODERS)


def test_importing_the_encoders_loads_no_heavy_library() -> None:
    check = (
        "import sys, kgx.encoders; "
        "print({'torch', 'transformers', 'onnxruntime', 'ctranslate2', 'PIL', 'soundfile'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
