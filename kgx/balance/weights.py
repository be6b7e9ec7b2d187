"""How much each group counts, so that rare ones are not drowned."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

__all__ = ["effective_number_weights", "row_weights"]


def effective_number_weights(
    counts: Int64[np.ndarray, " groups"], beta: float = 0.999
) -> Float64[np.ndarray, " groups"]:
    """Return a weight for each group: one over the effective number of its rows.

    ``E_n = (1 - β^n) / (1 - β)`` of Cui et al. (arXiv 1901.05555): further rows of a group tell less and less that is
    new. ``β = 0`` weighs all groups alike; as ``β`` goes to 1, weights go to one over the count.

    Args:
        counts: rows of each group; a group without any gets weight 0.
        beta: in [0, 1).

    Returns:
        Weights whose mean over the groups that occur is 1, as in the paper.

    Raises:
        ValueError: ``beta`` is outside [0, 1), or a count is negative, or all are 0.

    >>> effective_number_weights(np.array([1, 2]), beta=0.5).round(3).tolist()  # E = 1 and 1.5
    [1.2, 0.8]
    """
    rows = np.asarray(counts, dtype=np.float64)
    if not 0.0 <= beta < 1.0:
        raise ValueError(f"expected a beta of at least 0 and below 1, got {beta}")
    if not (rows >= 0).all() or not rows.any():
        raise ValueError(f"expected counts of at least 0, one of them above it, got {rows.tolist()}")
    occurs = rows > 0
    weights = np.zeros(len(rows))
    # 1 - β^n without the rounding that a β near 1 would suffer; β = 0 gives 1 for every n
    told = -np.expm1(rows[occurs] * np.log(beta)) if beta else np.ones(int(occurs.sum()))
    weights[occurs] = 1.0 / told
    return np.asarray(weights * (occurs.sum() / weights.sum()))


def row_weights(groups: Int64[np.ndarray, " rows"], beta: float = 0.999) -> Float64[np.ndarray, " rows"]:
    """Return a weight for each row by the effective number of its group; the mean over the rows is 1.

    Args:
        groups: number of each row's group, from 0.
        beta: see :func:`effective_number_weights`.

    >>> row_weights(np.array([0, 0, 0, 1]), beta=0.999999).round(3).tolist()
    [0.667, 0.667, 0.667, 2.0]
    """
    weights = effective_number_weights(np.bincount(np.asarray(groups, dtype=np.int64)), beta)[groups]
    return np.asarray(weights / weights.mean())
