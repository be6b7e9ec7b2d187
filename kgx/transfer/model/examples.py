"""Labelled examples: values that a trunk has read, and what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from kgx.encoders.base import Value
from kgx.errors import ConfigError
from kgx.transfer.model.trunk import Trunk

__all__ = ["Examples", "read_examples"]


@dataclass(frozen=True)
class Examples:
    """Examples of one modality for one head.

    Attributes:
        inputs: what the trunk has read.
        labels: what each is.
        modality: of all of them.
        head: that is to tell the labels apart.
        failures: reason by row number, for values that could not be read: they are left out of the other fields.
    """

    inputs: Sequence[Tensor]
    labels: Sequence[str]
    modality: str
    head: str = "label"
    failures: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.inputs)

    def part(self, rows: Sequence[int]) -> Examples:
        """Return some of the examples."""
        inputs, labels = [self.inputs[row] for row in rows], [self.labels[row] for row in rows]
        return Examples(inputs, labels, self.modality, self.head)


def read_examples(
    trunk: Trunk, values: Sequence[Value], labels: Sequence[str], modality: str, *, head: str = "label"
) -> Examples:
    """Read labelled texts, or picture files, once for any number of trainings.

    Args:
        trunk: that will be trained, or one that reads alike.
        values: texts, or paths.
        labels: what each is.
        modality: ``text`` or ``image``.
        head: that is to tell the labels apart.

    Raises:
        ConfigError: not as many labels as values, or no value that can be read.
        EncoderError: the trunk does not take the modality.
    """
    if len(values) != len(labels):
        raise ConfigError(f"expected a label for each of {len(values)} values, got {len(labels)}")
    read = trunk.read(values, modality)
    if not read.inputs:
        first = next(iter(read.failures.values()), "there are none")
        raise ConfigError(f"expected examples of {modality}, none of {len(values)} can be read ({first})")
    return Examples(read.inputs, [labels[row] for row in read.rows], modality, head, read.failures)
