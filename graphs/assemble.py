"""Assembler: blocks of statements in, the sorted tables of a graph out.

Entities are numbered in the order of their names, so that the same statements give the same tables in whatever
order, and in whatever blocks, they come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.block import Block, Codes, Weights
from graphs.columns import Columns
from graphs.growing_pool import GrowingPool
from graphs.joining import concatenated, joined, spelled_out
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
_PENDING: Final = 1 << 23
"""Names of entities that are waited for before they are merged with what is there; more, once there are more."""


class _Rows(NamedTuple):
    """Rows of triples or of literals: numbers by the names of their columns, and weights."""

    columns: dict[str, Codes]
    weights: Weights


class _Tables(NamedTuple):
    """Tables of a graph by their names, and for everything that they say the source that said it first."""

    tables: dict[str, list[Any]]
    sources: Codes


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
        self._take_values(blocks)
        self._triples["weight"] += [block.triples.weight for block in blocks]
        self._literals["weight"] += [block.literals.weight for block in blocks]
        strings = {pool: [getattr(block.pools, pool) for block in blocks] for pool in _POOLS}
        triples = {name: [getattr(block.triples, name) for block in blocks] for name in _TRIPLE_KEYS}
        literals = {name: [getattr(block.literals, name) for block in blocks] for name in _LITERAL_KEYS}
        del blocks  # their strings are let go of as they are copied
        for pool, (triple_names, literal_names) in _POOLS.items():
            places = self._pools[pool].numbers(strings[pool])
            for name in triple_names:
                self._triples[name].append(joined(triples.pop(name), places))
            for name in literal_names:
                self._literals[name].append(joined(literals.pop(name), places))

    def _take_values(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            if len(block.literals.value):
                self._literals["value"].append(block.literals.value + np.int32(self._num_values))
                self._values.append(block.pools.values)
                self._num_values += len(block.pools.values)

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
            columns = [part for name in triple_names for part in self._triples[name]]
            columns += [part for name in literal_names for part in self._literals[name]]
            pools[pool], ranks = self._pools[pool].in_order(columns)
            columns.clear()
            for name in triple_names:
                triples[name] = joined(self._triples.pop(name), repeat(ranks))
            for name in literal_names:
                literals[name] = joined(self._literals.pop(name), repeat(ranks))
            if pool == "sources":
                arrival = np.argsort(ranks[ranks >= 0], kind="stable").astype(np.int32)
        triple_weights = concatenated(self._triples.pop("weight"), np.float32)
        literal_weights = concatenated(self._literals.pop("weight"), np.float32)
        literals["value"] = concatenated(self._literals.pop("value", []), np.int32)
        pools["values"] = pa.concat_arrays(self._values) if self._values else pa.array([], pa.large_string())
        self._start()
        sizes = {name: len(pools[pool]) for pool, names in _POOLS.items() for name in (*names[0], *names[1])}
        read = count_by_source(pools["sources"], triples["source"], literals["source"])

        def said() -> _Tables:
            literals["value"], places = numbered_values(
                literals["subject"],
                literals["predicate"],
                literals["value"],
                pools["values"],
                jobs=self._jobs,
            )
            rows = _unique(literals, _LITERAL_KEYS, {**sizes, "value": len(places)}, literal_weights)
            values = pools.pop("values").take(pa.array(places[rows.columns["value"]]))
            return _Tables(
                _literal_tables(rows, values, pools), first_to_say(rows.columns, _LITERAL_KEYS, arrival)
            )

        def stated() -> _Tables:
            rows = _unique(triples, _TRIPLE_KEYS, sizes, triple_weights)
            return _Tables(
                _statement_tables(rows, pools, self._jobs), first_to_say(rows.columns, _TRIPLE_KEYS, arrival)
            )

        # literals first: statements take more memory, and the values before they were sorted are gone by then
        parts = spread(_done, (said, stated), self._jobs)
        stored = count_by_source(pools["sources"], *(part.sources for part in parts))
        self.tallies = {source: Tally(read[source], stored[source]) for source in sorted(read)}
        return Columns.from_arrays(
            prefixes=prefixes, **{name: table for part in parts for name, table in part.tables.items()}
        )


def assemble(blocks: Iterable[Block], prefixes: Mapping[str, str] | None = None) -> Columns:
    """Make the tables of a graph of some blocks, without counting; see :class:`Assembler`."""
    assembler = Assembler()
    for block in blocks:
        assembler.add(block)
    return assembler.columns(prefixes)


def _done(work: Callable[[], _Tables]) -> _Tables:
    return work()


def _unique(
    columns: dict[str, Codes], keys: Sequence[str], sizes: Mapping[str, int], weights: Weights
) -> _Rows:
    """Sort and merge rows, and let go of them."""
    found, weights = unique_rows(
        [columns.pop(name) for name in keys], [sizes[name] for name in keys], weights
    )
    return _Rows(dict(zip(keys, found, strict=True)), weights)


def _literal_tables(
    rows: _Rows, values: pa.LargeStringArray, pools: Mapping[str, pa.LargeStringArray]
) -> dict[str, list[Any]]:
    literals = rows.columns
    return {
        "literals": [
            literals["subject"],
            _named(literals["predicate"], pools["predicates"]),
            values,
            _named(literals["language"], pools["languages"]),
            _named(literals["datatype"], pools["datatypes"]),
            _named(literals["source"], pools["sources"]),
            _named(literals["graph"], pools["graphs"]),
            spelled_out(rows.weights),
        ]
    }


def _statement_tables(
    rows: _Rows, pools: Mapping[str, pa.LargeStringArray], jobs: int
) -> dict[str, list[Any]]:
    head, relation, tail = (rows.columns[name] for name in ("head", "relation", "tail"))
    starts = changes([relation, head, tail])
    triple = np.cumsum(starts, dtype=np.int32)
    triple -= 1
    weights = greatest = spelled_out(rows.weights)
    if not starts.all():
        first = np.flatnonzero(starts)
        greatest = np.maximum.reduceat(weights, first)
        head, relation, tail = head[first], relation[first], tail[first]
    entities = pools["nodes"]
    return {
        "entities": [entities, *(_first_places(ends, len(entities)) for ends in (head, tail))],
        "relations": [pools["relations"]],
        "triples": [head, relation, tail, greatest],
        "neighbours": spread(stable_order, (head, tail), jobs),
        "statements": [
            triple,
            _named(rows.columns["source"], pools["sources"]),
            _named(rows.columns["graph"], pools["graphs"]),
            weights,
        ],
    }


def _named(codes: Codes, names: pa.LargeStringArray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(spelled_out(codes), names.cast(pa.string()))


def _first_places(ends: Codes, entities: int) -> Codes:
    """Return, for every entity, how many triples have an end before it: where its own begin, once sorted."""
    counts = np.bincount(ends, minlength=entities)
    return (np.cumsum(counts) - counts).astype(np.int32)
