"""Least squares and ridge regression as feature maps, and the choice of the penalty.

The maths stands in :mod:`kgx.transfer.ridge`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from jaxtyping import Float, Int

from kgx.evaluate.ranking import best_ranks
from kgx.tensor_file import TensorFormat
from kgx.transfer.affine import checked_pair
from kgx.transfer.feature.affine import AffineFeatureMap
from kgx.transfer.ridge import checked_penalty, fit_ridge, ridge_weights

__all__ = ["AlphaChoice", "LeastSquaresMap", "RidgeMap", "choose_alpha"]


class RidgeMap(AffineFeatureMap):
    """A linear map with intercept between two feature spaces, with a penalty on its size.

    Args:
        alpha: weight of the penalty, 0 or more, in the unit of squared source features. Choose it by
            :func:`choose_alpha`.

    Attributes:
        map_: the fitted map; its ``weight`` is ``W``, float64 [d_target, d_source].

    >>> source = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> ridge = RidgeMap(alpha=0.0).fit(source, source @ [[2.0], [3.0]] + 1.0)
    >>> ridge.weight.round(6).tolist()
    [[2.0, 3.0]]
    >>> ridge.transform(np.array([[2.0, 2.0]])).round(6).tolist()
    [[11.0]]
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("ridge map", 2, "fit the map again")

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def fit(self, X: Float[np.ndarray, "n d_source"], y: Float[np.ndarray, "n d_target"]) -> Self:
        """Fit the map to pairs of rows; computed in float64 whatever the features are.

        Raises:
            ValueError: ``alpha`` is impossible, no row, unequal numbers of rows, or features that are not finite.
        """
        source, target = self._pairs(X, y)
        self.map_ = fit_ridge(source, target, self.alpha)
        return self


class LeastSquaresMap(AffineFeatureMap):
    """The linear map with intercept of least squared error; of several such maps, the smallest.

    >>> source = np.array([[0.0, 0.0], [1.0, 1.0]])  # says nothing of what tells the two columns apart
    >>> LeastSquaresMap().fit(source, [[0.0], [2.0]]).weight.round(6).tolist()
    [[1.0, 1.0]]
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("least-squares map", 1, "fit the map again")

    def fit(self, X: Float[np.ndarray, "n d_source"], y: Float[np.ndarray, "n d_target"]) -> Self:
        """Fit the map to pairs of rows; computed in float64 whatever the features are.

        Raises:
            ValueError: no row, unequal numbers of rows, or features that are not finite.
        """
        source, target = self._pairs(X, y)
        self.map_ = fit_ridge(source, target, 0.0)
        return self


@dataclass(frozen=True, slots=True)
class AlphaChoice:
    """The chosen penalty, and what every candidate reached on held-out rows.

    ``scores`` holds, by candidate, the recall@10 (higher is better) or the mean squared error (lower is
    better) over all held-out rows.
    """

    alpha: float
    criterion: str
    scores: dict[float, float]


def choose_alpha(
    source: Float[np.ndarray, "n d_source"],
    target: Float[np.ndarray, "n d_target"],
    alphas: Sequence[float],
    *,
    folds: int = 5,
    seed: int = 0,
    criterion: Literal["recall@10", "mse"] = "recall@10",
    groups: Int[np.ndarray, " n"] | None = None,
    entities: Int[np.ndarray, " n"] | None = None,
) -> AlphaChoice:
    """Choose the penalty on held-out **source** rows by cross-validation; the target collection is not seen.

    Each fold is mapped by what the other folds say. ``recall@10`` searches the fold's targets by cosine, each
    mapped row a query: the share with a relevant target among the first ten, ties against the map. ``mse``
    is the mean squared error over elements. Among equal candidates the largest penalty wins.

    Args:
        source: features to map from.
        target: features to map to, row by row the same pairs. Cosines are taken as they are: centre the
            features beforehand where the search will.
        alphas: the candidates.
        folds: number of parts.
        seed: of the split.
        criterion: what to choose by.
        groups: rows of the same group (a folder, a series) are never split over folds; left out, each row is
            its own.
        entities: rows of the same entity are relevant to one another; the groups where left out.

    Raises:
        ValueError: no candidate, fewer groups than folds, or what :func:`~kgx.transfer.ridge.fit_ridge` refuses.

    >>> rng = np.random.default_rng(0)
    >>> source = rng.standard_normal((200, 8))
    >>> target = source @ rng.standard_normal((8, 6)) + 0.1 * rng.standard_normal((200, 6))
    >>> choose_alpha(source, target, [0.1, 1e6], criterion="mse").alpha
    0.1
    """
    x, y = checked_pair(source, target)
    alphas = [checked_penalty(alpha) for alpha in alphas]
    members = np.arange(len(x)) if groups is None else np.unique(groups, return_inverse=True)[1].reshape(-1)
    if not alphas:
        raise ValueError("expected at least one alpha, got none")
    if len(members) != len(x):
        raise ValueError(f"expected a group for each of {len(x)} rows, got {len(members)}")
    if criterion not in ("recall@10", "mse"):
        raise ValueError(f"expected the criterion recall@10 or mse, got {criterion!r}")
    count = int(members.max()) + 1
    if not 2 <= folds <= count:
        raise ValueError(f"expected between 2 and {count} folds (the number of groups), got {folds}")
    things = members if entities is None else np.asarray(entities)
    if len(things) != len(x):
        raise ValueError(f"expected an entity for each of {len(x)} rows, got {len(things)}")
    fold_of = np.random.default_rng(seed).permutation(count)[members] % folds
    totals = dict.fromkeys(alphas, 0.0)
    for fold in range(folds):
        kept, held = fold_of != fold, fold_of == fold
        mean_x, mean_y = x[kept].mean(axis=0), y[kept].mean(axis=0)
        for alpha, weight in zip(
            alphas, ridge_weights(x[kept] - mean_x, y[kept] - mean_y, alphas), strict=True
        ):
            mapped = (x[held] - mean_x) @ weight.T + mean_y
            if criterion == "mse":
                totals[alpha] += float(np.mean((mapped - y[held]) ** 2, axis=1).sum())
            else:
                same = things[held][:, None] == things[held][None, :]
                ranks = best_ranks(_unit(mapped) @ _unit(y[held]).T, same)
                totals[alpha] += float(np.count_nonzero(ranks <= 10))
    scores = {alpha: total / len(x) for alpha, total in totals.items()}
    sign = 1.0 if criterion == "recall@10" else -1.0
    best = max(scores, key=lambda alpha: (sign * scores[alpha], alpha))
    return AlphaChoice(alpha=best, criterion=criterion, scores=scores)


def _unit(rows: np.ndarray) -> np.ndarray:
    """Return the rows at length one; a row of zeros stays."""
    length: np.ndarray = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1.0))
