"""What every linker returns: weighted links from items to concepts, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, Int, Int64

from kgx.errors import KgxError

__all__ = ["DEPICTS", "IN_CATEGORY", "MENTIONS", "SAYS", "Links", "Mention"]

MENTIONS: Final = "mentions"
"""A text names the concept."""
SAYS: Final = "says"
"""A sound's transcript names the concept."""
DEPICTS: Final = "depicts"
"""A picture shows an example of the concept."""
IN_CATEGORY: Final = "in category"
"""An item is filed under the concept."""


@dataclass(frozen=True, slots=True)
class Links:
    """Links of one relation and one provenance.

    Attributes:
        relation: what the links say (:data:`MENTIONS`, :data:`IN_CATEGORY`, "closeMatch").
        items: row of the item in the sequence that was linked.
        concepts: entity number in the knowledge graph.
        weights: positive; as the linkers make them, an item's weights sum to 1.
        provenance: what made the links ("lexical", "transcript", "classifier").

    Raises:
        KgxError: the columns differ in length, a row is negative, or a weight is not positive.
    """

    relation: str
    items: Int64[np.ndarray, " m"]
    concepts: Int64[np.ndarray, " m"]
    weights: Float32[np.ndarray, " m"]
    provenance: str

    def __post_init__(self) -> None:
        if not len(self.items) == len(self.concepts) == len(self.weights):
            raise KgxError(
                f"links {self.relation!r}: expected columns of equal length, got {len(self.items)} items, "
                f"{len(self.concepts)} concepts and {len(self.weights)} weights"
            )
        if not len(self.items):
            return
        if min(self.items.min(), self.concepts.min()) < 0:
            raise KgxError(
                f"links {self.relation!r}: expected rows of items and concepts from 0, got a negative one"
            )
        if not self.weights.min() > 0:
            raise KgxError(f"links {self.relation!r}: expected positive weights, got {self.weights.min()}")

    def __len__(self) -> int:
        return len(self.items)

    @classmethod
    def collect(
        cls,
        relation: str,
        items: Int[np.ndarray, " m"],
        concepts: Int[np.ndarray, " m"],
        weights: Float[np.ndarray, " m"],
        *,
        provenance: str,
    ) -> Links:
        """Add up the weights of equal pairs, let every item's weights sum to 1, and sort by item and concept.

        Pairs of no weight are left out.

        >>> items, concepts, weights = np.array([0, 0, 0]), np.array([7, 5, 7]), np.array([1.0, 2.0, 1.0])
        >>> links = Links.collect("mentions", items, concepts, weights, provenance="lexical")
        >>> links.items.tolist(), links.concepts.tolist(), links.weights.tolist()
        ([0, 0], [5, 7], [0.5, 0.5])
        """
        kept = weights > 0
        items, concepts, weights = items[kept], concepts[kept], weights[kept].astype(np.float64)
        order = np.lexsort((concepts, items))
        items, concepts, weights = items[order], concepts[order], weights[order]
        if len(items):
            starts = np.ones(len(items), dtype=np.bool_)
            starts[1:] = (items[1:] != items[:-1]) | (concepts[1:] != concepts[:-1])
            first = np.flatnonzero(starts)
            items, concepts, weights = items[first], concepts[first], np.add.reduceat(weights, first)
            weights = weights / np.bincount(items, weights)[items]
        return cls(
            relation,
            items.astype(np.int64),
            concepts.astype(np.int64),
            np.maximum(weights.astype(np.float32), np.finfo(np.float32).tiny),
            provenance,
        )


@dataclass(frozen=True, slots=True)
class Mention:
    """One reading of a piece of a text.

    Attributes:
        surface: the piece, as it is written.
        start: where it begins in the text, in characters.
        concept: entity number of the concept it may mean.
        weight: how likely it means that; the readings of one piece sum to 1.
    """

    surface: str
    start: int
    concept: int
    weight: float
