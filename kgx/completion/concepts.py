"""Links between the concepts of a collection that its knowledge graph lacks, as a relation model predicts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Int64

from graphs.completion.known import KnownAnswers
from graphs.completion.links import Links
from graphs.completion.predicted import with_predictions
from graphs.completion.prediction import predict
from graphs.completion.scorers import UltraScorer
from graphs.errors import UnknownTermError
from graphs.gnn.ultra.model import Ultra, UltraGraph
from graphs.graph import KnowledgeGraph
from graphs.vocabulary import local_name
from kgx.knowledge import Knowledge

__all__ = ["complete_concepts"]


def complete_concepts(
    knowledge: Knowledge,
    concepts: Int64[np.ndarray, " asked"],
    relations: Sequence[str],
    model: Ultra,
    *,
    top: int = 1000,
    min_confidence: float = 0.0,
    hops: int = 1,
    device: torch.device | str = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> Knowledge:
    """Return the knowledge with the likeliest further links of some concepts in its graph, of source ``predicted``.

    Entities keep their numbers, so that what is linked to the knowledge stays linked.

    Args:
        knowledge: concepts and what ties them.
        concepts: entity numbers of those that are asked about, as heads.
        relations: last parts of the IRIs of the relations that are asked for.
        model: the relation model.
        top: how many links are added, at most, over all concepts.
        min_confidence: the least confidence of a link, from 0 to 1.
        hops: how far around the concepts others are taken in, as answers and on the way to them.
        device: where to compute.
        progress: told how many queries have been answered, and how many there are.

    Raises:
        UnknownTermError: the graph has no such relation.
    """
    graph = knowledge.graph
    asked = [number for number, iri in enumerate(graph.relation_iris) if local_name(iri) in relations]
    unknown = sorted(set(relations) - {local_name(graph.relation_iris[number]) for number in asked})
    if unknown:
        known = ", ".join(sorted({local_name(iri) for iri in graph.relation_iris}))
        raise UnknownTermError(f"no relation of the graph is called {unknown[0]!r}; there are {known}")
    is_concept = knowledge.row_of_entity >= 0
    between = is_concept[graph.heads] & is_concept[graph.tails]
    heads, kinds, tails = (
        np.asarray(column[between], np.int64) for column in (graph.heads, graph.relation_ids, graph.tails)
    )
    near = np.zeros(graph.num_entities, np.bool_)
    near[concepts] = True
    for _ in range(hops):
        before = near.copy()
        near[tails[before[heads]]] = True
        near[heads[before[tails]]] = True
    kept = near[heads] & near[tails]
    if not kept.any() or not asked:
        return knowledge
    entities, number = np.flatnonzero(near), np.cumsum(near) - 1
    links = Links.of(np.stack([number[heads[kept]], kinds[kept], number[tails[kept]]], axis=1))
    count = len(graph.relation_iris)
    seen = UltraGraph.of(links.edges(len(entities), count))
    starts = np.intersect1d(
        number[np.intersect1d(concepts, entities)], np.concatenate([links.heads, links.tails])
    )
    queries = np.stack([np.repeat(asked, len(starts)), np.tile(starts, len(asked))], axis=1)
    found = predict(
        UltraScorer(model, seen, device),
        queries,
        KnownAnswers(links, count),
        count,
        top=top,
        threshold=min_confidence,
        progress=progress,
    )
    names = graph.entity_iris(entities)
    stated = (
        (names[one.head], graph.relation_iris[one.relation], names[one.tail], one.confidence) for one in found
    )
    return replace(knowledge, graph=KnowledgeGraph(with_predictions(graph, stated)))
