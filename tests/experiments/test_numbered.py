"""Random vectors in place of descriptors."""

from __future__ import annotations

import numpy as np

from experiments.numbered import numbered
from kgx.transfer.pretrain import Pretraining


def test_numbered_descriptors_are_random_and_nothing_else_changes(tiny_pretraining: Pretraining) -> None:
    changed = numbered(tiny_pretraining, 0)
    again = numbered(tiny_pretraining, 0)
    for kind, vector in changed.maker.descriptors.items():
        np.testing.assert_array_equal(vector, again.maker.descriptors[kind])
        assert not np.array_equal(vector, tiny_pretraining.maker.descriptors[kind])
    assert changed.maker.paths == tiny_pretraining.maker.paths
