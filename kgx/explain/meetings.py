"""Where the walks of a query and those of an item meet, and what each meeting adds to the score.

Two refined vectors are sums over the ends of their walks (:mod:`graphs.gnn.token_shares`), so their product is a sum
over all pairs of ends. A pair whose ends are one node is a path through the graph; any other pair is two paths whose
ends are compared by their vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from kgx.collection import MODALITIES
from kgx.explain.side import Side

__all__ = ["Arrival", "Meeting", "best_meetings"]

_CANDIDATES = 400  # pairs of arrivals at one node that are worked out, those of most mass
_LEAST = 5e-4  # what adds less through a shared node is not told
_ALIKE = 24  # arrivals of each side that are compared with one another, those that count most


@dataclass(frozen=True, slots=True)
class Arrival:
    """One end of a token.

    Attributes:
        side: which side of a mixed query; 0 for the item.
        token: which of its tokens.
        end: which of the token's ends.
    """

    side: int
    token: int
    end: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two arrivals that are compared.

    Attributes:
        query, item: the arrivals.
        shared: whether both are at one node of the graph.
        value: what it adds to the score.
        likeness: cosine of what lies there, less what all share; 1 for one node.
    """

    query: Arrival
    item: Arrival
    shared: bool
    value: float
    likeness: float


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """Arrivals of one or several sides, in columns.

    Attributes:
        place: (n, 3): side, token and end.
        node: the node that each is at; -1 where it is none of the graph's.
        kind: number of the node's type, by which nodes are told apart.
        gain: what each adds to the score, or else how much of its token it is.
    """

    place: Int64[np.ndarray, "n 3"]
    node: Int64[np.ndarray, " n"]
    kind: Int64[np.ndarray, " n"]
    gain: Float32[np.ndarray, " n"]

    @classmethod
    def of(
        cls, sides: Sequence[Side], space: str, gains: Sequence[Sequence[np.ndarray]] | None = None
    ) -> _Arrivals:
        """Put the arrivals in a space together; only those at nodes, with their masses, where gains are left out."""
        columns = []
        for number, side in enumerate(sides):
            for place, token in enumerate(side.tokens):
                if token.path.space != space or (gains is None and not token.kind):
                    continue
                size = len(token.masses)
                ends = token.ends if token.kind else np.full(size, -1)
                gain = token.scale * token.masses if gains is None else gains[number][place]
                kind = (*MODALITIES, "").index(token.kind) if token.kind != "concept" else len(MODALITIES) + 1
                places = np.column_stack([np.full(size, number), np.full(size, place), np.arange(size)])
                columns.append((places, ends, np.full(size, kind), gain))
        if not columns:
            nothing = np.zeros(0, dtype=np.int64)
            return cls(np.zeros((0, 3), dtype=np.int64), nothing, nothing, nothing.astype(np.float32))
        return cls(*(np.concatenate(column) for column in zip(*columns, strict=True)))

    def select(self, rows: np.ndarray) -> _Arrivals:
        """Return some of the arrivals."""
        return _Arrivals(self.place[rows], self.node[rows], self.kind[rows], self.gain[rows])

    def moved(self, sides: Sequence[Side]) -> tuple[np.ndarray, np.ndarray]:
        """Return what lies at each arrival, less the mean (n, dimension), and what it is multiplied by (n,)."""
        tokens = [sides[side].tokens[token] for side, token, _ in self.place.tolist()]
        ends = self.place[:, 2].tolist()
        rows = np.stack([token.moved[end] for token, end in zip(tokens, ends, strict=True)])
        weights = [sides[side].weight for side in self.place[:, 0].tolist()]
        strengths = [
            weight * token.scale / token.length * float(token.masses[end])
            for weight, token, end in zip(weights, tokens, ends, strict=True)
        ]
        return rows, np.array(strengths)


def best_meetings(
    queries: Sequence[Side],
    item: Side,
    gains: Sequence[Sequence[np.ndarray]],
    own: Sequence[np.ndarray],
    count: int,
) -> list[Meeting]:
    """Return the meetings that add most to the score, best first; half of them shared, where there are so many.

    Args:
        queries: the query, or the parts of a mixed one.
        item: the item.
        gains: of each side of the query and each of its tokens, what each end adds to the score.
        own: of each of the item's tokens, what each end adds to the score.
        count: meetings, at most.
    """
    shared, alike = [], []
    for space in item.slices:
        shared += _shared(queries, item, space, count)
        alike += _alike(queries, item, space, gains, own, count)
    shared, alike = _best(shared, count), _best(alike, count)
    kept = max((count + 1) // 2, count - len(alike))
    return _best([*shared[:kept], *alike[: count - len(shared[:kept])]], count)


def _best(meetings: Sequence[Meeting], count: int) -> list[Meeting]:
    return sorted(meetings, key=lambda meeting: -meeting.value)[:count]


def _shared(queries: Sequence[Side], item: Side, space: str, count: int) -> list[Meeting]:
    asked, filed = _Arrivals.of(queries, space), _Arrivals.of([item], space)
    order = np.lexsort((filed.node, filed.kind))
    width = 1 + max((int(some.node.max()) for some in (asked, filed) if len(some.node)), default=0)
    keys, wanted = (filed.kind * width + filed.node)[order], asked.kind * width + asked.node
    low = np.searchsorted(keys, wanted, side="left")
    counts = np.searchsorted(keys, wanted, side="right") - low
    first = np.repeat(np.arange(len(wanted)), counts)
    within = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    second = order[np.repeat(low, counts) + within]
    heaviest = np.argsort(-np.abs(asked.gain[first] * filed.gain[second]), kind="stable")[:_CANDIDATES]
    if not len(heaviest):
        return []
    asked, filed = asked.select(first[heaviest]), filed.select(second[heaviest])
    (rows, strengths), (others, weights) = asked.moved(queries), filed.moved([item])
    values = strengths * weights * np.einsum("nd,nd->n", rows, others)
    return _meetings(asked, filed, values, np.ones(len(values)), count, shared=True)


def _alike(
    queries: Sequence[Side],
    item: Side,
    space: str,
    gains: Sequence[Sequence[np.ndarray]],
    own: Sequence[np.ndarray],
    count: int,
) -> list[Meeting]:
    asked, filed = _Arrivals.of(queries, space, gains), _Arrivals.of([item], space, [own])
    asked = asked.select(np.argsort(-asked.gain, kind="stable")[:_ALIKE])
    filed = filed.select(np.argsort(-filed.gain, kind="stable")[:_ALIKE])
    if not (len(asked.node) and len(filed.node)):
        return []
    (rows, strengths), (others, weights) = asked.moved(queries), filed.moved([item])
    products = (rows @ others.T).astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1)[:, None] * np.linalg.norm(others, axis=1)
    same = (asked.kind[:, None] == filed.kind) & (asked.node[:, None] == filed.node) & (filed.node >= 0)
    first, second = np.nonzero(~same)
    values = (strengths[:, None] * weights * products)[first, second]
    likeness = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)[first, second]
    return _meetings(asked.select(first), filed.select(second), values, likeness, count, shared=False)


def _meetings(
    asked: _Arrivals, filed: _Arrivals, values: np.ndarray, likeness: np.ndarray, count: int, *, shared: bool
) -> list[Meeting]:
    """Return those that add most, and something, to the score."""
    best = np.argsort(-values, kind="stable")[:count]
    return [
        Meeting(
            Arrival(*asked.place[place].tolist()),
            Arrival(*filed.place[place].tolist()),
            shared,
            float(values[place]),
            float(likeness[place]),
        )
        for place in best.tolist()
        if values[place] > (_LEAST if shared else 0.0)
    ]
