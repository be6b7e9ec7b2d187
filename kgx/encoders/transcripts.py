"""What is heard in sounds, kept by content so that no sound is transcribed twice."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from kgx.encoders.base import file_digest
from kgx.folders import atomic_path
from kgx.progress import track

__all__ = ["Transcriber", "transcribe"]

_BATCH = 16


@runtime_checkable
class Transcriber(Protocol):
    """An encoder of sounds that can also say what it hears."""

    @property
    def id(self) -> str:
        """Stable name of the network and its options."""

    def transcribe(self, paths: Sequence[str | Path]) -> list[str]:
        """Return what is said in each sound, or what it is heard as."""


def transcribe(transcriber: Transcriber, paths: Sequence[Path], folder: Path) -> list[str]:
    """Return the transcript of each sound, from the cache where it has it; a damaged cache is dropped with a warning.

    Args:
        transcriber: makes the transcripts that are missing.
        paths: sound files.
        folder: where transcripts are kept: one JSON file a transcriber, of SHA-256 of the sound -> text.
    """
    name = hashlib.sha256(transcriber.id.encode()).hexdigest()[:16]
    store = folder / "transcripts" / f"{name}.json"
    known = _kept(store)
    keys = [file_digest(path, length=64) for path in paths]
    missing = {key: path for key, path in zip(keys, paths, strict=True) if key not in known}
    groups = [list(missing)[start : start + _BATCH] for start in range(0, len(missing), _BATCH)]
    for group in track(groups, "transcribe sounds", total=len(missing), unit=_BATCH) if groups else ():
        texts = transcriber.transcribe([missing[key] for key in group])
        known.update(zip(group, texts, strict=True))
        with atomic_path(store) as temporary:
            temporary.write_text(json.dumps(known, indent=0, sort_keys=True), encoding="utf-8")
    return [known[key] for key in keys]


def _kept(store: Path) -> dict[str, str]:
    try:
        told = json.loads(store.read_text(encoding="utf-8"))
        if not isinstance(told, dict) or not all(isinstance(text, str) for text in told.values()):
            raise ValueError("it holds no texts by content")
    except FileNotFoundError:
        return {}
    except ValueError as error:
        warnings.warn(f"{store}: damaged, its sounds are transcribed again ({error})", stacklevel=3)
        return {}
    return told
