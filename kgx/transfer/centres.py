"""Means that are taken off before vectors are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

__all__ = ["Centres", "shrunk_mean"]

_SHRINKAGE = 50  # a collection's mean counts as much as the source's where it has that many items


@dataclass(frozen=True)
class Centres:
    """Means of a collection: of a modality's vectors, and of each path's tokens.

    What all of a domain share (drawn, on white) says nothing about any one of its items.

    Attributes:
        vectors: modality -> mean vector.
        paths: path -> mean token.
    """

    vectors: Mapping[str, Float32[np.ndarray, " dimension"]]
    paths: Mapping[str, Float32[np.ndarray, " dimension"]]


def shrunk_mean(mean: np.ndarray, count: int, prior: np.ndarray | None) -> Float32[np.ndarray, " dimension"]:
    """Return a mean of few observations drawn toward a prior mean.

    >>> shrunk_mean(np.array([1.0]), 50, np.array([0.0])).tolist()
    [0.5]
    """
    if prior is None:
        return mean.astype(np.float32)
    drawn: np.ndarray = (count * mean + _SHRINKAGE * prior) / (count + _SHRINKAGE)
    return drawn.astype(np.float32)
