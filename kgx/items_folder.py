"""Linked items on disk: strings in an Arrow file, matrices in a safetensors file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kgx.errors import KgxError, ModelError
from kgx.folders import atomic_folder
from kgx.items import LinkedItems
from kgx.linking.base import Links

__all__ = ["open_items", "save_items"]

_STRINGS = "items.arrow"
_ARRAYS = "arrays.safetensors"
_VERSION = "1"
_COLUMNS = ("ids", "entities", "groups", "captions")


def save_items(items: LinkedItems, folder: Path) -> None:
    """Write items into ``folder``, all or nothing; items that stand there already are replaced.

    The vectors keep their precision, so that what is opened again equals what was saved.
    """
    import pyarrow as pa
    from pyarrow import ipc
    from safetensors.numpy import save_file

    table = pa.table({name: pa.array(getattr(items, name), pa.large_string()) for name in _COLUMNS})
    tensors: dict[str, np.ndarray] = {"vectors": np.ascontiguousarray(items.vectors)}
    for number, link in enumerate(items.links):
        tensors[f"{number}.items"] = np.ascontiguousarray(link.items)
        tensors[f"{number}.concepts"] = np.ascontiguousarray(link.concepts)
        tensors[f"{number}.weights"] = np.ascontiguousarray(link.weights)
    links = json.dumps([[link.relation, link.provenance] for link in items.links])
    with atomic_folder(folder) as temporary:
        with pa.OSFile(str(temporary / _STRINGS), "wb") as sink, ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        metadata = {"version": _VERSION, "modality": items.modality, "links": links}
        save_file(tensors, temporary / _ARRAYS, metadata=metadata)


def open_items(folder: Path) -> LinkedItems:
    """Open what :func:`save_items` wrote.

    Raises:
        ModelError: the folder is missing, damaged, or from another version.
    """
    import pyarrow as pa
    from pyarrow import ipc
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / _ARRAYS, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        with pa.OSFile(str(folder / _STRINGS)) as source:
            table = ipc.open_file(source).read_all()
        if metadata.get("version") != _VERSION:
            raise ModelError(
                f"{folder}: expected items of version {_VERSION}, got {metadata.get('version')}; make them again"
            )
        links = _links(json.loads(metadata["links"]), tensors)
        strings = {name: tuple(table.column(name).to_pylist()) for name in _COLUMNS}
        return LinkedItems(metadata["modality"], **strings, vectors=tensors["vectors"], links=links)
    except ModelError:
        raise
    except (OSError, ValueError, KeyError, TypeError, SafetensorError, pa.ArrowException, KgxError) as error:
        raise ModelError(f"{folder}: the items are missing or damaged ({error}); make them again") from error


def _links(names: Sequence[Sequence[str]], tensors: dict[str, Any]) -> tuple[Links, ...]:
    return tuple(
        Links(
            relation,
            tensors[f"{number}.items"],
            tensors[f"{number}.concepts"],
            tensors[f"{number}.weights"],
            provenance,
        )
        for number, (relation, provenance) in enumerate(names)
    )
