"""Layers: what a run knows of its items, as it was built and as it was changed since, and all of that as one.

A layer is a folder's worth of items: the table of what is shown of them, the table of their concepts, and the items as
they were encoded and linked. The first one is the run's own, or what it was compacted to; each change on top of it
(:mod:`kgx.index.segments`) has one of its own, beside the vectors of items that came and the ids of those that went.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from kgx.collection import MODALITIES
from kgx.concept_table import ConceptTable
from kgx.errors import IndexFolderError
from kgx.index.faiss_index import VectorIndex
from kgx.index.live_rows import LiveRows
from kgx.index.replaying import replayed
from kgx.index.segments import Segment
from kgx.item_table import ItemTable
from kgx.kept_items import KeptItems

__all__ = ["OWN_MEDIA", "Layer", "settled", "with_changes"]

OWN_MEDIA = "run:"
"""What the path of a file begins with that lies below the run's folder, not below the collection's."""

_ITEMS, _CONCEPTS, _KEPT = "items.arrow", "concepts.arrow", "items"
_BLOCK = 8_192  # vectors that are copied at a time


@dataclass(frozen=True)
class Layer:
    """Some items of a run.

    Attributes:
        items: what is shown of them.
        concepts: their links, in the same order.
        kept: modality -> the items of that modality as they were when they were refined, in parts, of which the last
            one that has an item counts; a part is read when it is first needed.
    """

    items: ItemTable
    concepts: ConceptTable
    kept: Mapping[str, tuple[Path | KeptItems, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Layer:
        """Read what :meth:`write` wrote.

        Raises:
            KgxError: a table is missing or damaged.
        """
        items = ItemTable.open(folder / _ITEMS)
        kept = {
            modality: (folder / _KEPT / modality,)
            for modality in MODALITIES
            if (folder / _KEPT / modality).is_dir()
        }
        return cls(items, ConceptTable.open(folder / _CONCEPTS, len(items)), kept)

    def write(self, folder: Path) -> list[Path]:
        """Write the layer into a folder and return the files."""
        self.items.save(folder / _ITEMS)
        self.concepts.save(folder / _CONCEPTS)
        for modality, items in self.kept_items.items():
            items.save(folder / _KEPT / modality)
        return [folder / _ITEMS, folder / _CONCEPTS, *(folder / _KEPT).glob("*/*")]

    @cached_property
    def kept_items(self) -> Mapping[str, KeptItems]:
        """Modality -> the items as they were when they were refined, in the order of the table.

        Raises:
            ModelError: they are damaged.
        """
        found = {}
        for modality, parts in self.kept.items():
            opened = [KeptItems.open(part) if isinstance(part, Path) else part for part in parts]
            wanted = [
                name
                for name, kind in zip(self.items.id, self.items.modality, strict=True)
                if kind == modality
            ]
            if len(opened) == 1 and opened[0].items.ids == tuple(wanted):
                found[modality] = opened[0]
                continue
            joined = KeptItems.join(opened)
            row_of = joined.row_of  # of several, the last
            if all(name in row_of for name in wanted):
                found[modality] = joined.select(np.array([row_of[name] for name in wanted], dtype=np.int64))
        return found

    @classmethod
    def joined(cls, layers: Sequence[Layer]) -> Layer:
        """Put layers one behind the other; a modality of which one keeps no items keeps none."""
        modalities = {kind for layer in layers for kind in layer.items.modality}
        complete = [
            modality
            for modality in modalities
            if all(modality in layer.kept or modality not in layer.items.modality for layer in layers)
        ]
        return cls(
            ItemTable.joined([layer.items for layer in layers]),
            ConceptTable.joined([layer.concepts for layer in layers]),
            {
                name: tuple(part for layer in layers for part in layer.kept.get(name, ()))
                for name in sorted(complete)
            },
        )

    def select(self, rows: Int64[np.ndarray, " n"]) -> Layer:
        """Return some of the items."""
        items = self.items.select(rows)
        held = set(items.modality)
        concepts = self.concepts.select(rows)
        return Layer(items, concepts, {name: parts for name, parts in self.kept.items() if name in held})

    def counts(self) -> dict[str, int]:
        """Return modality -> number of items."""
        return dict(sorted(Counter(self.items.modality).items()))

    def linked(self) -> dict[str, int]:
        """Return modality -> number of items with a link to a concept."""
        pairs = zip(self.items.modality, self.concepts.linked.tolist(), strict=True)
        found = Counter(modality for modality, linked in pairs if linked)
        return {modality: found[modality] for modality in self.counts()}


def with_changes(index: VectorIndex, base: Layer, segments: Sequence[Segment]) -> tuple[VectorIndex, Layer]:
    """Return an index and what is known of its items after the changes that were acknowledged.

    Raises:
        IndexFolderError: a change does not fit the index: it is damaged, or of another run.
        KgxError: a table of a change is missing or damaged.
    """
    if not segments:
        return index, base
    strange = next((segment for segment in segments if segment.fields.get("model") != index.model), None)
    if strange is not None:
        raise IndexFolderError(
            f"{strange.folder}: expected a change of the model {index.model}, got one of "
            f"{strange.fields.get('model')}; build the run again"
        )
    rows = replayed(LiveRows.of(index), segments)
    return settled(rows, [base, *(Layer.read(segment.folder) for segment in segments)])


def settled(rows: LiveRows, layers: Sequence[Layer]) -> tuple[VectorIndex, Layer]:
    """Put an index and its changes in the order of an index that was built of what is left.

    What finds candidates goes on to find the rows of the base; it is trained anew only when the run is compacted.

    Args:
        rows: the index with its changes.
        layers: what is known of its rows, in their order, dead ones among them.

    Raises:
        ValueError: nothing is left.
    """
    import faiss

    alive = np.flatnonzero(rows.alive)
    if not len(alive):
        raise ValueError("expected a run of at least one item, none is left")
    order = alive[np.argsort(rows.modalities[alive].astype(str), kind="stable")]
    flat = faiss.IndexFlatIP(rows.base.dimension)
    for start in range(0, len(order), _BLOCK):  # to the last bit what they were, edit after edit
        flat.add(rows.vectors(order[start : start + _BLOCK]))
    index = rows.base.changed(flat, order, rows.ids[order], rows.modalities[order])
    return index, Layer.joined(layers).select(order)
