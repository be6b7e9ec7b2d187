"""What every trunk promises: a network under one or several heads, any depth of which may be trained or left alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from kgx.encoders.base import Value
from kgx.errors import EncoderError
from kgx.transfer.model.depth import Depth, depths_of

__all__ = ["OpenTrunk", "Read", "Trunk"]


@dataclass(frozen=True)
class Read:
    """Values as a trunk takes them.

    Attributes:
        inputs: one tensor a value that could be read; they may differ in length.
        rows: the number of each one's value.
        failures: reason by row number, for every value that could not be read.
    """

    inputs: list[Tensor]
    rows: list[int]
    failures: dict[int, str] = field(default_factory=dict)


class Trunk(nn.Module, ABC):
    """A network that turns texts or pictures into vectors.

    Attributes:
        kind: its name in :data:`kgx.transfer.model.trunks.TRUNKS`.
        modalities: what it takes.
        dimension: length of a vector.
        body: the part that has depths.
    """

    kind: ClassVar[str]
    modalities: frozenset[str]
    dimension: int
    body: nn.Module

    @abstractmethod
    def read(self, values: Sequence[Value], modality: str) -> Read:
        """Read texts, or decode files; what is empty or cannot be decoded is named in the failures.

        Raises:
            EncoderError: it does not take the modality.
        """

    @abstractmethod
    def forward(self, inputs: Sequence[Tensor], modality: str) -> Float[Tensor, "n dimension"]:
        """Return the vectors of inputs that :meth:`read` gave."""

    def depths(self) -> tuple[Depth, ...]:
        """Return the parameters from the input to the output."""
        return depths_of(self.body)

    def shared_depths(self) -> frozenset[str]:
        """Return the names of the depths that all modalities go through: those that the strategy ``shared`` trains."""
        return frozenset(depth.name for depth in self.depths())

    @abstractmethod
    def save(self, folder: Path) -> dict[str, Any]:
        """Write what it needs besides its weights into a new folder, and return what JSON has to say of it."""

    @classmethod
    @abstractmethod
    def open(cls, folder: Path, note: Mapping[str, Any], open_member: OpenTrunk) -> Trunk:
        """Return a trunk with random weights out of what :meth:`save` wrote.

        Args:
            folder: where it wrote.
            note: what it returned.
            open_member: opens the trunks that this one is made of, where it is made of some.
        """

    def require(self, modality: str) -> None:
        """Refuse a modality that the trunk does not take.

        Raises:
            EncoderError: it does not.
        """
        if modality not in self.modalities:
            raise EncoderError(f"the trunk takes {', '.join(sorted(self.modalities))}, got {modality!r}")


OpenTrunk = Callable[[Path, Mapping[str, Any]], Trunk]
"""Opens a trunk of any kind: :func:`kgx.transfer.model.trunks.open_trunk`."""
