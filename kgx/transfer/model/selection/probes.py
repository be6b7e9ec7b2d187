"""Scores by simple classifiers over frozen features: a linear probe, and the nearest neighbours."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from graphs.neighbours import unit_rows

__all__ = ["linear_probe", "nearest_neighbours", "probe"]

_FOLDS = 5
_NEIGHBOURS = 5


def probe(seed: int = 0) -> Any:
    """Return what is fitted over features: multinomial logistic regression on standardised columns, L2 penalty 1."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=500, random_state=seed))


def linear_probe(features: Float[np.ndarray, "n d"], labels: Sequence[str], *, seed: int = 0) -> float:
    """Return the accuracy of a linear probe (Alain & Bengio, arXiv 1610.01644) on items that it was not fitted on.

    Five stratified folds, or as many as the largest class has items; a class with fewer items than there are folds is
    missing from some of them.

    Args:
        features: a row an item.
        labels: what each item is.
        seed: of the folds.

    Raises:
        ValueError: no class has two items, or there is only one.

    >>> linear_probe(np.eye(2)[[0, 1] * 10], ["owl", "rake"] * 10)
    1.0
    """
    from sklearn.model_selection import StratifiedKFold

    rows, names = np.asarray(features, dtype=np.float64), np.asarray(labels)
    folds = min(_FOLDS, max(Counter(labels).values(), default=0))
    if folds < 2 or len(set(labels)) < 2:
        raise ValueError(
            f"expected two classes or more, one of them with two items, got {dict(Counter(labels))}"
        )
    told = np.empty_like(names)
    with warnings.catch_warnings():  # of rare classes, which the docstring tells of
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        for fitted, held_out in StratifiedKFold(folds, shuffle=True, random_state=seed).split(rows, names):
            if len(set(names[fitted])) > 1:
                told[held_out] = probe(seed).fit(rows[fitted], names[fitted]).predict(rows[held_out])
            else:
                told[held_out] = names[fitted][0]
    return float(np.mean(told == names))


def nearest_neighbours(features: Float[np.ndarray, "n d"], labels: Sequence[str]) -> float:
    """Return how many items have the label that most of their five nearest others have, by cosine.

    Of labels that are named equally often, the one whose nearest item is nearer counts.

    Args:
        features: a row an item; their mean is taken off.
        labels: what each item is.

    Raises:
        ValueError: fewer than two items.

    >>> nearest_neighbours(np.eye(2)[[0, 1] * 6], ["owl", "rake"] * 6)
    1.0
    """
    rows = np.asarray(features, dtype=np.float64)
    if len(rows) < 2 or len(rows) != len(labels):
        raise ValueError(f"expected two items or more, got {len(rows)} and {len(labels)} labels")
    centred = unit_rows(rows - rows.mean(axis=0))
    nearness = centred @ centred.T
    np.fill_diagonal(nearness, -np.inf)
    nearest = np.argsort(-nearness, axis=1, kind="stable")[:, : min(_NEIGHBOURS, len(rows) - 1)]
    right = 0
    for row, others in enumerate(nearest):
        named = Counter(labels[other] for other in others)  # in the order of nearness, which ties go by
        right += named.most_common(1)[0][0] == labels[row]
    return right / len(rows)
