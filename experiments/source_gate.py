"""The gate of a refiner, chosen on the source's held-out folders."""

from __future__ import annotations

import numpy as np
import torch

from experiments.known_pairs import KnownPairs
from graphs.neighbours import unit_rows
from kgx.train.tasks.nodes import refined_rows
from kgx.transfer.feature import RidgeMap
from kgx.transfer.gate import Gate, choose_share
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer

__all__ = ["source_gate"]


def source_gate(pretraining: Pretraining, transfer: RelationTransfer) -> Gate:
    """Return the gate that serves held-out texts of the source in search of pictures best; see :func:`choose_share`.

    The unrefined vectors are those of a ridge map that does not know the held-out pairs.
    """
    pairs, source = pretraining.pairs["image"], pretraining.maker.reference.items
    held_out = pairs.validation
    if not held_out.any():
        return Gate(0.0)
    texts, others = pairs.text_rows[held_out], pairs.other_rows[held_out]
    gallery, column = np.unique(others, return_inverse=True)
    with torch.no_grad():
        asked = refined_rows(
            transfer.refiner, pairs.texts, torch.from_numpy(texts), shown=pairs.text_asked, dropout=0.0
        )
        filed = refined_rows(
            transfer.refiner, pairs.others, torch.from_numpy(gallery), shown=None, dropout=0.0
        )
    known = KnownPairs.of(source["text"], source["image"], pretraining.centres, target=False)
    trained, kept = known.select(~held_out), known.select(held_out)
    ridge = RidgeMap(pretraining.options.ridge_alpha).fit(trained.features, trained.texts)
    mapped = unit_rows(np.asarray(ridge.transform(kept.features), dtype=np.float32))
    unrefined = np.zeros((len(texts), len(gallery)), dtype=np.float32)
    unrefined[:, column] = kept.texts @ mapped.T  # pairs of one picture have equal columns
    relevant = np.zeros(unrefined.shape, dtype=bool)
    for kind in kept.kinds.T:
        for row, place in enumerate(column):
            relevant[:, place] |= kind == kind[row]
    return Gate(choose_share((asked @ filed.T).numpy(), unrefined, relevant))
