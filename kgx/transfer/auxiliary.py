"""What a prepared source can teach besides its pairs: concepts, categories, hidden tokens.

None of these tasks needs a text and another item of the same thing, so they are there where pairs are few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from jaxtyping import Bool, Int64

from graphs.gnn.hop_tokens import HopTokenRefiner
from graphs.siblings import parent_matrix
from kgx.linking.base import IN_CATEGORY, MENTIONS
from kgx.train.loop import Task
from kgx.train.tasks import Classification, LinkPrediction, LinkSet, Reconstruction, Shown
from kgx.train.tasks.nodes import Blocks
from kgx.transfer.reference import ABOUT, ReferenceGraph
from kgx.transfer.tokens import TokenMaker, TokenPath

__all__ = ["AUXILIARY", "AuxiliaryTasks", "top_categories"]

AUXILIARY = ("links", "categories", "tokens")
"""Names of the tasks."""


@dataclass(frozen=True)
class AuxiliaryTasks:
    """Makes tasks about one modality's items of a prepared source.

    Attributes:
        maker: what made the tokens; its reference graph has the items.
        modality: of the items.
        blocks: their tokens.
        held_out: items that are only scored.
        batch_size, token_dropout: of all tasks.
    """

    maker: TokenMaker
    modality: str
    blocks: Blocks
    held_out: Bool[np.ndarray, " items"]
    batch_size: int = 512
    token_dropout: float = 0.1

    def make(self, name: str, refiner: HopTokenRefiner) -> Task[Any]:
        """Return one of :data:`AUXILIARY` over a refiner.

        * ``links``: link prediction; of texts, which concepts they mention (seen without the paths that begin so); of
          other items, which concepts they are about, which no path of theirs says.
        * ``categories``: the top category, seen without the paths that begin with the category.
        * ``tokens``: a token of the space of texts that was hidden.

        Raises:
            KgxError: there is no such example.
            KeyError: no task has that name.
        """
        makers: dict[str, Callable[[HopTokenRefiner], Task[Any]]] = {
            "links": self._links,
            "categories": self._categories,
            "tokens": self._tokens,
        }
        return makers[name](refiner)

    @property
    def _reference(self) -> ReferenceGraph:
        return self.maker.reference

    def _links(self, refiner: HopTokenRefiner) -> LinkPrediction:
        words = self.modality == "text"
        relation = MENTIONS if words else ABOUT
        items = self._reference.items[self.modality]
        found = (
            self._reference.link_matrices(items).get(relation)
            if words
            else self._reference.about(self.modality)
        )
        concepts = self._reference.knowledge.features
        links = sp.csr_matrix((len(items), len(concepts))) if found is None else found
        step = (self.modality, relation, "concept")
        size = len(next(iter(self.maker.descriptors.values())))
        described = self.maker.descriptors.get(step, np.zeros(size, np.float32))
        return LinkPrediction(
            refiner,
            self.blocks,
            [LinkSet(relation, described, links)],
            concepts,
            self.held_out,
            shown=self._without({relation}),
            batch_size=self.batch_size,
            token_dropout=self.token_dropout,
        )

    def _categories(self, refiner: HopTokenRefiner) -> Classification:
        return Classification(
            refiner,
            self.blocks,
            top_categories(self._reference, self.modality),
            self.held_out,
            shown=self._without({IN_CATEGORY}),
            batch_size=self.batch_size,
            token_dropout=self.token_dropout,
        )

    def _tokens(self, refiner: HopTokenRefiner) -> Reconstruction:
        return Reconstruction(
            refiner,
            self.blocks,
            self.held_out,
            batch_size=self.batch_size,
            token_dropout=self.token_dropout,
        )

    def _without(self, relations: set[str]) -> Shown:
        """Return which paths begin with none of some relations, space by space, in the order of the tokens."""
        by_space: dict[str, list[TokenPath]] = {}
        for path in self.maker.paths[self.modality]:
            by_space.setdefault(path.space, []).append(path)
        return {
            space: torch.tensor([path.first not in relations for path in paths])
            for space, paths in by_space.items()
        }


def top_categories(reference: ReferenceGraph, modality: str) -> Int64[np.ndarray, " items"]:
    """Return the number of each item's top category, from 0; -1 for an item that is filed nowhere.

    From the category that an item is linked to most, the graph's hierarchy is climbed as far as it goes, by the parent
    of the lowest number where there are several.
    """
    items = reference.items[modality]
    knowledge = reference.knowledge
    filed = reference.link_matrices(items).get(IN_CATEGORY)
    labels = np.full(len(items), -1, dtype=np.int64)
    if filed is None:
        return labels
    linked = np.flatnonzero(np.diff(filed.tocsr().indptr) > 0)
    concepts = knowledge.concepts[np.asarray(filed.argmax(axis=1)).ravel()[linked]]
    parents = parent_matrix(knowledge.graph)
    tops: Mapping[int, int] = {concept: _top(parents, concept) for concept in np.unique(concepts).tolist()}
    labels[linked] = np.unique([tops[concept] for concept in concepts.tolist()], return_inverse=True)[1]
    return labels


def _top(parents: sp.csr_matrix, entity: int) -> int:
    seen = {entity}
    while True:
        above = parents.indices[parents.indptr[entity] : parents.indptr[entity + 1]]
        fresh = sorted(set(above.tolist()) - seen)
        if not fresh:
            return entity
        entity = fresh[0]
        seen.add(entity)
