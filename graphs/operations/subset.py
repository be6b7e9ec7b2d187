"""Subsets of a graph: what lies around some entities, what some relations say, what some sources say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.columns import Columns
from graphs.errors import GraphError, UnknownTermError
from graphs.operations.blank_nodes import blank_names
from graphs.selection import Mask, select
from graphs.store import Store

__all__ = ["Direction", "Subset", "subset"]

Direction = Literal["out", "in", "both"]

_PROPERTY_LINKS: Final = (v.OWL_INVERSE_OF, v.OWL_EQUIVALENT_PROPERTY, v.RDFS_SUBPROPERTY_OF)
"""Relations that say what one relation means by another."""


@dataclass(frozen=True, slots=True)
class Subset:
    """A part of a graph.

    Attributes:
        columns: its tables.
        beyond_limit: entities within reach that were left out because of the limit.
    """

    columns: Columns
    beyond_limit: int = 0


def subset(
    graph: Store,
    *,
    seeds: Sequence[str] = (),
    hops: int = 1,
    relations: Collection[str] = (),
    sources: Collection[str] = (),
    graphs: Collection[str] = (),
    direction: Direction = "both",
    limit: int | None = None,
) -> Subset:
    """Return the statements of a graph that are asked for; every condition that is given has to hold.

    Kept are the triples between kept entities, all literals of these, what the blank nodes among them stand for
    (their outgoing triples, as in a concise bounded description, https://www.w3.org/submissions/CBD/), and what is
    said of the relations that are kept: labels, inverses, domains. Sources, named graphs, weights and prefixes stay.

    Args:
        graph: where to take from.
        seeds: IRIs of entities; with them, only what lies within ``hops`` of one is kept. Without, all is in reach.
        hops: how many triples may lie between a seed and a kept entity, from 0.
        relations: IRIs; only their triples are followed and kept. Predicates of literals keep their subjects.
        sources: only what these say is kept, and all else follows from it.
        graphs: only what stands in these named graphs; the empty name is the default graph.
        direction: follow triples from head to tail ("out"), from tail to head ("in"), or both ways.
        limit: the most entities to keep around seeds, these included: nearest first, then by name.

    Raises:
        UnknownTermError: the graph has no such seed, relation, source or named graph.
        GraphError: an impossible number of hops, or more seeds than the limit allows.

    >>> web = Store.from_triples([("ex:owl", "ex:eats", "ex:mouse"), ("ex:mouse", "ex:eats", "ex:corn")])
    >>> Store(subset(web, seeds=["ex:owl"]).columns)
    Store(entities=2, relations=1, triples=1, literals=0)
    """
    if hops < 0:
        raise GraphError(f"expected a number of hops from 0 up, got {hops}")
    if seeds and limit is not None and limit < len(set(seeds)):
        raise GraphError(f"the limit of {limit} entities is less than the {len(set(seeds))} seeds")
    _check_known("source", sources, graph.sources())
    _check_known("named graph", graphs, graph.graphs())
    columns = graph.columns
    stated = _among(columns.statements, "source", sources) & _among(columns.statements, "graph", graphs)
    said = _among(columns.literals, "source", sources) & _among(columns.literals, "graph", graphs)
    available = np.zeros(graph.num_triples, np.bool_)
    available[columns.statements.column("triple").to_numpy()[stated]] = True
    if not seeds and not relations:
        return Subset(assemble([select(columns, stated, said)], graph.prefixes))

    usable, named = _of_relations(graph, available, said, relations)
    subjects = columns.literals.column("subject").to_numpy()
    beyond = 0
    if seeds:
        numbers = [graph.entity_id(seed) for seed in dict.fromkeys(seeds)]
        kept, beyond = _reached(graph, usable, numbers, hops, direction, limit)
        kept_triples = usable & kept[graph.heads] & kept[graph.tails]
    else:
        kept = np.zeros(graph.num_entities, np.bool_)
        kept[graph.heads[usable]] = kept[graph.tails[usable]] = True
        kept[subjects[named]] = True
        kept_triples = usable.copy()
    kept_triples |= _schema(graph, available, kept_triples, kept, said & kept[subjects])
    _describe_blank_nodes(graph, available, kept_triples, kept)
    kept[graph.heads[kept_triples]] = kept[graph.tails[kept_triples]] = True
    rows = stated & kept_triples[columns.statements.column("triple").to_numpy()]
    return Subset(assemble([select(columns, rows, said & kept[subjects])], graph.prefixes), beyond)


def _check_known(kind: str, asked: Collection[str], known: Collection[str]) -> None:
    missing = sorted(set(asked) - set(known))
    if missing:
        raise UnknownTermError(
            f"the graph has no {kind} {missing[0]!r}; it has {', '.join(map(repr, sorted(known)))}"
        )


def _among(table: pa.RecordBatch, column_name: str, names: Collection[str]) -> Mask:
    """Mark the rows whose string is among the names; all of them where there are no names."""
    if not names:
        return np.ones(table.num_rows, np.bool_)
    column = table.column(column_name)
    wanted = np.isin(column.dictionary.to_numpy(zero_copy_only=False), list(names))
    return np.asarray(wanted[column.indices.to_numpy()], np.bool_)


def _of_relations(graph: Store, available: Mask, said: Mask, relations: Collection[str]) -> tuple[Mask, Mask]:
    """Return the triples, and the literals, of some relations; all triples where none is named."""
    if not relations:
        return available, np.zeros(len(said), np.bool_)
    predicates = graph.columns.literals.column("predicate").dictionary.to_pylist()
    _check_known("relation", relations, {*graph.relation_iris, *predicates})
    wanted = np.isin(np.array(graph.relation_iris, dtype=object), list(relations))
    return (
        available & wanted[graph.relation_ids],
        said & _among(graph.columns.literals, "predicate", relations),
    )


def _reached(
    graph: Store, usable: Mask, seeds: list[int], hops: int, direction: Direction, limit: int | None
) -> tuple[Mask, int]:
    """Mark the entities within some hops of the seeds; return too how many the limit left out."""
    heads, tails = graph.heads[usable], graph.tails[usable]
    reached = np.zeros(graph.num_entities, np.bool_)
    reached[seeds] = True
    for _ in range(hops):
        found = np.zeros_like(reached)
        if direction != "in":
            found[tails[reached[heads]]] = True
        if direction != "out":
            found[heads[reached[tails]]] = True
        fresh = np.flatnonzero(found & ~reached)
        if not len(fresh):
            break
        room = len(fresh) if limit is None else limit - int(np.count_nonzero(reached))
        reached[fresh[:room]] = True
        if len(fresh) > room:
            return reached, len(fresh) - room
    return reached, 0


def _schema(graph: Store, available: Mask, triples: Mask, kept: Mask, literals: Mask) -> Mask:
    """Mark the triples that describe the relations in use, and keep these relations as entities."""
    used = np.zeros(graph.num_relations, np.bool_)
    used[graph.relation_ids[triples]] = True
    iris = [iri for iri, wanted in zip(graph.relation_iris, used.tolist(), strict=True) if wanted]
    predicate = graph.columns.literals.column("predicate")
    names = predicate.dictionary.to_pylist()
    iris += [names[code] for code in np.unique(predicate.indices.to_numpy()[literals]).tolist()]
    properties = np.zeros(graph.num_entities, np.bool_)
    properties[_known(graph.entity_ids(iris))] = True
    described = available & properties[graph.heads]
    linking = np.isin(np.array(graph.relation_iris, dtype=object), _PROPERTY_LINKS)[graph.relation_ids]
    links = available & linking & (properties[graph.heads] | properties[graph.tails])
    kept |= properties
    kept[graph.heads[links]] = kept[graph.tails[links]] = True
    return np.asarray(described | links)


def _known(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return numbers[numbers >= 0]


def _describe_blank_nodes(graph: Store, available: Mask, triples: Mask, kept: Mask) -> None:
    """Add what blank nodes stand for: their outgoing triples, and those of the blank nodes they lead to."""
    blanks = blank_names(graph.columns.entities.column("iri"))
    if not len(blanks):
        return
    kept_ends = np.concatenate([graph.heads[triples], graph.tails[triples]])
    frontier = np.zeros(graph.num_entities, np.bool_)
    frontier[kept_ends] = True
    frontier |= kept
    frontier[: blanks.start] = frontier[blanks.stop :] = False
    described = frontier.copy()
    while frontier.any():
        kept |= frontier
        outgoing = available & frontier[graph.heads]
        triples |= outgoing
        frontier = np.zeros_like(frontier)
        frontier[graph.tails[outgoing]] = True
        frontier[: blanks.start] = frontier[blanks.stop :] = False
        frontier &= ~described
        described |= frontier
