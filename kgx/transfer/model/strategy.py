"""Strategies of fine-tuning: which depths of a trunk are trained, in which epoch, and how fast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kgx.errors import ConfigError
from kgx.train import TrainingOptions

__all__ = ["STRATEGIES", "FineTuningOptions", "rates_of", "trained_depths"]

STRATEGIES = {
    "freeze": "only the heads are trained; the trunk's vectors are computed once",
    "last_n": "the heads and the last so many blocks are trained",
    "gradual": "from the heads downward, further blocks join in every epoch (ULMFiT)",
    "full": "everything is trained from the first epoch on",
    "shared": "what several modalities or heads have in common is trained, for all of them at once",
    "lora": "the trunk stays as it is, and low-rank corrections of its linear maps are trained (extra lora)",
}
"""Every strategy by its name, and what it does."""

_TRAINING = TrainingOptions(epochs=8, learning_rate=5e-5, patience=3)


@dataclass(frozen=True, slots=True)
class FineTuningOptions:
    """How a trunk is fine-tuned.

    Attributes:
        strategy: one of :data:`STRATEGIES`.
        last: blocks that ``last_n`` trains.
        per_epoch: blocks that join in each epoch of ``gradual``; in the first one only the heads are trained.
        decay: learning rate of a depth as a share of the one above it, the heads' on top: discriminative
            fine-tuning (Howard & Ruder, arXiv 1801.06146, who take 1/2.6). 1 is the same rate everywhere.
        head_rate: how many times faster than the trunk the heads learn, as they begin at random.
        rank: of LoRA's corrections (Hu et al., arXiv 2106.09685); they are scaled by two.
        dropout: before each head.
        batch_size: examples a batch.
        training: how long and how fast; ``learning_rate`` is that of the trunk's top, or of the heads where they are
            trained alone.
    """

    strategy: str = "gradual"
    last: int = 2
    per_epoch: int = 1
    decay: float = 1.0
    head_rate: float = 1.0
    rank: int = 8
    dropout: float = 0.1
    batch_size: int = 32
    training: TrainingOptions = _TRAINING

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise ConfigError(f"unknown strategy {self.strategy!r}; choose {', '.join(STRATEGIES)}")
        for name in ("last", "per_epoch", "rank", "batch_size"):
            if getattr(self, name) < 1:
                raise ConfigError(f"expected {name} of at least 1, got {getattr(self, name)}")
        if not 0.0 < self.decay <= 1.0 or self.head_rate <= 0.0 or not 0.0 <= self.dropout < 1.0:
            raise ConfigError(
                "expected decay in (0, 1], head_rate above 0 and dropout in [0, 1), "
                f"got {self.decay}, {self.head_rate} and {self.dropout}"
            )


def trained_depths(
    options: FineTuningOptions, names: Sequence[str], shared: frozenset[str], epoch: int
) -> frozenset[str]:
    """Return the names of the depths that are trained in an epoch; what stands behind the blocks goes with the heads.

    Args:
        options: names the strategy.
        names: of the trunk's depths, from the input to the output.
        shared: those that several modalities go through.
        epoch: counted from 0.

    Raises:
        ConfigError: more blocks are to be trained than there are.

    >>> names = ["embeddings", "layer.0", "layer.1", "after"]
    >>> sorted(trained_depths(FineTuningOptions("last_n", last=1), names, frozenset(), 0))
    ['after', 'layer.1']
    >>> [len(trained_depths(FineTuningOptions("gradual"), names, frozenset(), epoch)) for epoch in range(5)]
    [1, 2, 3, 4, 4]
    """
    after = [name for name in names if name == "after"]
    below = [name for name in names if name != "after"]  # from the input upward
    match options.strategy:
        case "full":
            return frozenset(names)
        case "shared":
            return shared
        case "last_n":
            blocks = [name for name in below if name != "embeddings"]
            if options.last > len(blocks):
                raise ConfigError(
                    f"last_n: expected at most the {len(blocks)} blocks that the network has, got {options.last}; "
                    "the strategy full trains everything"
                )
            return frozenset(after + below[-options.last :])
        case "gradual":
            joined = epoch * options.per_epoch
            return frozenset(after + (below[-joined:] if joined else []))
        case _:
            return frozenset()


def rates_of(options: FineTuningOptions, names: Sequence[str]) -> dict[str, float]:
    """Return the learning rate of each depth, as a share of the options'.

    >>> rates_of(FineTuningOptions(decay=0.5), ["embeddings", "layer.0", "layer.1"])
    {'embeddings': 0.25, 'layer.0': 0.5, 'layer.1': 1.0}
    """
    return {name: options.decay ** (len(names) - 1 - place) for place, name in enumerate(names)}
