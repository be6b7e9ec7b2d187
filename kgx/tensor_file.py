"""Matrices on disk as safetensors, with a note; equal content gives equal bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kgx.errors import ModelError
from kgx.folders import atomic_path

__all__ = ["open_tensors", "save_tensors"]

_NOTE = "kgx"  # one entry: safetensors would write several in an order that changes from run to run


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

    contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
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
