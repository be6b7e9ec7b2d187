"""Vectors kept on disk by content and encoder, so that nothing is encoded twice and a killed run goes on."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from kgx.encoders.base import Encoder, Encoding, Value
from kgx.folders import atomic_path
from kgx.progress import track

__all__ = ["VectorCache"]

_CHUNK = {"text": 2048, "image": 256, "audio": 256}  # values a file: what a kill can cost
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Chunk:
    """One file of the cache, read whole: ``vectors[i]`` belongs to the i-th key."""

    vectors: Float32[np.ndarray, "n dimension"]
    scores: Float32[np.ndarray, "n classes"] | None


class VectorCache:
    """An encoder with a memory.

    Below ``folder`` there is one folder for each encoder id and modality. Every chunk of values becomes a
    safetensors file of keys (SHA-256 of the text's or the file's bytes) and vectors, written whole or not at
    all; values that could not be encoded are remembered with their reason in a JSON file, and reported again
    without another try. Equal values are encoded once. Several processes may share a folder: files are only
    ever added, and are named by the keys they hold. A damaged file is left out with a warning, and what it
    held is encoded again.

    Args:
        folder: where the vectors of all encoders are kept; made if needed.
        encoder: what encodes the values that are not there yet.

    A cache is itself an `Encoder`.
    """

    def __init__(self, folder: str | Path, encoder: Encoder) -> None:
        self.folder = Path(folder)
        self.encoder = encoder
        self._lock = threading.Lock()
        self._chunks: dict[Path, _Chunk] = {}
        self._seen: set[Path] = set()
        self._places: dict[tuple[str, bytes], tuple[Path, int]] = {}
        self._failed: dict[tuple[str, bytes], str] = {}

    @property
    def id(self) -> str:
        """The encoder's id."""
        return self.encoder.id

    @property
    def modalities(self) -> frozenset[str]:
        """The encoder's modalities."""
        return self.encoder.modalities

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.encoder.dimension

    def encode(self, values: Sequence[Value], modality: str, description: str = "") -> Encoding:
        """Vectors of the values, from the cache where it has them.

        Args:
            values: texts, or paths of files.
            modality: ``text``, ``image`` or ``audio``.
            description: what the progress bar says; without it there is none.

        Raises:
            EncoderError: the encoder does not take the modality.
        """
        empty = self.encoder.encode([], modality)
        unreadable: dict[int, str] = {}
        keys = [_key(value, modality, row, unreadable) for row, value in enumerate(values)]
        with self._lock:
            self._refresh(modality)
            missing: dict[bytes, Value] = {}
            for key, value in zip(keys, values, strict=True):
                if key and (modality, key) not in self._places and (modality, key) not in self._failed:
                    missing.setdefault(key, value)
            self._fill(missing, modality, description)
            return self._gather(keys, modality, empty, unreadable)

    def _folder(self, modality: str) -> Path:
        readable = re.sub(r"[^A-Za-z0-9._-]+", "-", self.encoder.id)[:80]
        digest = hashlib.sha256(self.encoder.id.encode()).hexdigest()[:12]
        return self.folder / f"{readable}-{digest}" / modality

    def _refresh(self, modality: str) -> None:
        """Take in the files that this object, or another process, has added since the last look."""
        for path in sorted(self._folder(modality).glob("*")):
            if path in self._seen or path.name.startswith("."):
                continue
            try:
                if path.suffix == ".safetensors":
                    self._take_chunk(path, modality)
                elif path.suffix == ".json":
                    reasons = json.loads(path.read_text(encoding="utf-8"))
                    self._failed |= {(modality, bytes.fromhex(k)): str(v) for k, v in reasons.items()}
            except (SafetensorError, OSError, ValueError, KeyError, AttributeError) as error:
                warnings.warn(f"{path}: damaged, its content is encoded again ({error})", stacklevel=4)
                path.unlink(missing_ok=True)
                continue
            self._seen.add(path)

    def _take_chunk(self, path: Path, modality: str) -> None:
        with safe_open(path, framework="numpy") as file:
            tensors: dict[str, Any] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
        keys, vectors = tensors["keys"], tensors["vectors"]
        if metadata.get("checksum") != _checksum(tensors):
            raise ValueError("the checksum differs")
        if keys.shape != (len(vectors), _KEY_BYTES) or vectors.shape[1] != self.encoder.dimension:
            raise ValueError(f"keys {keys.shape} and vectors {vectors.shape} do not fit together")
        self._chunks[path] = _Chunk(vectors, tensors.get("scores"))
        block = keys.tobytes()
        for row in range(len(keys)):
            self._places[modality, block[row * _KEY_BYTES : (row + 1) * _KEY_BYTES]] = (path, row)

    def _fill(self, missing: dict[bytes, Value], modality: str, description: str) -> None:
        """Encode what is missing, a chunk at a time, and write each chunk as soon as it is done."""
        if not missing:
            return
        size = _CHUNK[modality]
        keys = list(missing)
        starts: Any = range(0, len(keys), size)
        if description:
            starts = track(starts, description, total=len(keys), unit=size)
        for start in starts:
            part = keys[start : start + size]
            encoding = self.encoder.encode([missing[key] for key in part], modality)
            self._write(part, encoding, modality)
            self._refresh(modality)

    def _write(self, keys: list[bytes], encoding: Encoding, modality: str) -> None:
        folder = self._folder(modality)
        good = [row for row in range(len(keys)) if row not in encoding.failures]
        if good:
            tensors: dict[str, Any] = {
                "keys": np.frombuffer(b"".join(keys[row] for row in good), dtype=np.uint8).reshape(
                    -1, _KEY_BYTES
                ),
                "vectors": np.ascontiguousarray(encoding.vectors[good], dtype=np.float32),
            }
            if encoding.scores is not None:
                tensors["scores"] = np.ascontiguousarray(encoding.scores[good], dtype=np.float32)
            metadata = {"encoder": self.encoder.id, "modality": modality, "checksum": _checksum(tensors)}
            with atomic_path(folder / f"{_name(keys[row] for row in good)}.safetensors") as temporary:
                save_file(tensors, temporary, metadata)
        if encoding.failures:
            reasons = {keys[row].hex(): why for row, why in sorted(encoding.failures.items())}
            with atomic_path(folder / f"{_name(keys[row] for row in encoding.failures)}.json") as temporary:
                temporary.write_text(json.dumps(reasons, indent=1, ensure_ascii=False), encoding="utf-8")

    def _gather(
        self, keys: list[bytes], modality: str, empty: Encoding, unreadable: dict[int, str]
    ) -> Encoding:
        vectors = np.zeros((len(keys), self.encoder.dimension), dtype=np.float32)
        scores = None
        if empty.scores is not None:
            scores = np.zeros((len(keys), empty.scores.shape[1]), dtype=np.float32)
        failures = dict(unreadable)
        wanted: dict[Path, tuple[list[int], list[int]]] = {}
        for row, key in enumerate(keys):
            place = self._places.get((modality, key))
            if place is not None:
                rows, inside = wanted.setdefault(place[0], ([], []))
                rows.append(row)
                inside.append(place[1])
            elif key:
                failures[row] = self._failed[modality, key]
        for path, (rows, inside) in wanted.items():
            chunk = self._chunks[path]
            vectors[rows] = chunk.vectors[inside]
            if scores is not None and chunk.scores is not None:
                scores[rows] = chunk.scores[inside]
        return Encoding(vectors, scores, dict(sorted(failures.items())))


def _key(value: Value, modality: str, row: int, unreadable: dict[int, str]) -> bytes:
    """SHA-256 of the content; empty, with the reason entered, where a file cannot be read."""
    if modality == "text":
        return hashlib.sha256(str(value).encode("utf-8", "surrogatepass")).digest()
    try:
        with Path(value).open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").digest()
    except OSError as error:
        unreadable[row] = f"cannot be read ({error.strerror})"
        return b""


def _name(keys: Any) -> str:
    return hashlib.sha256(b"".join(keys)).hexdigest()[:24]


def _checksum(tensors: dict[str, Any]) -> str:
    total = 0
    for name in sorted(tensors):
        total = zlib.crc32(np.ascontiguousarray(tensors[name]).data, total)
    return f"{total:08x}"
