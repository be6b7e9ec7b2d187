"""The pairs of a prepared source with their tokens, and with copies of some items beside the originals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from graphs.gnn.hop_tokens import TokenBlock
from kgx.items import LinkedItems
from kgx.train.tasks import token_blocks
from kgx.transfer.maps import cross_fitted
from kgx.transfer.mixed_pairs import MixedPairs
from kgx.transfer.pretrain import Pretraining

__all__ = ["AugmentedPairs"]


@dataclass(frozen=True)
class AugmentedPairs:
    """What :class:`kgx.transfer.mixed_pairs.MixedAlignment` is trained on.

    Attributes:
        pairs: the pairs.
        blocks: modality -> space -> tokens of all items, copies last.
    """

    pairs: MixedPairs
    blocks: Mapping[str, Mapping[str, TokenBlock]]

    @classmethod
    def of(cls, prepared: Pretraining, modality: str, copies: LinkedItems | None = None) -> AugmentedPairs:
        """Pair a source's texts with each other and with the items of a modality.

        Copies are there for training alone: the reference graph knows nothing of them. A copy takes its original's
        place in the pairs of texts and items of the modality, in addition to it; other pairs stay as they are. Its
        tokens are made as those of the source's own items are, so that it sees neither its original nor the partner:
        walks leave out its group, and it is mapped by what was fitted without it.

        Args:
            prepared: the source.
            modality: of the texts' partners.
            copies: of texts or of the partners, each with its original's entity and group; none where left out.
        """
        own, items = prepared.pairs[modality], prepared.maker.reference.items
        blocks = {"text": token_blocks(own.texts), modality: token_blocks(own.others)}
        if copies is None or not len(copies):
            return cls(MixedPairs.of_items(items), blocks)
        changed, first = copies.modality, len(items[copies.modality])
        pairs = MixedPairs.of_items({**items, changed: LinkedItems.join([items[changed], copies])})
        kind, of_copies = pairs.modalities.index(changed), pairs.kinds == pairs.modalities.index(modality)
        original = (pairs.kinds != kind) | (pairs.partners < first)
        if changed == "text":
            original &= pairs.texts < first
        further = _blocks(prepared, copies)
        joined = {space: _joined(block, further[space]) for space, block in blocks[changed].items()}
        return cls(pairs.select(np.flatnonzero(original | of_copies)), {**blocks, changed: joined})


def _blocks(prepared: Pretraining, copies: LinkedItems) -> Mapping[str, TokenBlock]:
    """Return tokens of copies of a source's items, each without what its group knows."""
    maker, options, modality = prepared.maker, prepared.options, copies.modality
    reference = maker.reference
    tokens = maker.make(
        copies,
        reference.centres[modality],
        groups=reference.group_codes(copies),
        translated=cross_fitted(reference, modality, options.ridge_alpha, options.folds, items=copies),
    )
    return {space: maker.block(some, prepared.centres.paths) for space, some in tokens.items()}


def _joined(first: TokenBlock, second: TokenBlock) -> TokenBlock:
    return TokenBlock(
        torch.cat([first.tokens, second.tokens]),
        torch.cat([first.agreement, second.agreement]),
        first.descriptors,
    )
