"""Hubs: items that are near to whatever is asked, and so in everybody's way; and what takes them out of it.

In spaces of many dimensions some items are among the nearest of very many queries (Radovanović et al., JMLR 11, 2010),
and vectors of one modality lie closer to each other than to those of another. Both show in a bank of queries that
nobody is waiting for. Every item gets a *penalty* from how near it is to the bank, which is taken off its cosine with a
query:

- ``csls``: ``cos(q, x) − r(x) / 2`` with ``r(x)`` the mean cosine of ``x`` with its nearest of the bank; the ranking of
  cross-domain similarity local scaling (arXiv 1710.04087, where the query's own ``r`` is a constant).
- ``inverted-softmax``: ``cos(q, x) − T · log mean_b exp(cos(b, x) / T)`` over all of the bank (arXiv 1702.03859; what
  QB-Norm, arXiv 2112.12777, applies).

With a bank of one modality, items of that modality, which are near it as such, lose as much as they had gained: a
search for items of any modality then mixes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Float32, Int64

from kgx.errors import ConfigError
from kgx.index.allowed import Among
from kgx.index.base import Hits, SearchIndex, unit_rows

__all__ = ["HUBNESS_CORRECTIONS", "HubnessCorrection", "Method"]

Method = Literal["csls", "inverted-softmax"]
HUBNESS_CORRECTIONS: tuple[str, ...] = get_args(Method)
"""Ways to penalise hubs, by name."""

_BLOCK = 16_384  # items whose cosines with the bank are held at a time


@dataclass(frozen=True, eq=False)
class HubnessCorrection:
    """What is taken off every item's score.

    Attributes:
        method: how it was worked out.
        penalty: for every row of an index.

    >>> items = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    >>> bank = np.array([[0.9, 0.3], [0.7, 0.7], [0.8, 0.4]])
    >>> correction = HubnessCorrection.fit(items, bank, neighbours=1)
    >>> cosines = np.array([0.0, 0.6, 0.55])
    >>> np.argsort(-correction.applied(cosines, np.arange(3))).tolist()
    [2, 1, 0]
    """

    method: Method
    penalty: Float32[np.ndarray, " items"]

    @classmethod
    def fit(
        cls,
        vectors: Float[np.ndarray, "items dimension"],
        bank: Float[np.ndarray, "queries dimension"],
        *,
        method: Method = "csls",
        neighbours: int = 10,
        temperature: float = 0.05,
        own: Int64[np.ndarray, " items"] | None = None,
    ) -> HubnessCorrection:
        """Work out the penalties of an index's vectors.

        Args:
            vectors: of the items, any length but zero.
            bank: queries of the kind that will be asked; none that the ranking is judged by.
            method: see the module.
            neighbours: of the bank that count, for ``csls``; all where it has fewer.
            temperature: for ``inverted-softmax``; the smaller, the more do the nearest of the bank alone count.
            own: of every item that stands in the bank itself its place there, -1 of the others: nothing is near to
                itself for being a hub. All items count as others where left out.

        Raises:
            ConfigError: an unknown method, no bank, or numbers that are not above 0.
            ValueError: a vector that is zero or not finite.
        """
        if method not in HUBNESS_CORRECTIONS:
            raise ConfigError(
                f"unknown hubness correction {method!r}; choose {' or '.join(HUBNESS_CORRECTIONS)}"
            )
        if not len(bank) or neighbours < 1 or not temperature > 0:
            raise ConfigError(
                "expected a bank of queries, and neighbours and a temperature above 0, "
                f"got {len(bank)} queries, {neighbours} and {temperature}"
            )
        asked = unit_rows(bank)
        if own is not None and len(asked) == 1 and (own >= 0).any():
            raise ConfigError(
                "expected a bank of at least 2 queries where items stand in it themselves, got 1"
            )
        penalty = np.empty(len(vectors), dtype=np.float32)
        for start in range(0, len(vectors), _BLOCK):
            rows = slice(start, start + _BLOCK)
            cosines = unit_rows(vectors[rows]) @ asked.T  # (items, bank)
            if own is not None:
                inside = np.flatnonzero(own[rows] >= 0)
                cosines[inside, own[rows][inside]] = -np.inf
            if method == "csls":
                k = min(neighbours, len(asked))
                nearest = np.partition(cosines, -k, axis=1)[:, -k:]
                penalty[rows] = nearest.mean(axis=1, where=np.isfinite(nearest)) / 2
            else:
                penalty[rows] = temperature * _log_mean_exp(cosines / temperature)
        return cls(method, penalty)

    def applied(self, scores: Float[np.ndarray, "*rows"], rows: np.ndarray) -> Float[np.ndarray, "*rows"]:
        """Return scores of some rows of the index, corrected."""
        return np.asarray(scores - self.penalty[rows])

    def search(
        self,
        index: SearchIndex,
        queries: Float[np.ndarray, "queries dimension"],
        k: int = 10,
        modality: str | None = None,
        among: Among | None = None,
        *,
        wider: int = 10,
    ) -> Hits:
        """Return each query's ``k`` best items after correction.

        Args:
            index: the one whose vectors the penalties were worked out of.
            queries, k, modality, among: see :meth:`kgx.index.VectorIndex.search`.
            wider: candidates for each item wanted; what is not among them by its cosine is not found.

        Raises:
            ValueError: ``wider`` below 1, or see :meth:`kgx.index.VectorIndex.search`.
        """
        if wider < 1:
            raise ValueError(f"expected at least 1 candidate for each item wanted, got {wider}")
        found = index.search(queries, k * wider, modality, among)
        scores = self.applied(found.scores, found.rows).astype(np.float32)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        ids, scores, rows = (
            np.take_along_axis(side, best, axis=1) for side in (found.ids, scores, found.rows)
        )
        return Hits(ids, scores, rows)


def _log_mean_exp(values: Float32[np.ndarray, "items bank"]) -> Float32[np.ndarray, " items"]:
    """Return the logarithm of every row's mean exponential; what is minus infinite is left out."""
    highest = values.max(axis=1, keepdims=True)
    total = np.exp(values - highest).sum(axis=1) / np.isfinite(values).sum(axis=1)
    return np.asarray(highest[:, 0] + np.log(total))
