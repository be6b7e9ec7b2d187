r"""Ranking metrics over a matrix of scores, every query at once.

A *query* is a row of the score matrix, the *gallery* its columns, and relevance is binary. The metrics:

* **Recall@k** in the cross-modal sense: the share of queries with a relevant item among the first *k*
  (``success_k`` in trec_eval; not the share of all relevant items that set retrieval calls recall).
* **MRR**: the mean of 1 / rank of the best relevant item (``recip_rank``).
* **nDCG@10** with binary gains, discount :math:`1 / \log_2(\text{position} + 1)`, ideal taken over all
  relevant items (``ndcg_cut_10``). Järvelin and Kekäläinen, *Cumulated gain-based evaluation of IR
  techniques*, TOIS 20(4), 2002.
* **median rank** of the best relevant item.

Equal scores leave the order open. The rank of the best relevant item, whose score is *s*, is then one of

* ``pessimistic`` (the default): after **all** non-relevant items that score *s* or more;
* ``optimistic``: after the non-relevant items that score more than *s* only;
* ``realistic``: the expected rank when every order of the tied items is equally likely. With one relevant
  item among the tied it is the mean of the other two; it need not be whole, and Recall@k and MRR are taken
  from it as it is. nDCG takes the expected gain at each position (McSherry and Najork, *Computing
  information retrieval performance measures efficiently in the presence of tied scores*, ECIR 2008).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np
from jaxtyping import Bool, Float, Num

__all__ = [
    "METRICS",
    "RECALL_DEPTHS",
    "Relevance",
    "Ties",
    "aggregate",
    "best_ranks",
    "evaluate",
    "harm",
    "ndcg",
    "per_query",
    "relevance_matrix",
]

Ties: TypeAlias = Literal["pessimistic", "realistic", "optimistic"]
Relevance: TypeAlias = np.ndarray | Sequence[Sequence[int] | np.ndarray]

RECALL_DEPTHS = (1, 5, 10, 50)
"""The cut-offs *k* at which Recall@k is reported."""

METRICS = (*(f"recall@{k}" for k in RECALL_DEPTHS), "mrr", "ndcg@10", "median_rank")
"""The keys of :func:`evaluate`, in the order in which tables show them."""

_TIES: tuple[Ties, ...] = get_args(Ties)
_BLOCK = 1 << 22  # elements of the score matrix that are sorted at a time: bounds memory, not the result


def relevance_matrix(relevant: Relevance, shape: tuple[int, int]) -> Bool[np.ndarray, "queries gallery"]:
    """Return relevance as a matrix of truth values, and check that every query has a relevant item.

    Args:
        relevant: a boolean matrix, or for each query the indices of its relevant items.
        shape: number of queries, size of the gallery.

    Raises:
        ValueError: another shape, an index outside the gallery, or a query without relevant items.

    >>> relevance_matrix([[1], [0, 2]], (2, 3)).astype(int)
    array([[0, 1, 0],
           [1, 0, 1]])
    """
    if isinstance(relevant, np.ndarray) and relevant.dtype == np.bool_:
        matrix = relevant
    else:
        if len(relevant) != shape[0]:
            raise ValueError(f"expected relevant items for {shape[0]} queries, got {len(relevant)}")
        lists = [np.asarray(items, dtype=np.int64).reshape(-1) for items in relevant]
        rows = np.repeat(np.arange(shape[0]), [len(items) for items in lists])
        columns = np.concatenate([*lists, np.empty(0, dtype=np.int64)])
        if columns.size and not (columns.min() >= 0 and columns.max() < shape[1]):
            worst = int(columns[(columns < 0) | (columns >= shape[1])][0])
            raise ValueError(f"expected relevant items between 0 and {shape[1] - 1}, got {worst}")
        matrix = np.zeros(shape, dtype=np.bool_)
        matrix[rows, columns] = True
    if matrix.shape != shape:
        raise ValueError(f"expected relevance of shape {shape}, got {matrix.shape}")
    empty = np.flatnonzero(~matrix.any(axis=1))
    if empty.size:
        raise ValueError(
            f"{empty.size} queries have no relevant item (the first is query {empty[0]}); leave them out"
        )
    return matrix


def best_ranks(
    scores: Num[np.ndarray, "queries gallery"], relevant: Relevance, ties: Ties = "pessimistic"
) -> Float[np.ndarray, " queries"]:
    """Return each query's rank (from 1) of its best relevant item.

    Args:
        scores: higher is better; infinities are allowed, NaN is not.
        relevant: see :func:`relevance_matrix`.
        ties: how equal scores are ordered, see the top of this module.

    Raises:
        ValueError: NaN among the scores, shapes that do not fit, or a query without relevant items.

    Four items score the same, two of them relevant:

    >>> scores, relevant = np.array([[0.9, 0.5, 0.5, 0.5, 0.5]]), [[1, 2]]
    >>> best_ranks(scores, relevant, "pessimistic")  # 0.9, then the two non-relevant, then the relevant
    array([4.])
    >>> best_ranks(scores, relevant, "optimistic")  # 0.9, then a relevant one
    array([2.])
    >>> best_ranks(scores, relevant, "realistic").round(3)  # 2 + 2/3: mean over the orders of the four
    array([2.667])
    """
    scores, matrix = _checked(scores, relevant, ties)
    best = np.max(scores, axis=1, where=matrix, initial=-np.inf, keepdims=True)
    ranks: Float[np.ndarray, " queries"] = (scores > best).sum(axis=1) + 1.0
    if ties != "optimistic":
        equal = scores == best
        share = 1.0 if ties == "pessimistic" else 1.0 / ((equal & matrix).sum(axis=1) + 1.0)
        ranks += (equal & ~matrix).sum(axis=1) * share
    return ranks


def ndcg(
    scores: Num[np.ndarray, "queries gallery"],
    relevant: Relevance,
    k: int = 10,
    ties: Ties = "pessimistic",
) -> Float[np.ndarray, " queries"]:
    """Return each query's nDCG among the first ``k`` items, between 0 and 1.

    Raises:
        ValueError: as :func:`best_ranks`, or ``k`` below 1.

    >>> ndcg(np.array([[0.9, 0.8, 0.7]]), [[0, 2]]).round(4)  # (1 + 1/2) / (1 + 1/log2(3))
    array([0.9197])
    """
    if k < 1:
        raise ValueError(f"expected k of at least 1, got {k}")
    scores, matrix = _checked(scores, relevant, ties)
    gallery = scores.shape[1]
    discounts = 1.0 / np.log2(np.arange(2, min(k, gallery) + 2))
    ideal = np.cumsum(discounts)[np.minimum(matrix.sum(axis=1), len(discounts)) - 1]
    found: Float[np.ndarray, " queries"] = np.empty(len(scores))
    rows = max(1, _BLOCK // max(1, gallery))
    for start in range(0, len(scores), rows):
        block = slice(start, start + rows)
        gains = _gains_in_order(scores[block], matrix[block], ties)
        found[block] = gains[:, : len(discounts)] @ discounts
    found /= ideal
    return found


def per_query(
    scores: Num[np.ndarray, "queries gallery"], relevant: Relevance, ties: Ties = "pessimistic"
) -> dict[str, Float[np.ndarray, " queries"]]:
    """Return one value a query for every metric of :data:`METRICS`, for intervals and paired tests.

    ``recall@k`` is 0 or 1, ``mrr`` the reciprocal rank, ``median_rank`` the rank. :func:`aggregate` makes
    the table's figures of them.

    >>> values = per_query(np.array([[0.1, 0.9], [0.8, 0.2]]), [[0], [0]])
    >>> values["recall@1"], values["mrr"], values["median_rank"]
    (array([0., 1.]), array([0.5, 1. ]), array([2., 1.]))
    """
    scores, matrix = _checked(scores, relevant, ties)
    ranks = best_ranks(scores, matrix, ties)
    values = {f"recall@{k}": (ranks <= k).astype(np.float64) for k in RECALL_DEPTHS}
    return {**values, "mrr": 1.0 / ranks, "ndcg@10": ndcg(scores, matrix, 10, ties), "median_rank": ranks}


def aggregate(values: Mapping[str, Float[np.ndarray, " queries"]]) -> dict[str, float]:
    """Return the mean over queries of each metric, and the median for ``median_rank``.

    >>> aggregate({"mrr": np.array([0.5, 1.0]), "median_rank": np.array([2.0, 1.0])})
    {'mrr': 0.75, 'median_rank': 1.5}
    """
    return {
        name: float(np.median(column) if name == "median_rank" else np.mean(column))
        for name, column in values.items()
    }


def evaluate(
    scores: Num[np.ndarray, "queries gallery"], relevant: Relevance, ties: Ties = "pessimistic"
) -> dict[str, float]:
    """Return every metric of :data:`METRICS` over all queries.

    Args:
        scores: higher is better; infinities are allowed, NaN is not.
        relevant: a boolean matrix, or for each query the indices of its relevant items.
        ties: how equal scores are ordered, see the top of this module.

    Raises:
        ValueError: no query, NaN among the scores, shapes that do not fit, or a query without relevant items.

    >>> result = evaluate(np.array([[0.1, 0.9], [0.8, 0.2]]), [[0], [0]])
    >>> result["recall@1"], result["recall@5"], result["mrr"], result["median_rank"]
    (0.5, 1.0, 0.75, 1.5)
    """
    if len(scores) == 0:
        raise ValueError("expected at least one query, got none")
    return aggregate(per_query(scores, relevant, ties))


def harm(
    before: Float[np.ndarray, " queries"], after: Float[np.ndarray, " queries"], *, margin: int = 10
) -> dict[str, float]:
    """Return which share of queries a change made worse, much worse, and better, by their ranks.

    Args:
        before: rank of the best relevant item without the change, see :func:`best_ranks`.
        after: the same queries' ranks with it.
        margin: a query that fell by *more* than this many ranks counts as much worse.

    Raises:
        ValueError: the two are not equally long, or empty.

    >>> harm(np.array([1, 5, 3, 2]), np.array([2, 1, 30, 2]))
    {'worse': 0.5, 'worse_by_more_than_10': 0.25, 'improved': 0.25}
    """
    before, after = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if before.shape != after.shape or before.ndim != 1 or before.size == 0:
        raise ValueError(f"expected two equally long rows of ranks, got {before.shape} and {after.shape}")
    fall = after - before
    return {
        "worse": float(np.mean(fall > 0)),
        f"worse_by_more_than_{margin}": float(np.mean(fall > margin)),
        "improved": float(np.mean(fall < 0)),
    }


def _checked(scores: np.ndarray, relevant: Relevance, ties: Ties) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and relevance as matrices of one shape, or say what is wrong with them."""
    if ties not in _TIES:
        raise ValueError(f"expected ties to be one of {', '.join(_TIES)}, got {ties!r}")
    scores = np.asarray(scores)
    if scores.dtype.kind != "f":
        scores = scores.astype(np.float64)
    if scores.ndim != 2:
        raise ValueError(f"expected scores of shape [queries, gallery], got {scores.shape}")
    # A sum is NaN whenever an element is, and needs no matrix of truth values; infinities may also cancel.
    with np.errstate(invalid="ignore", over="ignore"):
        suspicious = np.isnan(scores.sum(axis=1))
    broken = [row for row in np.flatnonzero(suspicious) if np.isnan(scores[row]).any()]
    if broken:
        raise ValueError(f"scores of {len(broken)} queries hold NaN (the first is query {broken[0]})")
    return scores, relevance_matrix(relevant, (scores.shape[0], scores.shape[1]))


def _gains_in_order(scores: np.ndarray, matrix: np.ndarray, ties: Ties) -> np.ndarray:
    """Return the (expected) gain at every position: relevance sorted by falling score."""
    second = ~matrix if ties == "optimistic" else matrix  # lexsort: False before True among equal scores
    order = np.lexsort((second, -scores), axis=1)
    gains = np.take_along_axis(matrix, order, axis=1).astype(np.float64)
    if ties != "realistic":
        return gains
    ranked = np.take_along_axis(scores, order, axis=1)
    starts = np.ones(ranked.shape, dtype=np.bool_)
    starts[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
    group = np.cumsum(starts.ravel()) - 1
    expected: np.ndarray = np.bincount(group, weights=gains.ravel()) / np.bincount(group)
    return np.asarray(expected[group].reshape(gains.shape))
