"""Checkpoints of ULTRA: the published ones, and safetensors files with a note.

The published ones (https://github.com/DeepGraphLearning/ULTRA, MIT licence) are pickles; of these, tensors and plain
values are read and nothing is ever executed (``weights_only=True``). What is written here is safetensors alone.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import torch
from torch import Tensor

from graphs.errors import CheckpointError
from graphs.gnn.ultra.model import Ultra

__all__ = ["Checkpoint", "load_checkpoint", "save_checkpoint"]

_NOTE: Final = "ultra"  # one entry: safetensors would write several in an order that changes from run to run
_LAYER: Final = re.compile(r"(relation_model|entity_model)\.layers\.(\d+)\.linear\.bias")
_TEXT: Final = "entity_model.text.weight"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A trained model.

    Attributes:
        model: the networks, in evaluation mode.
        note: what is kept with them: how they were trained.
    """

    model: Ultra
    note: dict[str, Any] = field(default_factory=dict)


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint; sizes and numbers of layers are those of its tensors.

    Args:
        path: a file of :func:`save_checkpoint`, or a published ``.pth`` file, unchanged.

    Raises:
        CheckpointError: the file is missing or damaged, holds more than tensors and plain values, or the tensors of
            another network.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(9)
    except OSError as error:
        raise CheckpointError(f"{path}: the checkpoint cannot be read ({error.strerror})") from error
    tensors, note = _read_safetensors(path) if head[8:] == b"{" else _read_torch(path)
    model = _shaped(tensors, path)
    try:
        model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, assign=True)
    except RuntimeError as error:
        raise CheckpointError(f"{path}: not a checkpoint of ULTRA: {' '.join(str(error).split())}") from error
    unusable = [name for name, tensor in tensors.items() if not bool(torch.isfinite(tensor).all())]
    if unusable:
        raise CheckpointError(f"{path}: expected finite numbers, got others in {', '.join(unusable)}")
    return Checkpoint(model.eval(), note)


def save_checkpoint(model: Ultra, path: str | Path, note: Mapping[str, Any] | None = None) -> None:
    """Write a checkpoint as safetensors: all of it or nothing; equal weights and notes give equal bytes.

    Args:
        model: the networks.
        path: the file; one that stands there is replaced.
        note: kept with them, as JSON.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save_checkpoint(Ultra(dim=8), Path(folder, "small.safetensors"), {"seed": 1})
    ...     load_checkpoint(Path(folder, "small.safetensors")).note
    {'seed': 1}
    """
    from safetensors.torch import save

    path = Path(path)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    content = save(tensors, {_NOTE: json.dumps(note or {}, sort_keys=True, ensure_ascii=False)})
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False) as stream:
        temporary = Path(stream.name)
        try:
            stream.write(content)
            stream.close()
            temporary.chmod(0o644)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def _read_torch(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged or hostile pickle can fail in any way
        raise CheckpointError(
            f"{path}: expected a .pth or .safetensors checkpoint of tensors and plain values, got something else "
            f"({type(error).__name__})"
        ) from error
    tensors = content.get("model", content) if isinstance(content, dict) else None
    return _tensors_by_name(tensors, path), {}


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            note = json.loads((file.metadata() or {}).get(_NOTE, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (OSError, SafetensorError, ValueError) as error:
        raise CheckpointError(f"{path}: the checkpoint is damaged ({error})") from error
    return _tensors_by_name(tensors, path), note if isinstance(note, dict) else {}


def _tensors_by_name(found: object, path: Path) -> dict[str, Tensor]:
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise CheckpointError(f"{path}: expected tensors by name, or these under 'model'")
    return {str(name): tensor for name, tensor in found.items()}


def _shaped(tensors: Mapping[str, Tensor], path: Path) -> Ultra:
    """Return a model of the sizes that the tensors tell, without memory yet: a file may tell anything."""
    layers = {"relation_model": 0, "entity_model": 0}
    dims = set()
    for name, tensor in tensors.items():
        found = _LAYER.fullmatch(name)
        if found:
            layers[found[1]] = max(layers[found[1]], int(found[2]) + 1)
            dims.add(tuple(tensor.shape))
    if len(dims) != 1 or len(next(iter(dims))) != 1 or max(layers.values()) > len(tensors):
        raise CheckpointError(
            f"{path}: not a checkpoint of ULTRA: expected layers of one size, got {sorted(dims)}"
        )
    text = tensors.get(_TEXT)
    (dim,) = next(iter(dims))
    text_dim = text.shape[1] if text is not None and text.ndim == 2 else 0
    with torch.device("meta"):
        return Ultra(dim, layers["relation_model"], layers["entity_model"], text_dim)
