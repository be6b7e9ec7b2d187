"""Concepts that items are about and are not linked to: found by a relation model among the items' other links.

The graph that the model looks at holds the concepts around all links, the collection's items and the references of the
same modality. Of references with known texts it is known what they are :data:`~kgx.transfer.reference.ABOUT`, and that
is what is asked for: it can be told from how references of the same kind are linked. Where no reference has a text,
further links of the kind that the items have already are asked for.

Items of other modalities stay outside: a picture that asks must not lead to the text that it seeks by the folder that
both are filed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import scipy.sparse as sp
import torch
from jaxtyping import Int64
from scipy.special import expit

from graphs.completion.links import Links as GraphLinks
from graphs.completion.predicted import PREDICTED
from graphs.completion.scorers import UltraScorer
from graphs.gnn.ultra.model import Ultra, UltraGraph
from graphs.hetero import EdgeSet
from graphs.propagate import normalise_rows
from kgx.items import LinkedItems
from kgx.linking.base import DEPICTS, MENTIONS, SAYS, Links
from kgx.transfer.reference import ABOUT, ReferenceGraph

__all__ = ["OWN_RELATIONS", "ItemGraph", "complete_items"]

OWN_RELATIONS: Final = {"text": MENTIONS, "image": DEPICTS, "audio": SAYS}
"""Modality -> the relation between its items and what is in them; predicted links are of it."""

_LEAST = 0.05  # share of an item's links that one needs to count: the model knows no weights


@dataclass(frozen=True)
class ItemGraph:
    """Items among concepts, as the relation model sees them: concepts are numbered first, then items, then references.

    Attributes:
        concepts: row of each concept among the knowledge's.
        items: how many items there are.
        links: what is known.
        num_entities, num_relations: of the graph.
        asked: number of the relation that is asked for; None where no item has a link.
    """

    concepts: Int64[np.ndarray, " concepts"]
    items: int
    links: GraphLinks
    num_entities: int
    num_relations: int
    asked: int | None

    @classmethod
    def of(cls, items: LinkedItems, reference: ReferenceGraph, *, hops: int = 1) -> ItemGraph:
        """Gather the links of items and of the references of their modality, and the concepts around them.

        Args:
            items: of one modality.
            reference: concepts and references.
            hops: how far around a linked concept others are taken in. A graph as large as WordNet is cut to some
                thousands of concepts, and time and memory with it.
        """
        modality, start = items.modality, len(items)
        linked = [(name, 0, matrix) for name, matrix in reference.link_matrices(items).items()]
        references = reference.items.get(modality)
        if references is not None:
            linked += [(name, start, matrix) for name, matrix in reference.link_matrices(references).items()]
        about = reference.about(modality)
        if about is not None and about.nnz:
            linked.append((ABOUT, start, about))
        ends = [(name, *_ends(matrix, first)) for name, first, matrix in linked]
        edges = reference.knowledge_edges()
        near = _around([tails for *_, tails in ends], edges, len(reference.knowledge.concepts), hops)
        concepts = np.flatnonzero(near)
        number = np.cumsum(near) - 1
        names = list(dict.fromkeys(name for name, *_ in ends))
        rows = [np.zeros((0, 3), np.int64)]
        for relation, edge in enumerate(edges):
            kept = near[edge.heads] & near[edge.tails]
            rows.append(_rows(number[edge.heads[kept]], relation, number[edge.tails[kept]]))
        for name, heads, tails in ends:
            rows.append(_rows(heads + len(concepts), len(edges) + names.index(name), number[tails]))
        asked = ABOUT if ABOUT in names else OWN_RELATIONS[modality]
        return cls(
            concepts,
            start,
            GraphLinks.of(np.concatenate(rows)),
            len(concepts) + start + (0 if references is None else len(references)),
            len(edges) + len(names),
            len(edges) + names.index(asked) if asked in names else None,
        )

    def linked_items(self) -> Int64[np.ndarray, " linked"]:
        """Return the rows of the items that have a link: of the others nothing can be told."""
        heads = np.unique(self.links.heads) - len(self.concepts)
        return heads[(heads >= 0) & (heads < self.items)]


def complete_items(
    items: LinkedItems,
    reference: ReferenceGraph,
    model: Ultra,
    *,
    top: int = 3,
    min_confidence: float = 0.0,
    device: torch.device | str = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> LinkedItems:
    """Return items with links to further concepts, of provenance ``predicted`` and as heavy as they are sure.

    One query an item, in batches; time is that of so many propagations over the concepts around the links.

    Args:
        items: of one modality, linked.
        reference: concepts and references; walked through, and not changed.
        model: the relation model.
        top: most links that an item gets.
        min_confidence: the least confidence of a link, from 0 to 1.
        device: where to compute.
        progress: told how many items have been asked, and how many there are.
    """
    graph = ItemGraph.of(items, reference)
    asking = graph.linked_items()
    if graph.asked is None or not len(asking):
        return items
    edges = graph.links.edges(graph.num_entities, graph.num_relations)
    scorer = UltraScorer(model, UltraGraph.of(edges), device)
    known = sum(reference.link_matrices(items).values())[:, graph.concepts].tocsr()
    found = []
    for start in range(0, len(asking), scorer.batch_size):
        rows = asking[start : start + scorer.batch_size]
        heads, relations = rows + len(graph.concepts), np.full(len(rows), graph.asked)
        scores = np.array(scorer.scores(heads, relations)[:, : len(graph.concepts)], np.float64)
        scores[known[rows].nonzero()] = -np.inf
        best = np.argsort(-scores, axis=1, kind="stable")[:, :top]  # (batch, top)
        confidences = expit(np.take_along_axis(scores, best, axis=1))
        found.append((np.repeat(rows, best.shape[1]), best.ravel(), confidences.ravel()))
        if progress is not None:
            progress(start + len(rows), len(asking))
    owners, answers, weights = (np.concatenate(column) for column in zip(*found, strict=True))
    kept = (weights >= min_confidence) & (weights > 0)
    predicted = Links(
        OWN_RELATIONS[items.modality],
        owners[kept],
        reference.knowledge.concepts[graph.concepts[answers[kept]]],
        weights[kept].astype(np.float32),
        PREDICTED,
    )
    return replace(items, links=(*items.links, predicted)) if len(predicted) else items


def _ends(
    matrix: sp.csr_matrix, first: int
) -> tuple[Int64[np.ndarray, " links"], Int64[np.ndarray, " links"]]:
    """Return the two ends of links that count, the items' numbers from ``first`` on."""
    entries = normalise_rows(matrix).tocoo()
    kept = entries.data >= _LEAST
    return entries.row[kept].astype(np.int64) + first, entries.col[kept].astype(np.int64)


def _around(
    linked: list[Int64[np.ndarray, " links"]], edges: list[EdgeSet], concepts: int, hops: int
) -> np.ndarray:
    """Mark the concepts that are linked, and those at most some hops from them."""
    near = np.zeros(concepts, np.bool_)
    for some in linked:
        near[some] = True
    for _ in range(hops):
        before = near.copy()
        for edge in edges:
            near[edge.tails[before[edge.heads]]] = True
            near[edge.heads[before[edge.tails]]] = True
    return near


def _rows(heads: np.ndarray, relation: int, tails: np.ndarray) -> Int64[np.ndarray, "links 3"]:
    return np.stack([heads, np.full(len(heads), relation), tails], axis=1).astype(np.int64)
