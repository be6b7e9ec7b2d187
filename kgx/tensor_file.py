"""Matrices on disk as safetensors, with a note; equal content gives equal bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kgx.errors import ModelError
from kgx.folders import atomic_path

__all__ = ["TensorFormat", "open_tensors", "save_tensors"]

_NOTE = "kgx"  # one entry: safetensors would write several in an order that changes from run to run


@dataclass(frozen=True)
class TensorFormat:
    """A kind of file that holds matrices: its note says which kind it is, and of which version.

    Attributes:
        name: of the format, as it stands in the note.
        version: the one that is written, and the only one that is read.
        remedy: what to do about a file of another version, or a damaged one.

    >>> import tempfile
    >>> owls = TensorFormat("owls", 2, "count them again")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     owls.save(Path(folder) / "owls", {"counts": np.array([3, 4])}, {"country": "France"})
    ...     tensors, note = owls.open(Path(folder) / "owls")
    >>> tensors["counts"].tolist(), note
    ([3, 4], {'country': 'France'})
    """

    name: str
    version: int
    remedy: str

    def save(self, path: Path, tensors: Mapping[str, np.ndarray], note: Mapping[str, Any]) -> None:
        """Write matrices and a note, atomically."""
        save_tensors(path, tensors, {"format": self.name, "version": self.version, "note": dict(note)})

    def open(self, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
        """Read what :meth:`save` wrote: the matrices and the note.

        Raises:
            ModelError: the file is missing, damaged, of another kind or of another version.
        """
        tensors, told = open_tensors(path)
        expected = {"format": self.name, "version": self.version}
        found = {name: told.get(name) for name in expected}
        if found != expected:
            raise ModelError(f"{path}: expected {expected}, got {found}; {self.remedy}")
        if not isinstance(told.get("note"), dict):
            raise self.damaged(path, "it has no note")
        return tensors, told["note"]

    def damaged(self, path: Path, why: object) -> ModelError:
        """Return the error that says that a file is damaged."""
        return ModelError(f"{path}: the {self.name} is damaged ({why}); {self.remedy}")


def save_tensors(
    path: Path, tensors: Mapping[str, np.ndarray], note: Mapping[str, Any] | None = None
) -> None:
    """Write matrices, atomically.

    Args:
        path: the file.
        tensors: name -> matrix; precision is kept.
        note: kept with them, as JSON.
    """
    from safetensors.numpy import save_file

    contiguous = {name: np.asarray(tensor, order="C") for name, tensor in tensors.items()}
    with atomic_path(path) as temporary:
        save_file(contiguous, temporary, {_NOTE: json.dumps(note or {}, sort_keys=True, ensure_ascii=False)})


def open_tensors(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read what :func:`save_tensors` wrote: the matrices and the note.

    Raises:
        ModelError: the file is missing or damaged.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_tensors(Path(folder) / "a", {"eye": np.eye(2)}, {"size": 2})
    ...     tensors, note = open_tensors(Path(folder) / "a")
    >>> tensors["eye"].tolist(), note
    ([[1.0, 0.0], [0.0, 1.0]], {'size': 2})
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            note = json.loads((file.metadata() or {})[_NOTE])
            return {name: file.get_tensor(name) for name in file.keys()}, dict(note)  # noqa: SIM118 (no mapping)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is missing or damaged ({error})") from error
