"""Mapping: names that stand for the same thing become one, and the original names are kept.

Which names are the same, a mapping table says (:mod:`graphs.operations.sssom`), and the graph itself by
``owl:sameAs`` and ``owl:equivalentProperty``. Of each clique one name leads; it takes the place of the others
wherever they stand: as entities, as relations, and within triple terms. From the leader, ``owl:sameAs`` (or
``owl:equivalentProperty``) leads to every name that it has replaced, and what the graph itself says to equate names
stays as it stands, so who was equated with whom can still be read off the graph, and mapping it again changes
nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.block import Block
from graphs.columns import Columns
from graphs.errors import GraphError
from graphs.operations.cliques import Clique, find_cliques, priority_of
from graphs.operations.sssom import MappingTable
from graphs.selection import Mask, select
from graphs.statement import rename_within
from graphs.statements import Statements
from graphs.store import Store

__all__ = ["IN_GRAPH", "IN_TABLE", "Mapped", "map_names"]

IN_TABLE: Final = (v.OWL_SAME_AS, v.OWL_EQUIVALENT_CLASS, v.OWL_EQUIVALENT_PROPERTY, v.SKOS_EXACT_MATCH)
"""Predicates by which a mapping table says that two names stand for the same, unless others are asked for."""

IN_GRAPH: Final = (v.OWL_SAME_AS, v.OWL_EQUIVALENT_PROPERTY)
"""Predicates by which the graph itself does."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A graph in which every clique has one name.

    Attributes:
        columns: its tables.
        cliques: the names that became one, of which the graph knows at least one that does not lead.
        replaced: how many names of the graph were exchanged for another.
        unused: rows of the table whose terms the graph does not have, or whose predicate or confidence is not
            among those asked for.
        rewritten: statements that name another entity or relation than before, each source's by itself.
        merged: how many of these say now what another statement of the same source says.
    """

    columns: Columns
    cliques: list[Clique]
    replaced: int
    unused: int
    rewritten: int
    merged: int

    def to_dict(self, limit: int | None = None) -> dict[str, Any]:
        """Return the counts, and the largest cliques (``limit`` of them), as plain values."""
        largest = sorted(self.cliques, key=lambda clique: (-len(clique.others), clique.leader))
        return {
            "cliques": len(self.cliques),
            "replaced": self.replaced,
            "rewritten": self.rewritten,
            "merged": self.merged,
            "unused": self.unused,
            "largest": [
                {"leader": clique.leader, "others": list(clique.others)} for clique in largest[:limit]
            ],
        }


def map_names(
    graph: Store,
    table: MappingTable | None = None,
    *,
    prefer: Sequence[str] = (),
    predicates: Collection[str] | None = None,
    min_confidence: float = 0.0,
    source: str = "mapping",
) -> Mapped:
    """Give one name to everything that has several.

    Args:
        graph: whose names to map.
        table: mappings, besides those that the graph itself holds.
        prefer: prefixes or namespaces of the names that lead, best first; then come names that the graph has, then the
            order of names. Blank nodes never lead where there is an IRI.
        predicates: IRIs of the predicates that say so, in the table and in the graph; left out, ``IN_TABLE`` and
            ``IN_GRAPH``.
        min_confidence: the least confidence of a mapping, in the table, or weight, in the graph.
        source: the source of the statements that keep the original names.

    Raises:
        GraphError: a preferred prefix is not known.

    >>> owls = Store.from_triples([("a:owl", v.OWL_SAME_AS, "b:owl"), ("b:owl", "x:eats", "x:mouse")])
    >>> mapped = map_names(owls, prefer=["a:"])
    >>> [(iri, Store(mapped.columns).neighbours(row)) for row, iri in enumerate(["a:owl", "b:owl"])][0]
    ('a:owl', [('http://www.w3.org/2002/07/owl#sameAs', 1), ('x:eats', 2)])
    """
    prefixes = {**(table.prefixes if table else {}), **graph.prefixes}
    _check_preferred(prefer, prefixes)
    rows = [] if table is None else table.rows
    chosen = [
        row
        for row in rows
        if row.predicate in (IN_TABLE if predicates is None else predicates)
        and row.confidence >= min_confidence
    ]
    equating = IN_GRAPH if predicates is None else tuple(predicates)
    stated = _pairs_in(graph, equating, min_confidence)
    pairs = [(row.subject, row.object) for row in chosen]
    names = _names(graph, [end for pair in pairs for end in pair], stated)
    cliques = find_cliques(pairs + stated, priority_of(prefer, prefixes, names.__contains__))
    asked = [clique for clique in cliques if any(name in names for name in (clique.leader, *clique.others))]
    found = [clique for clique in asked if any(name in names for name in clique.others)]
    leaders = {name: clique.leader for clique in found for name in clique.others}
    touched = {name for clique in asked for name in (clique.leader, *clique.others)}
    used = sum(row.subject in touched for row in chosen)
    columns, rewritten, merged = _renamed(graph, leaders, equating, _ties(graph, found, names, source))
    replaced = sum(name in names for name in leaders)
    return Mapped(columns, found, replaced, len(rows) - used, rewritten, merged)


def _check_preferred(prefer: Sequence[str], prefixes: Mapping[str, str]) -> None:
    for name in prefer:
        if name.removesuffix(":") not in prefixes and ":" not in name:
            known = ", ".join(sorted(prefixes)) or "none"
            raise GraphError(
                f"unknown prefix {name!r}; the graph and the mapping table know {known}; or give a namespace"
            )


def _names(graph: Store, names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> set[str]:
    """Return which names the graph has; those that it equates itself are among them."""
    asked = list(dict.fromkeys(names))
    found = {
        name for name, number in zip(asked, graph.entity_ids(asked).tolist(), strict=True) if number >= 0
    }
    found.update(end for pair in pairs for end in pair)
    return found.union(_relations(graph).intersection(asked))


def _relations(graph: Store) -> set[str]:
    """Return everything that stands as a relation, or as the predicate of a literal."""
    return {*graph.relation_iris, *graph.columns.literals.column("predicate").dictionary.to_pylist()}


def _pairs_in(graph: Store, predicates: Collection[str], least: float) -> list[tuple[str, str]]:
    """Return the pairs of names that the graph equates."""
    pairs: list[tuple[str, str]] = []
    for predicate in sorted(set(predicates).intersection(graph.relation_iris)):
        heads, tails, weights = graph.edges(predicate)
        sure = weights >= least
        pairs += zip(graph.entity_iris(heads[sure]), graph.entity_iris(tails[sure]), strict=True)
    return pairs


def _ties(graph: Store, cliques: Sequence[Clique], names: Collection[str], source: str) -> Block:
    """Return what keeps the names of the graph that are replaced, where it does not say so already."""
    relations = _relations(graph)
    stated = {
        (one, predicate, other) for predicate in IN_GRAPH for one, other in _pairs_in(graph, [predicate], 0.0)
    }
    ties = Statements()
    for clique in cliques:
        for name in clique.others:
            tie = (clique.leader, v.OWL_EQUIVALENT_PROPERTY if name in relations else v.OWL_SAME_AS, name)
            if name in names and tie not in stated:
                ties.add(*tie, source=source)
    return ties.block()


def _renamed(
    graph: Store, leaders: Mapping[str, str], equating: Collection[str], ties: Block
) -> tuple[Columns, int, int]:
    """Return the tables with every name exchanged for its leader; how many rows changed, and how many fell together."""
    columns = graph.columns
    names = columns.entities.column("iri")
    others, changed = _exchanged(names, leaders, within=True)
    leader_of = others.dictionary_encode().indices.to_numpy()
    equates = _among(graph.relation_iris, {*IN_TABLE, *equating})
    stays = equates[graph.relation_ids] & (leader_of[graph.heads] == leader_of[graph.tails])
    triple = columns.statements.column("triple").to_numpy()
    said = columns.literals.column("subject").to_numpy()
    predicate = columns.literals.column("predicate")
    other_relation = _among(graph.relation_iris, leaders)[graph.relation_ids]
    rewritten = ~stays & (changed[graph.heads] | changed[graph.tails] | other_relation)
    also = changed[said] | _among(predicate.dictionary.to_pylist(), leaders)[predicate.indices.to_numpy()]
    block = select(columns, ~stays[triple])
    pools = replace(
        block.pools,
        nodes=_exchanged(block.pools.nodes, leaders, within=True)[0],
        relations=_exchanged(block.pools.relations, leaders)[0],
        predicates=_exchanged(block.pools.predicates, leaders)[0],
    )
    kept = select(columns, stays[triple], np.zeros(len(said), np.bool_))
    after = assemble([replace(block, pools=pools), kept, ties], graph.prefixes)
    rows = columns.statements.num_rows + columns.literals.num_rows + len(ties)
    left = after.statements.num_rows + after.literals.num_rows
    return after, int(rewritten[triple].sum()) + int(also.sum()), rows - left


def _exchanged(
    names: pa.LargeStringArray, leaders: Mapping[str, str], *, within: bool = False
) -> tuple[pa.LargeStringArray, Mask]:
    """Return names with those that do not lead exchanged, and which of them changed."""
    asked = pc.is_in(names, value_set=pa.array(list(leaders), names.type))
    if within:
        asked = pc.or_(asked, pc.starts_with(names, "<<("))
    found = names.filter(asked).to_pylist()
    others = [
        rename_within(name, lambda one: leaders.get(one, one))
        if name.startswith("<<(")
        else leaders.get(name, name)
        for name in found
    ]
    changed = np.array(asked.to_numpy(zero_copy_only=False), np.bool_)
    renamed = pc.replace_with_mask(names, asked, pa.array(others, names.type))
    changed[changed] = [name != other for name, other in zip(found, others, strict=True)]
    return renamed, changed


def _among(names: Sequence[str], wanted: Collection[str]) -> Mask:
    return np.array([name in wanted for name in names], np.bool_)
