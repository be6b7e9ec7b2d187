"""Exact cosine search by FAISS (Douze et al., arXiv 2401.08281): a flat inner-product index over vectors of length one.

Items are held modality by modality, so that a search within one modality is a search within a range of rows:
exact, and over contiguous memory. A saved index is a folder of three files::

    meta.json               format, version, model, dimension, number of items, fingerprint
    vectors-FINGERPRINT.faiss
    items-FINGERPRINT.arrow     columns id, modality, in the order of the vectors

``meta.json`` is replaced last and names the other two by their content, so that a reader, or a process killed
while saving, finds the old index or the new one, never a mixture. It is data, never pickled code.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from jaxtyping import Float, Float32, Shaped

from kgx.errors import IndexFolderError, KgxError
from kgx.folders import atomic_path
from kgx.index.base import Hits, unit_rows

if TYPE_CHECKING:
    import faiss

__all__ = ["VectorIndex"]

_FORMAT = "kgx-vector-index"
_VERSION = 1


class VectorIndex:
    """Vectors of one model with ids and modalities; made by :meth:`build` or :meth:`open`.

    Attributes:
        model: id of the model (encoder and refiner) whose vectors are held.
        ids: object array of ``str``, in the index's own order: by modality, then as given to :meth:`build`.
        modalities: object array of ``str`` in the same order.

    >>> index = VectorIndex.build(
    ...     np.eye(3), ids=["owl", "cat", "hoot"], modalities=["image", "image", "audio"], model="demo"
    ... )
    >>> hits = index.search(np.array([[0.6, 0.8, 0.0]]), k=2)
    >>> hits.ids.tolist(), hits.scores.round(2).tolist()
    ([['cat', 'owl']], [[0.800000011920929, 0.6000000238418579]])
    >>> index.search(np.array([[0.6, 0.8, 0.0]]), k=2, modality="audio").ids.tolist()
    [['hoot']]
    """

    def __init__(
        self,
        flat: faiss.IndexFlatIP,
        ids: Shaped[np.ndarray, " items"],
        modalities: Shaped[np.ndarray, " items"],
        model: str,
    ) -> None:
        self._flat = flat
        self.ids = ids
        self.modalities = modalities
        self.model = model
        names, starts, counts = np.unique(modalities.astype(str), return_index=True, return_counts=True)
        self._ranges = {
            str(name): (int(start), int(start + count))
            for name, start, count in zip(names, starts, counts, strict=True)
        }

    @classmethod
    def build(
        cls,
        vectors: Float[np.ndarray, "items dimension"],
        ids: Sequence[str],
        modalities: Sequence[str],
        *,
        model: str,
    ) -> Self:
        """Index the vectors in memory.

        Args:
            vectors: one row an item, of any length but zero.
            ids: one for each row, unique.
            modalities: one for each row.
            model: id of the model that the vectors, and later the queries, come from.

        Raises:
            ValueError: no item, unequal numbers, an id twice, a vector that is zero or not finite.
        """
        import faiss

        rows = unit_rows(vectors)
        if not len(rows) == len(ids) == len(modalities) or not len(rows):
            raise ValueError(
                f"expected as many vectors, ids and modalities, at least one,"
                f" got {len(rows)}, {len(ids)} and {len(modalities)}"
            )
        twice = [name for name, count in Counter(ids).items() if count > 1]
        if twice:
            raise ValueError(f"expected every id once, got {twice[0]!r} twice")
        kinds = np.array(modalities, dtype=object)
        order = np.argsort(kinds.astype(str), kind="stable")
        flat = faiss.IndexFlatIP(rows.shape[1])
        flat.add(rows[order])
        return cls(flat, np.array(ids, dtype=object)[order], kinds[order], model)

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return int(self._flat.d)

    @property
    def vectors(self) -> Float32[np.ndarray, "items dimension"]:
        """The vectors at length one, in the order of :attr:`ids`; a view, not to be written to."""
        import faiss

        flat = faiss.rev_swig_ptr(self._flat.get_xb(), len(self) * self.dimension)
        rows: Float32[np.ndarray, "items dimension"] = flat.reshape(len(self), self.dimension)
        rows.flags.writeable = False
        return rows

    def __len__(self) -> int:
        return int(self._flat.ntotal)

    def __repr__(self) -> str:
        held = ", ".join(f"{stop - start} {name}" for name, (start, stop) in self._ranges.items())
        return f"VectorIndex({held}; {self.dimension} dimensions; model {self.model!r})"

    def search(
        self, queries: Float[np.ndarray, "queries dimension"], k: int = 10, modality: str | None = None
    ) -> Hits:
        """Return each query's ``k`` nearest items by cosine, exactly; ask in batches where you can.

        Where fewer than ``k`` items are held, all are returned. Items with equal scores come in no promised
        order.

        Args:
            queries: one row a query, of any length but zero.
            k: number of items wanted, at least 1.
            modality: search this modality only.

        Raises:
            IndexFolderError: the queries' dimension is not the index's: they come from another encoder.
            KgxError: the index holds no item of ``modality``.
            ValueError: ``k`` below 1, or a query that is zero or not finite.
        """
        if k < 1:
            raise ValueError(f"expected k of at least 1, got {k}")
        rows = unit_rows(queries)
        if rows.shape[1] != self.dimension:
            raise IndexFolderError(
                f"expected queries of {self.dimension} dimensions, got {rows.shape[1]}:"
                f" the index was built with another encoder ({self.model})"
            )
        start, stop = self.range_of(modality)
        scores, found = self._flat.search(rows, min(k, stop - start), params=_only(start, stop))
        return Hits(self.ids[found], scores, found)

    def range_of(self, modality: str | None = None) -> tuple[int, int]:
        """Return the first row of a modality, and one past its last; of all where it is left out.

        Raises:
            KgxError: the index holds no item of ``modality``.
        """
        if modality is None:
            return 0, len(self)
        if modality not in self._ranges:
            raise KgxError(f"the index holds no {modality}, but {', '.join(self._ranges)}")
        return self._ranges[modality]

    @property
    def fingerprint(self) -> str:
        """A hash of model, ids, modalities and vectors: equal for equal indexes."""
        digest = hashlib.sha256(json.dumps([self.model, self.dimension]).encode())
        digest.update(json.dumps([self.ids.tolist(), self.modalities.tolist()]).encode())
        digest.update(np.ascontiguousarray(self.vectors, dtype="<f4").data)
        return digest.hexdigest()[:32]

    def save(self, folder: str | Path) -> None:
        """Write the index into ``folder``, replacing an older one at a single moment."""
        import faiss
        import pyarrow as pa
        from pyarrow import ipc

        folder = Path(folder)
        fingerprint = self.fingerprint
        table = pa.table({"id": self.ids.tolist(), "modality": self.modalities.tolist()})
        vectors, items = folder / f"vectors-{fingerprint}.faiss", folder / f"items-{fingerprint}.arrow"
        with atomic_path(vectors) as temporary:
            faiss.write_index(self._flat, str(temporary))
        with atomic_path(items) as temporary, ipc.new_file(str(temporary), table.schema) as writer:
            writer.write_table(table)
        meta = {
            "format": _FORMAT,
            "version": _VERSION,
            "model": self.model,
            "dimension": self.dimension,
            "items": len(self),
            "fingerprint": fingerprint,
            "bytes": {path.name: path.stat().st_size for path in (vectors, items)},
        }
        with atomic_path(folder / "meta.json") as temporary:
            temporary.write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")
        for old in (*folder.glob("vectors-*.faiss"), *folder.glob("items-*.arrow")):
            if old.name not in (vectors.name, items.name):
                old.unlink(missing_ok=True)

    @classmethod
    def open(cls, folder: str | Path, *, mmap: bool = False, expect_model: str | None = None) -> Self:
        """Open a saved index.

        Args:
            folder: where :meth:`save` wrote it.
            mmap: leave the vectors on disk, mapped into memory as they are needed. The files' sizes are
                checked then, not their content.
            expect_model: id of the model that queries will come from.

        Raises:
            IndexFolderError: missing, damaged, from another version, or of another model than expected.
        """
        import faiss
        import pyarrow as pa
        from pyarrow import ipc

        folder = Path(folder)
        meta = _read_meta(folder)
        if expect_model is not None and meta["model"] != expect_model:
            raise IndexFolderError(
                f"{folder}: expected an index of model {expect_model}, got one of {meta['model']};"
                " build it again"
            )
        vectors, items = (folder / name for name in meta["bytes"])
        try:
            flat = faiss.read_index(str(vectors), faiss.IO_FLAG_MMAP_IFC if mmap else 0)
            with pa.OSFile(str(items)) as source:
                table = ipc.open_file(source).read_all()
            names, kinds = (np.array(table[name].to_pylist(), dtype=object) for name in ("id", "modality"))
        except (RuntimeError, OSError, KeyError, pa.ArrowInvalid) as error:
            raise _damaged(folder, error) from error
        shape = (meta["items"], meta["dimension"])
        if (
            not isinstance(flat, faiss.IndexFlatIP)
            or (flat.ntotal, flat.d) != shape
            or len(names) != shape[0]
        ):
            raise _damaged(folder, "its files do not fit")
        index = cls(flat, names, kinds, meta["model"])
        if not mmap and index.fingerprint != meta["fingerprint"]:
            raise _damaged(folder, "its content changed")
        return index


def _read_meta(folder: Path) -> dict[str, Any]:
    """Read ``meta.json`` and check that what it names is there, at full size."""
    path = folder / "meta.json"
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise IndexFolderError(f"{folder}: expected a saved index, found no meta.json") from error
    except (OSError, ValueError) as error:
        raise _damaged(folder, error) from error
    if not isinstance(meta, dict) or meta.get("format") != _FORMAT or meta.get("version") != _VERSION:
        found = (meta.get("format"), meta.get("version")) if isinstance(meta, dict) else meta
        raise IndexFolderError(f"{path}: expected {_FORMAT} version {_VERSION}, got {found}; build it again")
    expected = {"model": str, "dimension": int, "items": int, "fingerprint": str, "bytes": dict}
    if any(not isinstance(meta.get(key), kind) for key, kind in expected.items()):
        raise _damaged(folder, "fields of meta.json are missing")
    names = [f"vectors-{meta['fingerprint']}.faiss", f"items-{meta['fingerprint']}.arrow"]
    sizes = {name: (folder / name).stat().st_size if (folder / name).is_file() else None for name in names}
    if sizes != meta["bytes"]:
        raise _damaged(folder, f"expected files of {meta['bytes']} bytes, got {sizes}")
    return {**meta, "bytes": {name: meta["bytes"][name] for name in names}}


def _damaged(folder: Path, why: object) -> IndexFolderError:
    return IndexFolderError(f"{folder}: the index is damaged ({why}); build it again")


def _only(start: int, stop: int) -> faiss.SearchParameters:
    """Limit a search to a range of rows; FAISS then scans that range alone."""
    import faiss

    # FAISS adds keyword arguments to its generated classes when it loads; its type stubs do not know them.
    return faiss.SearchParameters(sel=faiss.IDSelectorRange(start, stop))  # type: ignore[call-arg]
