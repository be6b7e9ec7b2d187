"""Networks that pass messages layer by layer, as alternatives to hop tokens.

All but ``similarity`` have parameters of each relation, or a number for it: they know the relations of the graph that
they were trained on, and hear nothing along any other. That is their nature, and what hop tokens keyed by descriptors
(:mod:`graphs.gnn.hop_tokens`) do without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from graphs.errors import GraphError
from graphs.gnn.message_passing.compgcn import CompGCN
from graphs.gnn.message_passing.hgt import HGT
from graphs.gnn.message_passing.propagation import Propagation
from graphs.gnn.message_passing.rgcn import RGCN
from graphs.propagate import EdgeType

__all__ = ["PROPAGATIONS", "Propagation", "new_propagation"]

PROPAGATIONS: Final[Mapping[str, Callable[..., Propagation]]] = {"rgcn": RGCN, "compgcn": CompGCN, "hgt": HGT}
"""Name of a learned propagation rule -> the rule."""


def new_propagation(
    name: str, width: int, kinds: Sequence[str], relations: Sequence[EdgeType], *, layers: int
) -> Propagation:
    """Return an untrained propagation rule.

    Raises:
        GraphError: no rule has that name.
    """
    if name not in PROPAGATIONS:
        raise GraphError(f"unknown network {name!r}; choose {', '.join(PROPAGATIONS)}")
    return PROPAGATIONS[name](width, kinds, relations, layers=layers)
