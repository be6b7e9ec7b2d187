"""Pretraining on a source: tokens without the answers, known pairs, and the training of a refiner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool

from graphs.gnn.attached import AttachedBlock
from graphs.gnn.hop_tokens import TokenBlock
from graphs.siblings import parent_matrix
from kgx.encoders.base import Encoder
from kgx.errors import KgxError
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.negatives import NearDuplicates, SiblingOrder
from kgx.train import Curve, fit
from kgx.transfer.centres import Centres
from kgx.transfer.descriptors import relation_descriptors
from kgx.transfer.maps import cross_fitted, fit_maps
from kgx.transfer.options import HOP_TOKENS, RelationOptions
from kgx.transfer.reference import ReferenceGraph
from kgx.transfer.refiner import Vocabulary, new_maker, new_refiner
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
        encoders: Mapping[str, Encoder],
        options: RelationOptions | None = None,
    ) -> Pretraining:
        """Build the source's reference graph and every source item's leave-one-group-out tokens.

        Args:
            knowledge: the knowledge graph.
            items: modality -> the source's items; texts are needed.
            encoders: modality -> encoder, of all modalities that the source or a target has items of; that of texts
                encodes the relations' descriptors too.
            options: how to build and to train.

        Raises:
            KgxError: there are no texts, or nothing but texts; or a modality has no encoder, or one of vectors of
                another size than its items have.
        """
        if "text" not in items or len(items) < 2:
            raise KgxError(
                f"pretraining: expected texts and items of another modality, got {', '.join(items) or 'none'}"
            )
        spaces = _spaces(items, encoders)
        options = options or RelationOptions()
        reference = ReferenceGraph(knowledge, items, options.neighbours, options.neighbour_temperature)
        maker = new_maker(
            options,
            reference,
            relation_descriptors(reference, encoders["text"]),
            fit_maps(reference, options.ridge_alpha),
        )
        means: dict[str, np.ndarray] = {}
        blocks: dict[str, dict[str, TokenBlock | AttachedBlock]] = {}
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
            blocks[modality] = {
                **{space: maker.block(some, means) for space, some in tokens.items()},
                **maker.attached(own, reference.centres[modality], groups=reference.groups[modality]),
            }
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
        return cls(options, maker, Centres(reference.centres, means), pairs, spaces)

    @property
    def trained_on(self) -> str:
        """The modality whose pairs a network is trained on: the one with most."""
        return max(self.pairs, key=lambda name: len(self.pairs[name].text_rows))

    def with_options(self, options: RelationOptions) -> Pretraining:
        """Return the same tokens and pairs with other options of network and training."""
        return replace(self, options=options)

    def train(self, seed: int = 0, *, description: str = "pretrain") -> RelationTransfer:
        """Pretrain a refiner; the validation part of the source decides when to stop."""
        fresh, options = self.untrained(seed), self.options
        if not fresh.learns:
            return fresh
        modality = self.trained_on
        task = RefinerTask(
            fresh.refiner,
            self.pairs[modality],
            batch_size=options.batch_size,
            token_dropout=options.token_dropout,
            name_dropout=options.name_dropout,
            near_duplicates=self._near_duplicates(),
            order=self._siblings(modality),
        )
        curve = fit(task, replace(options.training, seed=seed), description=description)
        return replace(fresh, options=options, curve=curve)

    def untrained(self, seed: int = 0) -> RelationTransfer:
        """Return the network as it is before pretraining, over the same graph, maps and means.

        It shows what pretraining brings: refine with it as it is, or adapt it, which is done by the options
        ``from_scratch`` where they are given; its first weights know nothing that would be kept.
        """
        torch.manual_seed(seed)
        options = self.options
        size = len(next(iter(self.maker.descriptors.values())))
        known = None if options.network in (HOP_TOKENS, "similarity") else Vocabulary.of(self.maker.reference)
        refiner = new_refiner(options, self.spaces, size, known)
        if options.from_scratch is not None:
            options = options.model_copy(update={"adaptation": options.from_scratch, "prior_pairs": 0})
        return RelationTransfer(options, self.maker, self.centres, refiner.eval(), Curve())

    def _near_duplicates(self) -> NearDuplicates | None:
        asked = self.options.negatives
        if asked.near_duplicates == "negative":
            return None
        vectors = torch.from_numpy(self.maker.reference.centred["text"])
        return NearDuplicates(vectors, asked.likeness, asked.near_duplicates)

    def _siblings(self, modality: str) -> Callable[[torch.Generator], np.ndarray] | None:
        share, reference = self.options.negatives.siblings, self.maker.reference
        about = reference.about(modality) if share else None
        if about is None:
            return None
        concepts = reference.knowledge.concepts
        parents = parent_matrix(reference.knowledge.graph)[concepts][:, concepts]
        return SiblingOrder.of_links(about, parents, share).order


def _spaces(items: Mapping[str, LinkedItems], encoders: Mapping[str, Encoder]) -> dict[str, int]:
    """Return feature space -> dimension of all encoders."""
    spaces = {modality: encoder.dimension for modality, encoder in encoders.items()}
    for modality, own in items.items():
        if modality not in spaces:
            raise KgxError(f"pretraining: there are items of {modality}, but no encoder of {modality}")
        if own.vectors.shape[1] != spaces[modality]:
            raise KgxError(
                f"pretraining: {modality} items have vectors of {own.vectors.shape[1]} numbers, their encoder makes "
                f"{spaces[modality]}"
            )
    return spaces


def _held_out_groups(groups: tuple[str, ...], share: float, seed: int) -> frozenset[str]:
    """Draw whole groups until they hold a share of the items; a group that is half of that alone is never drawn."""
    names, counts = np.unique(np.array(groups), return_counts=True)
    wanted = share * len(groups)
    small: Bool[np.ndarray, " g"] = counts <= wanted / 2
    order = np.random.default_rng(seed).permutation(np.flatnonzero(small))
    before = np.cumsum(counts[order]) - counts[order]
    return frozenset(names[order[before < wanted]].tolist())
