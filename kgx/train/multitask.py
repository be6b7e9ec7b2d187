"""Several tasks trained as one, over the modules that they share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn

from kgx.errors import KgxError
from kgx.losses import uncertainty_weighted
from kgx.train.loop import Curve, Staged, Task

__all__ = ["MultiTask", "TaskWeights"]

TaskWeights: TypeAlias = Mapping[str, float] | Literal["uncertainty"]


class MultiTask:
    """Several tasks as one task of :func:`kgx.train.loop.fit`: each step takes one batch of each.

    Tasks share what their modules share (a refiner); what is a task's own stays its own. An epoch is an epoch of the
    task that leads, whose validation score also decides when to stop; shorter tasks begin afresh within it, and of
    longer ones each epoch sees a part.

    Args:
        tasks: name -> task; names are those of submodules, so they have no dot.
        weights: what each task's loss counts, 1 where left out; or ``"uncertainty"``, learned as
            :func:`kgx.losses.uncertainty_weighted` describes.
        lead: the task that leads; the first where left out.
        gaussian: tasks whose losses are errors of a Gaussian rather than cross-entropies; of use to learned weights.

    Attributes:
        curves: task -> its own losses, unweighted, and validation scores, epoch by epoch of this process.

    Raises:
        KgxError: there is no task, an unknown one is named, or a weight is not above 0.
    """

    def __init__(
        self,
        tasks: Mapping[str, Task[Any]],
        *,
        weights: TaskWeights | None = None,
        lead: str | None = None,
        gaussian: Collection[str] = (),
    ) -> None:
        if not tasks:
            raise KgxError("multi-task training: expected at least one task, got none")
        fixed: Mapping[str, float] = weights if isinstance(weights, Mapping) else {}
        unknown = {*fixed, *gaussian, *([lead] if lead is not None else [])} - set(tasks)
        if unknown:
            raise KgxError(
                f"multi-task training: expected names of the tasks {', '.join(tasks)}, got {', '.join(sorted(unknown))}"
            )
        if not all(weight > 0 for weight in fixed.values()):
            raise KgxError(f"multi-task training: expected weights above 0, got {dict(fixed)}")
        self.tasks = dict(tasks)
        self.lead = lead if lead is not None else next(iter(tasks))
        self.curves = {name: Curve() for name in tasks}
        self.module = nn.ModuleDict({name: task.module for name, task in tasks.items()})
        self._fixed = torch.tensor([float(fixed.get(name, 1.0)) for name in tasks])
        self._gaussian = torch.tensor([name in gaussian for name in tasks])
        self._log_variances: nn.Parameter | None = None
        if weights == "uncertainty":
            self._log_variances = nn.Parameter(torch.zeros(len(tasks)))
            self.module.register_parameter("log_variances", self._log_variances)
        self._sums: list[float] = []
        self._count = 0

    def begin_epoch(self, epoch: int) -> None:
        """Begin the epoch's records, and tell the tasks that want to know."""
        self._sums, self._count = [0.0] * len(self.tasks), 0
        for name, task in self.tasks.items():
            self.curves[name].loss.append(0.0)
            if isinstance(task, Staged):
                task.begin_epoch(epoch)

    def steps(self) -> int:
        """Return the number of batches of the task that leads."""
        return self.tasks[self.lead].steps()

    def batches(self, generator: torch.Generator) -> Iterator[dict[str, Any]]:
        """Yield one batch of each task at a time; all begin afresh with the epoch, so that it can be gone on with."""
        endless = {name: _endless(task, generator) for name, task in self.tasks.items() if name != self.lead}
        for batch in self.tasks[self.lead].batches(generator):
            yield {name: batch if name == self.lead else next(endless[name]) for name in self.tasks}

    def loss(self, batch: Mapping[str, Any]) -> Tensor:
        """Return the weighted sum of the tasks' losses."""
        losses = torch.stack([task.loss(batch[name]) for name, task in self.tasks.items()])
        self._note(losses.detach().tolist())
        if self._log_variances is None:
            return (self._fixed.to(losses) * losses).sum()
        return uncertainty_weighted(losses, self._log_variances, self._gaussian.to(losses.device))

    def score(self) -> float | None:
        """Return the validation score of the task that leads; the others' are kept in :attr:`curves`."""
        scores = {name: task.score() for name, task in self.tasks.items()}
        for name, score in scores.items():
            if score is not None:
                curve = self.curves[name]
                curve.score.append(score)
                if score > curve.score[curve.best_epoch] or curve.best_epoch < 0:
                    curve.best_epoch = len(curve.score) - 1
        return scores[self.lead]

    def weights(self) -> dict[str, float]:
        """Return what each task's loss counts now."""
        if self._log_variances is None:
            counts = self._fixed
        else:
            counts = torch.exp(-self._log_variances.detach()) * torch.where(self._gaussian, 0.5, 1.0)
        return dict(zip(self.tasks, counts.tolist(), strict=True))

    def _note(self, losses: list[float]) -> None:
        if not self._sums:  # the loss is asked for outside of a training
            return
        self._count += 1
        for place, (name, loss) in enumerate(zip(self.tasks, losses, strict=True)):
            self._sums[place] += loss
            self.curves[name].loss[-1] = self._sums[place] / self._count


def _endless(task: Task[Any], generator: torch.Generator) -> Iterator[Any]:
    while True:
        yield from task.batches(generator)
