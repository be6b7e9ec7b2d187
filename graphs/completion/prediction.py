"""The likeliest links that a graph does not hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from graphs.completion.known import KnownAnswers
from graphs.completion.links import Links
from graphs.completion.scorers import Scorer

__all__ = ["Prediction", "predict", "queries_of"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Prediction:
    """A link that the graph does not hold.

    Attributes:
        head, relation, tail: by number.
        score: what the model says, a logit.
        from_tail: whether ``(?, relation, tail)`` was asked, and not ``(head, relation, ?)``.
    """

    head: int
    relation: int
    tail: int
    score: float
    from_tail: bool

    @property
    def confidence(self) -> float:
        """The score between 0 and 1: the logistic function of it, as in training."""
        return confidence_of(self.score)


def confidence_of(score: float) -> float:
    """Return the logistic function of a logit.

    >>> confidence_of(0.0), confidence_of(1000.0)
    (0.5, 1.0)
    """
    return 0.5 * (1.0 + math.tanh(0.5 * score))


def score_of(confidence: float) -> float:
    """Return the logit that has a confidence.

    >>> score_of(0.5), score_of(0.0), score_of(1.0)
    (0.0, -inf, inf)
    """
    if confidence in (0.0, 1.0):
        return math.inf if confidence else -math.inf
    return math.log(confidence) - math.log1p(-confidence)


def queries_of(links: Links, relations: Sequence[int], num_relations: int) -> Int64[np.ndarray, "queries 2"]:
    """Return what to ask for missing links of some relations: rows of (relation, entity), sorted.

    Each head that a relation has is asked for further tails, and each tail for further heads; so an entity that has no
    link of the relation yet can get one too.

    >>> queries_of(Links.of(np.array([[0, 0, 1], [2, 0, 1]])), [0], num_relations=1).tolist()
    [[0, 0], [0, 2], [1, 1]]
    """
    own = np.isin(links.relations, relations)
    forth = np.stack([links.relations[own], links.heads[own]], axis=1)
    back = np.stack([links.relations[own] + num_relations, links.tails[own]], axis=1)
    return np.unique(np.concatenate([forth, back]), axis=0)


def predict(
    scorer: Scorer,
    queries: Int64[np.ndarray, "queries 2"],
    known: KnownAnswers,
    num_relations: int,
    *,
    top: int | None = 20,
    threshold: float = 0.0,
    progress: Progress | None = None,
) -> list[Prediction]:
    """Ask queries, and return the likeliest answers that are not known, best first.

    No link from an entity to itself is predicted. A link that two queries find counts once, with its better score.

    Args:
        scorer: who answers.
        queries: rows of (relation, entity); relations from ``num_relations`` on ask for heads.
        known: links that are no news.
        num_relations: relations, inverses aside.
        top: how many links, at most; None for all.
        threshold: the least confidence that a link may have.
        progress: told how many queries have been answered, and how many there are.
    """
    best = np.zeros((0, 4), np.int64)  # head, relation, tail, whether from the tail
    scores = np.zeros(0)
    least = score_of(threshold) if threshold > 0 else -np.inf
    for start in range(0, len(queries), scorer.batch_size):
        relations, entities = np.ascontiguousarray(queries[start : start + scorer.batch_size].T)
        found = np.array(scorer.scores(entities, relations), np.float64)
        found[known.pairs(entities, relations)] = -np.inf
        found[np.arange(len(entities)), entities] = -np.inf
        if top is not None and len(scores) == top:
            least = max(least, scores[-1])
        rows, answers = np.nonzero((found >= least) & np.isfinite(found))
        back = relations[rows] >= num_relations
        asked, answers = entities[rows], answers.astype(np.int64)
        links = np.stack(
            [
                np.where(back, answers, asked),
                relations[rows] % num_relations,
                np.where(back, asked, answers),
                back,
            ],
            axis=1,
        )
        best, scores = _best(
            np.concatenate([best, links]), np.concatenate([scores, found[rows, answers]]), top
        )
        if progress is not None:
            progress(min(start + scorer.batch_size, len(queries)), len(queries))
    return [
        Prediction(head, relation, tail, score, bool(back))
        for (head, relation, tail, back), score in zip(best.tolist(), scores.tolist(), strict=True)
    ]


def _best(
    links: Int64[np.ndarray, "links 4"], scores: np.ndarray, top: int | None
) -> tuple[Int64[np.ndarray, "kept 4"], np.ndarray]:
    """Keep each link once, best first; those that score the same in the order of their numbers."""
    order = np.lexsort((links[:, 3], links[:, 2], links[:, 1], links[:, 0], -scores))
    links, scores = links[order], scores[order]
    _, first = np.unique(links[:, :3], axis=0, return_index=True)
    kept = np.sort(first)[:top]
    return links[kept], scores[kept]
