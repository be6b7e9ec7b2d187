"""Means that are taken off before vectors are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from kgx.tensor_file import open_tensors, save_tensors

__all__ = ["Centres", "shrunk_mean"]

_SHRINKAGE = 50  # a collection's mean counts as much as the source's where it has that many items
_ALONE = 5  # and as much as zero where it has this many, and the source none
_VECTORS, _PATHS = "vectors ", "paths "  # what the tensors' names begin with


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

    def save(self, path: Path) -> None:
        """Write the means to a safetensors file, atomically."""
        tensors = {f"{_VECTORS}{name}": mean for name, mean in self.vectors.items()}
        save_tensors(path, tensors | {f"{_PATHS}{name}": mean for name, mean in self.paths.items()})

    @classmethod
    def open(cls, path: Path) -> Centres:
        """Read what :meth:`save` wrote.

        Raises:
            ModelError: the file is missing or damaged.
        """
        tensors, _ = open_tensors(path)
        return cls(_named(tensors, _VECTORS), _named(tensors, _PATHS))


def _named(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): mean for name, mean in tensors.items() if name.startswith(prefix)}


def shrunk_mean(mean: np.ndarray, count: int, prior: np.ndarray | None) -> Float32[np.ndarray, " dimension"]:
    """Return a mean of few observations drawn toward a prior mean, or a little toward zero where there is none.

    A single item is not to be all that its collection has in common: nothing would be left of it.

    >>> shrunk_mean(np.array([1.0]), 50, np.array([0.0])).tolist()
    [0.5]
    >>> shrunk_mean(np.array([1.0]), 5, None).tolist()
    [0.5]
    """
    weight = _SHRINKAGE if prior is not None else _ALONE
    drawn: np.ndarray = (count * mean + weight * (0.0 if prior is None else prior)) / (count + weight)
    return drawn.astype(np.float32)
