"""Linked items on disk: strings in an Arrow file, matrices in a safetensors file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kgx.arrow_file import read_table, write_table
from kgx.errors import KgxError, ModelError
from kgx.folders import atomic_folder
from kgx.items import LinkedItems
from kgx.linking.base import Links
from kgx.tensor_file import open_tensors, save_tensors

__all__ = ["open_items", "save_items"]

_STRINGS = "items.arrow"
_ARRAYS = "arrays.safetensors"
_VERSION = 1
_COLUMNS = ("ids", "entities", "groups", "captions")
_LINK_COLUMNS = ("items", "concepts", "weights")


def save_items(items: LinkedItems, folder: Path) -> None:
    """Write items into ``folder``, all or nothing; items that stand there already are replaced.

    The vectors keep their precision, so that what is opened again equals what was saved.
    """
    import pyarrow as pa

    table = pa.table({name: pa.array(getattr(items, name), pa.large_string()) for name in _COLUMNS})
    tensors: dict[str, np.ndarray] = {"vectors": items.vectors}
    for number, link in enumerate(items.links):
        tensors |= {f"{number}.{name}": getattr(link, name) for name in _LINK_COLUMNS}
    links = [[link.relation, link.provenance] for link in items.links]
    note = {"version": _VERSION, "modality": items.modality, "links": links}
    with atomic_folder(folder) as temporary:
        write_table(temporary / _STRINGS, table)
        save_tensors(temporary / _ARRAYS, tensors, note)


def open_items(folder: Path) -> LinkedItems:
    """Open what :func:`save_items` wrote.

    Raises:
        ModelError: the folder is missing, damaged, or from another version.
    """
    try:
        tensors, note = open_tensors(folder / _ARRAYS)
        if note.get("version") != _VERSION:
            raise ModelError(
                f"{folder}: expected items of version {_VERSION}, got {note.get('version')}; make them again"
            )
        table = read_table(folder / _STRINGS, _COLUMNS)
        ids, entities, groups, captions = (tuple(table.column(name).to_pylist()) for name in _COLUMNS)
        links = []
        for number, (relation, provenance) in enumerate(note["links"]):
            rows, concepts, weights = (tensors[f"{number}.{name}"] for name in _LINK_COLUMNS)
            links.append(Links(relation, rows, concepts, weights, provenance))
        vectors = tensors["vectors"]
        return LinkedItems(note["modality"], ids, entities, groups, captions, vectors, tuple(links))
    except ModelError:
        raise
    except (ValueError, KeyError, TypeError, KgxError) as error:
        raise ModelError(f"{folder}: the items are missing or damaged ({error}); make them again") from error
