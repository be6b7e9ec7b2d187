"""Splits for link prediction: train, valid and test parts that do not give each other away.

*Transductive*: every entity and relation of the valid and test parts occurs in the train part. *Inductive*: besides,
there is a second graph of entities that the first has none of, with its own three parts, whose relations the train part
knows all (Teru et al., "Inductive Relation Prediction by Subgraph Reasoning", 2020, https://arxiv.org/abs/1911.06962).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order

from graphs.assemble import assemble
from graphs.columns import Columns
from graphs.errors import EmptyGraphError, GraphError
from graphs.operations.leaks import DEFAULT_OVERLAP, Leak, leak_groups, leaking_relations
from graphs.ordering import changes, stable_order
from graphs.selection import Mask, select
from graphs.store import Store

__all__ = ["INDUCTIVE_PARTS", "LEFT_OUT", "PARTS", "Split", "split"]

PARTS: Final = ("train", "valid", "test")
INDUCTIVE_PARTS: Final = ("inductive-train", "inductive-valid", "inductive-test")
LEFT_OUT: Final = "left-out"
_NOWHERE: Final = -1

Sides = npt.NDArray[np.int8]
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a graph; every statement is in one of them.

    Attributes:
        parts: tables by name: those of ``PARTS``; for an inductive split also those of ``INDUCTIVE_PARTS``, and
            ``LEFT_OUT`` with the triples between the two graphs' entities, and those of relations that the train part
            does not know. Literals stand in a train part: that of the graph that their subject belongs to.
        leaks: relations that give each other away.
        kept_together: triples whose two entities have further triples of the same relation or of such ones, all in
            one part.
        moved_to_train: triples that were drawn for another part, and are in a train part because an entity or
            a relation would not have occurred there.
        schema: triples that describe relations; they are no facts to predict, and are in the first train part.
        seed: of the random numbers.
        ratios: the shares that were asked for.
    """

    parts: dict[str, Columns]
    leaks: list[Leak]
    kept_together: int
    moved_to_train: int
    schema: int
    seed: int
    ratios: tuple[float, float, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "triples": {name: part.triples.num_rows for name, part in self.parts.items()},
            "kept_together": self.kept_together,
            "moved_to_train": self.moved_to_train,
            "schema": self.schema,
            "seed": self.seed,
            "ratios": list(self.ratios),
            "leaks": [asdict(leak) for leak in self.leaks],
        }


def split(
    graph: Store,
    ratios: Sequence[float] = (0.8, 0.1, 0.1),
    *,
    seed: int = 0,
    overlap: float = DEFAULT_OVERLAP,
    whole_pairs: bool = False,
    inductive: bool = False,
) -> Split:
    """Split a graph's triples for training and evaluating link prediction.

    Triples of one relation, or of relations that give each other away (:mod:`graphs.operations.leaks`), between the
    same two entities in either direction, go to one part. Then parts are filled at random; where the train part would
    not know an entity or a relation, the first triple drawn that has it goes there, so that the train part may become
    larger than asked for.

    Args:
        graph: what to split.
        ratios: shares of the train, valid and test part; they sum to 1.
        seed: of the random numbers; the same graph and seed give the same split.
        overlap: from which share of common pairs on two relations give each other away.
        whole_pairs: keep *all* triples between the same two entities together, as FB15k-237 does.
        inductive: make a second graph of the share of the entities that valid and test have, grown around random ones;
            both graphs are split by the ratios.

    Raises:
        GraphError: the ratios are not three shares that sum to 1, or ``overlap`` is not one.
        EmptyGraphError: the graph has no triple that could be predicted.

    >>> chain = Store.from_triples([(f"ex:{n % 7}", "ex:next", f"ex:{(n * 3 + 1) % 7}") for n in range(40)])
    >>> sum(part.triples.num_rows for part in split(chain).parts.values()) == chain.num_triples
    True
    """
    shares = _checked(ratios)
    if not 0.0 < overlap <= 1.0:
        raise GraphError(f"expected an overlap above 0 and up to 1, got {overlap}")
    facts = _facts(graph)
    if not facts.any():
        raise EmptyGraphError("the graph has no triple to split: all of them describe relations")
    leaks = leaking_relations(graph, overlap=overlap, facts=facts)
    rng = np.random.default_rng(seed)
    groups, together = _groups(graph, facts, leaks, whole_pairs)
    sides = np.full(graph.num_triples, _NOWHERE, np.int8)
    inner = _second_graph(graph, facts, shares[1] + shares[2], rng) if inductive else None
    moved = 0
    for first_part, rows in _graphs_to_divide(graph, facts, inner):
        if first_part:
            rows = rows & _known_relations(graph, sides)
        sides[rows], more = _divided(graph, rows, groups, shares, rng, first_part)
        moved += more
    sides[~facts] = 0
    return Split(
        _parts(graph, sides, inner), leaks, together, moved, int(np.count_nonzero(~facts)), seed, shares
    )


def _checked(ratios: Sequence[float]) -> tuple[float, float, float]:
    if len(ratios) != 3 or min(ratios) < 0 or ratios[0] <= 0 or not abs(sum(ratios) - 1.0) <= 1e-6:
        raise GraphError(
            f"expected three shares (train, valid, test) that sum to 1, got {', '.join(map(str, ratios))}"
        )
    train, valid, test = ratios
    return train, valid, test


def _facts(graph: Store) -> Mask:
    """Mark the triples that are not about relations."""
    about = np.zeros(graph.num_entities, np.bool_)
    about[graph.relation_entities()] = True
    return np.asarray(~(about[graph.heads] | about[graph.tails]), np.bool_)


def _groups(graph: Store, facts: Mask, leaks: Sequence[Leak], whole_pairs: bool) -> tuple[Codes, int]:
    """Number triples so that those that must not be parted have one number; count those that have company."""
    kinds = np.zeros(graph.num_relations, np.int32) if whole_pairs else leak_groups(graph, leaks)
    low, high = np.minimum(graph.heads, graph.tails), np.maximum(graph.heads, graph.tails)
    pair = low.astype(np.int64) * graph.num_entities + high
    kind = kinds[graph.relation_ids]
    order = np.lexsort((pair, kind))
    starts = changes([kind[order], pair[order]])
    groups = np.empty(graph.num_triples, np.int32)
    groups[order] = np.cumsum(starts, dtype=np.int32) - 1
    sizes = np.bincount(groups[facts])
    return groups, int(sizes[sizes > 1].sum())


def _second_graph(graph: Store, facts: Mask, share: float, rng: np.random.Generator) -> Mask:
    """Choose entities around random ones, until they are the share that is asked for."""
    heads, tails = graph.heads[facts], graph.tails[facts]
    entities = np.unique(np.concatenate([heads, tails]))
    wanted = round(share * len(entities))
    size = graph.num_entities
    links = coo_matrix((np.ones(len(heads), np.int8), (heads, tails)), shape=(size, size)).tocsr()
    chosen = np.zeros(size, np.bool_)
    for start in rng.permutation(entities).tolist():
        room = wanted - int(np.count_nonzero(chosen))
        if room <= 0:
            break
        if not chosen[start]:
            reached = breadth_first_order(links, start, directed=False, return_predecessors=False)
            chosen[reached[:room]] = True
    return chosen


def _graphs_to_divide(graph: Store, facts: Mask, inner: Mask | None) -> list[tuple[int, Mask]]:
    """Return the triples of each graph, and the number of its first part."""
    if inner is None:
        return [(0, facts)]
    head, tail = inner[graph.heads], inner[graph.tails]
    return [(0, facts & ~head & ~tail), (len(PARTS), facts & head & tail)]


def _known_relations(graph: Store, sides: Sides) -> Mask:
    known = np.zeros(graph.num_relations, np.bool_)
    known[graph.relation_ids[sides == 0]] = True
    return np.asarray(known[graph.relation_ids], np.bool_)


def _divided(
    graph: Store,
    rows: Mask,
    groups: Codes,
    shares: tuple[float, float, float],
    rng: np.random.Generator,
    first_part: int,
) -> tuple[Sides, int]:
    """Return the part of each of some triples; count those that had to be moved to train."""
    _, group = np.unique(groups[rows], return_inverse=True)
    count = int(group.max()) + 1 if len(group) else 0
    turn = rng.permutation(count).astype(np.int32)[group]
    order = stable_order(turn)
    needed = np.zeros(count, np.bool_)
    ends = np.stack([graph.heads[rows][order], graph.tails[rows][order]], axis=1).ravel()
    needed[turn[order[_first_places(ends) // 2]]] = True
    needed[turn[order[_first_places(graph.relation_ids[rows][order])]]] = True

    sizes = np.bincount(turn, minlength=count)
    side_of_turn = np.zeros(count, np.int8)
    free = np.flatnonzero(~needed)
    filled = np.cumsum(sizes[free])
    quotas = [round(share * len(group)) for share in (shares[2], shares[1] + shares[2])]
    side_of_turn[free[filled <= quotas[1]]] = 1
    side_of_turn[free[filled <= quotas[0]]] = 2
    drawn = np.cumsum(sizes) <= quotas[1]
    moved = int(sizes[drawn & needed].sum())
    return (side_of_turn[turn] + first_part).astype(np.int8), moved


def _first_places(numbers: Codes) -> npt.NDArray[np.int64]:
    """Return the place at which each number comes first."""
    first = np.full(int(numbers.max(initial=-1)) + 1, -1, np.int64)
    first[numbers[::-1]] = np.arange(len(numbers))[
        ::-1
    ]  # of several values for one place, the last one stays
    return first[first >= 0]


def _parts(graph: Store, sides: Sides, inner: Mask | None) -> dict[str, Columns]:
    names = PARTS if inner is None else (*PARTS, *INDUCTIVE_PARTS)
    triple = graph.columns.statements.column("triple").to_numpy()
    subject = graph.columns.literals.column("subject").to_numpy()
    parts = {}
    for number, name in enumerate((*names, LEFT_OUT)):
        side = number if number < len(names) else _NOWHERE
        said = np.zeros(len(subject), np.bool_)
        if name == PARTS[0]:
            said = np.ones(len(subject), np.bool_) if inner is None else ~inner[subject]
        elif name == INDUCTIVE_PARTS[0] and inner is not None:
            said = inner[subject]
        if name != LEFT_OUT or inner is not None:
            parts[name] = assemble([select(graph.columns, (sides == side)[triple], said)], graph.prefixes)
    return parts
