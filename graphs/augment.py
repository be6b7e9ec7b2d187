"""Edges left out at random, so that nothing that is learned relies on any one of them.

DropEdge (Rong, Huang, Xu and Huang, arXiv 1907.10903): every epoch sees another thinned graph. An edge and its inverse
are the same statement, so both are left out or neither is. Transition weights need no care: walks and layers scale
the rows of what is there (:mod:`graphs.propagate`).
"""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Int

from graphs.completion.links import Links
from graphs.errors import GraphError
from graphs.hetero import INVERSE_PREFIX, inverse_name

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["drop_edges", "drop_links", "kept_pairs"]


def kept_pairs(
    first: Int[np.ndarray, " edges"],
    second: Int[np.ndarray, " edges"],
    probability: float,
    rng: np.random.Generator,
    *,
    undirected: bool = False,
) -> Bool[np.ndarray, " edges"]:
    """Say of each edge whether it is kept; edges between the same ends go together.

    Args:
        first, second: numbers of the two ends, from 0.
        probability: with which an edge is left out, in [0, 1].
        rng: what is drawn from.
        undirected: whether an edge and its reverse go together too.

    Raises:
        GraphError: the probability is outside [0, 1], or the ends differ in number.

    >>> heads, tails = np.array([0, 1, 5, 5]), np.array([1, 0, 6, 6])
    >>> kept = kept_pairs(heads, tails, 0.5, np.random.default_rng(0), undirected=True)
    >>> bool(kept[0] == kept[1] and kept[2] == kept[3])
    True
    """
    if not 0.0 <= probability <= 1.0:
        raise GraphError(f"expected a probability from 0 to 1, got {probability}")
    if len(first) != len(second):
        raise GraphError(f"expected as many first ends as second ones, got {len(first)} and {len(second)}")
    ends = np.stack([np.asarray(first, np.int64), np.asarray(second, np.int64)], axis=1).reshape(-1, 2)
    if undirected:
        ends = np.sort(ends, axis=1)
    width = int(ends[:, 1].max(initial=0)) + 1
    edges, which = np.unique(ends[:, 0] * width + ends[:, 1], return_inverse=True)
    drawn = rng.random(len(edges)) >= probability
    return np.asarray(drawn[which])


def drop_edges(
    data: HeteroData, probability: float, *, seed: int, relations: Collection[str] | None = None
) -> HeteroData:
    """Return a graph with a share of its edges left out; its features and its other edges are shared, not copied.

    Args:
        data: as :func:`graphs.hetero.build_hetero` makes it; what edges have one value each of (``edge_weight``) is
            thinned with them.
        probability: with which an edge is left out, in [0, 1].
        seed: of the draw.
        relations: names of the relations whose edges may be left out, inverses being meant too; all where left out.

    Raises:
        GraphError: the probability is outside [0, 1], or the graph has no edge of one of the relations.
    """
    wanted = {inverse_name(name) if name.startswith(INVERSE_PREFIX) else name for name in relations or ()}
    named = {_forward(edge_type)[1] for edge_type in data.edge_types}
    if wanted - named:
        raise GraphError(
            f"expected relations among {', '.join(sorted(named)) or 'none'}, got {', '.join(sorted(wanted - named))}"
        )
    rng = np.random.default_rng(seed)
    thinned = copy.copy(data)
    for forward in sorted({_forward(edge_type) for edge_type in data.edge_types}):
        if relations is not None and forward[1] not in wanted:
            continue
        backward = (forward[2], inverse_name(forward[1]), forward[0])
        there = [edge_type for edge_type in (forward, backward) if edge_type in data.edge_types]
        ends = [data[edge_type].edge_index.numpy() for edge_type in there]
        heads_first = [
            index if edge_type == forward else index[::-1]
            for edge_type, index in zip(there, ends, strict=True)
        ]
        first, second = np.concatenate(heads_first, axis=1)
        alone = forward[0] == forward[2] and len(there) == 1  # its own inverse: both ways in one edge type
        kept = kept_pairs(first, second, probability, rng, undirected=alone)
        starts = np.cumsum([0, *(index.shape[1] for index in ends)])
        for edge_type, start, end in zip(there, starts, starts[1:], strict=False):
            _thin(thinned, data, edge_type, torch.from_numpy(kept[start:end]))
    return thinned


def drop_links(links: Links, probability: float, *, seed: int) -> Links:
    """Return some of the triples; the others are left out.

    Args:
        links: triples by number.
        probability: with which a triple is left out, in [0, 1].
        seed: of the draw.

    Raises:
        GraphError: the probability is outside [0, 1].

    >>> links = Links.of(np.stack([np.arange(100), np.zeros(100, int), np.arange(100)], axis=1))
    >>> 0 < len(drop_links(links, 0.5, seed=0)) < 100
    True
    """
    rows = links.rows()
    kept = kept_pairs(
        np.arange(len(rows)), np.zeros(len(rows), int), probability, np.random.default_rng(seed)
    )
    return Links.of(rows[kept])


def _forward(edge_type: tuple[str, str, str]) -> tuple[str, str, str]:
    head, relation, tail = edge_type
    return (tail, inverse_name(relation), head) if relation.startswith(INVERSE_PREFIX) else edge_type


def _thin(thinned: HeteroData, data: HeteroData, edge_type: tuple[str, str, str], kept: torch.Tensor) -> None:
    count = len(kept)
    for name, value in data[edge_type].items():
        if name == "edge_index":
            thinned[edge_type][name] = value[:, kept]
        elif isinstance(value, torch.Tensor) and value.dim() and len(value) == count:
            thinned[edge_type][name] = value[kept]
