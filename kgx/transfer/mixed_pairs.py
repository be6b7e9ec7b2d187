"""Texts and their partners of several modalities at once, however unevenly the modalities occur."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.functional import normalize

from graphs.gnn.hop_tokens import HopTokenRefiner
from kgx.augment.mixup import Mixup
from kgx.augment.modalities import SpaceDropout
from kgx.errors import KgxError
from kgx.evaluate.ranking import best_ranks
from kgx.items import LinkedItems, paired_rows
from kgx.losses import LARGEST_SCALE, multi_positive_contrastive
from kgx.train.tasks.nodes import Blocks, Order, Shown

__all__ = ["MixedAlignment", "MixedPairs"]


@dataclass(frozen=True)
class MixedPairs:
    """Pairs of a text and a partner: an item of another modality, or another text of the same thing.

    Attributes:
        modalities: names of the partners' modalities.
        texts: row of each pair's text.
        kinds: place of its partner's modality in ``modalities``; what samplers balance.
        partners: the partner's row among the items of its modality.
        entities: number of the thing that both are about.
        wordings: number of the text's wording.
        partner_wordings: number of the partner's wording where it is a text; -1 elsewhere.
    """

    modalities: tuple[str, ...]
    texts: Int64[np.ndarray, " p"]
    kinds: Int64[np.ndarray, " p"]
    partners: Int64[np.ndarray, " p"]
    entities: Int64[np.ndarray, " p"]
    wordings: Int64[np.ndarray, " p"]
    partner_wordings: Int64[np.ndarray, " p"]

    @classmethod
    def of_items(cls, items: Mapping[str, LinkedItems]) -> MixedPairs:
        """Pair texts with all items that share their entity; a text is no partner of itself.

        Args:
            items: modality -> items; texts are needed.

        Raises:
            KgxError: there is no text, or no pair.
        """
        if "text" not in items:
            raise KgxError(f"mixed pairs: expected texts and other items, got {', '.join(items) or 'none'}")
        texts = items["text"]
        things = np.unique(np.array(texts.entities), return_inverse=True)[1].astype(np.int64)
        wordings = [caption.casefold().strip() for caption in texts.captions]
        worded = np.unique(np.array(wordings), return_inverse=True)[1].astype(np.int64)
        columns: list[np.ndarray] = []
        for kind, (modality, own) in enumerate(items.items()):
            first, second = paired_rows(texts, own)
            if modality == "text":
                apart = (
                    worded[first] != worded[second]
                )  # the same words would be found without learning anything
                first, second = first[apart], second[apart]
            told = worded[second] if modality == "text" else np.full(len(first), -1)
            columns.append(
                np.stack([first, np.full(len(first), kind), second, things[first], worded[first], told])
            )
        joined = np.concatenate(columns, axis=1).astype(np.int64)
        if not joined.shape[1]:
            raise KgxError("mixed pairs: expected texts that share their entity with something, got none")
        return cls(tuple(items), *joined)

    def __len__(self) -> int:
        return len(self.texts)

    def select(self, rows: np.ndarray) -> MixedPairs:
        """Return some of the pairs."""
        columns = (self.texts, self.kinds, self.partners, self.entities, self.wordings, self.partner_wordings)
        return MixedPairs(self.modalities, *(column[rows] for column in columns))

    def positives(self, rows: np.ndarray) -> Bool[Tensor, "n n"]:
        """Return which texts of some pairs belong to which partners: those of one thing, and those of one wording."""
        things, worded, told = self.entities[rows], self.wordings[rows], self.partner_wordings[rows]
        same = things[:, None] == things[None]
        return torch.from_numpy(same | (worded[:, None] == worded[None]) | (worded[:, None] == told[None]))


class MixedAlignment:
    """Contrastive alignment of texts with partners of all modalities in one batch.

    As in :class:`kgx.transfer.tasks.RefinerTask`, one side comes as queries, about which nothing is filed, and the
    sides take turns from batch to batch.

    Args:
        refiner: what is trained.
        pairs: the pairs.
        blocks: modality -> space -> tokens of all items.
        asked: modality -> space -> the paths that a query has too.
        held_out: pairs that are only scored.
        batch_size: pairs a batch, at most.
        token_dropout: share of the tokens removed in training.
        temperature: that the scores start with.
        epoch: pairs an epoch; all that are trained on where left out.
        order: gives at least as many places among the pairs that are trained on, for instance by
            :class:`kgx.balance.BalancedSampler` over the modalities; in any order, each once, where left out.
        weights: what each pair that is trained on counts (:func:`kgx.balance.row_weights`).
        mixup: mixes the refined texts of a batch.
        space_dropout: leaves out all tokens of a space.
        gamma: how much less pairs count that are told well already (:func:`kgx.losses.multi_positive_contrastive`).
        tau: ``τ log π`` is added to a partner's scores in training, ``π`` being the share of its modality among the
            pairs that are trained on, so that frequent modalities have to win by more (logit adjustment, Menon et al.,
            arXiv 2007.07314). Where partners are the queries it cancels: all candidates are texts.

    Attributes:
        trained: the pairs that are trained on.

    Raises:
        KgxError: all pairs are held out, or the weights are not as many as the pairs that are trained on.
    """

    def __init__(
        self,
        refiner: HopTokenRefiner,
        pairs: MixedPairs,
        blocks: Mapping[str, Blocks],
        asked: Mapping[str, Shown],
        *,
        held_out: Bool[np.ndarray, " p"] | None = None,
        batch_size: int = 512,
        token_dropout: float = 0.1,
        temperature: float = 0.07,
        epoch: int | None = None,
        order: Order | None = None,
        weights: Float[np.ndarray, " trained"] | None = None,
        mixup: Mixup | None = None,
        space_dropout: SpaceDropout | None = None,
        gamma: float = 0.0,
        tau: float = 0.0,
    ) -> None:
        out = np.zeros(len(pairs), dtype=np.bool_) if held_out is None else held_out
        self.trained = pairs.select(np.flatnonzero(~out))
        self._validation = pairs.select(np.flatnonzero(out))
        if not len(self.trained):
            raise KgxError(f"expected pairs to train on, got none of {len(pairs)}: all are held out")
        if weights is not None and len(weights) != len(self.trained):
            raise KgxError(f"expected a weight for each of {len(self.trained)} pairs, got {len(weights)}")
        self.refiner = refiner
        self.module = nn.ModuleDict({"refiner": refiner})
        self._scale = nn.Parameter(torch.tensor(1 / temperature).log())
        self.module.register_parameter("scale", self._scale)
        self._blocks, self._asked = blocks, asked
        self._batch_size, self._dropout = batch_size, token_dropout
        self._length = len(self.trained) if epoch is None else epoch
        self._order, self._mixup, self._space_dropout = order, mixup, space_dropout
        self._weights = None if weights is None else torch.tensor(weights, dtype=torch.float32)
        self._gamma = gamma
        self._owed = _owed(self.trained, tau) if tau else None
        self._texts_ask = cycle((True, False))

    def steps(self) -> int:
        """Return the number of batches an epoch has."""
        return math.ceil(self._length / self._batch_size)

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, bool]]:
        """Yield places among the pairs, and whether the texts are the queries."""
        if self._order is None:
            order = torch.randperm(len(self.trained), generator=generator)
        else:
            order = torch.from_numpy(self._order(generator))
        for batch in order[: self._length].tensor_split(self.steps()):
            yield batch, next(self._texts_ask)

    def loss(self, batch: tuple[Tensor, bool]) -> Tensor:
        """Return the contrastive loss of one batch."""
        places, texts_ask = batch
        rows = places.numpy()
        texts, partners = self._both(self.trained.select(rows), texts_ask)
        positives: Tensor = self.trained.positives(rows)
        if self._mixup is not None:
            texts, positives = self._mixup(texts, positives)
            texts = normalize(texts, dim=1)
        scores = self._scale.exp().clamp(max=LARGEST_SCALE) * texts @ partners.T
        if self._owed is not None:
            scores = scores + self._owed[places]
        counts = None if self._weights is None else (self._weights[places], self._weights[places])
        return multi_positive_contrastive(scores, positives, weights=counts, gamma=self._gamma)

    def score(self) -> float | None:
        """Return recall@10 of the held-out pairs, the mean over modalities and directions; None without any."""
        found = []
        for kind in np.unique(self._validation.kinds):
            pairs = self._validation.select(np.flatnonzero(self._validation.kinds == kind))
            relevant = pairs.positives(np.arange(len(pairs))).numpy()
            with torch.no_grad():
                for texts_ask in (True, False):
                    texts, partners = self._both(pairs, texts_ask)
                    scores, right = (texts @ partners.T).numpy(), relevant
                    if not texts_ask:
                        scores, right = scores.T, relevant.T
                    found.append(float((best_ranks(scores, right) <= 10).mean()))
        return float(np.mean(found)) if found else None

    def _both(self, pairs: MixedPairs, texts_ask: bool) -> tuple[Tensor, Tensor]:
        """Return the refined texts and partners of some pairs, in their order."""
        texts = self._refine("text", pairs.texts, asks=texts_ask)
        partners = torch.empty_like(texts)
        for kind, modality in enumerate(pairs.modalities):
            own = np.flatnonzero(pairs.kinds == kind)
            if len(own):
                refined = self._refine(modality, pairs.partners[own], asks=not texts_ask)
                partners = partners.index_put((torch.from_numpy(own),), refined)
        return texts, partners

    def _refine(self, modality: str, rows: np.ndarray, *, asks: bool) -> Float[Tensor, "n d"]:
        index = torch.from_numpy(rows)
        chosen = {space: block.rows(index) for space, block in self._blocks[modality].items()}
        if asks:
            asked = self._asked[modality]
            chosen = {space: block.only(asked[space]) for space, block in chosen.items()}
        if self.module.training:
            chosen = {space: block.drop(self._dropout) for space, block in chosen.items()}
            if self._space_dropout is not None:
                chosen = self._space_dropout(chosen)
        refined: Tensor = self.refiner(chosen)
        return refined


def _owed(pairs: MixedPairs, tau: float) -> Float[Tensor, " pairs"]:
    """Return what each pair's partner owes to its modality being frequent."""
    shares = np.bincount(pairs.kinds) / len(pairs)
    return torch.tensor(tau * np.log(shares[pairs.kinds]), dtype=torch.float32)
