"""Filtered evaluation of link prediction, in both directions, among all entities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from graphs.completion.known import KnownAnswers
from graphs.completion.links import Links
from graphs.completion.ranking import RankMetrics, Ties, ranks_of
from graphs.completion.scorers import Scorer

__all__ = ["Evaluation", "evaluate"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Evaluation:
    """The ranks of test links.

    Attributes:
        links: what was to be found.
        tail_ranks: rank of each link's tail as an answer to ``(head, relation, ?)``.
        head_ranks: rank of each link's head as an answer to ``(?, relation, tail)``.
        propagations: how many different queries were asked.
    """

    links: Links
    tail_ranks: Float64[np.ndarray, " links"]
    head_ranks: Float64[np.ndarray, " links"]
    propagations: int

    @property
    def metrics(self) -> RankMetrics:
        """Metrics of both directions together."""
        return RankMetrics.of(np.concatenate([self.head_ranks, self.tail_ranks]))

    def by_relation(self) -> dict[int, RankMetrics]:
        """Return the metrics of every relation that a test link has, by its number."""
        found = {}
        for relation in np.unique(self.links.relations).tolist():
            own = self.links.relations == relation
            found[relation] = RankMetrics.of(np.concatenate([self.head_ranks[own], self.tail_ranks[own]]))
        return found


def evaluate(
    scorer: Scorer,
    links: Links,
    known: KnownAnswers,
    num_relations: int,
    *,
    ties: Ties = "pessimistic",
    progress: Progress | None = None,
) -> Evaluation:
    """Rank both ends of every test link among all entities but the other right answers.

    Every different query is asked once, however many test links it has; queries of one relation are asked together,
    so that its view of the other relations is worked out about once.

    Args:
        scorer: who answers.
        links: what is to be found.
        known: all that is right.
        num_relations: relations, inverses aside.
        ties: what equal scores count for.
        progress: told how many queries have been answered, and how many there are.
    """
    heads = np.concatenate([links.heads, links.tails])
    asked = np.concatenate([links.relations, links.relations + num_relations])
    answers = np.concatenate([links.tails, links.heads])
    queries, query_of = _distinct(asked if scorer.knows_relations else np.zeros_like(asked), heads)
    order = np.argsort(query_of, kind="stable")
    bounds = np.searchsorted(query_of[order], np.arange(len(queries) + 1))
    ranks = np.zeros(len(heads))
    for start in range(0, len(queries), scorer.batch_size):
        batch = queries[start : start + scorer.batch_size]
        scores = scorer.scores(np.ascontiguousarray(batch[:, 1]), np.ascontiguousarray(batch[:, 0]))
        for place, row in enumerate(scores, start):
            own = order[bounds[place] : bounds[place + 1]]
            ranks[own] = _ranks(row, heads[own], asked[own], answers[own], known, ties)
        if progress is not None:
            progress(min(start + scorer.batch_size, len(queries)), len(queries))
    tails, back = np.split(ranks, 2)
    return Evaluation(links, tail_ranks=tails, head_ranks=back, propagations=len(queries))


def _distinct(
    relations: Int64[np.ndarray, " queries"], heads: Int64[np.ndarray, " queries"]
) -> tuple[Int64[np.ndarray, "distinct 2"], Int64[np.ndarray, " queries"]]:
    """Return the different (relation, head), sorted, and which of them each query is."""
    pairs, place = np.unique(np.stack([relations, heads], axis=1), axis=0, return_inverse=True)
    return pairs, place.ravel()


def _ranks(
    scores: np.ndarray,
    heads: np.ndarray,
    relations: np.ndarray,
    answers: np.ndarray,
    known: KnownAnswers,
    ties: Ties,
) -> np.ndarray:
    """Rank the answers to queries from one head; where relations do not count, they may be of several."""
    ranks = np.zeros(len(answers))
    for relation in np.unique(relations):
        own = relations == relation
        right = known.pairs(heads[own][:1], relations[own][:1])[1]
        ranks[own] = ranks_of(scores, answers[own], right, ties)
    return ranks
