"""Relation descriptors: what a relation is, as a vector that any graph can supply.

No parameter of a model may be indexed by a relation's number, or the model would be tied to one graph's vocabulary. A
relation is described instead by

* what it is called: an opaque vector of its label and definition, supplied by the caller, and
* how it lies among the others: numbers read off the graph. The four kinds of meeting (head-head, head-tail, tail-head,
  tail-tail) are those of the relation graph of ULTRA (Galkin et al., arXiv 2310.04562).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from graphs.errors import UnknownTermError

if TYPE_CHECKING:
    from torch import Tensor
    from torch_geometric.data import HeteroData

__all__ = ["STRUCTURE_FIELDS", "describe_relations", "relation_structure"]

EdgeType = tuple[str, str, str]

STRUCTURE_FIELDS = (
    "log mean tails per head",
    "log mean heads per tail",
    "share of heads with one tail",
    "share of tails with one head",
    "share of edges that also run backwards",
    "chains with itself (its tails are its heads)",
    "meets others head to head",
    "meets others head to tail",
    "meets others tail to head",
    "meets others tail to tail",
)


def relation_structure(data: HeteroData) -> dict[EdgeType, np.ndarray]:
    """Return the structural numbers of every edge type.

    Returns:
        edge type -> float32 (len(STRUCTURE_FIELDS),), each in [0, 1] but for the two logarithms. An overlap of two node
        sets is the share of the first that lies in the second; the last four fields are means over the other relations.
        An edge type without edges has zeros, and is none of the others.

    >>> from graphs.hetero import EdgeSet, build_hetero
    >>> ends = np.array([0, 1]), np.array([1, 2])
    >>> chain = EdgeSet("concept", "broader", "concept", *ends, np.ones(2), inverse=False)
    >>> numbers = relation_structure(build_hetero({"concept": np.eye(3)}, [chain]))[("concept", "broader", "concept")]
    >>> dict(zip(STRUCTURE_FIELDS, numbers.tolist()))["chains with itself (its tails are its heads)"]
    0.5
    """
    ends: dict[EdgeType, tuple[np.ndarray, np.ndarray]] = {}
    counts: dict[EdgeType, tuple[np.ndarray, np.ndarray]] = {}
    backwards: dict[EdgeType, float] = {}
    reached: dict[EdgeType, tuple[np.ndarray, np.ndarray]] = {}
    present = [kind for kind in data.edge_types if data[kind].edge_index.shape[1]]
    for kind in present:
        heads, tails = data[kind].edge_index.numpy()
        unique_heads, per_head = np.unique(heads, return_counts=True)
        unique_tails, per_tail = np.unique(tails, return_counts=True)
        ends[kind] = unique_heads, unique_tails
        counts[kind] = per_head, per_tail
        reached[kind] = _mask(unique_heads, data[kind[0]].x), _mask(unique_tails, data[kind[2]].x)
        backwards[kind] = 0.0
        if kind[0] == kind[2]:
            size = data[kind[0]].x.shape[0]
            backwards[kind] = float(np.isin(tails * size + heads, heads * size + tails).mean())
    structure = {kind: np.zeros(len(STRUCTURE_FIELDS), np.float32) for kind in data.edge_types}
    for kind in present:
        per_head, per_tail = counts[kind]
        others = [other for other in present if other != kind]
        meetings = [
            float(np.mean([_overlap(kind, side, other, other_side, ends, reached) for other in others]))
            if others
            else 0.0
            for side in (0, 1)
            for other_side in (0, 1)
        ]
        structure[kind] = np.array(
            [
                np.log1p(per_head.mean()),
                np.log1p(per_tail.mean()),
                (per_head == 1).mean(),
                (per_tail == 1).mean(),
                backwards[kind],
                _overlap(kind, 1, kind, 0, ends, reached),
                *meetings,
            ],
            dtype=np.float32,
        )
    return structure


def describe_relations(data: HeteroData, texts: Mapping[str, np.ndarray]) -> dict[EdgeType, np.ndarray]:
    """Return the descriptor of every edge type: its name's vector followed by its structural numbers.

    Args:
        data: the graph.
        texts: relation name -> vector of its label and definition, all of one length d.

    Returns:
        edge type -> float32 (d + len(STRUCTURE_FIELDS),).

    Raises:
        UnknownTermError: a relation of the graph has no text vector.
    """
    structure = relation_structure(data)
    missing = sorted({relation for _, relation, _ in structure} - set(texts))
    if missing:
        raise UnknownTermError(f"no text vector for the relations {', '.join(missing)}; give one for each")
    return {
        kind: np.concatenate([texts[kind[1]], numbers]).astype(np.float32)
        for kind, numbers in structure.items()
    }


def _overlap(
    one: EdgeType,
    side: int,
    other: EdgeType,
    other_side: int,
    ends: Mapping[EdgeType, tuple[np.ndarray, np.ndarray]],
    reached: Mapping[EdgeType, tuple[np.ndarray, np.ndarray]],
) -> float:
    """Return the share of one relation's heads (side 0) or tails (side 1) that are heads or tails of another."""
    if one[2 * side] != other[2 * other_side]:
        return 0.0
    return float(reached[other][other_side][ends[one][side]].mean())


def _mask(rows: np.ndarray, features: Tensor) -> np.ndarray:
    """Say of every node of a type whether it is among the rows."""
    mask = np.zeros(features.shape[0], dtype=np.bool_)
    mask[rows] = True
    return mask
