"""How well scores that were cheap to get foretold the accuracy that was dear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Agreement", "agreement"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of scores with final accuracies over candidates; None where it is undefined.

    Attributes:
        weighted_tau: Kendall's tau, weighted so that the best candidates count more (Vigna, WWW 2015): from -1 to 1.
        pearson: linear correlation, from -1 to 1.
        regret: final accuracy of the best candidate less that of the one that the score puts first.
    """

    weighted_tau: float | None
    pearson: float | None
    regret: float


def agreement(scores: Sequence[float], accuracies: Sequence[float]) -> Agreement:
    """Compare the scores of candidates with their final accuracies.

    Raises:
        ValueError: no candidate, or not as many accuracies as scores.

    >>> agreement([0.1, 0.2, 0.3], [0.5, 0.6, 0.7])
    Agreement(weighted_tau=1.0, pearson=1.0, regret=0.0)
    >>> agreement([0.3, 0.2], [0.5, 0.5])
    Agreement(weighted_tau=None, pearson=None, regret=0.0)
    """
    from scipy.stats import pearsonr, weightedtau

    if not scores or len(scores) != len(accuracies):
        raise ValueError(f"expected an accuracy for each score, got {len(scores)} and {len(accuracies)}")
    chosen = accuracies[int(np.argmax(scores))]
    regret = float(max(accuracies) - chosen)
    if len(set(scores)) < 2 or len(set(accuracies)) < 2:
        return Agreement(None, None, regret)
    tau, pearson = weightedtau(scores, accuracies).statistic, pearsonr(scores, accuracies).statistic
    return Agreement(round(float(tau), 12), round(float(pearson), 12), regret)
