"""A run's items as they were when they were refined: what hits are explained by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from kgx.errors import KgxError, ModelError
from kgx.items import LinkedItems
from kgx.items_folder import open_items, save_items
from kgx.tensor_file import open_tensors, save_tensors
from kgx.transfer.reference import ReferenceGraph

__all__ = ["KeptItems"]

_SIMILAR = "similar.safetensors"
_COLUMNS = ("indptr", "indices", "data")


@dataclass(frozen=True)
class KeptItems:
    """Items of one modality, encoded and linked, with the references that each was found similar to.

    The similarities are kept, not looked for again: among references that are alike to the last bit, such as equal
    captions, which of them count depends on how the product was computed.

    Attributes:
        items: the items.
        similar: csr (items, references), rows of sum 1; None where the model has no references of this modality.
    """

    items: LinkedItems
    similar: sp.csr_matrix | None

    @classmethod
    def of(cls, items: LinkedItems, reference: ReferenceGraph, centre: np.ndarray) -> KeptItems:
        """Find the references that items are similar to.

        Args:
            items: the items, all those of their modality that are refined together.
            reference: the model's graph.
            centre: mean vector of the collection.
        """
        known = items.modality in reference.items
        return cls(items, reference.similar(items, centre) if known else None)

    @classmethod
    def join(cls, parts: Sequence[KeptItems]) -> KeptItems:
        """Put items of one modality one behind the other.

        Raises:
            KgxError: there is no part, or the parts differ in modality.
        """
        items = LinkedItems.join([part.items for part in parts])
        similar = [part.similar for part in parts if part.similar is not None]
        if len(similar) < len(parts):
            return cls(items, None)
        return cls(items, sp.vstack(similar, format="csr"))

    def select(self, rows: np.ndarray) -> KeptItems:
        """Return some of the items."""
        return KeptItems(self.items.select(rows), None if self.similar is None else self.similar[rows])

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Id of every item -> its row."""
        return {name: row for row, name in enumerate(self.items.ids)}

    def save(self, folder: Path) -> None:
        """Write the items into ``folder``; items that stand there already are replaced."""
        save_items(self.items, folder)
        if self.similar is not None:
            columns = {name: getattr(self.similar, name) for name in _COLUMNS}
            save_tensors(folder / _SIMILAR, columns, {"references": self.similar.shape[1]})

    @classmethod
    def open(cls, folder: Path) -> KeptItems:
        """Open what :meth:`save` wrote.

        Raises:
            ModelError: it is missing or damaged.
        """
        items = open_items(folder)
        if not (folder / _SIMILAR).exists():
            return cls(items, None)
        try:
            columns, note = open_tensors(folder / _SIMILAR)
            parts = tuple(columns[name] for name in ("data", "indices", "indptr"))
            similar = sp.csr_matrix(parts, shape=(len(items), int(note["references"])))
            similar.check_format()
        except ModelError:
            raise
        except (ValueError, KeyError, TypeError, KgxError) as error:
            raise ModelError(f"{folder / _SIMILAR} is damaged ({error}); build the run again") from error
        return cls(items, similar)
