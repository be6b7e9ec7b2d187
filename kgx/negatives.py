"""What a pair is told apart from: near-duplicates that are no mistakes, and siblings that are hard to tell apart.

In a batch every other item counts as wrong. Among thousands of captions some say the same in other words ("old owl",
"an old owl"): telling them apart teaches noise. And items drawn at random are mostly easy to tell apart, while those
that matter (a hen among owls) stand side by side in the graph's hierarchy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp
import torch
from jaxtyping import Bool, Float, Float32, Int64
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn.functional import normalize

__all__ = ["NearDuplicates", "NegativeOptions", "SiblingOrder", "Treatment"]

Treatment = Literal["negative", "ignored", "positive"]


class NegativeOptions(BaseModel):
    """What training tells pairs apart from.

    >>> NegativeOptions(near_duplicates="ignored").likeness
    0.9
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    near_duplicates: Treatment = Field(
        "negative",
        description="what pairs of a batch are to each other whose captions are nearly equal: wrong as any other, "
        "neither right nor wrong, or right in part",
    )
    likeness: float = Field(
        0.9, gt=0, lt=1, description="cosine of two captions from which they are nearly equal"
    )
    siblings: float = Field(
        0.0,
        ge=0,
        le=1,
        description="share of the items beside which siblings of the hierarchy are put into the batch",
    )


@dataclass(frozen=True)
class NearDuplicates:
    """Says which pairs of a batch are no mistakes because their captions are nearly equal.

    Left out of the negatives (``ignored``), as sampling corrected for false negatives would have it (Chuang et al.,
    arXiv 2007.00224); or right in part (``positive``), the more so the more alike the captions are, as in SoftCLIP (Gao
    et al., arXiv 2303.17561): a cosine of ``likeness`` weighs nothing, of 1 as much as the pair's own.

    Attributes:
        vectors: one a caption, from a text encoder.
        likeness: cosine from which captions are nearly equal.
        treatment: what such pairs are.

    >>> alike = NearDuplicates(torch.tensor([[1.0, 0.0], [0.96, 0.28], [0.0, 1.0]]), 0.92, "positive")
    >>> own = torch.eye(3, dtype=torch.bool)
    >>> targets, ignored = alike.judge(own, torch.arange(3))
    >>> round(targets[0, 1].item(), 2), targets[0, 2].item(), ignored is None
    (0.5, 0.0, True)
    """

    vectors: Float32[Tensor, "captions d"]
    likeness: float
    treatment: Treatment

    def judge(
        self, positives: Bool[Tensor, "n n"], captions: Int64[Tensor, " n"]
    ) -> tuple[Bool[Tensor, "n n"] | Float[Tensor, "n n"], Bool[Tensor, "n n"] | None]:
        """Return a batch's targets and what is ignored in it.

        :func:`kgx.losses.multi_positive_contrastive` takes both.

        Args:
            positives: pairs that are known to be right.
            captions: the row of each pair's caption.
        """
        if self.treatment == "negative":
            return positives, None
        told = normalize(self.vectors[captions].to(torch.float32), dim=1)
        cosines = told @ told.T
        if self.treatment == "ignored":
            return positives, (cosines >= self.likeness) & ~positives
        soft = ((cosines - self.likeness) / (1.0 - self.likeness)).clamp(0.0, 1.0)
        return torch.where(positives, torch.ones_like(soft), soft), None


@dataclass(frozen=True)
class SiblingOrder:
    """An order of all rows in which siblings stand together, so that they fall into the same batch.

    Hard negatives by the graph: two concepts under one parent share most of what is said of them. (By the model, hard
    negatives are found in arXiv 1707.05612 and 2010.04592; a graph knows them before anything is trained.)

    Attributes:
        concepts: the concept that each row is of; -1: none is known.
        families: number of its parent; -1: it has none.
        share: of the rows that siblings are put beside.
        most: siblings put beside one row.
    """

    concepts: Int64[np.ndarray, " rows"]
    families: Int64[np.ndarray, " rows"]
    share: float
    most: int = 3

    @classmethod
    def of_links(cls, links: sp.csr_matrix, parents: sp.csr_matrix, share: float) -> SiblingOrder:
        """Take of each row the concept that it is linked to most, and that concept's first parent.

        Args:
            links: (rows, entities), weights of links.
            parents: (entities, entities); :func:`graphs.siblings.parent_matrix`.
            share: of the rows that siblings are put beside.
        """
        linked = np.diff(links.indptr) > 0
        concepts = np.where(linked, np.asarray(links.argmax(axis=1)).ravel(), -1)
        first = np.full(parents.shape[0], -1, dtype=np.int64)
        has = np.diff(parents.indptr) > 0
        ordered = parents.sorted_indices()
        first[has] = ordered.indices[ordered.indptr[:-1][has]]
        return cls(concepts, np.where(linked, first[concepts], -1), share)

    def order(self, generator: torch.Generator) -> Int64[np.ndarray, " rows"]:
        """Return every row once, in an order drawn from ``generator``.

        >>> order = SiblingOrder(np.array([4, 5, 6, 7]), np.array([1, 2, 1, 2]), 1.0).order(torch.Generator())
        >>> sorted(order.tolist()), sorted(order[:2].tolist()) in ([0, 2], [1, 3])
        ([0, 1, 2, 3], True)
        """
        count = len(self.concepts)
        drawn = torch.randperm(count, generator=generator).tolist()
        beside = (torch.rand(count, generator=generator) < self.share).tolist()
        concepts, families = self.concepts.tolist(), self.families.tolist()
        waiting: dict[int, list[int]] = {}
        for row in reversed(drawn):
            if families[row] >= 0:
                waiting.setdefault(families[row], []).append(row)
        taken = [False] * count
        order: list[int] = []
        for row in drawn:
            if taken[row]:
                continue
            taken[row] = True
            order.append(row)
            if beside[row] and families[row] >= 0:
                for mate in _others(waiting[families[row]], taken, concepts, concepts[row], self.most):
                    taken[mate] = True
                    order.append(mate)
        return np.array(order, dtype=np.int64)


def _others(waiting: list[int], taken: list[bool], concepts: list[int], concept: int, most: int) -> list[int]:
    """Take the next rows of a family that are free and of another concept; what is taken leaves the list for good."""
    found: list[int] = []
    same: list[int] = []
    while waiting and len(found) < most:
        row = waiting.pop()
        if not taken[row]:
            (same if concepts[row] == concept else found).append(row)
    waiting.extend(reversed(same))
    return found
