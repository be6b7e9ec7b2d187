"""Networks that pass messages layer by layer, as alternatives to hop tokens.

All but ``similarity`` have parameters of each relation, or a number for it: they know the relations of the graph that
they were trained on, and hear nothing along any other. That is their nature, and what hop tokens keyed by descriptors
(:mod:`graphs.gnn.hop_tokens`) do without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from torch import nn

from graphs.propagate import EdgeType

__all__ = ["PROPAGATIONS", "new_propagation"]


def _rgcn(width: int, kinds: Sequence[str], relations: Sequence[EdgeType], layers: int) -> nn.Module:
    from graphs.gnn.message_passing.rgcn import RGCN

    return RGCN(width, kinds, relations, layers=layers)


def _compgcn(width: int, kinds: Sequence[str], relations: Sequence[EdgeType], layers: int) -> nn.Module:
    from graphs.gnn.message_passing.compgcn import CompGCN

    return CompGCN(width, kinds, relations, layers=layers)


def _hgt(width: int, kinds: Sequence[str], relations: Sequence[EdgeType], layers: int) -> nn.Module:
    from graphs.gnn.message_passing.hgt import HGT

    return HGT(width, kinds, relations, layers=layers)


PROPAGATIONS: Final[Mapping[str, Callable[[int, Sequence[str], Sequence[EdgeType], int], nn.Module]]] = {
    "rgcn": _rgcn,
    "compgcn": _compgcn,
    "hgt": _hgt,
}
"""Name of a learned propagation rule -> what makes it of width, node types, edge types and number of layers."""


def new_propagation(
    name: str, width: int, kinds: Sequence[str], relations: Sequence[EdgeType], *, layers: int
) -> nn.Module:
    """Return an untrained propagation rule.

    Raises:
        GraphError: no rule has that name.
    """
    from graphs.errors import GraphError

    if name not in PROPAGATIONS:
        raise GraphError(f"unknown network {name!r}; choose {', '.join(PROPAGATIONS)}")
    return PROPAGATIONS[name](width, kinds, relations, layers)
