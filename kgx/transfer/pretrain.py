"""Pretraining on a source: tokens without the answers, known pairs, and the training of a refiner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool

from graphs.gnn.hop_tokens import TokenBlock
from kgx.encoders.base import Encoder
from kgx.errors import KgxError
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.train import fit
from kgx.transfer.centres import Centres
from kgx.transfer.descriptors import relation_descriptors
from kgx.transfer.maps import cross_fitted, fit_maps
from kgx.transfer.options import RelationOptions
from kgx.transfer.reference import ReferenceGraph
from kgx.transfer.refiner import new_refiner
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tasks import PairSet, RefinerTask
from kgx.transfer.tokens import TokenMaker, Tokens

__all__ = ["Pretraining"]


@dataclass(frozen=True)
class Pretraining:
    """All of pretraining that does not depend on a seed: the source's graph, tokens and pairs.

    Attributes:
        options: how to build and to train.
        maker: makes tokens from the source's reference graph.
        centres: the source's means.
        pairs: modality -> the source's known pairs of texts and items of that modality.
        spaces: feature space -> dimension, of every modality that the refiner is to serve.
    """

    options: RelationOptions
    maker: TokenMaker
    centres: Centres
    pairs: Mapping[str, PairSet]
    spaces: Mapping[str, int]

    @classmethod
    def prepare(
        cls,
        knowledge: Knowledge,
        items: Mapping[str, LinkedItems],
        encoder: Encoder,
        options: RelationOptions | None = None,
        *,
        spaces: Mapping[str, int] | None = None,
    ) -> Pretraining:
        """Build the source's reference graph and every source item's leave-one-group-out tokens.

        Args:
            knowledge: the knowledge graph.
            items: modality -> the source's items; texts are needed.
            encoder: the text encoder, for the relations' descriptors.
            options: how to build and to train.
            spaces: dimensions of modalities that the source has no items of, but targets may.

        Raises:
            KgxError: there are no texts, or nothing but texts.
        """
        if "text" not in items or len(items) < 2:
            raise KgxError(
                f"pretraining: expected texts and items of another modality, got {', '.join(items) or 'none'}"
            )
        options = options or RelationOptions()
        reference = ReferenceGraph(knowledge, items, options.neighbours, options.neighbour_temperature)
        maker = TokenMaker(
            reference,
            relation_descriptors(reference, encoder),
            fit_maps(reference, options.ridge_alpha),
            hops=options.hops,
            coverage=options.coverage,
        )
        means: dict[str, np.ndarray] = {}
        blocks: dict[str, dict[str, TokenBlock]] = {}
        for modality, own in items.items():
            tokens: dict[str, Tokens] = maker.make(
                own,
                reference.centres[modality],
                groups=reference.groups[modality],
                translated=cross_fitted(reference, modality, options.ridge_alpha, options.folds),
                description=f"walk the paths of {modality}",
            )
            for some in tokens.values():
                means.update(some.means())
            blocks[modality] = {space: maker.block(some, means) for space, some in tokens.items()}
            del tokens  # as large as the blocks that were made of them
        held_out = _held_out_groups(items["text"].groups, options.validation_share, options.split_seed)
        pairs = {
            modality: PairSet.of_items(
                items["text"],
                items[modality],
                blocks["text"],
                blocks[modality],
                maker.asked(),
                validation_groups=held_out,
            )
            for modality in sorted(set(items) - {"text"})
        }
        known = {modality: own.vectors.shape[1] for modality, own in items.items()}
        return cls(options, maker, Centres(reference.centres, means), pairs, {**(spaces or {}), **known})

    def with_options(self, options: RelationOptions) -> Pretraining:
        """Return the same tokens and pairs with other options of network and training."""
        return replace(self, options=options)

    def train(self, seed: int = 0, *, description: str = "pretrain") -> RelationTransfer:
        """Pretrain a refiner; the validation part of the source decides when to stop."""
        torch.manual_seed(seed)
        options = self.options
        refiner = new_refiner(options, self.spaces, len(next(iter(self.maker.descriptors.values()))))
        modality = max(self.pairs, key=lambda name: len(self.pairs[name].text_rows))
        task = RefinerTask(
            refiner, self.pairs[modality], batch_size=options.batch_size, token_dropout=options.token_dropout
        )
        curve = fit(task, replace(options.training, seed=seed), description=description)
        return RelationTransfer(options, self.maker, self.centres, refiner, curve)


def _held_out_groups(groups: tuple[str, ...], share: float, seed: int) -> frozenset[str]:
    """Draw whole groups until they hold a share of the items; a group that is half of that alone is never drawn."""
    names, counts = np.unique(np.array(groups), return_counts=True)
    wanted = share * len(groups)
    small: Bool[np.ndarray, " g"] = counts <= wanted / 2
    order = np.random.default_rng(seed).permutation(np.flatnonzero(small))
    before = np.cumsum(counts[order]) - counts[order]
    return frozenset(names[order[before < wanted]].tolist())
