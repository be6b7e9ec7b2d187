"""The lower layers of one network under fresh upper ones: how far up what was learned can be carried over.

Yosinski, Clune, Bengio & Lipson, *How transferable are features in deep neural networks?* (arXiv 1411.1792).
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from kgx.errors import ConfigError
from kgx.transfer.model.trunk import Trunk
from kgx.transfer.model.trunks import open_trunk

__all__ = ["block_count", "transplanted"]


def block_count(trunk: Trunk) -> int:
    """Return how many blocks a trunk has: its depths but what stands before and behind them."""
    return sum(depth.name not in ("embeddings", "after") for depth in trunk.depths())


def transplanted(trunk: Trunk, blocks: int, *, seed: int = 0) -> Trunk:
    """Return a trunk with the embeddings and the first blocks of another, and random weights above them.

    Args:
        trunk: stays as it is.
        blocks: how many are carried over; all of them carry over what stands behind them too.
        seed: of the random weights.

    Raises:
        ConfigError: there are not so many blocks.
    """
    depths = trunk.depths()
    total = block_count(trunk)
    if not 0 <= blocks <= total:
        raise ConfigError(f"expected 0 to {total} blocks to carry over, got {blocks}")
    with TemporaryDirectory() as place, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        note = trunk.save(Path(place))
        fresh = open_trunk(Path(place), {"kind": trunk.kind, **note})
    below = [depth for depth in depths if depth.name != "after"]
    kept = depths if blocks == total else below[: len(below) - total + blocks]
    names = {name for depth in kept for name in depth.parameters}
    homes = {name.rpartition(".")[0] for name in names}  # modules whose running statistics come along
    state = fresh.body.state_dict()
    state |= {
        name: tensor.clone()
        for name, tensor in trunk.body.state_dict().items()
        if name in names or name.rpartition(".")[0] in homes
    }
    fresh.body.load_state_dict(state)
    return fresh.eval()
