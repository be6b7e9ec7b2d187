"""The network that a set of options asks for."""

from __future__ import annotations

from collections.abc import Mapping

from graphs.gnn.hop_tokens import HopTokenRefiner
from kgx.transfer.options import RelationOptions

__all__ = ["new_refiner"]


def new_refiner(options: RelationOptions, spaces: Mapping[str, int], descriptor_size: int) -> HopTokenRefiner:
    """Return a refiner that has not been trained.

    Args:
        options: its shape.
        spaces: feature space -> dimension.
        descriptor_size: length of a relation's descriptor.

    >>> new_refiner(RelationOptions(hops=1), {"text": 4}, 6).spaces
    {'text': 4}
    """
    return HopTokenRefiner(
        spaces,
        descriptor_size,
        hops=options.hops,
        width=options.width,
        residual=options.residual,
        dropout=options.dropout,
    )
