"""The reference graph: concepts, and items whose pairs are known, as one heterogeneous graph.

Items of the source collection, and later the few labelled pairs of the target, are *references*: others may walk
through them. Items that are to be refined, and queries, are attached to the graph by their own links and are walked
through by nobody, so that no answer can leak from one query to another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float32, Int64

from graphs.hetero import EdgeSet, build_hetero
from graphs.neighbours import nearest_neighbours, unit_rows
from graphs.vocabulary import local_name
from kgx.items import LinkedItems, paired_rows
from kgx.knowledge import Knowledge
from kgx.linking.base import DEPICTS, IN_CATEGORY, MENTIONS, SAYS

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = [
    "ABOUT",
    "DESCRIBES",
    "LINK_RELATIONS",
    "RELATION_TEXTS",
    "SIMILAR",
    "ReferenceGraph",
    "centred_rows",
]

SIMILAR = "similar to"
DESCRIBES = "describes"
ABOUT = "about"

RELATION_TEXTS = {
    MENTIONS: "mentions: the text contains a word for the concept",
    DEPICTS: "depicts: the picture shows an example of the concept",
    SAYS: "says: the sound's transcript contains a word for the concept",
    IN_CATEGORY: "in category: the item is filed under the concept",
    "closeMatch": "close match: concepts of two vocabularies with the same meaning",
    SIMILAR: "similar to: the two items look, read or sound alike",
    DESCRIBES: "describes: the text is a caption of the item",
    ABOUT: "about: a text that describes the item mentions the concept",
}
"""What the relations between items and concepts are called, for their descriptors."""

LINK_RELATIONS = (MENTIONS, DEPICTS, SAYS, IN_CATEGORY)
"""Relations that attach an item, or a query, to concepts."""

_LEAST_EDGES = 500  # a relation of the knowledge graph with fewer edges between concepts brings no path


@dataclass(frozen=True)
class ReferenceGraph:
    """Concepts and reference items with everything that is known about them.

    Attributes:
        knowledge: concepts, their vectors and their lexicon.
        items: modality -> reference items.
        neighbours: nearest references that an item is similar to.
        temperature: of the softmax over them.
        own: modality -> how many of the items are of the first collection; all where left out.
        further_centres: mean vectors of the collection that the items behind those are from.
        with_similar: whether the graph has the similarities among the first collection's items; walks start with a
            similarity but never go on with one, so they are needed once, for what paths there are and a descriptor.
        kept_relations: names of the knowledge graph's relations that bring paths however few their edges are.
    """

    knowledge: Knowledge
    items: Mapping[str, LinkedItems]
    neighbours: int = 10
    temperature: float = 0.05
    own: Mapping[str, int] = field(default_factory=dict)
    further_centres: Mapping[str, Float32[np.ndarray, " dimension"]] = field(default_factory=dict)
    with_similar: bool = True
    kept_relations: frozenset[str] = frozenset()

    @cached_property
    def centres(self) -> dict[str, Float32[np.ndarray, " dimension"]]:
        """Mean vector of each modality in the first collection; taken off before two items are compared."""
        means = {}
        for modality, items in self.items.items():
            own = items.vectors[: self.own.get(modality, len(items))]
            usable = own[own.any(axis=1)]
            means[modality] = usable.mean(axis=0) if len(usable) else self.further_centres[modality]
        return means

    @cached_property
    def centred(self) -> dict[str, Float32[np.ndarray, "n dimension"]]:
        """Unit vectors of the references, each without its own collection's mean."""
        centred = {}
        for modality, items in self.items.items():
            own = self.own.get(modality, len(items))
            parts = [centred_rows(items.vectors[:own], self.centres[modality])]
            if own < len(items):
                parts.append(centred_rows(items.vectors[own:], self.further_centres[modality]))
            centred[modality] = np.concatenate(parts)
        return centred

    @property
    def item_features(self) -> dict[str, Float32[np.ndarray, "n dimension"]]:
        """Unit features of the references: texts as encoded, other modalities centred first."""
        texts = {"text": self.items["text"].vectors} if "text" in self.items else {}
        return {**self.centred, **texts}

    @cached_property
    def features(self) -> dict[str, Float32[np.ndarray, "n dimension"]]:
        """Unit features of every node type: concepts as encoded, and references."""
        return {"concept": self.knowledge.features, **self.item_features}

    @cached_property
    def data(self) -> HeteroData:
        """The graph itself: typed nodes, typed edges and their inverses."""
        return build_hetero(self.features, self.edge_sets())

    def edge_sets(self) -> list[EdgeSet]:
        """Return the edges of the graph, each set in one direction."""
        edges = [*self.knowledge_edges(), *self._pair_edges()]
        for modality, items in self.items.items():
            edges.extend(self.link_edges(items))
            if not self.with_similar and self.own.get(modality, len(items)):
                continue
            similar = self.similar(items, self.centres[modality], groups=_codes(items.ids))
            edges.append(_edges(modality, SIMILAR, modality, similar, inverse=False))
        return edges

    @staticmethod
    def own_features(
        items: LinkedItems, centre: Float32[np.ndarray, " dimension"]
    ) -> Float32[np.ndarray, "n dimension"]:
        """Return items' vectors in the form in which references stand in the graph."""
        return items.vectors if items.modality == "text" else centred_rows(items.vectors, centre)

    @cached_property
    def groups(self) -> dict[str, Int64[np.ndarray, " n"]]:
        """Group number of every reference item, by modality; equal groups have equal numbers everywhere."""
        return {modality: self.group_codes(items) for modality, items in self.items.items()}

    @cached_property
    def _group_numbers(self) -> dict[str, int]:
        names = sorted({group for items in self.items.values() for group in items.groups})
        return {name: number for number, name in enumerate(names)}

    def group_codes(self, items: LinkedItems) -> Int64[np.ndarray, " n"]:
        """Return the group number of each item; -1 for a group that no reference is of."""
        return np.array([self._group_numbers.get(group, -1) for group in items.groups], dtype=np.int64)

    def similar(
        self,
        items: LinkedItems,
        centre: Float32[np.ndarray, " dimension"],
        *,
        groups: Int64[np.ndarray, " n"] | None = None,
        reference_groups: Int64[np.ndarray, " m"] | None = None,
    ) -> sp.csr_matrix:
        """Return the references of the same modality that each item is most similar to.

        Args:
            items: the items.
            centre: mean vector of the collection that they are from.
            groups: number of each item's group, whose references are left out.
            reference_groups: number of each reference's group; the same as ``groups`` where left out.

        Returns:
            csr (items, references); rows sum to 1.
        """
        return nearest_neighbours(
            centred_rows(items.vectors, centre),
            self.centred[items.modality],
            count=self.neighbours,
            temperature=self.temperature,
            query_groups=groups,
            anchor_groups=groups if reference_groups is None else reference_groups,
        )

    def link_edges(self, items: LinkedItems, *, inverse: bool = True) -> list[EdgeSet]:
        """Return the items' links to concepts as edges."""
        return [
            _edges(items.modality, relation, "concept", matrix, inverse=inverse)
            for relation, matrix in self.link_matrices(items).items()
        ]

    def link_matrices(self, items: LinkedItems) -> dict[str, sp.csr_matrix]:
        """Return relation -> csr (items, concepts) of weights; links to what is no concept are left out."""
        shape = (len(items), len(self.knowledge.concepts))
        matrices: dict[str, sp.csr_matrix] = {}
        for link in items.links:
            columns = self.knowledge.row_of_entity[link.concepts]
            known = columns >= 0
            matrix = sp.csr_matrix((link.weights[known], (link.items[known], columns[known])), shape=shape)
            matrices[link.relation] = (
                matrices[link.relation] + matrix if link.relation in matrices else matrix
            )
        return matrices

    def pairs(self, modality: str) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]:
        """Return the known pairs: rows of texts and rows of items of another modality that share an entity."""
        return paired_rows(self.items["text"], self.items[modality])

    def about(self, modality: str) -> sp.csr_matrix | None:
        """Return csr (items, concepts): what the texts that describe a modality's references mention; None without."""
        if modality == "text" or not {"text", modality} <= self.items.keys():
            return None
        mentioned = self.link_matrices(self.items["text"]).get(MENTIONS)
        if mentioned is None:
            return None
        texts, others = self.pairs(modality)
        shape = (len(self.items[modality]), len(self.items["text"]))
        described = sp.csr_matrix((np.ones(len(texts), np.float32), (others, texts)), shape=shape)
        return (described @ mentioned).tocsr()

    def extended(
        self, items: Mapping[str, LinkedItems], centres: Mapping[str, Float32[np.ndarray, " dimension"]]
    ) -> ReferenceGraph:
        """Return the graph with items of another collection behind its own.

        Args:
            items: modality -> all items, this graph's own first.
            centres: mean vectors of the collection that the further items are from.
        """
        shifted = {modality: centres[modality] for modality in items if modality in centres}
        own = {modality: self.own.get(modality, len(some)) for modality, some in self.items.items()}
        own = {**dict.fromkeys(shifted, 0), **own}  # of a modality without items there is nothing of its own
        return replace(self, items=items, own=own, further_centres=shifted, with_similar=False)

    def knowledge_edges(self) -> list[EdgeSet]:
        """Return the edges between concepts, each relation in one direction."""
        graph, rows = self.knowledge.graph, self.knowledge.row_of_entity
        edges = []
        done: set[str] = set()
        for relation in graph.relation_iris:
            inverse = graph.inverse_of(relation)
            if inverse in done:
                continue
            heads, tails, weights = graph.edges(relation)
            known = (rows[heads] >= 0) & (rows[tails] >= 0)
            name = local_name(relation)
            if known.sum() < (1 if name in self.kept_relations else _LEAST_EDGES):
                continue
            done.add(relation)
            heads, tails = rows[heads[known]], rows[tails[known]]
            edges.append(
                EdgeSet(
                    "concept", name, "concept", heads, tails, weights[known], symmetric=inverse == relation
                )
            )
        return edges

    def _pair_edges(self) -> list[EdgeSet]:
        edges = []
        for modality in sorted(set(self.items) - {"text"}) if "text" in self.items else ():
            texts, others = self.pairs(modality)
            weights = np.ones(len(texts), dtype=np.float32)
            edges.append(EdgeSet("text", DESCRIBES, modality, texts, others, weights))
            about = self.about(modality)
            if about is not None:
                edges.append(_edges(modality, ABOUT, "concept", about))
        return edges


def _edges(head: str, relation: str, tail: str, matrix: sp.csr_matrix, *, inverse: bool = True) -> EdgeSet:
    entries = matrix.tocoo()
    kept = entries.data > 0
    heads, tails = entries.row[kept].astype(np.int64), entries.col[kept].astype(np.int64)
    return EdgeSet(head, relation, tail, heads, tails, entries.data[kept].astype(np.float32), inverse=inverse)


def centred_rows(vectors: np.ndarray, centre: np.ndarray) -> Float32[np.ndarray, "n dimension"]:
    """Take a mean off and put the rows at length 1; rows of zeros (items that could not be encoded) stay zeros."""
    moved = np.where(vectors.any(axis=1, keepdims=True), vectors - centre, 0.0)
    return unit_rows(moved.astype(np.float32))


def _codes(names: Sequence[str]) -> Int64[np.ndarray, " n"]:
    return np.unique(np.array(names, dtype=np.str_), return_inverse=True)[1].astype(np.int64)
