"""Assembler: blocks of statements in, the sorted tables of a graph out.

Entities are numbered in the order of their names, so that the same statements give the same tables in whatever
order, and in whatever blocks, they come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.block import Block, Codes, Weights
from graphs.columns import Columns
from graphs.growing_pool import GrowingPool
from graphs.joining import concatenated, joined, renumbered
from graphs.literal_values import numbered_values
from graphs.ordering import changes, stable_order, unique_rows
from graphs.parallel import spread
from graphs.tally import Tally, count_by_source, first_to_say

__all__ = ["Assembler", "assemble"]

_TRIPLE_KEYS: Final = ("relation", "head", "tail", "graph", "source")
_LITERAL_KEYS: Final = ("subject", "predicate", "value", "language", "datatype", "graph", "source")
_POOLS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "nodes": (("head", "tail"), ("subject",)),
    "relations": (("relation",), ()),
    "predicates": ((), ("predicate",)),
    "languages": ((), ("language",)),
    "datatypes": ((), ("datatype",)),
    "sources": (("source",), ("source",)),
    "graphs": (("graph",), ("graph",)),
}
"""For every pool, the columns of triples and of literals whose numbers point into it. Values have none: they are
rarely the same, and so are kept one after another."""
_PENDING: Final = 1 << 21
"""Names of entities that are waited for before they are merged with what is there; more, once there are more."""


class _Rows(NamedTuple):
    """Rows of triples or of literals: numbers by the names of their columns, and weights."""

    columns: dict[str, Codes]
    weights: Weights


class Assembler:
    """Collects blocks and makes the tables of a graph of them.

    Args:
        jobs: threads to work with.

    >>> from graphs.statements import Statements
    >>> statements = Statements()
    >>> for head in ("ex:owl", "ex:hen", "ex:owl"):
    ...     statements.add(head, "ex:isA", "ex:bird", source="birds.nt")
    >>> assembler = Assembler()
    >>> assembler.add(statements.block())
    >>> columns = assembler.columns()
    >>> columns.entities.column("iri").to_pylist(), columns.triples.column("head").to_pylist()
    (['ex:bird', 'ex:hen', 'ex:owl'], [1, 2])
    >>> assembler.tallies
    {'birds.nt': Tally(read=3, stored=2)}
    """

    def __init__(self, jobs: int = 1) -> None:
        self.tallies: dict[str, Tally] = {}
        self._jobs = jobs
        self._start()

    def _start(self) -> None:
        self._pending: list[Block] = []
        self._pending_names = 0
        self._pools = {pool: GrowingPool() for pool in _POOLS}
        self._pools["nodes"] = GrowingPool(self._jobs)
        self._pools["sources"] = GrowingPool(most_parts=1)  # their numbers tell which came first
        self._values: list[pa.LargeStringArray] = []
        self._num_values = 0
        self._triples: dict[str, list[npt.NDArray[Any]]] = defaultdict(list)
        self._literals: dict[str, list[npt.NDArray[Any]]] = defaultdict(list)

    def add(self, block: Block) -> None:
        """Add a block; empty ones are dropped."""
        if not len(block):
            return
        self._pending.append(block)
        self._pending_names += len(block.pools.nodes)
        if self._pending_names > max(_PENDING, len(self._pools["nodes"])):
            self._settle()

    def _settle(self) -> None:
        """Exchange the numbers of pending blocks for those of the graph's pools, and let their strings go."""
        blocks, self._pending, self._pending_names = self._pending, [], 0
        for pool, (triple_names, literal_names) in _POOLS.items():
            places = self._pools[pool].numbers([getattr(block.pools, pool) for block in blocks])
            for name in triple_names:
                columns = [getattr(block.triples, name) for block in blocks]
                self._triples[name] += map(renumbered, columns, places)
            for name in literal_names:
                columns = [getattr(block.literals, name) for block in blocks]
                self._literals[name] += map(renumbered, columns, places)
        for block in blocks:
            if len(block.literals.value):
                self._literals["value"].append(block.literals.value + np.int32(self._num_values))
                self._values.append(block.pools.values)
                self._num_values += len(block.pools.values)
        self._triples["weight"] += [block.triples.weight for block in blocks]
        self._literals["weight"] += [block.literals.weight for block in blocks]

    def columns(self, prefixes: Mapping[str, str] | None = None) -> Columns:
        """Number, sort and merge all that has been added, and let go of it.

        Args:
            prefixes: short names of namespaces, kept with the graph.
        """
        self._settle()
        pools: dict[str, pa.LargeStringArray] = {}
        triples: dict[str, Codes] = {}
        literals: dict[str, Codes] = {}
        arrival = np.zeros(0, np.int32)
        for pool, (triple_names, literal_names) in _POOLS.items():
            columns = [(triples, name, self._triples.pop(name)) for name in triple_names]
            columns += [(literals, name, self._literals.pop(name)) for name in literal_names]
            pools[pool], ranks = self._pools[pool].in_order(
                [part for _, _, parts in columns for part in parts]
            )
            for table, name, parts in columns:
                table[name] = joined(parts, ranks)
            if pool == "sources":
                arrival = np.argsort(ranks[ranks >= 0], kind="stable").astype(np.int32)
        triple_weights = concatenated(self._triples.pop("weight"), np.float32)
        literal_weights = concatenated(self._literals.pop("weight"), np.float32)
        places = concatenated(self._literals.pop("value", []), np.int32)
        values = pa.concat_arrays(self._values) if self._values else pa.array([], pa.large_string())
        self._start()
        sizes = {name: len(pools[pool]) for pool, names in _POOLS.items() for name in (*names[0], *names[1])}
        read = count_by_source(pools["sources"], triples["source"], literals["source"])

        def stated() -> _Rows:
            return _unique(triples, _TRIPLE_KEYS, sizes, triple_weights)

        def said() -> _Rows:
            pools["values"], literals["value"] = numbered_values(
                literals["subject"], literals["predicate"], places, values, jobs=self._jobs
            )
            return _unique(literals, _LITERAL_KEYS, {**sizes, "value": len(pools["values"])}, literal_weights)

        statement_rows, literal_rows = spread(_done, (stated, said), self._jobs)
        stored = count_by_source(
            pools["sources"],
            first_to_say(statement_rows.columns, _TRIPLE_KEYS, arrival),
            first_to_say(literal_rows.columns, _LITERAL_KEYS, arrival),
        )
        self.tallies = {source: Tally(read[source], stored[source]) for source in sorted(read)}
        return _tables(pools, statement_rows, literal_rows, prefixes, self._jobs)


def assemble(blocks: Iterable[Block], prefixes: Mapping[str, str] | None = None) -> Columns:
    """Make the tables of a graph of some blocks, without counting; see :class:`Assembler`."""
    assembler = Assembler()
    for block in blocks:
        assembler.add(block)
    return assembler.columns(prefixes)


def _done(work: Callable[[], _Rows]) -> _Rows:
    return work()


def _unique(
    columns: Mapping[str, Codes], keys: Sequence[str], sizes: Mapping[str, int], weights: Weights
) -> _Rows:
    found, weights = unique_rows([columns[name] for name in keys], [sizes[name] for name in keys], weights)
    return _Rows(dict(zip(keys, found, strict=True)), weights)


def _tables(
    pools: Mapping[str, pa.LargeStringArray],
    stated: _Rows,
    said: _Rows,
    prefixes: Mapping[str, str] | None,
    jobs: int,
) -> Columns:
    statements, literals = stated.columns, said.columns
    starts = changes([statements[name] for name in ("relation", "head", "tail")])
    weights = stated.weights
    head, relation, tail = (statements[name] for name in ("head", "relation", "tail"))
    if not starts.all():
        first = np.flatnonzero(starts)
        weights = np.maximum.reduceat(weights, first)
        head, relation, tail = head[first], relation[first], tail[first]
    entities = len(pools["nodes"])

    def named(codes: Codes, pool: str) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(codes, pools[pool].cast(pa.string()))

    return Columns.from_arrays(
        prefixes=prefixes,
        entities=[pools["nodes"], _first_places(head, entities), _first_places(tail, entities)],
        relations=[pools["relations"]],
        triples=[head, relation, tail, weights],
        neighbours=spread(stable_order, (head, tail), jobs),
        statements=[
            np.cumsum(starts, dtype=np.int32) - np.int32(1),
            named(statements["source"], "sources"),
            named(statements["graph"], "graphs"),
            stated.weights,
        ],
        literals=[
            literals["subject"],
            named(literals["predicate"], "predicates"),
            pools["values"].take(pa.array(literals["value"])),
            named(literals["language"], "languages"),
            named(literals["datatype"], "datatypes"),
            named(literals["source"], "sources"),
            named(literals["graph"], "graphs"),
            said.weights,
        ],
    )


def _first_places(ends: Codes, entities: int) -> Codes:
    """Return, for every entity, how many triples have an end before it: where its own begin, once sorted."""
    counts = np.bincount(ends, minlength=entities)
    return (np.cumsum(counts) - counts).astype(np.int32)
