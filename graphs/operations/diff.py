"""What one graph says and another does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.assemble import assemble
from graphs.block import Block, LiteralCodes, TripleCodes
from graphs.labels import LABEL_PREDICATES
from graphs.operations.blank_nodes import all_blank_nodes, rename_blank_nodes
from graphs.operations.distinct import literal_starts, statement_starts
from graphs.operations.isomorphism import matching_blank_nodes
from graphs.selection import Mask, select
from graphs.statement import Statement, statements_of
from graphs.store import Store

__all__ = ["GraphDiff", "LabelChange", "RelationChange", "diff"]

_OLD, _NEW = "0", "1"
"""Before the names of sources: which graph says it."""
_SIDES: Final = ("_:0.", "_:1.")
"""How the names of the blank nodes of the two graphs begin while they are compared."""


@dataclass(frozen=True, slots=True)
class LabelChange:
    """An entity that is called something else: what it is no longer called, and what it is called now."""

    entity: str
    predicate: str
    language: str
    old: list[str]
    new: list[str]


@dataclass(frozen=True, slots=True)
class RelationChange:
    """How many statements of a relation (or of a predicate of literals) have come and gone."""

    relation: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """What turns an old graph into a new one.

    Attributes:
        removed: statements of the old graph that the new one does not make.
        added: statements of the new graph that the old one does not make; blank nodes that are in the old graph too
            have the names that they have there.
        reweighted: how many statements both make, but not as surely.
        labels: entities with other labels than before.
        relations: how many statements have come and gone, by relation.
    """

    removed: Block
    added: Block
    reweighted: int
    labels: list[LabelChange]
    relations: list[RelationChange]

    @property
    def equal(self) -> bool:
        """Whether both graphs say the same."""
        return not (len(self.removed) or len(self.added) or self.reweighted)

    def statements(self) -> Iterator[tuple[bool, Statement]]:
        """Yield every difference: whether it was added, and what; what was removed comes first."""
        for block, is_added in ((self.removed, False), (self.added, True)):
            for statement in statements_of(block):
                yield is_added, statement

    def to_dict(self, limit: int | None = None) -> dict[str, Any]:
        """Return the differences as plain values.

        Args:
            limit: the most statements of each kind, and labels, to list; all, if left out. Counts are always whole.
        """
        return {
            "equal": self.equal,
            "counts": {
                "added": len(self.added),
                "removed": len(self.removed),
                "reweighted": self.reweighted,
                "labels": len(self.labels),
            },
            "relations": [
                {"relation": change.relation, "added": change.added, "removed": change.removed}
                for change in self.relations
            ],
            "labels": [
                {
                    "entity": change.entity,
                    "predicate": change.predicate,
                    "language": change.language,
                    "old": change.old,
                    "new": change.new,
                }
                for change in self.labels[:limit]
            ],
            "added": _written(self.added, limit),
            "removed": _written(self.removed, limit),
        }


def diff(old: Store, new: Store, *, provenance: bool = False) -> GraphDiff:
    """Compare two graphs, statement by statement, by their terms.

    A statement is a triple or a literal in a named graph. Blank nodes are compared up to renaming
    (:mod:`graphs.operations.isomorphism`).

    Args:
        old: what is compared with.
        new: what is compared.
        provenance: compare too which source says what; otherwise a statement's sources do not matter, and its weight is
            the greatest of them.

    >>> old = Store.from_triples([("ex:owl", "ex:eats", "ex:mouse"), ("ex:owl", "ex:isA", "ex:fish")])
    >>> new = Store.from_triples([("ex:owl", "ex:eats", "ex:mouse"), ("ex:owl", "ex:isA", "ex:bird")])
    >>> for added, statement in diff(old, new).statements():
    ...     print("+" if added else "-", statement.n_quad())
    - <ex:owl> <ex:isA> <ex:fish> .
    + <ex:owl> <ex:isA> <ex:bird> .
    """
    if old.equals(new):
        nothing = _nothing_of(old)
        return GraphDiff(nothing, nothing, 0, [], [])
    blanks = bool(all_blank_nodes(old.columns)) and bool(all_blank_nodes(new.columns))
    both = assemble(
        [
            _marked(graph.block(), mark, side if blanks else None, provenance)
            for graph, mark, side in ((old, _OLD, _SIDES[0]), (new, _NEW, _SIDES[1]))
        ]
    )
    twins = matching_blank_nodes(both, _SIDES) if blanks else {}
    if twins:
        both = assemble([rename_blank_nodes(select(both), lambda name: twins.get(name, name))])
    stated, reweighted = _only(both.statements, statement_starts(both.statements))
    said, also = _only(both.literals, literal_starts(both.literals))
    removed, added = (
        select(both, stated & _says(both.statements, mark), said & _says(both.literals, mark))
        for mark in (_OLD, _NEW)
    )
    if blanks:
        removed = rename_blank_nodes(removed, _bare)
        added = rename_blank_nodes(added, _names_in(old, added))
    removed, added = _unmarked(removed), _unmarked(added)
    return GraphDiff(
        removed, added, reweighted + also, _label_changes(removed, added), _relation_changes(removed, added)
    )


def _written(block: Block, limit: int | None) -> list[str]:
    return [line.n_quad() for line, _ in zip(statements_of(block), _count(limit), strict=False)]


def _count(limit: int | None) -> Iterator[int]:
    number = 0
    while limit is None or number < limit:
        yield number
        number += 1


def _nothing_of(graph: Store) -> Block:
    tables = (graph.columns.statements, graph.columns.literals)
    return select(graph.columns, *(np.zeros(table.num_rows, np.bool_) for table in tables))


def _marked(block: Block, mark: str, side: str | None, provenance: bool) -> Block:
    """Write into the sources which graph says it, and keep its blank nodes apart."""
    sources = block.pools.sources.to_pylist()
    marked = [mark + source if provenance else mark for source in sources]
    block = replace(block, pools=replace(block.pools, sources=pa.array(marked, pa.large_string())))
    return block if side is None else rename_blank_nodes(block, lambda name: side + name[2:])


def _unmarked(block: Block) -> Block:
    sources = [source[1:] for source in block.pools.sources.to_pylist()]
    return replace(block, pools=replace(block.pools, sources=pa.array(sources, pa.large_string())))


def _bare(name: str) -> str:
    return "_:" + name[len(_SIDES[0]) :]


def _names_in(old: Store, added: Block) -> Callable[[str], str]:
    """Return what to call a blank node of added statements so that it is the right one in the old graph."""
    taken = all_blank_nodes(old.columns)
    chosen: dict[str, str] = {}

    def name_in(name: str) -> str:
        bare = _bare(name)
        if name.startswith(_SIDES[0]):
            return bare
        if name not in chosen:
            free, number = bare, 2
            while free in taken:
                free, number = f"{bare}-{number}", number + 1
            taken.add(free)
            chosen[name] = free
        return chosen[name]

    return name_in


def _says(table: pa.RecordBatch, mark: str) -> Mask:
    """Mark the rows of one of the two graphs."""
    column = table.column("source")
    sides = [source.startswith(mark) for source in column.dictionary.to_pylist()]
    return np.asarray(np.array(sides, np.bool_)[column.indices.to_numpy()], np.bool_)


def _only(table: pa.RecordBatch, fresh: Mask) -> tuple[Mask, int]:
    """Mark the rows that only one graph has; return too how many are in both with different weights."""
    source = table.column("source")
    names = [name[1:] for name in source.dictionary.to_pylist()]
    origins = {name: number for number, name in enumerate(sorted(set(names)))}
    origin = np.array([origins[name] for name in names], np.int64)[source.indices.to_numpy()]
    keys = np.cumsum(fresh, dtype=np.int64) * max(len(origins), 1) + origin
    is_old = _says(table, _OLD)
    old, new = np.flatnonzero(is_old), np.flatnonzero(~is_old)
    _, in_old, in_new = np.intersect1d(keys[old], keys[new], assume_unique=True, return_indices=True)
    weights: npt.NDArray[np.float32] = table.column("weight").to_numpy()
    only = np.ones(len(keys), np.bool_)
    only[old[in_old]] = only[new[in_new]] = False
    return only, int(np.count_nonzero(weights[old[in_old]] != weights[new[in_new]]))


def _label_changes(removed: Block, added: Block) -> list[LabelChange]:
    labels: dict[tuple[str, str, str], tuple[list[str], list[str]]] = {}
    blocks = [_labels_of(block) for block in (removed, added)]
    subjects = [
        block.pools.nodes.take(pa.array(np.unique(block.literals.subject))).to_pylist() for block in blocks
    ]
    both = set(subjects[0]).intersection(subjects[1])
    for place, block in enumerate(blocks if both else []):
        for statement in statements_of(block):
            if statement.subject in both:
                key = (statement.subject, statement.predicate, statement.language)
                labels.setdefault(key, ([], []))[place].append(statement.object)
    return [LabelChange(*key, *map(sorted, labels[key])) for key in sorted(labels) if all(labels[key])]


def _labels_of(block: Block) -> Block:
    """Return the labels among some statements."""
    is_label = np.isin(block.pools.predicates.to_numpy(zero_copy_only=False), list(LABEL_PREDICATES))
    rows = np.flatnonzero(is_label[block.literals.predicate])
    literals = LiteralCodes(*(getattr(block.literals, field.name)[rows] for field in fields(LiteralCodes)))
    triples = TripleCodes(*(getattr(block.triples, field.name)[:0] for field in fields(TripleCodes)))
    return Block(block.pools, triples, literals)


def _relation_changes(removed: Block, added: Block) -> list[RelationChange]:
    gone, come = _by_relation(removed), _by_relation(added)
    return [RelationChange(relation, come[relation], gone[relation]) for relation in sorted({*gone, *come})]


def _by_relation(block: Block) -> Counter[str]:
    counts: Counter[str] = Counter()
    pools = block.pools
    for names, column in (
        (pools.relations, block.triples.relation),
        (pools.predicates, block.literals.predicate),
    ):
        found = np.bincount(column, minlength=len(names)).tolist()
        for name, number in zip(names.to_pylist(), found, strict=True):
            if number:
                counts[name] += number
    return counts
