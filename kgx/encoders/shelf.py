"""One folder of vectors on disk, by content: files that are only ever added, whole, and checked when read."""

from __future__ import annotations

import hashlib
import json
import warnings
import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from kgx.encoders.base import Encoding
from kgx.folders import atomic_path

__all__ = ["KEY_BYTES", "Shelf"]

KEY_BYTES = 32
"""Length of a key: a SHA-256."""


class Shelf:
    """Vectors, and reasons of failures, of one encoder and one modality.

    Each safetensors file holds ``keys`` (uint8 ``[n, 32]``), ``vectors`` (float32 ``[n, dimension]``), perhaps
    ``scores`` (float32 ``[n, classes]``), and their checksum. Each JSON file holds reasons by key. Files are named
    by the keys they hold, so that two processes that write the same file write the same content.

    Args:
        folder: where the files are; it need not exist yet.
        dimension: length of a vector.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self.folder = folder
        self.failures: dict[bytes, str] = {}
        self._dimension = dimension
        self._seen: set[str] = set()
        self._places: dict[bytes, int] = {}  # where a key's row would stand if all files stood in one column
        self._firsts: list[int] = []  # where a file's first row would stand
        self._vectors: list[np.ndarray] = []
        self._scores: list[np.ndarray | None] = []

    def __contains__(self, key: bytes) -> bool:
        return key in self._places or key in self.failures

    def refresh(self) -> None:
        """Take in the files that this process or another has added; damaged ones are deleted with a warning."""
        for path in sorted(self.folder.glob("*")):
            if path.name in self._seen or path.name.startswith("."):
                continue
            try:
                if path.suffix == ".safetensors":
                    self._take_vectors(path)
                elif path.suffix == ".json":
                    reasons = json.loads(path.read_text(encoding="utf-8"))
                    self.failures |= {bytes.fromhex(key): str(why) for key, why in reasons.items()}
            except (SafetensorError, OSError, ValueError, KeyError, AttributeError) as error:
                warnings.warn(f"{path}: damaged, its content is encoded again ({error})", stacklevel=3)
                path.unlink(missing_ok=True)
                continue
            self._seen.add(path.name)

    def add(self, keys: Sequence[bytes], encoding: Encoding, *, encoder: str) -> None:
        """Write what the keys' values became; ``keys[i]`` belongs to row i of the encoding."""
        good = [row for row in range(len(keys)) if row not in encoding.failures]
        if good:
            kept = [keys[row] for row in good]
            tensors: dict[str, Any] = {
                "keys": np.frombuffer(b"".join(kept), dtype=np.uint8).reshape(-1, KEY_BYTES),
                "vectors": np.ascontiguousarray(encoding.vectors[good], dtype=np.float32),
            }
            if encoding.scores is not None:
                tensors["scores"] = np.ascontiguousarray(encoding.scores[good], dtype=np.float32)
            metadata = {"encoder": encoder, "checksum": _checksum(tensors)}
            with atomic_path(self.folder / f"{_name(kept)}.safetensors") as temporary:
                save_file(tensors, temporary, metadata)
        if encoding.failures:
            reasons = {keys[row]: why for row, why in sorted(encoding.failures.items())}
            text = json.dumps({key.hex(): why for key, why in reasons.items()}, indent=1, ensure_ascii=False)
            with atomic_path(self.folder / f"{_name(reasons)}.json") as temporary:
                temporary.write_text(text, encoding="utf-8")

    def gather(
        self, keys: Sequence[bytes], vectors: np.ndarray, scores: np.ndarray | None, failures: dict[int, str]
    ) -> None:
        """Fill rows of ``vectors`` and ``scores``, or ``failures``, for every key that is not empty.

        Raises:
            KeyError: a key is not here.
        """
        places = np.fromiter((self._places.get(key, -1) for key in keys), dtype=np.int64, count=len(keys))
        files = np.searchsorted(self._firsts, places, side="right") - 1  # -1: not among the vectors
        order = np.argsort(files, kind="stable")
        bounds = np.searchsorted(files[order], np.arange(len(self._firsts) + 1))
        for file, (start, stop) in enumerate(pairwise(bounds.tolist())):
            rows = order[start:stop]
            inside = places[rows] - self._firsts[file]
            vectors[rows] = self._vectors[file][inside]
            file_scores = self._scores[file]
            if scores is not None and file_scores is not None:
                scores[rows] = file_scores[inside]
        for row in np.flatnonzero(files < 0).tolist():
            if keys[row]:
                failures[row] = self.failures[keys[row]]

    def _take_vectors(self, path: Path) -> None:
        with safe_open(path, framework="numpy") as file:
            names = list(file.keys())
            tensors: dict[str, Any] = {name: file.get_tensor(name) for name in names}
            metadata = file.metadata() or {}
        keys, vectors = tensors["keys"], tensors["vectors"]
        if metadata.get("checksum") != _checksum(tensors):
            raise ValueError("the checksum differs")
        if keys.shape != (len(vectors), KEY_BYTES) or vectors.shape[1] != self._dimension:
            raise ValueError(f"keys {keys.shape} and vectors {vectors.shape} do not fit together")
        first = self._firsts[-1] + len(self._vectors[-1]) if self._firsts else 0
        self._firsts.append(first)
        self._vectors.append(vectors)
        self._scores.append(tensors.get("scores"))
        packed = np.ascontiguousarray(keys).view(f"V{KEY_BYTES}").ravel().tolist()
        self._places.update(zip(packed, range(first, first + len(keys)), strict=True))


def _name(keys: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(keys)).hexdigest()[:24]


def _checksum(tensors: dict[str, Any]) -> str:
    total = 0
    for name in sorted(tensors):
        total = zlib.crc32(np.ascontiguousarray(tensors[name]).data, total)
    return f"{total:08x}"
