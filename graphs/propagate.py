"""Relation-wise hop features by sparse products.

For a start node ``v`` and a relation path ``p = (r1, …, rK)`` the hop token is the weighted mean of the features at the
path's end::

    token_p(v) = Σ_u  P_p(v, u) · x_u        P_p = A_r1 · A_r2 · … · A_rK,  rows of every A_r normalised to sum 1

and the rows of ``P_p`` normalised again, since a walk may end early. It is one term of the metapath propagation of
SeHGNN (Yang et al., arXiv 2207.02547) and, for a single relation, of SIGN (Frasca et al., arXiv 2004.11198). The
products are taken once: afterwards every node is an independent row. Only rows that a walk reaches are touched, so
attaching one node to a large graph costs as much as its own neighbourhood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import finalize

import numpy as np
import scipy.sparse as sp

from graphs.errors import UnknownTermError

if TYPE_CHECKING:
    from torch import Tensor
    from torch_geometric.data import HeteroData

__all__ = [
    "EdgeType",
    "Path",
    "adjacency",
    "enumerate_paths",
    "hop_features",
    "normalise_rows",
    "walk",
    "walk_features",
]

EdgeType = tuple[str, str, str]

_DENSE = 0.02  # share of entries from which on a dense product is faster than a sparse one


@dataclass(frozen=True, slots=True)
class _Kept:
    """An adjacency with the edges it was made of, held so that their identity and version can be compared."""

    matrix: sp.csr_matrix
    index: Tensor
    weight: Tensor
    versions: tuple[int, int]

    def made_of(self, index: Tensor, weight: Tensor, shape: tuple[int, int]) -> bool:
        same = self.index is index and self.weight is weight and self.matrix.shape == shape
        return same and self.versions == (index._version, weight._version)


_ADJACENCIES: dict[int, dict[EdgeType, _Kept]] = {}
"""Adjacencies of the graphs in use, by the graph's id (a ``HeteroData`` has no hash); they go with their graph."""


@dataclass(frozen=True, slots=True)
class Path:
    """A walk over edge types; the empty walk is the node itself.

    >>> step = ("image", "depicts", "concept")
    >>> str(Path("image", (step, ("concept", "hypernym", "concept"))))
    'image -depicts-> concept -hypernym-> concept'
    """

    start: str
    steps: tuple[EdgeType, ...] = ()

    @property
    def end(self) -> str:
        """Node type at the end of the walk."""
        return self.steps[-1][2] if self.steps else self.start

    @property
    def relations(self) -> tuple[str, ...]:
        """Names of the relations walked."""
        return tuple(relation for _, relation, _ in self.steps)

    def __str__(self) -> str:
        return self.start + "".join(f" -{relation}-> {tail}" for _, relation, tail in self.steps)


def enumerate_paths(edge_types: Sequence[EdgeType], start: str, hops: int) -> Iterator[Path]:
    """Yield every path of at most ``hops`` steps from a node type, the empty one first.

    >>> types = [("image", "depicts", "concept"), ("concept", "hypernym", "concept")]
    >>> [path.relations for path in enumerate_paths(types, "image", 2)]
    [(), ('depicts',), ('depicts', 'hypernym')]
    """
    layer = [Path(start)]
    for hop in range(hops + 1):
        yield from layer
        if hop < hops:
            layer = [
                Path(start, (*path.steps, kind))
                for path in layer
                for kind in edge_types
                if kind[0] == path.end
            ]


def adjacency(data: HeteroData, edge_type: EdgeType) -> sp.csr_matrix:
    """Return the row-normalised weighted adjacency (heads, tails) of one edge type.

    It is made once and kept with the graph; leave it as it is. Edges that have changed give another.

    Raises:
        UnknownTermError: the graph has no such edge type.
    """
    if edge_type not in data.edge_types:
        known = ", ".join(relation for _, relation, _ in data.edge_types)
        raise UnknownTermError(f"the graph has no edges {edge_type}; its relations: {known}")
    store = data[edge_type]
    index, weight = store.edge_index, store.edge_weight
    shape = (data[edge_type[0]].x.shape[0], data[edge_type[2]].x.shape[0])
    if id(data) not in _ADJACENCIES:
        _ADJACENCIES[id(data)] = {}
        finalize(data, _ADJACENCIES.pop, id(data))
    kept = _ADJACENCIES[id(data)]
    if edge_type not in kept or not kept[edge_type].made_of(index, weight, shape):
        heads, tails = index.numpy()
        matrix = normalise_rows(sp.csr_matrix((weight.numpy(), (heads, tails)), shape=shape))
        kept[edge_type] = _Kept(matrix, index, weight, (index._version, weight._version))
    return kept[edge_type].matrix


def normalise_rows(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Scale every row that has an entry to sum 1; the entries have to be positive.

    >>> normalise_rows(sp.csr_matrix(np.array([[1.0, 3.0], [0.0, 0.0]]))).toarray().tolist()
    [[0.25, 0.75], [0.0, 0.0]]
    """
    sums = np.asarray(matrix.sum(axis=1), dtype=np.float32).ravel()
    scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    matrix = matrix.astype(np.float32, copy=True)
    matrix.data *= np.repeat(scale, np.diff(matrix.indptr))
    return matrix


def walk(
    data: HeteroData,
    first: sp.csr_matrix,
    steps: Sequence[EdgeType],
    *,
    start_groups: np.ndarray | None = None,
    groups: Mapping[str, np.ndarray] | None = None,
    first_type: str | None = None,
) -> sp.csr_matrix:
    """Carry transition weights along further edge types.

    Args:
        data: the graph.
        first: csr (n, nodes of some type), where the first step of n walks leads.
        steps: the edge types still to walk.
        start_groups: int64 (n,), the group of every start node; negative: none.
        groups: node type -> group number of every node of that type. A walk never touches a node of its start
            node's own group. With the known pairs as groups this is the leave-one-out estimate that training
            needs: a node must not see the answer it is asked for. Node types left out are free.
        first_type: node type of ``first``'s columns; needed with ``groups`` alone.

    Returns:
        csr (n, nodes of the last type); rows sum to 1, or are empty where no walk is left.

    Raises:
        ValueError: groups are given, but not what ``first_type`` they are to be applied to.

    >>> from graphs.hetero import EdgeSet, build_hetero
    >>> ends = np.array([0, 0]), np.array([1, 2])
    >>> links = EdgeSet("image", "depicts", "concept", *ends, np.array([1.0, 3.0]))
    >>> data = build_hetero({"image": np.eye(1), "concept": np.eye(3)}, [links])
    >>> walk(data, sp.csr_matrix(np.eye(1)), [("image", "depicts", "concept")]).toarray().tolist()
    [[0.0, 0.25, 0.75]]
    """
    if start_groups is not None and groups is not None and first_type is None:
        raise ValueError("expected first_type with groups: without it the first step would go unchecked")
    walked = first.tocsr()
    kinds = [first_type, *(step[2] for step in steps)]
    for position, kind in enumerate(kinds):
        if position:
            walked = (walked @ adjacency(data, steps[position - 1])).tocsr()
        if start_groups is not None and groups is not None and kind is not None and kind in groups:
            walked = _without_own_group(walked, start_groups, groups[kind])
    return normalise_rows(walked)


def walk_features(
    data: HeteroData,
    first: sp.csr_matrix,
    steps: Sequence[EdgeType],
    ends: np.ndarray,
    *,
    start_groups: np.ndarray | None = None,
    groups: Mapping[str, np.ndarray] | None = None,
    first_type: str | None = None,
    precise: bool = False,
    block: int = 1024,
) -> np.ndarray:
    """Return the weighted mean of ``ends`` at the end of walks; start nodes are taken in blocks to bound memory.

    Args:
        data, first, steps, start_groups, groups, first_type: see :func:`walk`.
        ends: float (nodes of the last type, d), what lies at the end.
        precise: add up in double precision, so that a node's result does not depend on what else is worked out with
            it, not even where it is rounded afterwards.
        block: start nodes taken at once.

    Returns:
        float32 (n, d); a zero row where the walk leads nowhere.
    """
    out = np.zeros((first.shape[0], ends.shape[1]), np.float32)
    for start in range(0, first.shape[0], block):
        part = slice(start, start + block)
        walked = walk(
            data,
            first[part],
            steps,
            start_groups=None if start_groups is None else start_groups[part],
            groups=groups,
            first_type=first_type,
        )
        reached = np.unique(walked.indices)
        if len(reached):
            weights = walked[:, reached]
            dense = weights.nnz > _DENSE * weights.shape[0] * weights.shape[1]
            kind = np.float64 if precise else np.float32
            weights = weights.astype(kind, copy=False)
            out[part] = (weights.toarray() if dense else weights) @ ends[reached].astype(kind, copy=False)
    return out


def hop_features(
    data: HeteroData,
    path: Path,
    rows: np.ndarray | None = None,
    *,
    groups: Mapping[str, np.ndarray] | None = None,
) -> np.ndarray:
    """Return one hop token a start node: the weighted mean of the features at the path's end.

    Args:
        data: the graph.
        path: the relation path; the empty path gives the nodes' own features.
        rows: int64 (n,), start nodes; all of them where left out.
        groups: see :func:`walk`.

    Returns:
        float32 (n, feature dimension of the end type); a zero row where the path leads nowhere.

    Raises:
        UnknownTermError: the graph has no edges of one of the path's types.

    >>> from graphs.hetero import EdgeSet, build_hetero
    >>> ends = np.array([0, 0]), np.array([0, 1])
    >>> links = EdgeSet("image", "depicts", "concept", *ends, np.array([1.0, 3.0]))
    >>> data = build_hetero({"image": np.eye(2), "concept": np.array([[4.0], [8.0]])}, [links])
    >>> hop_features(data, Path("image", (("image", "depicts", "concept"),))).tolist()
    [[7.0], [0.0]]
    """
    if rows is None:
        rows = np.arange(data[path.start].x.shape[0])
    ends: np.ndarray = data[path.end].x.numpy()
    if not path.steps:
        own: np.ndarray = ends[rows]
        return own
    start_groups = groups[path.start][rows] if groups is not None and path.start in groups else None
    return walk_features(
        data,
        adjacency(data, path.steps[0])[rows],
        path.steps[1:],
        ends,
        start_groups=start_groups,
        groups=groups,
        first_type=path.steps[0][2],
    )


def _without_own_group(walked: sp.csr_matrix, own: np.ndarray, reached: np.ndarray) -> sp.csr_matrix:
    """Return the weights without the entries whose column is of the row's own group."""
    row_of_entry = np.repeat(np.arange(walked.shape[0]), np.diff(walked.indptr))
    same = (own[row_of_entry] == reached[walked.indices]) & (own[row_of_entry] >= 0)
    if not same.any():
        return walked
    walked = walked.copy()
    walked.data[same] = 0.0
    walked.eliminate_zeros()
    return walked
