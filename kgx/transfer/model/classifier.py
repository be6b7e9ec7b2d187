"""A trunk under one head or several: what is fine-tuned, and what predicts labels afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor, nn

from kgx.encoders.base import Value
from kgx.errors import ModelError
from kgx.transfer.model.trunk import Trunk

__all__ = ["Classifier", "Prediction"]

_BATCH = 32  # inputs in the network at a time, where nothing is trained


@dataclass(frozen=True)
class Prediction:
    """What a classifier says of some values.

    Attributes:
        labels: the likeliest label of each value; None where it could not be read.
        probabilities: of every label of the head, zero where a value could not be read.
        failures: reason by row number, for every value that could not be read.
    """

    labels: tuple[str | None, ...]
    probabilities: Float32[np.ndarray, "n labels"]
    failures: Mapping[int, str] = field(default_factory=dict)


class Classifier(nn.Module):
    """Heads over the vectors of one trunk: layer norm, dropout, and a linear map to the labels.

    Args:
        trunk: gives the vectors.
        labels: head -> its labels, in the order of the logits.
        dropout: before each head.

    Raises:
        ModelError: no head, or a head with fewer than two labels or with a label twice.
    """

    def __init__(self, trunk: Trunk, labels: Mapping[str, Sequence[str]], *, dropout: float = 0.1) -> None:
        super().__init__()
        for head, names in labels.items():
            if len(set(names)) != len(names) or len(names) < 2:
                raise ModelError(f"head {head!r}: expected two labels or more, each once, got {list(names)}")
        if not labels:
            raise ModelError("expected a classifier with at least one head, got none")
        self.trunk = trunk
        self.labels = {head: tuple(names) for head, names in labels.items()}
        self.dropout = dropout
        self.heads = nn.ModuleList(
            _head(trunk.dimension, len(names), dropout) for names in self.labels.values()
        )

    def forward(
        self, inputs: Sequence[Tensor], modality: str, head: str | None = None
    ) -> Float[Tensor, "n labels"]:
        """Return logits of inputs that the trunk has read; the head may be left out where there is one."""
        return self.logits(self.trunk(inputs, modality), head)

    def logits(
        self, vectors: Float[Tensor, "n dimension"], head: str | None = None
    ) -> Float[Tensor, "n labels"]:
        """Return logits of vectors that the trunk has given."""
        logits: Tensor = self.heads[list(self.labels).index(self.head_of(head))](vectors)
        return logits

    def head_of(self, head: str | None) -> str:
        """Return the name of a head: the only one where none is named.

        Raises:
            ModelError: there is no head of that name, or several and none is named.
        """
        if head is None and len(self.labels) == 1:
            return next(iter(self.labels))
        if head is None or head not in self.labels:
            raise ModelError(f"expected one of the heads {', '.join(self.labels)}, got {head}")
        return head

    @torch.inference_mode()
    def vectors(self, inputs: Sequence[Tensor], modality: str) -> Float[Tensor, "n dimension"]:
        """Return the trunk's vectors, a few inputs at a time, those of like length together."""
        vectors = torch.zeros(len(inputs), self.trunk.dimension)
        order = sorted(range(len(inputs)), key=lambda row: len(inputs[row]))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            vectors[rows] = self.trunk([inputs[row] for row in rows], modality)
        return vectors

    def tell(self, inputs: Sequence[Tensor], modality: str, head: str | None = None) -> list[str]:
        """Return the likeliest label of each input that the trunk has read."""
        if not inputs:
            return []
        names = self.labels[self.head_of(head)]
        self.eval()
        with torch.inference_mode():
            logits = self.logits(self.vectors(inputs, modality), head)
        return [names[best] for best in logits.argmax(dim=1).tolist()]

    def predict(
        self, values: Sequence[Value], *, modality: str | None = None, head: str | None = None
    ) -> Prediction:
        """Label texts, or picture files.

        Args:
            values: texts, or paths.
            modality: of the values; may be left out where the trunk takes only one.
            head: that answers; may be left out where there is only one.

        Raises:
            EncoderError: the trunk does not take the modality.
            ModelError: there is no such head, or several and none is named.
        """
        names = self.labels[self.head_of(head)]
        chosen = modality if modality is not None else ", ".join(sorted(self.trunk.modalities))
        self.trunk.require(chosen)
        read = self.trunk.read(values, chosen)
        self.eval()
        probabilities = np.zeros((len(values), len(names)), dtype=np.float32)
        labels: list[str | None] = [None] * len(values)
        if read.inputs:
            with torch.inference_mode():
                logits = self.logits(self.vectors(read.inputs, chosen), head)
            probabilities[read.rows] = torch.softmax(logits, dim=1).numpy()
            for row, best in zip(read.rows, logits.argmax(dim=1).tolist(), strict=True):
                labels[row] = names[best]
        return Prediction(tuple(labels), probabilities, dict(sorted(read.failures.items())))

    def train(self, mode: bool = True) -> Self:
        """Switch to training, all but what is frozen: its dropout stays off, and its running statistics as they are."""
        super().train(mode)
        if mode:
            _settle(self)
        return self


def _head(dimension: int, labels: int, dropout: float) -> nn.Module:
    return nn.Sequential(nn.LayerNorm(dimension), nn.Dropout(dropout), nn.Linear(dimension, labels))


def _settle(module: nn.Module) -> None:
    """Put every part into evaluation mode that has parameters of which none is trained."""
    parameters = list(module.parameters())
    if parameters and not any(parameter.requires_grad for parameter in parameters):
        module.eval()
        return
    for child in module.children():
        _settle(child)
