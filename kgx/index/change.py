"""One change of an index: items that come, items that go, in one step; and its files in a segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

from kgx.arrow_file import read_table, write_table
from kgx.errors import IndexFolderError, KgxError
from kgx.index.base import require_different, unit_rows
from kgx.index.segments import Segment

__all__ = ["Change"]

_VECTORS, _ADDED, _DELETED = "vectors.npy", "added.arrow", "deleted.arrow"
_COLUMNS = ("id", "modality")


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What is taken out of an index, and what is put in after that.

    Attributes:
        vectors: of the items that come, float32 of length 1.
        ids, modalities: of the same.
        deleted: ids of the items that go; those that are replaced are among them.
    """

    vectors: Float32[np.ndarray, "items dimension"]
    ids: tuple[str, ...]
    modalities: tuple[str, ...]
    deleted: tuple[str, ...]

    @classmethod
    def of(
        cls,
        dimension: int,
        vectors: Float[np.ndarray, "items dimension"] | None = None,
        ids: Sequence[str] = (),
        modalities: Sequence[str] = (),
        deleted: Sequence[str] = (),
    ) -> Change:
        """Check and return a change of an index of some dimension.

        Raises:
            IndexFolderError: the vectors are of another dimension: they come from another encoder.
            ValueError: unequal numbers, an id twice, a vector that is zero or not finite, or nothing to change.
        """
        rows = np.zeros((0, dimension), dtype=np.float32) if vectors is None else unit_rows(vectors)
        if not len(rows) == len(ids) == len(modalities):
            raise ValueError(
                f"expected as many vectors, ids and modalities, got {len(rows)}, {len(ids)} and {len(modalities)}"
            )
        if rows.shape[1] != dimension:
            raise IndexFolderError(
                f"expected vectors of {dimension} dimensions, got {rows.shape[1]}: they come from another encoder"
            )
        for names in (ids, deleted):
            require_different(names)
        if not ids and not deleted:
            raise ValueError("expected an item to add or to delete, got none")
        return cls(rows, tuple(ids), tuple(modalities), tuple(deleted))

    @property
    def fields(self) -> dict[str, Any]:
        """What a segment says of it."""
        return {"added": len(self.ids), "deleted": len(self.deleted), "dimension": self.vectors.shape[1]}

    def write(self, folder: Path) -> None:
        """Write it into the folder of a segment."""
        import pyarrow as pa

        np.save(folder / _VECTORS, self.vectors, allow_pickle=False)
        table = pa.table(
            {"id": pa.array(self.ids, pa.string()), "modality": pa.array(self.modalities, pa.string())}
        )
        write_table(folder / _ADDED, table)
        write_table(folder / _DELETED, pa.table({"id": pa.array(self.deleted, pa.string())}))

    @classmethod
    def read(cls, segment: Segment, dimension: int) -> Change:
        """Read what :meth:`write` wrote.

        Raises:
            IndexFolderError: it is damaged, or a change of another index.
        """
        folder = segment.folder
        try:
            vectors = np.load(folder / _VECTORS, allow_pickle=False)
            added = read_table(folder / _ADDED, _COLUMNS)
            deleted = read_table(folder / _DELETED, ("id",))["id"].to_pylist()
            ids, modalities = (added[name].to_pylist() for name in _COLUMNS)
        except FileNotFoundError:
            raise  # perhaps compacted meanwhile: the reader of all segments knows
        except (OSError, ValueError, KgxError) as error:
            raise IndexFolderError(f"{folder}: the change is damaged ({error})") from error
        if vectors.dtype != np.float32 or vectors.shape != (len(ids), dimension):
            raise IndexFolderError(
                f"{folder}: expected float32 vectors of shape ({len(ids)}, {dimension}), "
                f"got {vectors.dtype} of {vectors.shape}"
            )
        return cls(vectors, tuple(ids), tuple(modalities), tuple(deleted))
