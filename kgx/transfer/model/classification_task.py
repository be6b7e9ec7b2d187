"""What a classifier is trained on: labelled batches, one set of examples at a time, and which depths learn when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from kgx.train import ParameterGroup
from kgx.train.pairs import batches_of
from kgx.transfer.model.classifier import Classifier
from kgx.transfer.model.examples import Examples
from kgx.transfer.model.strategy import FineTuningOptions, rates_of, trained_depths

__all__ = ["ClassificationTask"]

Batch = tuple[int, Tensor]
"""The number of a set of examples, and rows in it."""


class ClassificationTask:
    """Cross-entropy over each head's labels; a batch holds examples of one set, and sets take turns at random.

    The validation score is the mean over the sets of macro F1.

    Args:
        classifier: what is trained; for the strategy ``lora``, with corrections in its trunk.
        training, validation: sets of examples; without any in ``validation`` there is no score.
        options: how.
    """

    def __init__(
        self,
        classifier: Classifier,
        training: Sequence[Examples],
        validation: Sequence[Examples],
        options: FineTuningOptions,
    ) -> None:
        # Of a frozen trunk nothing changes: there is no need to keep its weights epoch by epoch.
        self.module: nn.Module = classifier.heads if options.strategy == "freeze" else classifier
        self._classifier = classifier
        self._options = options
        self._training, self._validation = training, validation
        self._targets = [self._numbers(examples) for examples in training]
        # LoRA has frozen the depths already: what it has put into them stays trained.
        depths = () if options.strategy == "lora" else classifier.trunk.depths()
        self._depths = {depth.name: list(depth.parameters.values()) for depth in depths}
        self._trained = self._ever_trained()
        self._fixed: list[Tensor] | None = None
        self._fixed_validation: list[Tensor] | None = None
        self.begin_epoch(0)
        if options.strategy == "freeze":
            self._fixed, self._fixed_validation = self._all_vectors(training), self._all_vectors(validation)

    def steps(self) -> int:
        """Return the number of batches in all sets together."""
        return sum(-(-len(examples) // self._options.batch_size) for examples in self._training)

    def batches(self, generator: torch.Generator) -> Iterator[Batch]:
        """Yield every example once, the batches of all sets in random order."""
        size = self._options.batch_size
        batches = [
            (number, rows)
            for number, examples in enumerate(self._training)
            for rows in batches_of(len(examples), size, generator)
        ]
        for place in torch.randperm(len(batches), generator=generator).tolist():
            yield batches[place]

    def loss(self, batch: Batch) -> Tensor:
        """Return the mean cross-entropy of a batch."""
        number, rows = batch
        examples, targets = self._training[number], self._targets[number][rows]
        if self._fixed is not None:
            logits = self._classifier.logits(self._fixed[number][rows], examples.head)
        else:
            inputs = [examples.inputs[row] for row in rows.tolist()]
            logits = self._classifier(inputs, examples.modality, examples.head)
        return nn.functional.cross_entropy(logits, targets)

    def score(self) -> float | None:
        """Return macro F1, the mean over the validation sets."""
        from sklearn.metrics import f1_score

        if not self._validation:
            return None
        vectors = self._fixed_validation or self._all_vectors(self._validation)
        scores = []
        with torch.inference_mode():
            for examples, found in zip(self._validation, vectors, strict=True):
                told = self._classifier.logits(found, examples.head).argmax(dim=1)
                right = self._numbers(examples)
                scores.append(
                    float(f1_score(right.numpy(), told.numpy(), average="macro", zero_division=0.0))
                )
        return sum(scores) / len(scores)

    def parameter_groups(self) -> list[ParameterGroup]:
        """Return the heads, and each depth that is trained in any epoch, with their rates."""
        rates = rates_of(self._options, list(self._depths))
        groups = [ParameterGroup(list(self._classifier.heads.parameters()), self._options.head_rate)]
        groups += [
            ParameterGroup(parameters, rates[name])
            for name, parameters in self._depths.items()
            if name in self._trained
        ]
        if self._options.strategy == "lora":
            trunk = self._classifier.trunk
            groups.append(ParameterGroup([one for one in trunk.parameters() if one.requires_grad]))
        return groups

    def begin_epoch(self, epoch: int) -> None:
        """Freeze and unfreeze the depths."""
        trained = self._trained_in(epoch)
        for name, parameters in self._depths.items():
            for parameter in parameters:
                parameter.requires_grad_(name in trained)

    def _trained_in(self, epoch: int) -> frozenset[str]:
        shared = self._classifier.trunk.shared_depths()
        return trained_depths(self._options, list(self._depths), shared, epoch)

    def _ever_trained(self) -> frozenset[str]:
        epochs = range(max(1, self._options.training.epochs))
        return frozenset().union(*map(self._trained_in, epochs))

    def _all_vectors(self, sets: Sequence[Examples]) -> list[Tensor]:
        self._classifier.eval()
        # Cloned: what inference mode gives cannot take part in training.
        return [self._classifier.vectors(one.inputs, one.modality).clone() for one in sets]

    def _numbers(self, examples: Examples) -> Tensor:
        names = self._classifier.labels[examples.head]
        numbers = {name: number for number, name in enumerate(names)}
        return torch.tensor([numbers[label] for label in examples.labels])
