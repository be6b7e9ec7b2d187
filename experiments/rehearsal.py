"""Adaptation to a target, tried on its pool: some pairs are known, others asked for; the test half is not looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from experiments.protocol import Protocol
from experiments.target_tokens import both_ways
from kgx.evaluate import best_ranks
from kgx.transfer.relation import RelationTransfer

__all__ = ["Rehearsal"]

_ASKED = 0.6  # of the pool


@dataclass(frozen=True)
class Rehearsal:
    """One draw of what is known and what is asked, both from the pool.

    Attributes:
        stage: the pool alone; those that are asked for stand where the test half stood.
        seed: of the draw.
    """

    stage: Protocol
    seed: int

    @classmethod
    def draw(cls, target: Protocol, seed: int) -> Rehearsal:
        """Draw anew which part of the pool is asked for."""
        order = np.random.default_rng([seed, len(target.pool)]).permutation(np.array(target.pool))
        asked = frozenset(order[: round(_ASKED * len(order))].tolist())
        return cls(Protocol(target.pool_items(), target.captions, asked), seed)

    def score(self, transfer: RelationTransfer, shots: int) -> float:
        """Return recall@10, mean of text → image and image → text, after adaptation by some of the known pairs.

        Raises:
            ValueError: there are not as many.
        """
        if not 0 <= shots <= len(self.stage.pool):
            raise ValueError(f"expected at most {len(self.stage.pool)} pairs, got {shots}")
        pairs = self.stage.draw(shots, self.seed)
        adapted = transfer.adapt(pairs, transfer.survey_all(self.stage.items), seed=self.seed)
        centres = adapted.survey_all(self.stage.items)
        found = []
        for asked, sought in both_ways("image"):
            direction = self.stage.direction(asked, sought)
            queries = adapted.refine(direction.queries, centres, query=True)
            scores: Float[np.ndarray, "queries gallery"] = (
                queries @ adapted.refine(direction.gallery, centres).T
            )
            found.append(float((best_ranks(scores, direction.relevant) <= 10).mean()))
        return float(np.mean(found))
