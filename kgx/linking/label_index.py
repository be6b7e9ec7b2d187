"""LabelIndex: from a sequence of words to the concepts that it may name, in flat arrays that open at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int32, Int64, UInt8, UInt64

from kgx.errors import IndexFolderError
from kgx.folders import atomic_path
from kgx.linking.hashing import find

__all__ = ["CAPITALISED", "VARIANT", "LabelIndex"]

VARIANT = 1
"""Trait of a candidate: the key is an inflected or otherwise derived form of the label, not the label
itself."""
CAPITALISED = 2
"""Trait of a candidate: the label begins with a capital ("Turkey"), so that a small letter speaks against
it."""

_VERSION = "kgx.linking.LabelIndex 1"


@dataclass(frozen=True, slots=True, eq=False)
class LabelIndex:
    """Labels by the hash of their words; :func:`~kgx.linking.label_build.build_index` makes it.

    Attributes:
        keys: sorted hashes of the labels' word sequences.
        offsets: candidates of ``keys[row]`` are those from ``offsets[row]`` to ``offsets[row + 1]``.
        key_parts: which parts of speech the key's candidates have, as
            :class:`~kgx.linking.part_of_speech.PartOfSpeech` bits; NOUN for candidates that do not say.
        concepts: entity number of each candidate.
        weights: how often the label is used for the concept, at least 1.
        parts: part of speech of each candidate's concept, 0 where the graph does not say.
        traits: bits ``VARIANT`` and ``CAPITALISED``.
        words: sorted hashes of the labels' words.
        reach: the greatest number of words in a label that begins with this word, 0 where none does.
        adjectival: whether the word alone is an adjective first of all.
        irregular: sorted hashes of irregular inflections ("geese"), repeated where they have several bases.
        irregular_bases: hash of what each is an inflection of ("goose").
        irregular_parts: part of speech of the concepts that have it as a hidden label; all where the graph
            does not say.
    """

    keys: UInt64[np.ndarray, " k"]
    offsets: Int64[np.ndarray, " k+1"]
    key_parts: UInt8[np.ndarray, " k"]
    concepts: Int32[np.ndarray, " c"]
    weights: Float32[np.ndarray, " c"]
    parts: UInt8[np.ndarray, " c"]
    traits: UInt8[np.ndarray, " c"]
    words: UInt64[np.ndarray, " w"]
    reach: UInt8[np.ndarray, " w"]
    adjectival: UInt8[np.ndarray, " w"]
    irregular: UInt64[np.ndarray, " r"]
    irregular_bases: UInt64[np.ndarray, " r"]
    irregular_parts: UInt8[np.ndarray, " r"]

    def rows(self, keys: Sequence[int] | UInt64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """Return the row of each key, -1 where no label has these words."""
        return find(self.keys, keys)

    def bases(self, words: Sequence[int]) -> list[list[tuple[int, int]]]:
        """Return what each word (its hash) is an irregular inflection of, by the graph's hidden labels.

        Each base form's hash comes with the parts of speech for which it holds.
        """
        wanted = np.asarray(words, dtype=np.uint64)
        low = self.irregular.searchsorted(wanted, side="left").tolist()
        high = self.irregular.searchsorted(wanted, side="right").tolist()
        return [
            list(zip(self.irregular_bases[a:b].tolist(), self.irregular_parts[a:b].tolist(), strict=True))
            if a < b
            else []
            for a, b in zip(low, high, strict=True)
        ]

    def save(self, path: Path, note: str) -> None:
        """Write everything to one safetensors file, atomically; equal indexes and notes give equal bytes.

        Args:
            path: the file.
            note: kept with it, as it is.
        """
        from safetensors.numpy import save_file

        tensors = {field.name: np.ascontiguousarray(getattr(self, field.name)) for field in fields(self)}
        with atomic_path(path) as temporary:
            save_file(tensors, temporary, {_VERSION: note})

    @classmethod
    def open(cls, path: Path) -> tuple[LabelIndex, str]:
        """Read what :meth:`save` has written: the index and the note.

        Raises:
            IndexFolderError: the file is missing, damaged, or of another version.
        """
        from safetensors import SafetensorError, safe_open

        names = {field.name for field in fields(cls)}
        try:
            with safe_open(path, framework="numpy") as stored:
                metadata = stored.metadata() or {}
                if _VERSION not in metadata or set(stored.keys()) != names:
                    known = ", ".join(metadata) or "no metadata"
                    raise IndexFolderError(
                        f"{path}: expected {_VERSION}, got {known}; build the linker again"
                    )
                index = cls(**{name: stored.get_tensor(name) for name in names})
        except (SafetensorError, OSError) as error:
            raise IndexFolderError(f"{path} is no label index ({error}); build the linker again") from error
        return index, str(metadata[_VERSION])
