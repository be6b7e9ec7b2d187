"""Which blank nodes of two graphs stand for the same, when names mean nothing.

Colours are refined until they tell nodes apart (Weisfeiler and Leman; for RDF: Hogan, "Canonical Forms for Isomorphic
and Equivalent RDF Graphs", 2017, https://doi.org/10.1145/3068333). Where symmetry leaves nodes of one colour, one of
them is marked, and refinement goes on. That one is picked without trying the others, so the work is bounded even on
graphs made to be hard; then two isomorphic graphs may be told apart, but never are two different ones taken for the
same: what is returned is only who is compared with whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from graphs.columns import Columns
from graphs.operations.blank_nodes import blanks_within, replace_blanks_within
from graphs.ordering import changes

__all__ = ["matching_blank_nodes"]

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_WORK: Final = 300_000_000
"""Places in statements that are looked at, at most; a place takes some ten nanoseconds."""
_MARK: Final = np.uint64(0x9E3779B97F4A7C15)
_NOBODY: Final = -1


def matching_blank_nodes(columns: Columns, sides: tuple[str, str]) -> dict[str, str]:
    """Return which blank node of a second graph stands for which of a first one.

    Nodes of parts of the graphs that are alike are matched by how they lie in these; of what is left over, those that
    have the same name.

    Args:
        columns: both graphs in one, the names of their blank nodes beginning with ``sides``.
        sides: how the names of blank nodes of the first and of the second graph begin.

    Returns:
        Names of blank nodes of the first graph, by names of the second's. No name stands twice.

    >>> from graphs.assemble import assemble
    >>> from graphs.statements import Statements
    >>> statements = Statements()
    >>> for node in ("_:1.x", "_:2.y"):
    ...     statements.add(node, "ex:eats", "ex:mouse")
    >>> matching_blank_nodes(assemble([statements.block()]), ("_:1.", "_:2."))
    {'_:2.y': '_:1.x'}
    """
    nodes = _Nodes.of(columns)
    if not nodes.names:
        return {}
    places = _Occurrences.of(columns, nodes)
    colours, components = places.told_apart()
    side = np.array([not name.startswith(sides[0]) for name in nodes.names])
    pairs = _pairs(colours, components, side, np.array(nodes.is_term))
    matched = {nodes.names[second]: nodes.names[first] for first, second in pairs}
    blanks = [name for name, term in zip(nodes.names, nodes.is_term, strict=True) if not term]
    free = set(blanks) - set(matched.values())
    for name in blanks:
        same = sides[0] + name[len(sides[1]) :]
        if name.startswith(sides[1]) and name not in matched and same in free:
            matched[name] = same
    return matched


@dataclass(frozen=True, slots=True)
class _Nodes:
    """What has no lasting name: blank nodes, and triple terms that name some.

    ``of_entity`` and ``of_graph`` give the number among ``names`` of an entity, and of a named graph, or ``_NOBODY``.
    """

    names: list[str]
    is_term: list[bool]
    of_entity: Places
    of_graph: Places

    @classmethod
    def of(cls, columns: Columns) -> _Nodes:
        iris = columns.entities.column("iri").to_pylist()
        names = [name for name in iris if name.startswith("_:") or (name[:2] == "<<" and blanks_within(name))]
        graphs = sorted({*_dictionary(columns.statements, "graph"), *_dictionary(columns.literals, "graph")})
        named = set(names)
        inner = {blank for name in names if name[:2] == "<<" for blank in blanks_within(name)}
        inner.update(graph for graph in graphs if graph.startswith("_:"))
        names += sorted(inner - named)
        numbers = {name: number for number, name in enumerate(names)}
        return cls(
            names,
            [name[:2] == "<<" for name in names],
            np.array([numbers.get(iri, _NOBODY) for iri in iris], np.int64),
            np.array([numbers.get(graph, _NOBODY) for graph in graphs], np.int64),
        )


def _dictionary(table: pa.RecordBatch, column_name: str) -> list[str]:
    found: list[str] = table.column(column_name).dictionary.to_pylist()
    return found


@dataclass(frozen=True, slots=True)
class _Occurrences:
    """The statements that a node without a lasting name stands in.

    Attributes:
        context: what a statement says besides, hashed, uint64 [statements].
        who: the node at each of its three places (subject, object, graph), int64 [statements, 3], or ``_NOBODY``.
        count: how many nodes there are.
    """

    context: Hashes
    who: Places
    count: int

    @classmethod
    def of(cls, columns: Columns, nodes: _Nodes) -> _Occurrences:
        parts = [_in_triples(columns, nodes), _in_literals(columns, nodes), _in_terms(nodes)]
        context = np.concatenate([context for context, _ in parts])
        who = np.concatenate([who for _, who in parts])
        asked = (who != _NOBODY).any(axis=1)
        return cls(context[asked], who[asked], len(nodes.names))

    def told_apart(self) -> tuple[Hashes, Places]:
        """Return a colour for every node, and the number of the part of the graph that it lies in."""
        components = self._components()
        statement, role = np.nonzero(self.who != _NOBODY)
        node = self.who[statement, role]
        order = np.argsort(node, kind="stable")
        node, statement, role = node[order], statement[order], role[order]
        first = np.flatnonzero(changes([node]))
        colours = np.zeros(self.count, np.uint64)
        passes = max(50, _WORK // max(len(node), 1))
        distinct = 0
        while passes > 0:
            colours = self._refined(colours, node, statement, role, first)
            passes -= 1
            found = len(np.unique(colours))
            if found > distinct:
                distinct = found
                continue
            tied = _first_tied(colours, components)
            if not len(tied):
                break
            colours[tied] = _mixed(colours[tied] ^ _MARK)
        return colours, components

    def _components(self) -> Places:
        rows, columns = [], []
        for one, other in ((0, 1), (0, 2), (1, 2)):
            both = (self.who[:, one] != _NOBODY) & (self.who[:, other] != _NOBODY)
            rows.append(self.who[both, one])
            columns.append(self.who[both, other])
        ends = (np.concatenate(rows), np.concatenate(columns))
        links = coo_matrix((np.ones(len(ends[0]), np.int8), ends), shape=(self.count, self.count))
        return np.asarray(connected_components(links, directed=False)[1], np.int64)

    def _refined(
        self, colours: Hashes, node: Places, statement: Places, role: Places, first: Places
    ) -> Hashes:
        """Mix into every colour those of the statements that the node stands in, whatever their order."""
        at_places = np.where(self.who == _NOBODY, np.uint64(0), colours[self.who])
        said = _mixed(self.context + sum(_mixed(at_places[:, place] + _salt(place)) for place in range(3)))
        gathered = np.zeros(self.count, np.uint64)
        gathered[node[first]] = np.add.reduceat(_mixed(said[statement] + _SALTS[role]), first)
        return _mixed(colours * np.uint64(3) + gathered)


def _salt(number: int) -> np.uint64:
    return np.uint64((number + 1) * 0xD1B54A32D192ED03 & 0xFFFFFFFFFFFFFFFF)


_SALTS: Final = np.array([_salt(place) for place in range(3)], np.uint64)


def _mixed(numbers: Any) -> Hashes:
    """Scramble numbers, each on its own: the last step of SplitMix64."""
    mixed = np.asarray(numbers, np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _hashed(*columns: npt.NDArray[Any]) -> Hashes:
    """Return one number for each row of some columns of numbers."""
    found = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        found = _mixed(found + _MARK + column.astype(np.int64).view(np.uint64))
    return found


def _in_triples(columns: Columns, nodes: _Nodes) -> tuple[Hashes, Places]:
    statements, triples = columns.statements, columns.triples
    triple = statements.column("triple").to_numpy()
    graph, graph_node = _graphs(statements, columns, nodes)
    once = changes([triple, graph])
    triple, graph, graph_node = triple[once], graph[once], graph_node[once]
    head, relation, tail = (triples.column(name).to_numpy()[triple] for name in ("head", "relation", "tail"))
    who = np.stack([nodes.of_entity[head], nodes.of_entity[tail], graph_node], axis=1)
    lasting = [
        np.where(who[:, place] == _NOBODY, column, _NOBODY) for place, column in enumerate((head, tail))
    ]
    return _hashed(relation, *lasting, np.where(graph_node == _NOBODY, graph, _NOBODY)), who


def _in_literals(columns: Columns, nodes: _Nodes) -> tuple[Hashes, Places]:
    literals = columns.literals
    subject = literals.column("subject").to_numpy()
    graph, graph_node = _graphs(literals, columns, nodes)
    asked = np.flatnonzero((nodes.of_entity[subject] != _NOBODY) | (graph_node != _NOBODY))
    values = literals.column("value").take(pa.array(asked)).dictionary_encode().indices.to_numpy()
    said = [literals.column(name).indices.to_numpy()[asked] for name in ("predicate", "language", "datatype")]
    subject, graph, graph_node = subject[asked], graph[asked], graph_node[asked]
    nobody = np.full(len(asked), _NOBODY, np.int64)
    who = np.stack([nodes.of_entity[subject], nobody, graph_node], axis=1)
    lasting = np.where(who[:, 0] == _NOBODY, subject, _NOBODY)
    named = np.where(graph_node == _NOBODY, graph, _NOBODY)
    rows = _hashed(np.full(len(asked), -2, np.int64), *said, values, lasting, named)
    once = np.unique(np.column_stack([rows.view(np.int64), who]), axis=0, return_index=True)[1]
    return rows[once], who[once]


def _in_terms(nodes: _Nodes) -> tuple[Hashes, Places]:
    """Return, for every blank node within a triple term, a statement that ties the term to it."""
    numbers = {name: number for number, name in enumerate(nodes.names)}
    shapes: dict[str, int] = {}
    rows = []
    for name, is_term in zip(nodes.names, nodes.is_term, strict=True):
        if is_term:
            shape = shapes.setdefault(replace_blanks_within(name, lambda _: "_:"), len(shapes))
            for place, blank in enumerate(blanks_within(name)):
                rows.append((shape, place, numbers[name], numbers[blank], _NOBODY))
    found = np.array(rows, np.int64).reshape(-1, 5)
    return _hashed(np.full(len(found), -3, np.int64), found[:, 0], found[:, 1]), found[:, 2:]


def _graphs(table: pa.RecordBatch, columns: Columns, nodes: _Nodes) -> tuple[Places, Places]:
    """Return the number of the named graph of every row, among those of all tables, and its node."""
    known = sorted({*_dictionary(columns.statements, "graph"), *_dictionary(columns.literals, "graph")})
    column = table.column("graph")
    numbers = np.searchsorted(np.array(known, dtype=object), column.dictionary.to_numpy(zero_copy_only=False))
    graph = np.asarray(numbers, np.int64)[column.indices.to_numpy()]
    return graph, nodes.of_graph[graph] if len(nodes.of_graph) else graph


def _first_tied(colours: Hashes, components: Places) -> Places:
    """Return one node of each part in which some share a colour: of the smallest colour, the first."""
    order = np.lexsort((colours, components))
    part, colour = components[order], colours[order]
    alike = np.flatnonzero((part[1:] == part[:-1]) & (colour[1:] == colour[:-1]))
    return np.asarray(order[alike[changes([part[alike]])]])


def _pairs(
    colours: Hashes, components: Places, side: npt.NDArray[np.bool_], is_term: npt.NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Match the nodes of like parts: the first part of its kind on one side with the first on the other."""
    size = int(components.max()) + 1
    kinds = np.zeros(size, np.uint64)
    np.add.at(kinds, components, _mixed(colours))
    part_side = np.zeros(size, np.bool_)
    part_side[components] = side
    order = np.lexsort((part_side, kinds))
    first = np.flatnonzero(changes([kinds[order], part_side[order]]))
    turn = np.empty(size, np.int64)
    turn[order] = np.arange(size) - np.repeat(first, np.diff(np.append(first, size)))
    rows = np.flatnonzero(~is_term)
    keys = (kinds[components[rows]], turn[components[rows]], colours[rows])
    order = np.lexsort((side[rows], *keys[::-1]))
    ordered = [key[order] for key in keys]
    starts = np.flatnonzero(changes(ordered))
    lengths = np.diff(np.append(starts, len(order)))
    starts = starts[lengths == 2]
    one, other = rows[order[starts]], rows[order[starts + 1]]
    across = ~side[one] & side[other]
    return list(zip(one[across].tolist(), other[across].tolist(), strict=True))
