"""A saved index::

    meta.json                   format, version, model, dimension, number of items, fingerprint, kind, breadth, recall
    vectors-FINGERPRINT.faiss   the vectors (:mod:`kgx.index.vector_file`)
    codes-KIND-FINGERPRINT.faiss what finds candidates, where the kind is not ``flat``
    items-FINGERPRINT.arrow     columns id, modality, in the order of the vectors

``meta.json`` is replaced last and names the others by their content, so that a reader, or a process killed while
saving, finds the old index or the new one, never a mixture. It is data, never pickled code. Read as well are version 1,
which knew flat indexes only, and version 2, whose vectors cannot be mapped into memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Shaped

from kgx.arrow_file import read_table, write_table
from kgx.errors import IndexFolderError, KgxError
from kgx.folders import atomic_path
from kgx.index.choosing import Recall
from kgx.index.finder import Breadth, Finder
from kgx.index.kinds import AUTO, FLAT, KINDS
from kgx.index.vector_file import read_vectors, write_vectors
from kgx.index.wanted import Trial, Wanted

if TYPE_CHECKING:
    import faiss

__all__ = ["StoredIndex", "damaged", "read_index", "write_index"]

_FORMAT = "kgx-vector-index"
_VERSIONS = (1, 2, 3)
_COLUMNS = ("id", "modality")


@dataclass(frozen=True, slots=True, eq=False)
class StoredIndex:
    """What a folder holds.

    Attributes:
        flat: the vectors.
        ids, modalities: of the items, in the same order.
        model: id of the model that the vectors come from.
        fingerprint: of all these.
        kind: name in :data:`kgx.index.kinds.KINDS`.
        finder: what finds candidates, where the kind is not ``flat``.
        recall: what was measured of it.
        wanted: what was asked of the index.
        trials: what ``auto`` thought of.
    """

    flat: faiss.IndexFlatIP
    ids: Shaped[np.ndarray, " items"]
    modalities: Shaped[np.ndarray, " items"]
    model: str
    fingerprint: str
    kind: str = FLAT
    finder: Finder | None = None
    recall: Recall | None = None
    wanted: Wanted = field(default_factory=Wanted)
    trials: tuple[Trial, ...] = ()


def write_index(folder: Path, index: StoredIndex) -> None:
    """Write an index into a folder, replacing an older one at a single moment."""
    import faiss
    import pyarrow as pa

    names = _names(index.fingerprint, index.kind)
    table = pa.table({"id": index.ids.tolist(), "modality": index.modalities.tolist()})
    zeros = write_vectors(folder / names["vectors"], index.flat)
    write_table(folder / names["items"], table)
    meta: dict[str, Any] = {
        "format": _FORMAT,
        "version": _VERSIONS[-1],
        "model": index.model,
        "dimension": int(index.flat.d),
        "items": len(index.ids),
        "fingerprint": index.fingerprint,
        "kind": index.kind,
        "zeros": zeros,
        "wanted": index.wanted.to_dict(),
        "tried": [trial.to_dict() for trial in index.trials],
    }
    if index.finder is not None:
        with atomic_path(folder / names["codes"]) as temporary:
            faiss.write_index(index.finder.codes, str(temporary))
        breadth = index.finder.breadth
        meta["breadth"] = {"lists": breadth.lists, "wider": breadth.wider}
        meta["recall"] = None if index.recall is None else index.recall.to_dict()
        meta["sha256"] = _digest(folder / names["codes"])
    meta["bytes"] = {name: (folder / name).stat().st_size for name in names.values()}
    with atomic_path(folder / "meta.json") as temporary:
        temporary.write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")
    for pattern in ("vectors-*.faiss", "codes-*.faiss", "items-*.arrow"):
        for old in folder.glob(pattern):
            if old.name not in names.values():
                old.unlink(missing_ok=True)


def read_index(folder: Path, *, mmap: bool, expect_model: str | None) -> StoredIndex:
    """Read what :func:`write_index` wrote.

    Args:
        folder: the folder.
        mmap: leave vectors and codes on disk, mapped into memory as they are needed; vectors of an older version are
            read.
        expect_model: id of the model that queries will come from.

    Raises:
        IndexFolderError: missing, damaged, from another version, or of another model than expected.
    """
    import faiss

    meta = _read_meta(folder)
    if expect_model is not None and meta["model"] != expect_model:
        raise IndexFolderError(
            f"{folder}: expected an index of model {expect_model}, got one of {meta['model']}; build it again"
        )
    names = _names(meta["fingerprint"], meta["kind"])
    flags = faiss.IO_FLAG_MMAP_IFC if mmap else 0
    if "codes" in names and not mmap and meta.get("sha256") != _digest(folder / names["codes"]):
        raise damaged(folder, "its codes changed")
    try:
        flat = read_vectors(folder / names["vectors"], meta["zeros"], mmap=mmap)
        table = read_table(folder / names["items"], _COLUMNS)
        ids, modalities = (np.array(table[name].to_pylist(), dtype=object) for name in _COLUMNS)
        codes = faiss.read_index(str(folder / names["codes"]), flags) if "codes" in names else None
    except (RuntimeError, OSError, ValueError, KgxError) as error:
        raise damaged(folder, error) from error
    shape = (meta["items"], meta["dimension"])
    whole = codes is None or (codes.ntotal, codes.d) == shape
    if (
        not isinstance(flat, faiss.IndexFlatIP)
        or (flat.ntotal, flat.d) != shape
        or len(ids) != shape[0]
        or not whole
    ):
        raise damaged(folder, "its files do not fit")
    finder = recall = None
    try:
        if codes is not None:
            finder = Finder(codes, flat, Breadth(**meta["breadth"]))
            recall = None if meta["recall"] is None else Recall(**meta["recall"])
        wanted = Wanted(meta["kind"], recall.wanted if recall else 0.95)  # what older versions were asked
        if "wanted" in meta:
            wanted = Wanted(**meta["wanted"])
        trials = tuple(Trial.of(told) for told in meta.get("tried", ()))
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(folder, error) from error
    if wanted.kind not in (AUTO, *KINDS):
        raise damaged(folder, f"an index of unknown kind {wanted.kind!r} was wanted")
    return StoredIndex(
        flat,
        ids,
        modalities,
        meta["model"],
        meta["fingerprint"],
        meta["kind"],
        finder,
        recall,
        wanted,
        trials,
    )


def damaged(folder: Path, why: object) -> IndexFolderError:
    """Return the error that says that an index is damaged."""
    return IndexFolderError(f"{folder}: the index is damaged ({why}); build it again")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _names(fingerprint: str, kind: str) -> dict[str, str]:
    names = {"vectors": f"vectors-{fingerprint}.faiss", "items": f"items-{fingerprint}.arrow"}
    return names if kind == FLAT else {**names, "codes": f"codes-{kind}-{fingerprint}.faiss"}


def _read_meta(folder: Path) -> Mapping[str, Any]:
    """Read ``meta.json`` and check that what it names is there, at full size."""
    path = folder / "meta.json"
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise IndexFolderError(f"{folder}: expected a saved index, found no meta.json") from error
    except (OSError, ValueError) as error:
        raise damaged(folder, error) from error
    if not isinstance(meta, dict) or meta.get("format") != _FORMAT or meta.get("version") not in _VERSIONS:
        found = (meta.get("format"), meta.get("version")) if isinstance(meta, dict) else meta
        raise IndexFolderError(
            f"{path}: expected {_FORMAT} version {_VERSIONS[-1]}, got {found}; build it again"
        )
    if meta["version"] == 1:
        meta["kind"] = FLAT
    if meta["version"] <= 2:
        meta["zeros"] = 0
    words, numbers = ("model", "fingerprint", "kind"), ("dimension", "items", "zeros")
    expected = {**dict.fromkeys(words, str), **dict.fromkeys(numbers, int), "bytes": dict}
    if any(not isinstance(meta.get(key), kind) for key, kind in expected.items()):
        raise damaged(folder, "fields of meta.json are missing")
    if meta["kind"] not in KINDS:
        raise damaged(folder, f"an index of unknown kind {meta['kind']!r}")
    names = _names(meta["fingerprint"], meta["kind"]).values()
    sizes = {name: (folder / name).stat().st_size if (folder / name).is_file() else None for name in names}
    if sizes != meta["bytes"]:
        raise damaged(folder, f"expected files of {meta['bytes']} bytes, got {sizes}")
    return meta
