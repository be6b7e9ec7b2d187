"""The table of relations: how often each is used, between how many entities, and what it is to the others.

A relation's cardinality is that of Bordes et al. (2013), "Translating embeddings for modeling multi-relational data":
it is "many" on a side where an entity of the other side has, on average, at least 1.5 of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from graphs.ordering import changes
from graphs.stats.overlap import SharedPairs, shared_pairs
from graphs.store import Store

__all__ = ["MANY", "Candidate", "RelationRow", "relation_table"]

MANY: Final = 1.5
"""From how many heads a tail, or tails a head, on average, a side is "many"."""
_LIKELY: Final = 0.5
"""From what share of its pairs on another relation is a candidate."""
_CANDIDATES: Final = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A relation that states many of another's pairs, the same way round or the other.

    Attributes:
        iri: the relation.
        share: what share of the other's pairs it states.
    """

    iri: str
    share: float


@dataclass(frozen=True, slots=True)
class RelationRow:
    """One relation.

    Attributes:
        iri: the relation.
        label: what to call it.
        triples: how many triples it has.
        heads: how many different entities they start at.
        tails: how many different entities they lead to.
        loops: how many lead from an entity to itself.
        cardinality: ``1-1``, ``1-n``, ``n-1`` or ``n-n``, heads first: of ``n-1``, many heads have one tail.
        symmetric: the share of its pairs of different entities that it also states the other way round.
        inverse: the inverse that the graph declares.
        inverses: relations that state at least half of its pairs the other way round, best first.
        duplicates: relations that state at least half of its pairs too, best first.
    """

    iri: str
    label: str
    triples: int
    heads: int
    tails: int
    loops: int
    cardinality: str
    symmetric: float
    inverse: str | None
    inverses: tuple[Candidate, ...]
    duplicates: tuple[Candidate, ...]

    @property
    def tails_per_head(self) -> float:
        """How many tails a head has on average."""
        return self.triples / self.heads

    @property
    def heads_per_tail(self) -> float:
        """How many heads a tail has on average."""
        return self.triples / self.tails

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        means = {"tails_per_head": self.tails_per_head, "heads_per_tail": self.heads_per_tail}
        return {**asdict(self), **means}


def relation_table(store: Store, language: str = "en") -> tuple[RelationRow, ...]:
    """Return a row for every relation, those with most triples first.

    >>> graph = Store.from_triples([("ex:owl", "ex:isA", "ex:bird"), ("ex:hen", "ex:isA", "ex:bird")])
    >>> [(row.triples, row.heads, row.tails, row.cardinality) for row in relation_table(graph)]
    [(2, 2, 1, 'n-1')]
    """
    count = store.num_relations
    triples = np.bincount(store.relation_ids, minlength=count)
    heads = _per_relation(store.relation_ids, changes([store.relation_ids, store.heads]), count)
    by_tail = store.columns.neighbours.column("incoming").to_numpy()
    relation = store.relation_ids[
        by_tail
    ]  # of one tail, sorted: the order by tail keeps the order of the rows
    tails = _per_relation(relation, changes([store.tails[by_tail], relation]), count)
    loops = _per_relation(store.relation_ids, store.heads == store.tails, count)
    backwards, along = shared_pairs(store, reverse=True), shared_pairs(store, reverse=False)
    rows = []
    for number in np.argsort(-triples, kind="stable").tolist():
        iri = store.relation_iris[number]
        proper = int(triples[number] - loops[number])
        shares = _shares(store, backwards, number, proper)
        rows.append(
            RelationRow(
                iri=iri,
                label=store.relation_label(iri, language),
                triples=int(triples[number]),
                heads=int(heads[number]),
                tails=int(tails[number]),
                loops=int(loops[number]),
                cardinality=_cardinality(triples[number] / heads[number], triples[number] / tails[number]),
                symmetric=shares.pop(iri, 0.0),
                inverse=store.inverse_of(iri),
                inverses=_candidates(shares),
                duplicates=_candidates(_shares(store, along, number, proper)),
            )
        )
    return tuple(rows)


def _per_relation(
    relations: npt.NDArray[np.int32], flags: npt.NDArray[np.bool_], count: int
) -> npt.NDArray[np.int64]:
    return np.bincount(relations[flags], minlength=count)


def _cardinality(tails_per_head: float, heads_per_tail: float) -> str:
    """Return the cardinality, heads first.

    >>> _cardinality(1.0, 9.0), _cardinality(1.5, 1.49)
    ('n-1', '1-n')
    """
    return f"{'n' if heads_per_tail >= MANY else '1'}-{'n' if tails_per_head >= MANY else '1'}"


def _shares(store: Store, shared: SharedPairs, number: int, pairs: int) -> dict[str, float]:
    """Return the relations that share pairs with one, and what share of its pairs that is."""
    low, high = np.searchsorted(shared.one, [number, number + 1]).tolist()
    others, counts = shared.other[low:high].tolist(), shared.pairs[low:high].tolist()
    return {store.relation_iris[other]: count / pairs for other, count in zip(others, counts, strict=True)}


def _candidates(shares: dict[str, float]) -> tuple[Candidate, ...]:
    likely = sorted((-share, iri) for iri, share in shares.items() if share >= _LIKELY)
    return tuple(Candidate(iri, -share) for share, iri in likely[:_CANDIDATES])
