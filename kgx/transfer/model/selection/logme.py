r"""LogME: how likely labels are, given features, under a linear model whose weights are integrated out.

You, Liu, Wang & Long, *LogME: Practical Assessment of Pre-trained Models for Transfer Learning* (arXiv 2102.11005). For
features :math:`F` (n × d) and one column :math:`y` of the one-hot labels, with
:math:`w \sim \mathcal N(0, \alpha^{-1} I)` and :math:`y \mid w \sim \mathcal N(F w, \beta^{-1} I)`,

.. math:: 2 \log p(y \mid F, \alpha, \beta) = n \log\beta + d \log\alpha - n \log 2\pi
          - \beta \lVert F m - y \rVert^2 - \alpha \lVert m \rVert^2 - \log\lvert A \rvert,
          \qquad A = \alpha I + \beta F^\top F, \quad m = \beta A^{-1} F^\top y,

is made as large as it can be over :math:`\alpha, \beta`; LogME is the mean over the columns, for each item. The fixed
point :math:`\alpha = \gamma / \lVert m \rVert^2`, :math:`\beta = (n - \gamma) / \lVert F m - y \rVert^2`,
:math:`\gamma = \sum_i \beta\sigma_i^2 / (\alpha + \beta\sigma_i^2)` is gone through on the singular values
:math:`\sigma` alone, as in the longer version of the paper (arXiv 2110.10545).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

__all__ = ["log_evidence", "logme"]

_STEPS = 200  # of the fixed point, at most
_CLOSE = 1e-8  # relative change of alpha / beta at which it has come to rest
_LEAST = 1e-10  # of what is divided by: labels that the features tell without error


def logme(features: Float[np.ndarray, "n d"], labels: Sequence[str]) -> float:
    """Return the score; more is better. Scores of the same items by other features are comparable, of others not.

    Args:
        features: a row an item, of any scale.
        labels: what each item is.

    Raises:
        ValueError: no matrix, not as many labels as rows, fewer than two labels, or features that are not finite.

    >>> rng = np.random.default_rng(0)
    >>> labels = ["owl", "rake"] * 20
    >>> told = np.array([[label == "owl"] for label in labels]) + 0.1 * rng.standard_normal((40, 3))
    >>> logme(told, labels) > logme(rng.standard_normal((40, 3)), labels)
    True
    """
    rows = np.asarray(features, dtype=np.float64)
    names = sorted(set(labels))
    if rows.ndim != 2 or len(rows) != len(labels) or len(names) < 2:
        raise ValueError(
            f"expected a row of features for each label, of two labels or more, got {rows.shape} and "
            f"{len(labels)} labels of {len(names)} kinds"
        )
    if not np.isfinite(rows).all():
        raise ValueError("expected finite features, got NaN or infinity")
    left, singular, _ = np.linalg.svd(rows, full_matrices=False)
    total = 0.0
    for name in names:
        column = np.array([label == name for label in labels], dtype=np.float64)
        total += _best(left.T @ column, float(column @ column), singular**2, *rows.shape)
    return total / len(names) / len(rows)


def log_evidence(
    projected: Float[np.ndarray, " k"],
    square: float,
    spectrum: Float[np.ndarray, " k"],
    shape: tuple[int, int],
    alpha: float,
    beta: float,
) -> float:
    """Return the log evidence of one column of labels.

    Args:
        projected: the column in the basis of the left singular vectors.
        square: its squared length.
        spectrum: squared singular values.
        shape: of the features, (n, d).
        alpha: precision of the weights.
        beta: precision of the labels.
    """
    rows, width = shape
    weights, error = _lengths(projected, square, spectrum, alpha / beta)
    determinant = np.log(alpha + beta * spectrum).sum() + (width - len(spectrum)) * np.log(alpha)
    return 0.5 * float(
        rows * np.log(beta)
        + width * np.log(alpha)
        - rows * np.log(2 * np.pi)
        - beta * error
        - alpha * weights
        - determinant
    )


def _best(projected: np.ndarray, square: float, spectrum: np.ndarray, rows: int, width: int) -> float:
    """Return the largest log evidence."""
    alpha, beta = 1.0, 1.0
    for _ in range(_STEPS):
        ratio = alpha / beta
        weights, error = _lengths(projected, square, spectrum, ratio)
        gamma = float((spectrum / (spectrum + ratio)).sum())
        alpha = max(gamma, _LEAST) / max(weights, _LEAST)
        beta = max(rows - gamma, _LEAST) / max(error, _LEAST)
        if abs(alpha / beta - ratio) <= _CLOSE * ratio:
            break
    return log_evidence(projected, square, spectrum, (rows, width), alpha, beta)


def _lengths(projected: np.ndarray, square: float, spectrum: np.ndarray, ratio: float) -> tuple[float, float]:
    """Return the squared lengths of the weights' mean and of the residual, for a ratio of alpha to beta."""
    shrunk = spectrum + ratio
    weights = float((spectrum * projected**2 / shrunk**2).sum())
    inside = float(((ratio / shrunk) ** 2 * projected**2).sum())
    return weights, inside + max(0.0, square - float(projected @ projected))
