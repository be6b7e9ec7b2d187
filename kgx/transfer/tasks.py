"""What the refiner is trained on: texts and items of other modalities that belong together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle

import numpy as np
import torch
from jaxtyping import Bool, Int64
from torch import Tensor, nn

from graphs.gnn.attached import AttachedBlock
from graphs.gnn.hop_tokens import TokenBlock
from graphs.gnn.message_passing.refiner import ATTACHED
from graphs.relations import STRUCTURE_FIELDS
from kgx.errors import KgxError
from kgx.evaluate.ranking import evaluate
from kgx.items import LinkedItems, paired_rows
from kgx.losses import multi_positive_contrastive
from kgx.negatives import NearDuplicates
from kgx.train.tasks import refined_rows
from kgx.transfer.refiner import Refiner

__all__ = ["PairSet", "RefinerTask"]

Blocks = Mapping[str, TokenBlock | AttachedBlock]


@dataclass(frozen=True)
class PairSet:
    """Texts and items of one other modality, with what they show, as tokens.

    Attributes:
        texts, others: space -> tokens of all rows.
        text_asked, other_asked: space -> bool (paths,), the paths that a query has too.
        text_rows, other_rows: int64 (pairs,), the known pairs.
        text_entities, other_entities: int64, number of the thing that each row tells of or shows.
        captions: int64, number of each text's wording; equal wordings are positives of each other.
        validation: bool (pairs,), pairs that are kept from training.
    """

    texts: Blocks
    others: Blocks
    text_asked: Mapping[str, Bool[Tensor, " paths"]]
    other_asked: Mapping[str, Bool[Tensor, " paths"]]
    text_rows: Int64[np.ndarray, " p"]
    other_rows: Int64[np.ndarray, " p"]
    text_entities: Int64[np.ndarray, " t"]
    other_entities: Int64[np.ndarray, " o"]
    captions: Int64[np.ndarray, " t"]
    validation: Bool[np.ndarray, " p"]

    @classmethod
    def of_items(
        cls,
        texts: LinkedItems,
        others: LinkedItems,
        text_blocks: Blocks,
        other_blocks: Blocks,
        asked: Mapping[str, Mapping[str, Bool[Tensor, " paths"]]],
        *,
        validation_groups: Collection[str] = (),
    ) -> PairSet:
        """Pair texts with the items that share their entity.

        Args:
            texts, others: the items, in the rows of the tokens.
            text_blocks, other_blocks: their tokens.
            asked: modality -> space -> the paths that a query has too.
            validation_groups: groups whose pairs are kept from training.
        """
        text_rows, other_rows = paired_rows(texts, others)
        entities = np.unique(np.array([*texts.entities, *others.entities]), return_inverse=True)[1]
        wordings = [caption.casefold().strip() for caption in texts.captions]
        return cls(
            text_blocks,
            other_blocks,
            asked["text"],
            asked[others.modality],
            text_rows,
            other_rows,
            entities[: len(texts)].astype(np.int64),
            entities[len(texts) :].astype(np.int64),
            np.unique(np.array(wordings), return_inverse=True)[1].astype(np.int64),
            np.array([others.groups[row] in validation_groups for row in other_rows], dtype=np.bool_),
        )


class RefinerTask:
    """Contrastive alignment of refined vectors, in both directions.

    In a batch one side comes as queries, about which nothing is filed, and the other as items of a collection; the
    sides take turns, from epoch to epoch too. Every other item of a batch takes one of its texts at random.

    Args:
        refiner: what is trained.
        pairs: the known pairs.
        batch_size: pairs a batch, at most.
        token_dropout: share of the tokens removed in training.
        temperature: that the scores start with.
        name_dropout: share of the batches in which no relation has a name.
        near_duplicates: what pairs with nearly equal captions are to each other; wrong as any other where left out.
        order: gives all rows of the other items in the order of an epoch; in any order where left out. Rows of
            which no pair is trained on are passed over.

    Raises:
        KgxError: there is no pair, or all are kept for validation.
    """

    def __init__(
        self,
        refiner: Refiner,
        pairs: PairSet,
        *,
        batch_size: int = 512,
        token_dropout: float = 0.1,
        temperature: float = 0.07,
        name_dropout: float = 0.0,
        near_duplicates: NearDuplicates | None = None,
        order: Callable[[torch.Generator], Int64[np.ndarray, " rows"]] | None = None,
    ) -> None:
        scale = nn.Parameter(torch.tensor(1 / temperature).log())
        self.module = nn.ModuleDict({"refiner": refiner})
        self.module.register_parameter("scale", scale)
        self.refiner = refiner
        self.scale = scale
        self.pairs = pairs
        self.token_dropout = token_dropout
        self.name_dropout = name_dropout
        self._near_duplicates, self._order = near_duplicates, order
        trained = np.flatnonzero(~pairs.validation)
        self._texts_of: dict[int, list[int]] = {}
        for pair in trained:
            self._texts_of.setdefault(int(pairs.other_rows[pair]), []).append(int(pairs.text_rows[pair]))
        if not self._texts_of:
            raise KgxError(
                f"no pair to train on: expected texts and other items that share an entity, got {len(trained)} of "
                f"{len(pairs.validation)} pairs after validation"
            )
        self._texts_ask = cycle((True, False))
        self._rows = np.array(sorted(self._texts_of), dtype=np.int64)
        self.batch_size = min(batch_size, len(self._rows))
        attached = pairs.others.get(ATTACHED)
        self._parts = attached.parts if isinstance(attached, AttachedBlock) else None

    def steps(self) -> int:
        """Return the number of batches an epoch has."""
        if self._parts is None:
            return max(1, len(self._rows) // self.batch_size)
        counts = np.unique(self._parts[self._rows], return_counts=True)[1]
        return int(np.maximum(1, counts // self.batch_size).sum())

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, bool]]:
        """Yield rows of texts, rows of the others, and whether the texts are the queries."""
        if self._order is None:
            rows = self._rows[torch.randperm(len(self._rows), generator=generator).numpy()]
        else:
            asked = self._order(generator)
            rows = asked[np.isin(asked, self._rows)]
        for others in self._batched(rows, generator):
            draws = torch.rand(len(others), generator=generator).tolist()
            texts = [
                self._texts_of[int(row)][int(draw * len(self._texts_of[int(row)]))]
                for row, draw in zip(others, draws, strict=True)
            ]
            yield torch.tensor(texts), torch.from_numpy(others), next(self._texts_ask)

    def _batched(self, rows: np.ndarray, generator: torch.Generator) -> Iterator[np.ndarray]:
        """Yield the rows batch by batch.

        What is attached to a graph does not hear of its own part of it; so that a batch is heard in one go, it is of
        one part, and batches of all parts come in any order.
        """
        if self._parts is None:
            for step in range(self.steps()):
                yield rows[step * self.batch_size : (step + 1) * self.batch_size]
            return
        batches: list[np.ndarray] = []
        for part in np.unique(self._parts[rows]):
            own = rows[self._parts[rows] == part]
            batches += np.array_split(own, max(1, len(own) // self.batch_size))
        for place in torch.randperm(len(batches), generator=generator).tolist():
            yield batches[place]

    def loss(self, batch: tuple[Tensor, Tensor, bool]) -> Tensor:
        """Return the contrastive loss of one batch."""
        texts, others, texts_ask = batch
        pairs = self.pairs
        named = self.name_dropout == 0 or float(torch.rand(())) >= self.name_dropout
        text_blocks, other_blocks = (
            (pairs.texts, pairs.others) if named else (_nameless(pairs.texts), _nameless(pairs.others))
        )
        refined_texts = self._refine(text_blocks, texts, pairs.text_asked if texts_ask else None)
        refined_others = self._refine(other_blocks, others, None if texts_ask else pairs.other_asked)
        scores = self.scale.exp().clamp(max=100.0) * refined_texts @ refined_others.T
        positives, ignored = self._positives(texts.numpy(), others.numpy()), None
        if self._near_duplicates is not None:
            positives, ignored = self._near_duplicates.judge(positives, texts)
        return multi_positive_contrastive(scores, positives, ignored=ignored)

    def score(self) -> float | None:
        """Return the mean recall@10 of both directions over the validation pairs; None without any."""
        pairs = self.pairs
        if not pairs.validation.any():
            return None
        texts, others = pairs.text_rows[pairs.validation], pairs.other_rows[pairs.validation]
        gallery = np.unique(others)
        entities = pairs.other_entities[gallery]
        relevant = pairs.text_entities[texts][:, None] == entities[None]
        same_words = _shared(pairs.captions[texts], pairs.captions[texts], others, gallery)
        rows, columns = torch.from_numpy(texts), torch.from_numpy(gallery)
        with torch.no_grad():
            asked = (
                self._refine(pairs.texts, rows, pairs.text_asked)
                @ self._refine(pairs.others, columns, None).T
            )
            answered = (
                self._refine(pairs.others, columns, pairs.other_asked)
                @ self._refine(pairs.texts, rows, None).T
            )
        forth = evaluate(asked.numpy(), relevant | same_words)
        back = evaluate(answered.numpy(), (relevant | same_words).T)
        return 0.5 * (forth["recall@10"] + back["recall@10"])

    def _refine(self, blocks: Blocks, rows: Tensor, asked: Mapping[str, Tensor] | None) -> Tensor:
        dropout = self.token_dropout if self.module.training else 0.0
        return refined_rows(self.refiner, blocks, rows, shown=asked, dropout=dropout)

    def _positives(self, texts: np.ndarray, others: np.ndarray) -> Tensor:
        entities = self.pairs.text_entities[texts][:, None] == self.pairs.other_entities[others][None]
        captions = self.pairs.captions[texts]
        return torch.from_numpy(entities | (captions[:, None] == captions[None]))


def _nameless(blocks: Blocks) -> Blocks:
    """Return tokens of which it is not known what their paths' relations are called, only how they lie in the graph."""
    return {
        space: block.nameless(len(STRUCTURE_FIELDS)) if isinstance(block, TokenBlock) else block
        for space, block in blocks.items()
    }


def _shared(
    captions: np.ndarray, pair_captions: np.ndarray, pair_others: np.ndarray, gallery: np.ndarray
) -> Bool[np.ndarray, "texts gallery"]:
    """Say which gallery items have a text of the same wording as each text."""
    from scipy.sparse import csr_matrix

    size = int(captions.max()) + 1
    columns = np.searchsorted(gallery, pair_others)
    worded = csr_matrix((np.ones(len(pair_captions)), (pair_captions, columns)), shape=(size, len(gallery)))
    shared: np.ndarray = worded[captions].toarray() > 0
    return shared
