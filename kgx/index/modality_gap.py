"""The gap between modalities, and closing it.

Vectors of one modality lie in a cone of their own (arXiv 2203.02053), closer to each other than to what means the same
in another. Centring takes every modality's mean out of its vectors; whitening also evens out its directions, shrunk
towards doing nothing. Both are fitted on items of an index, or on the source, never on queries: a query is moved by the
mean of its own modality.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from kgx.errors import ConfigError
from kgx.index.base import unit_rows
from kgx.index.whitening import Whitening

__all__ = ["ModalityAlignment"]

_SHORT = 1e-6  # a vector of which rounding alone is left


@dataclass(frozen=True, eq=False)
class ModalityAlignment:
    """Means of the modalities, and what evens out their directions.

    Attributes:
        means: modality -> mean of its vectors of length 1.
        whitening: modality -> what is applied behind that; none where only centred.

    >>> owls = np.array([[1.0, 0.2], [1.0, -0.2]])
    >>> alignment = ModalityAlignment.fit(owls, ["image", "image"])
    >>> alignment.apply(owls, ["image", "image"]).round(2).tolist()
    [[0.0, 1.0], [0.0, -1.0]]
    """

    means: Mapping[str, Float32[np.ndarray, " dimension"]]
    whitening: Mapping[str, Whitening]

    @classmethod
    def fit(
        cls,
        vectors: Float[np.ndarray, "items dimension"],
        modalities: Sequence[str],
        *,
        whiten: float = 0.0,
    ) -> ModalityAlignment:
        """Fit it to vectors.

        Args:
            vectors: any length but zero.
            modalities: one for each.
            whiten: how far directions are evened out: 0 leaves them as they are, 1 gives all the same variance
                (:class:`kgx.index.whitening.Whitening`).

        Raises:
            ConfigError: ``whiten`` is not between 0 and 1.
            ValueError: a vector that is zero or not finite, or unequal numbers.
        """
        if not 0 <= whiten <= 1:
            raise ConfigError(f"expected whitening between 0 and 1, got {whiten}")
        rows, held = unit_rows(vectors), np.array(modalities, dtype=object)
        if len(rows) != len(held):
            raise ValueError(f"expected as many modalities as vectors, got {len(held)} and {len(rows)}")
        means, evened = {}, {}
        for modality in sorted(set(modalities)):
            some = rows[held == modality]
            means[modality] = some.mean(axis=0)
            if whiten > 0:
                evened[modality] = Whitening.fit(some - means[modality], whiten)
        return cls(means, evened)

    def apply(
        self, vectors: Float[np.ndarray, "items dimension"], modalities: Sequence[str]
    ) -> Float32[np.ndarray, "items dimension"]:
        """Return vectors, of items or of queries, in the common place, at length 1.

        A modality that it was not fitted on stays as it is. So does a vector that is its modality's mean.

        Raises:
            ValueError: a vector that is zero or not finite.
        """
        rows, held = unit_rows(vectors), np.array(modalities, dtype=object)
        moved = rows.copy()
        for modality in sorted(set(modalities) & set(self.means)):
            some = held == modality
            moved[some] -= self.means[modality]
            if modality in self.whitening:
                moved[some] = self.whitening[modality].applied(moved[some])
        still = np.linalg.norm(moved, axis=1) < _SHORT
        moved[still] = rows[still]
        return unit_rows(moved)
