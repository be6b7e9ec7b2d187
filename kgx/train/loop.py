"""The only training loop.

A task owns its modules, its batches and its loss; the loop owns optimiser, schedule, early stopping and progress, and
goes on where it was interrupted. A task may also say which parameters learn how fast (:class:`Grouped`), and be told
when an epoch begins, to unfreeze some of them (:class:`Staged`). Under ``torchrun`` every process has its own batches
(:mod:`kgx.train.parallel`).
AdamW with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101) under a one-cycle schedule
(Smith & Topin, arXiv 1708.07120).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor, nn

from kgx.errors import ConfigError
from kgx.progress import track
from kgx.train import parallel
from kgx.train.snapshot import Snapshot

__all__ = ["Curve", "Grouped", "ParameterGroup", "Staged", "Task", "TrainingOptions", "fit"]

Batch = TypeVar("Batch")


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How long and how fast to train.

    Attributes:
        epochs: passes over the task's batches, at most.
        learning_rate: the peak of the one-cycle schedule.
        weight_decay: of AdamW.
        patience: epochs without a better validation score before training stops; 0 trains all epochs and keeps the
            last weights.
        seed: of batches and dropout.
        accumulate: batches whose gradients are averaged before a step is taken: a large batch in the memory of a small
            one. The last step of an epoch takes those that are left.
    """

    epochs: int = 8
    learning_rate: float = 5e-4
    weight_decay: float = 0.01
    patience: int = 0
    seed: int = 0
    accumulate: int = 1

    def __post_init__(self) -> None:
        for name, least in (("epochs", 0), ("patience", 0), ("accumulate", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"expected {name} of at least {least}, got {getattr(self, name)}")
        for name in ("learning_rate", "weight_decay"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"expected {name} of at least 0, got {getattr(self, name)}")


@dataclass(slots=True)
class Curve:
    """What happened, epoch by epoch.

    Attributes:
        loss: mean training loss of every epoch.
        score: validation score of every epoch; empty where the task has none.
        best_epoch: the epoch whose weights were kept, counted from 0.
    """

    loss: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    best_epoch: int = -1


class Task(Protocol[Batch]):
    """One thing to learn."""

    @property
    def module(self) -> nn.Module:
        """What is trained, and what the weights that are kept are put back into."""

    def steps(self) -> int:
        """Return the number of batches an epoch has."""

    def batches(self, generator: torch.Generator) -> Iterator[Batch]:
        """Yield the batches of one epoch, in an order drawn from ``generator``."""

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of one batch, a scalar that may be differentiated."""

    def score(self) -> float | None:
        """Return the validation score of the weights as they are (more is better); None where there is none."""


@dataclass(frozen=True, slots=True)
class ParameterGroup:
    """Parameters that learn at the same rate.

    Attributes:
        parameters: of the task's module. They may be frozen at first: what has no gradient is left as it is.
        rate: share of ``TrainingOptions.learning_rate``.
    """

    parameters: Sequence[nn.Parameter]
    rate: float = 1.0


@runtime_checkable
class Grouped(Protocol):
    """A task whose parameters do not all learn at the same rate."""

    def parameter_groups(self) -> Sequence[ParameterGroup]:
        """Return all parameters that are trained in any epoch, each in one group."""


@runtime_checkable
class Staged(Protocol):
    """A task that wants to know when an epoch begins."""

    def begin_epoch(self, epoch: int) -> None:
        """Make ready for an epoch, counted from 0; after an interruption the first call is not for epoch 0."""


def fit(
    task: Task[Batch],
    options: TrainingOptions,
    *,
    description: str = "train",
    snapshot: Path | None = None,
    identity: Mapping[str, Any] | None = None,
) -> Curve:
    """Train the task's module in place and leave it in evaluation mode.

    Where the task has a validation score and ``options.patience`` is not 0, training stops after that many epochs
    without a better one and the best weights are restored.

    Same seed, same thread count and same machine: same weights, whether the training was interrupted or not.

    Args:
        task: what to learn.
        options: how long and how fast.
        description: stands beside the progress bar.
        snapshot: a file that is written after every epoch; where it exists, training goes on from it.
        identity: what else, besides the options, has to be the same for a snapshot to be this training's.

    Raises:
        ModelError: the snapshot is damaged, or another training's.
        ConfigError: the loss is no number any more, as with too high a rate.

    >>> class Tripling:
    ...     module = nn.Linear(1, 1, bias=False)
    ...     def steps(self): return 1
    ...     def batches(self, generator): yield torch.rand(64, 1, generator=generator)
    ...     def loss(self, batch): return ((self.module(batch) - 3 * batch) ** 2).mean()
    ...     def score(self): return None
    >>> task = Tripling()
    >>> curve = fit(task, TrainingOptions(epochs=200, learning_rate=0.3, weight_decay=0.0))
    >>> round(task.module.weight.item(), 1)
    3.0
    """
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    module = task.module
    parallel.same_weights(module)
    groups = _groups(task)
    rates = [options.learning_rate * group.rate for group in groups]
    optimiser = torch.optim.AdamW(
        [{"params": list(group.parameters), "lr": rate} for group, rate in zip(groups, rates, strict=True)],
        lr=options.learning_rate,
        weight_decay=options.weight_decay,
    )
    steps = -(-task.steps() // options.accumulate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rates, total_steps=max(2, options.epochs * steps)
    )
    state = Snapshot(module, optimiser, schedule, generator, {**asdict(options), **(identity or {})})
    curve = Curve()
    best: dict[str, Tensor] | None = None
    if snapshot is not None and snapshot.exists():
        progress, best = state.load(snapshot)
        curve = Curve(**progress)
    epochs = range(len(curve.loss), options.epochs if not _is_over(curve, options) else 0)
    for epoch in track(epochs, description) if parallel.is_first() else epochs:
        if isinstance(task, Staged):
            task.begin_epoch(epoch)
        module.train()
        total, count = 0.0, 0
        for batches in _together(task.batches(generator), options.accumulate):
            optimiser.zero_grad(set_to_none=True)
            for batch in batches:
                loss = task.loss(batch)
                torch.autograd.backward(loss / len(batches) if len(batches) > 1 else loss)
                total, count = total + float(loss.detach()), count + 1
            parallel.average_gradients(module)
            optimiser.step()
            schedule.step()
        module.eval()
        device = next(module.parameters()).device
        curve.loss.append(parallel.agreed(total / max(count, 1), device))
        if not math.isfinite(curve.loss[-1]):
            raise ConfigError(
                f"{description}: the loss of epoch {epoch + 1} is {curve.loss[-1]}: expected a smaller learning_rate "
                f"than {options.learning_rate:g}"
            )
        score = task.score() if options.patience else None
        if score is None:
            curve.best_epoch = epoch
        else:
            score = parallel.agreed(score, device)
            before = curve.score[curve.best_epoch] if curve.best_epoch >= 0 else float("-inf")
            if score > before:  # never so for NaN
                best, curve.best_epoch = copy.deepcopy(module.state_dict()), epoch
            curve.score.append(score)
        if snapshot is not None and parallel.is_first():
            state.save(snapshot, asdict(curve), best)
        if _is_over(curve, options):
            break
    if best is not None:
        module.load_state_dict(best)
    module.eval()
    return curve


def _is_over(curve: Curve, options: TrainingOptions) -> bool:
    """Tell whether as many epochs as ``options.patience`` allows have not made the score better."""
    return bool(curve.score) and len(curve.loss) - 1 - curve.best_epoch >= options.patience


def _groups(task: Task[Batch]) -> Sequence[ParameterGroup]:
    """Return the parameters that are trained, as the task groups them."""
    if isinstance(task, Grouped):
        return task.parameter_groups()
    return [ParameterGroup([parameter for parameter in task.module.parameters() if parameter.requires_grad])]


def _together(batches: Iterable[Batch], count: int) -> Iterator[list[Batch]]:
    """Yield so many batches at a time, the last time those that are left."""
    iterator = iter(batches)
    while group := list(islice(iterator, count)):
        yield group
