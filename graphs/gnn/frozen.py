"""A trained hop-token refiner with everything worked out that does not depend on the node: for one node at a time.

A live query brings a few dozen short vectors; called on them, the network spends its time between operations, not in
them. What its paths score is the same for every query, so it is worked out once and the rest is a few products.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32

from graphs.errors import GraphError
from graphs.gnn.hop_tokens import HopTokenRefiner

__all__ = ["FrozenRefiner"]


@dataclass(frozen=True)
class FrozenRefiner:
    """What is left of a refiner for given paths: their scores, and how far trust moves them.

    Attributes:
        dimensions: space -> dimension, in the order of the refined vector.
        scores: space -> (paths,), each path's score before the node is seen.
        trust: space -> (2, paths), what agreement and consensus add to it.
        roots: space -> the root of the space's share.
    """

    dimensions: Mapping[str, int]
    scores: Mapping[str, Float32[np.ndarray, " paths"]]
    trust: Mapping[str, Float32[np.ndarray, "2 paths"]]
    roots: Mapping[str, float]

    @classmethod
    def of(
        cls, refiner: HopTokenRefiner, descriptors: Mapping[str, Float32[np.ndarray, "paths positions size"]]
    ) -> FrozenRefiner:
        """Freeze a refiner for the paths that some nodes have.

        Args:
            refiner: the trained network.
            descriptors: space -> the paths' descriptors, in the order in which their tokens will come.

        Raises:
            GraphError: the refiner has a learned correction, which depends on the node throughout.
        """
        if refiner.residual:
            raise GraphError("a refiner with a learned correction cannot be frozen; use it as it is")
        scores, trust = {}, {}
        with torch.no_grad():
            for space, described in descriptors.items():
                base, moved = refiner.path_scores(space, torch.from_numpy(described))
                scores[space], trust[space] = base.numpy(), moved.T.numpy().copy()
        roots = {space: share**0.5 for space, share in refiner.shares().items()}
        return cls(dict(refiner.spaces), scores, trust, roots)

    def __call__(
        self,
        tokens: Mapping[str, Float[np.ndarray, "paths dimension"]],
        agreement: Mapping[str, Float[np.ndarray, " paths"]],
    ) -> Float32[np.ndarray, " dimensions"]:
        """Return the refined vector of one node: what the network returns, to rounding.

        Args:
            tokens: space -> tokens of length 1, or zero where a path leads nowhere.
            agreement: space -> length of the mean of the walks' ends; 0 where there is none.
        """
        parts: list[np.ndarray] = []
        for space, dimension in self.dimensions.items():
            own = tokens.get(space)
            present = np.zeros(0, dtype=np.intp) if own is None else np.flatnonzero(own.any(axis=1))
            if own is None or not len(present):
                parts.append(np.zeros(dimension, dtype=np.float32))
                continue
            found = own[present]
            trust = self.trust[space][:, present]
            with_others = found @ _unit(found.sum(axis=0))
            scores = (
                self.scores[space][present] + trust[0] * agreement[space][present] + trust[1] * with_others
            )
            parts.append(self.roots[space] * _unit(np.exp(scores - scores.max()) @ found))
        return _unit(np.concatenate(parts)).astype(np.float32)


def _unit(vector: np.ndarray) -> np.ndarray:
    length = float(np.sqrt(vector @ vector))
    return vector / length if length > 0 else vector
