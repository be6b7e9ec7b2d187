"""Relations known by number: a random vector for each of them in place of its descriptor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float32

from graphs.gnn.hop_tokens import TokenBlock
from graphs.propagate import EdgeType
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tasks import Blocks

__all__ = ["numbered", "random_vectors"]


def numbered(pretraining: Pretraining, seed: int) -> Pretraining:
    """Return pretraining with a random vector for every relation in place of its descriptor."""
    descriptors = random_vectors(pretraining, [seed, 0])
    maker = replace(pretraining.maker, descriptors=descriptors, known_paths=pretraining.maker.paths)

    def described(modality: str, blocks: Blocks) -> Blocks:
        found: dict[str, TokenBlock] = {}
        for space, block in blocks.items():
            if isinstance(block, TokenBlock):
                paths = tuple(path for path in maker.paths[modality] if path.space == space)
                found[space] = TokenBlock(
                    block.tokens, block.agreement, torch.from_numpy(maker.describe(paths))
                )
        return found

    pairs = {
        modality: replace(own, texts=described("text", own.texts), others=described(modality, own.others))
        for modality, own in pretraining.pairs.items()
    }
    return replace(pretraining, maker=maker, pairs=pairs)


def random_vectors(
    model: Pretraining | RelationTransfer, seed: list[int]
) -> dict[EdgeType, Float32[np.ndarray, " size"]]:
    """Return a random vector of length 1 for every edge type that a model has a descriptor of."""
    rng = np.random.default_rng(seed)
    drawn = {}
    for kind, known in model.maker.descriptors.items():
        vector = rng.standard_normal(len(known))
        drawn[kind] = (vector / np.linalg.norm(vector)).astype(np.float32)
    return drawn
