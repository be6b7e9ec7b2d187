"""Assembler: blocks of statements in, the sorted tables of a graph out.

Entities are numbered in the order of their names, so that the same statements give the same tables in whatever
order, and in whatever blocks, they come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.block import Block, Codes, Weights, constant
from graphs.columns import Columns
from graphs.growing_pool import GrowingPool
from graphs.ordering import changes, stable_order, unique_rows

__all__ = ["Assembler", "Tally", "assemble"]

_TRIPLE_KEYS: Final = ("relation", "head", "tail", "graph", "source")
_LITERAL_KEYS: Final = ("subject", "predicate", "value", "language", "datatype", "graph", "source")
_POOLS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "nodes": (("head", "tail"), ("subject",)),
    "relations": (("relation",), ()),
    "predicates": ((), ("predicate",)),
    "values": ((), ("value",)),
    "languages": ((), ("language",)),
    "datatypes": ((), ("datatype",)),
    "sources": (("source",), ("source",)),
    "graphs": (("graph",), ("graph",)),
}
"""For every pool, the columns of triples and of literals whose numbers point into it."""
_PENDING: Final = 1 << 22
"""Strings of blocks that are waited for before they are merged with what is there; more, once there are more."""

Number = TypeVar("Number", np.int32, np.float32)
Result = TypeVar("Result")


class Tally(NamedTuple):
    """What became of the statements of one source.

    Attributes:
        read: how many came.
        stored: how many of them say something that no source before it says; sources count in the order in which
            their first blocks came.
    """

    read: int
    stored: int

    @property
    def duplicates(self) -> int:
        """How many say again what this source, or one before it, says already."""
        return self.read - self.stored


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
        self._pending_strings = 0
        self._pools = {pool: GrowingPool() for pool in _POOLS}
        self._triples: dict[str, list[npt.NDArray[Any]]] = defaultdict(list)
        self._literals: dict[str, list[npt.NDArray[Any]]] = defaultdict(list)

    def add(self, block: Block) -> None:
        """Add a block; empty ones are dropped."""
        if not len(block):
            return
        self._pending.append(block)
        self._pending_strings += len(block.pools.nodes) + len(block.pools.values)
        if self._pending_strings > max(_PENDING, len(self._pools["nodes"]) + len(self._pools["values"])):
            self._settle()

    def _settle(self) -> None:
        """Exchange the numbers of pending blocks for those of the graph's pools, and let their strings go."""
        blocks, self._pending, self._pending_strings = self._pending, [], 0

        def numbered(pool: str) -> list[Codes]:
            return self._pools[pool].numbers([getattr(block.pools, pool) for block in blocks])

        for (triple_names, literal_names), places in zip(
            _POOLS.values(), self._spread(numbered, _POOLS), strict=True
        ):
            for name in triple_names:
                columns = [getattr(block.triples, name) for block in blocks]
                self._triples[name] += map(_renumbered, columns, places)
            for name in literal_names:
                columns = [getattr(block.literals, name) for block in blocks]
                self._literals[name] += map(_renumbered, columns, places)
        self._triples["weight"] += [block.triples.weight for block in blocks]
        self._literals["weight"] += [block.literals.weight for block in blocks]

    def columns(self, prefixes: Mapping[str, str] | None = None) -> Columns:
        """Number, sort and merge all that has been added, and let go of it.

        Args:
            prefixes: short names of namespaces, kept with the graph.
        """
        self._settle()
        triples = {
            name: _joined(parts, np.int32) for name, parts in self._triples.items() if name != "weight"
        }
        literals = {
            name: _joined(parts, np.int32) for name, parts in self._literals.items() if name != "weight"
        }

        def ordered(pool: str) -> tuple[pa.LargeStringArray, Codes]:
            triple_names, literal_names = _POOLS[pool]
            return self._pools[pool].in_order(
                [*(triples[name] for name in triple_names), *(literals[name] for name in literal_names)]
            )

        pools: dict[str, pa.LargeStringArray] = {}
        arrival = np.zeros(0, np.int32)
        for pool, (strings, ranks) in zip(_POOLS, self._spread(ordered, _POOLS), strict=True):
            pools[pool] = strings
            triple_names, literal_names = _POOLS[pool]
            for names, table in ((triple_names, triples), (literal_names, literals)):
                table.update({name: ranks[table[name]] for name in names})
            if pool == "sources":
                arrival = np.argsort(ranks[ranks >= 0], kind="stable").astype(np.int32)
        triple_weights = _joined(self._triples.pop("weight"), np.float32)
        literal_weights = _joined(self._literals.pop("weight"), np.float32)
        self._start()
        read = _count(pools["sources"], triples["source"], literals["source"])
        sizes = {name: len(pools[pool]) for pool, names in _POOLS.items() for name in (*names[0], *names[1])}
        statement_rows, statement_weights = _unique(triples, _TRIPLE_KEYS, sizes, triple_weights)
        literal_rows, literal_weights = _unique(literals, _LITERAL_KEYS, sizes, literal_weights)
        stored = _count(
            pools["sources"],
            _first_to_say(statement_rows, _TRIPLE_KEYS, arrival),
            _first_to_say(literal_rows, _LITERAL_KEYS, arrival),
        )
        self.tallies = {source: Tally(read[source], stored[source]) for source in sorted(read)}
        return _tables(pools, statement_rows, statement_weights, literal_rows, literal_weights, prefixes)

    def _spread(self, work: Callable[[str], Result], pools: Iterable[str]) -> Iterable[Result]:
        """Do some work for every pool, on as many threads as there may be."""
        if self._jobs == 1:
            return map(work, pools)
        with ThreadPoolExecutor(self._jobs) as threads:
            return list(threads.map(work, pools))


def assemble(blocks: Iterable[Block], prefixes: Mapping[str, str] | None = None) -> Columns:
    """Make the tables of a graph of some blocks, without counting; see :class:`Assembler`."""
    assembler = Assembler()
    for block in blocks:
        assembler.add(block)
    return assembler.columns(prefixes)


def _renumbered(column: Codes, places: Codes) -> Codes:
    """Exchange numbers; a column that says the same in every row stays one that takes no memory."""
    if column.strides == (0,) and len(column):
        return constant(int(places[column[0]]), len(column))
    return places[column]


def _joined(columns: Sequence[npt.NDArray[Any]], kind: type[Number]) -> npt.NDArray[Number]:
    return np.concatenate(columns, dtype=kind) if columns else np.zeros(0, kind)


def _unique(
    columns: Mapping[str, Codes], keys: Sequence[str], sizes: Mapping[str, int], weights: Weights
) -> tuple[dict[str, Codes], Weights]:
    found, weights = unique_rows([columns[name] for name in keys], [sizes[name] for name in keys], weights)
    return dict(zip(keys, found, strict=True)), weights


def _count(sources: pa.LargeStringArray, *columns: Codes) -> dict[str, int]:
    """Count the rows of every source."""
    counts = sum(np.bincount(column, minlength=len(sources)) for column in columns)
    return dict(zip(sources.to_pylist(), np.asarray(counts).tolist(), strict=True))


def _first_to_say(rows: Mapping[str, Codes], keys: Sequence[str], arrival: Codes) -> Codes:
    """Return, for everything that is said, the source that came first of those that say it."""
    if not len(rows["source"]):
        return rows["source"]
    first = np.flatnonzero(changes([rows[name] for name in keys if name != "source"]))
    source_of_arrival = np.argsort(arrival).astype(np.int32)
    found: Codes = source_of_arrival[np.minimum.reduceat(arrival[rows["source"]], first)]
    return found


def _tables(
    pools: Mapping[str, pa.LargeStringArray],
    statements: Mapping[str, Codes],
    statement_weights: Weights,
    literals: Mapping[str, Codes],
    literal_weights: Weights,
    prefixes: Mapping[str, str] | None,
) -> Columns:
    starts = changes([statements[name] for name in ("relation", "head", "tail")])
    triple_of_statement = np.cumsum(starts, dtype=np.int32) - np.int32(1)
    first = np.flatnonzero(starts)
    weights = np.maximum.reduceat(statement_weights, first) if len(first) else statement_weights
    head, relation, tail = (statements[name][first] for name in ("head", "relation", "tail"))
    entities = len(pools["nodes"])

    def named(codes: Codes, pool: str) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(codes, pools[pool].cast(pa.string()))

    return Columns.from_arrays(
        prefixes=prefixes,
        entities=[pools["nodes"], _first_places(head, entities), _first_places(tail, entities)],
        relations=[pools["relations"]],
        triples=[head, relation, tail, weights],
        neighbours=[stable_order(head), stable_order(tail)],
        statements=[
            triple_of_statement,
            named(statements["source"], "sources"),
            named(statements["graph"], "graphs"),
            statement_weights,
        ],
        literals=[
            literals["subject"],
            named(literals["predicate"], "predicates"),
            pools["values"].take(pa.array(literals["value"])),
            named(literals["language"], "languages"),
            named(literals["datatype"], "datatypes"),
            named(literals["source"], "sources"),
            named(literals["graph"], "graphs"),
            literal_weights,
        ],
    )


def _first_places(ends: Codes, entities: int) -> Codes:
    """Return, for every entity, how many triples have an end before it: where its own begin, once sorted."""
    counts = np.bincount(ends, minlength=entities)
    return (np.cumsum(counts) - counts).astype(np.int32)
