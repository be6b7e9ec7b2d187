"""What a learned propagation rule is made for, and what it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from graphs.gnn.attached import Neighbourhood
from graphs.propagate import EdgeType

__all__ = ["Propagation"]


class Propagation(nn.Module, ABC):
    """A rule by which nodes hear from their neighbours, layer by layer.

    Every rule is made of ``width``, ``kinds``, ``relations`` and, by name, ``layers`` and options of its own.

    Args:
        kinds: node types.
        relations: edge types that have parameters; no message comes along any other.

    Shape:
        - input: node type -> (nodes, width), and the neighbourhood that they are of
        - output: node type -> (nodes that hear in the last layer, width)
    """

    def __init__(self, kinds: Sequence[str], relations: Sequence[EdgeType]) -> None:
        super().__init__()
        self.kinds, self.relations = tuple(kinds), tuple(relations)

    @abstractmethod
    def forward(self, nodes: Mapping[str, Tensor], neighbourhood: Neighbourhood) -> dict[str, Tensor]:
        """Return what the nodes say after all layers."""
