"""What is heard, kept by content."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kgx.encoders.transcripts import transcribe


class Parrot:
    """Says what stands in a file, and counts how often it was asked."""

    id = "parrot"

    def __init__(self) -> None:
        self.heard: list[str] = []

    def transcribe(self, paths: Sequence[str | Path]) -> list[str]:
        texts = [Path(path).read_text() for path in paths]
        self.heard += texts
        return texts


@pytest.fixture
def sounds(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.sound" for number in range(3)]
    for path, text in zip(paths, ("hoot", "bark", "hoot"), strict=True):
        path.write_text(text)
    return paths


def test_equal_sounds_are_heard_once(sounds: list[Path], tmp_path: Path) -> None:
    parrot = Parrot()
    for _ in range(2):
        assert transcribe(parrot, sounds, tmp_path) == ["hoot", "bark", "hoot"]
    assert parrot.heard == ["hoot", "bark"]


@pytest.mark.parametrize("content", [b"{", b"", b"[]", b'{"a": 1}', b"\xff"])
def test_a_damaged_cache_is_made_again(sounds: list[Path], tmp_path: Path, content: bytes) -> None:
    transcribe(Parrot(), sounds, tmp_path)
    (store,) = (tmp_path / "transcripts").iterdir()
    whole = store.read_bytes()
    store.write_bytes(content)
    with pytest.warns(UserWarning, match="damaged, its sounds are transcribed again"):
        assert transcribe(Parrot(), sounds, tmp_path) == ["hoot", "bark", "hoot"]
    assert store.read_bytes() == whole
