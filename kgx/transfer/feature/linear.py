r"""The ridge map: a linear map between feature spaces, in closed form.

With the rows of :math:`X \in \mathbb{R}^{n \times d_s}` (source features) and
:math:`Y \in \mathbb{R}^{n \times d_t}` (target features) centred by their means, it minimises

.. math:: \lVert Y - X W^\top \rVert_F^2 + \alpha \lVert W \rVert_F^2,
          \qquad W \in \mathbb{R}^{d_t \times d_s},

and maps :math:`x \mapsto W (x - \bar x) + \bar y`. Hoerl and Kennard, *Ridge regression: biased estimation
for nonorthogonal problems*, Technometrics 12(1), 1970. Two forms of the solution are equal, and the one with
the smaller Gram matrix is taken: :math:`W^\top = (X^\top X + \alpha I)^{-1} X^\top Y` where
:math:`d_s \le n`, else :math:`W^\top = X^\top (X X^\top + \alpha I)^{-1} Y`. The Gram matrix is decomposed
into eigenvectors once, which serves every :math:`\alpha`; :math:`\alpha = 0` gives the least-squares map of
smallest norm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
from jaxtyping import Float, Int

from kgx.errors import ModelError
from kgx.evaluate.ranking import best_ranks
from kgx.folders import atomic_path

__all__ = ["AlphaChoice", "RidgeMap", "choose_alpha"]

_FORMAT = {"kind": "ridge-map", "version": "1"}


class RidgeMap:
    """A linear map with intercept between two feature spaces, with a penalty on its size.

    Args:
        alpha: weight of the penalty, 0 or more, in the unit of squared source features. Choose it by
            :func:`choose_alpha`.

    Attributes:
        weight: ``W``, float64 [d_target, d_source].
        source_mean: float64 [d_source].
        target_mean: float64 [d_target].

    Raises:
        ValueError: ``alpha`` is negative or not finite.

    >>> source = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> ridge = RidgeMap(alpha=0.0).fit(source, source @ [[2.0], [3.0]] + 1.0)
    >>> ridge.weight.round(6).tolist()
    [[2.0, 3.0]]
    >>> ridge.transform(np.array([[2.0, 2.0]])).round(6).tolist()
    [[11.0]]
    """

    weight: Float[np.ndarray, "d_target d_source"]
    source_mean: Float[np.ndarray, " d_source"]
    target_mean: Float[np.ndarray, " d_target"]

    def __init__(self, alpha: float) -> None:
        if not (alpha >= 0.0 and np.isfinite(alpha)):
            raise ValueError(f"expected alpha of at least 0, got {alpha}")
        self.alpha = float(alpha)

    def fit(self, source: Float[np.ndarray, "n d_source"], target: Float[np.ndarray, "n d_target"]) -> Self:
        """Fit the map to pairs of rows; computed in float64 whatever the features are.

        Raises:
            ValueError: no row, unequal numbers of rows, or features that are not finite.
        """
        x, y = _checked_pair(source, target)
        self.source_mean, self.target_mean = x.mean(axis=0), y.mean(axis=0)
        (weight,) = _weights(x - self.source_mean, y - self.target_mean, [self.alpha])
        self.weight = np.ascontiguousarray(weight)
        return self

    def transform(self, source: Float[np.ndarray, "n d_source"]) -> Float[np.ndarray, "n d_target"]:
        """Map rows into the target space; float32 rows give float32 rows, anything else float64.

        Raises:
            ModelError: the map has not been fitted.
            ValueError: rows of another width than the map was fitted on.
        """
        if not hasattr(self, "weight"):
            raise ModelError("the ridge map has not been fitted; call fit(source, target) first")
        source = np.asarray(source)
        if source.ndim != 2 or source.shape[1] != len(self.source_mean):
            raise ValueError(f"expected rows of {len(self.source_mean)} features, got {source.shape}")
        dtype = np.float32 if source.dtype == np.float32 else np.float64
        offset = self.target_mean - self.weight @ self.source_mean
        mapped: Float[np.ndarray, "n d_target"] = source.astype(dtype) @ self.weight.T.astype(dtype)
        mapped += offset.astype(dtype)
        return mapped

    def save(self, path: str | Path) -> None:
        """Write the map as safetensors, replacing the file as a whole.

        Raises:
            ModelError: the map has not been fitted.
        """
        from safetensors.numpy import save_file

        if not hasattr(self, "weight"):
            raise ModelError("the ridge map has not been fitted; call fit(source, target) first")
        tensors = {
            "weight": self.weight,
            "source_mean": self.source_mean,
            "target_mean": self.target_mean,
        }
        with atomic_path(Path(path)) as temporary:
            save_file(tensors, temporary, metadata={**_FORMAT, "alpha": repr(self.alpha)})

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a map that :meth:`save` wrote.

        Raises:
            ModelError: the file is missing, damaged, of another kind or from another version.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="numpy") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{path}: expected a saved ridge map ({error})") from error
        found = {name: metadata.get(name) for name in _FORMAT}
        if found != _FORMAT:
            raise ModelError(f"{path}: expected {_FORMAT}, got {found}; fit the map again")
        try:
            ridge = cls(float(metadata["alpha"]))
            ridge.weight = tensors["weight"]
            ridge.source_mean, ridge.target_mean = tensors["source_mean"], tensors["target_mean"]
        except (KeyError, ValueError) as error:
            raise ModelError(f"{path}: the ridge map is damaged ({error})") from error
        if ridge.weight.shape != (*ridge.target_mean.shape, *ridge.source_mean.shape):
            raise ModelError(f"{path}: the ridge map is damaged (its shapes do not fit)")
        return ridge


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
        ValueError: no candidate, fewer groups than folds, or what :meth:`RidgeMap.fit` refuses.

    >>> rng = np.random.default_rng(0)
    >>> source = rng.standard_normal((200, 8))
    >>> target = source @ rng.standard_normal((8, 6)) + 0.1 * rng.standard_normal((200, 6))
    >>> choose_alpha(source, target, [0.1, 1e6], criterion="mse").alpha
    0.1
    """
    x, y = _checked_pair(source, target)
    alphas = [RidgeMap(alpha).alpha for alpha in alphas]
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
        for alpha, weight in zip(alphas, _weights(x[kept] - mean_x, y[kept] - mean_y, alphas), strict=True):
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


def _weights(x: np.ndarray, y: np.ndarray, alphas: Sequence[float]) -> Iterator[np.ndarray]:
    """Yield ``W`` for each alpha, from centred features, by one decomposition of the smaller Gram matrix."""
    rows, width = x.shape
    primal = width <= rows
    values, vectors = np.linalg.eigh(x.T @ x if primal else x @ x.T)
    values = np.maximum(values, 0.0)
    # Rounding leaves null directions at about this much of the largest eigenvalue: they are left out.
    floor = values[-1] * max(x.shape) * np.finfo(np.float64).eps if len(values) else 0.0
    projected = vectors.T @ (x.T @ y if primal else y)
    for alpha in alphas:
        shrunk = np.divide(1.0, values + alpha, out=np.zeros_like(values), where=values + alpha > floor)
        solution = vectors @ (shrunk[:, None] * projected)
        yield solution.T if primal else solution.T @ x


def _checked_pair(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) == 0:
        raise ValueError(f"expected two matrices with as many rows, got {x.shape} and {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("expected finite features, got NaN or infinity")
    return x, y


def _unit(rows: np.ndarray) -> np.ndarray:
    """Return the rows at length one; a row of zeros stays."""
    length: np.ndarray = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1.0))
