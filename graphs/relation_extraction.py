"""Relation extraction: weighted links between concepts, read off a graph, off data, or off known relations.

Each way gives :class:`ExtractedLinks`: who, whom, how strongly, and what made the link. None knows what the concepts,
items or vectors stand for; :mod:`kgx.linking.extracted` makes links of items of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Float32, Int64

from graphs.errors import GraphError
from graphs.neighbours import nearest_neighbours, unit_rows
from graphs.store import Store

__all__ = ["ExtractedLinks", "from_classifier", "from_cooccurrence", "from_graph", "from_similarity"]


@dataclass(frozen=True, eq=False)
class ExtractedLinks:
    """Links of one relation.

    Attributes:
        relation: what they say.
        heads, tails: int64 (m,), numbers of the concepts.
        weights: float32 (m,), above 0; the strongest links of a head are those to trust most.
        provenance: ``graph``, ``co-occurrence``, ``similarity`` or ``classifier``.
    """

    relation: str
    heads: Int64[np.ndarray, " m"]
    tails: Int64[np.ndarray, " m"]
    weights: Float32[np.ndarray, " m"]
    provenance: str

    def __len__(self) -> int:
        return len(self.heads)

    def renumbered(self, numbers: Int64[np.ndarray, " concepts"]) -> ExtractedLinks:
        """Return the links under other numbers of the concepts.

        Args:
            numbers: what each concept is numbered as, by the number that it has here.

        >>> links = from_similarity(np.eye(3), neighbours=1).renumbered(np.array([10, 20, 30]))
        >>> sorted({*links.heads.tolist()})
        [10, 20, 30]
        """
        return replace(self, heads=numbers[self.heads], tails=numbers[self.tails])


def from_graph(graph: Store, relation: str) -> ExtractedLinks:
    """Return what a graph states: the links of one of its relations, with their weights.

    Raises:
        UnknownTermError: the graph has no such relation.

    >>> from_graph(Store.from_triples([("ex:owl", "ex:isA", "ex:bird")]), "ex:isA").tails.tolist()
    [0]
    """
    heads, tails, weights = graph.edges(relation)
    return _links(relation, heads, tails, weights, "graph")


def from_cooccurrence(
    occurrences: sp.csr_matrix,
    *,
    relation: str = "occurs with",
    measure: Literal["ppmi", "npmi"] = "npmi",
    least: float = 0.0,
    least_count: float = 2.0,
) -> ExtractedLinks:
    r"""Return concepts that come together more often than by chance.

    .. math:: \operatorname{pmi}(a, b) = \log \frac{p(a, b)}{p(a)\, p(b)}, \qquad
              \operatorname{npmi}(a, b) = \frac{\operatorname{pmi}(a, b)}{-\log p(a, b)} \in [-1, 1]

    with p the share of items that have the concept, or both. PPMI keeps what is above 0 (Church and Hanks,
    Computational Linguistics 16(1), 1990); NPMI is Bouma, *Normalized (pointwise) mutual information in collocation
    extraction*, 2009: 1 where two concepts only come together.

    Args:
        occurrences: csr (items, concepts); an entry that is not 0 says that the item has the concept.
        relation: what the links are to say.
        measure: which of the two.
        least: links of a measure not above it are left out; it cannot be below 0.
        least_count: items that have to have both.

    Raises:
        ValueError: ``least`` is below 0, or there is no item.

    >>> tags = sp.csr_matrix(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 1]]))
    >>> links = from_cooccurrence(tags)
    >>> list(zip(links.heads.tolist(), links.tails.tolist(), links.weights.tolist()))
    [(0, 1, 1.0), (1, 0, 1.0)]
    """
    if least < 0 or occurrences.shape[0] == 0:
        raise ValueError(
            f"expected least of at least 0 and some items, got {least} and {occurrences.shape[0]}"
        )
    has = sp.csr_matrix(occurrences, dtype=np.float64, copy=True)
    has.eliminate_zeros()
    has.data[:] = 1.0
    count = has.shape[0]
    single = np.asarray(has.sum(axis=0)).ravel()
    both = (has.T @ has).tocsr().sorted_indices().tocoo()
    kept = (both.row != both.col) & (both.data >= least_count)
    heads, tails, together = both.row[kept], both.col[kept], both.data[kept]
    pmi = np.log(together * count / (single[heads] * single[tails]))
    surprise = -np.log(together / count)
    # Two concepts that every item has tell nothing of one another, and 0/0 is no answer.
    weights = (
        pmi if measure == "ppmi" else np.divide(pmi, surprise, out=np.zeros_like(pmi), where=surprise > 0)
    )
    strong = weights > least
    return _links(relation, heads[strong], tails[strong], weights[strong], "co-occurrence")


def from_similarity(
    vectors: Float[np.ndarray, "concepts d"],
    *,
    relation: str = "similar to",
    neighbours: int = 10,
    temperature: float = 0.05,
) -> ExtractedLinks:
    """Return every concept's nearest by cosine, weighted by a softmax over them.

    Args:
        vectors: one a concept; rows of zeros have no neighbours and are nobody's.
        relation: what the links are to say.
        neighbours: of a concept, at most.
        temperature: of the softmax.

    >>> from_similarity(np.array([[1.0, 0.0], [0.8, 0.6], [-1.0, 0.0]]), neighbours=1).tails.tolist()
    [1, 0, 1]
    """
    rows, own = unit_rows(np.asarray(vectors, dtype=np.float32)), np.arange(len(vectors))
    found = nearest_neighbours(
        rows, rows, count=neighbours, temperature=temperature, query_groups=own, anchor_groups=own
    ).tocoo()
    return _links(relation, found.row, found.col, found.data, "similarity")


def from_classifier(
    vectors: Float[np.ndarray, "concepts d"],
    known: Mapping[str, tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]],
    candidates: tuple[Int64[np.ndarray, " c"], Int64[np.ndarray, " c"]],
    *,
    negatives: int = 2,
    least: float = 0.5,
    seed: int = 0,
) -> dict[str, ExtractedLinks]:
    """Return which relation each candidate pair has, as a classifier of pairs says that is trained on known ones.

    A pair is described by the product and the difference of its vectors, and classified by multinomial logistic
    regression into the relations and "none", for which pairs are drawn at random.

    Args:
        vectors: one a concept.
        known: relation -> heads and tails of known links.
        candidates: heads and tails of the pairs to be judged.
        negatives: pairs without a relation for each known link.
        least: the least probability of a link.
        seed: of the draw of negatives.

    Returns:
        Relation -> links, weighted by their probability.

    Raises:
        GraphError: no link is known, or a number is none of a concept.
    """
    from sklearn.linear_model import LogisticRegression

    relations = [relation for relation, (heads, _) in known.items() if len(heads)]
    if not relations:
        raise GraphError("expected known links to learn from, got none")
    rows = unit_rows(np.asarray(vectors, dtype=np.float64))
    numbers = np.concatenate([*candidates, *(column for relation in relations for column in known[relation])])
    if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < len(rows):
        raise GraphError(
            f"expected numbers of concepts from 0 to {len(rows) - 1}, got {numbers.min()} to {numbers.max()}"
        )
    heads = np.concatenate([known[relation][0] for relation in relations])
    tails = np.concatenate([known[relation][1] for relation in relations])
    labels = np.repeat(np.arange(1, len(relations) + 1), [len(known[relation][0]) for relation in relations])
    drawn = np.random.default_rng(seed).integers(len(rows), size=(2, negatives * len(heads)))
    stated = np.isin(drawn[0] * len(rows) + drawn[1], heads * len(rows) + tails) | (drawn[0] == drawn[1])
    drawn = drawn[:, ~stated]
    if not drawn.shape[1]:
        raise GraphError("expected pairs without a relation to tell the known links from, got none")
    model = LogisticRegression(max_iter=1000)
    model.fit(
        _pair_features(rows, np.concatenate([heads, drawn[0]]), np.concatenate([tails, drawn[1]])),
        np.concatenate([labels, np.zeros(drawn.shape[1], dtype=np.int64)]),
    )
    found = {}
    chances = (
        model.predict_proba(_pair_features(rows, *candidates))
        if len(candidates[0])
        else np.zeros((0, len(model.classes_)))
    )
    best = model.classes_[chances.argmax(axis=1)]
    for number, relation in enumerate(relations, start=1):
        chance = chances[:, np.flatnonzero(model.classes_ == number)[0]]
        kept = (best == number) & (chance >= least)
        found[relation] = _links(
            relation, candidates[0][kept], candidates[1][kept], chance[kept], "classifier"
        )
    return found


def _pair_features(
    rows: Float[np.ndarray, "concepts d"], heads: np.ndarray, tails: np.ndarray
) -> Float[np.ndarray, "pairs 2d"]:
    return np.concatenate([rows[heads] * rows[tails], rows[heads] - rows[tails]], axis=1)


def _links(
    relation: str, heads: np.ndarray, tails: np.ndarray, weights: np.ndarray, provenance: str
) -> ExtractedLinks:
    return ExtractedLinks(
        relation,
        np.asarray(heads, dtype=np.int64),
        np.asarray(tails, dtype=np.int64),
        np.asarray(weights, dtype=np.float32),
        provenance,
    )
