r"""Fusing vectors of one item, or of one query, without learning anything.

Each part is brought to length 1 first, so that a weight is a weight and no part counts for being longer. A row of zeros
is a missing part: the others are what there is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from graphs.neighbours import unit_rows

__all__ = ["Parts", "Weights", "checked_parts", "checked_weights", "concatenate", "weighted_sum"]

Parts = Mapping[str, Float[np.ndarray, "n d"]]
"""Name of a part (a modality, a field) -> its vectors; in the same row stands the same item."""

Weights = Mapping[str, float]
"""Name of a part -> its weight; negative for "not"."""


def weighted_sum(parts: Parts, weights: Weights | None = None) -> Float[np.ndarray, "n d"]:
    r"""Return :math:`\operatorname{normalise}(\sum_m w_m \hat x_m)`; all parts are of one space.

    The cosine of the result with any vector orders things as the weighted sum of the parts' own cosines does: what a
    negative weight stands before is moved away from.

    Args:
        parts: the vectors.
        weights: of every part; all alike where left out.

    Returns:
        Rows of length 1; zeros where all parts are missing or cancel out.

    Raises:
        ValueError: no part, shapes that do not fit, or weights that are not the parts'.

    >>> red, car = np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]])
    >>> weighted_sum({"text": red, "image": car}, {"text": 0.6, "image": 0.8}).round(6).tolist()
    [[0.6, 0.8]]
    >>> weighted_sum({"text": red, "image": car}, {"text": 0.6, "image": -0.8}).round(6).tolist()
    [[0.6, -0.8]]
    """
    rows = checked_parts(parts)
    shapes = {part.shape for part in rows.values()}
    if len(shapes) != 1:
        raise ValueError(f"expected parts of one shape, got {', '.join(map(str, sorted(shapes)))}")
    weighed = checked_weights(rows, weights)
    largest = max(map(abs, weighed.values()))
    total = sum(weighed[name] / largest * unit_rows(part) for name, part in rows.items())
    return unit_rows(_without_rounding(np.asarray(total)))


def concatenate(parts: Parts, weights: Weights | None = None) -> Float[np.ndarray, "n width"]:
    r"""Return the parts side by side, :math:`\operatorname{normalise}([\sqrt{w_m}\, \hat x_m]_m)`.

    The dot product of two items that have all parts is the weighted mean of the parts' cosines. A negative weight turns
    its part round: against vectors that were fused with the weight's absolute value, that part's cosine is taken off.

    Args:
        parts: the vectors; widths may differ. They stand in the mapping's order.
        weights: of every part; all alike where left out.

    Returns:
        Rows of length 1; zeros where all parts are missing.

    Raises:
        ValueError: no part, shapes that do not fit, or weights that are not the parts'.

    >>> parts = {"text": np.array([[3.0, 4.0]]), "image": np.array([[7.0]])}
    >>> concatenate(parts, {"text": 1, "image": 3}).round(3).tolist()
    [[0.3, 0.4, 0.866]]
    """
    rows = checked_parts(parts)
    weighed = checked_weights(rows, weights)
    blocks = [
        np.sign(weighed[name]) * np.sqrt(abs(weighed[name])) * unit_rows(part) for name, part in rows.items()
    ]
    return unit_rows(np.concatenate(blocks, axis=1))


def checked_parts(parts: Parts) -> dict[str, np.ndarray]:
    """Return the parts as floating-point matrices.

    Raises:
        ValueError: no part, shapes that do not fit, or vectors that are not finite.

    >>> checked_parts({"text": np.eye(2), "image": np.eye(3)})
    Traceback (most recent call last):
    ...
    ValueError: expected matrices with as many rows, got text (2, 2), image (3, 3)
    """
    rows = {name: np.asarray(part) for name, part in parts.items()}
    if not rows:
        raise ValueError("expected at least one part, got none")
    rows = {name: part if part.dtype.kind == "f" else part.astype(np.float64) for name, part in rows.items()}
    if any(part.ndim != 2 for part in rows.values()) or len({len(part) for part in rows.values()}) != 1:
        shapes = ", ".join(f"{name} {part.shape}" for name, part in rows.items())
        raise ValueError(f"expected matrices with as many rows, got {shapes}")
    for name, part in rows.items():
        if not np.isfinite(part).all():
            raise ValueError(f"expected finite vectors, got NaN or infinity in {name}")
    return rows


def checked_weights(parts: Mapping[str, object], weights: Weights | None) -> dict[str, float]:
    """Return a weight for every part, 1 where none are given.

    Raises:
        ValueError: weights of other parts than there are, one that is not finite, or none but zeros.

    >>> checked_weights({"text": ..., "image": ...}, {"text": 1})
    Traceback (most recent call last):
    ...
    ValueError: expected weights of text, image, got text
    """
    if weights is None:
        return dict.fromkeys(parts, 1.0)
    if set(weights) != set(parts):
        raise ValueError(f"expected weights of {', '.join(parts)}, got {', '.join(weights) or 'none'}")
    if not all(np.isfinite(weight) for weight in weights.values()):
        raise ValueError(f"expected finite weights, got {dict(weights)}")
    if not any(weights.values()):
        raise ValueError(f"expected a weight that is not 0, got {dict(weights)}")
    return {name: float(weights[name]) for name in parts}


def _without_rounding(total: np.ndarray) -> np.ndarray:
    """Return sums of unit vectors with those that cancelled out at zero: what is left there is rounding."""
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(lengths > 1e-6, total, 0.0)
