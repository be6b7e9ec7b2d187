"""A target's relations read as the source's that they are most like, or that a table says they are.

Descriptors carry over what was learned of relations only as far as the target's come near the source's. Where they do
not, since other words say the same or no words do, every relation of the target can be matched with one of the
source's and read as that one: the network then meets nothing but what it was trained on.

A table that says which relations are the same goes further: they get the source's names, so that its paths, its means
and what it knows by number hold for them too, whatever the network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32, Int64

from graphs.gnn.hop_tokens import HopTokenRefiner
from graphs.graph import KnowledgeGraph
from graphs.hetero import INVERSE_PREFIX, inverse_name
from graphs.neighbours import unit_rows
from graphs.operations.renaming import rename_relations
from graphs.operations.sssom import MappingTable
from graphs.propagate import EdgeType
from graphs.relation_mapping import BY_TABLE, RelationMatch, match_by_table, match_one_to_one
from graphs.relations import STRUCTURE_FIELDS
from graphs.vocabulary import local_name
from kgx.encoders.base import Encoder
from kgx.items import LinkedItems
from kgx.transfer.centres import Centres
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.target_relations import TargetRelations, bring_relations
from kgx.transfer.tokens import TRANSLATION

__all__ = ["TargetByTable", "bring_by_table", "match_relations", "read_relations_as"]

Descriptors = Mapping[EdgeType, Float32[np.ndarray, " size"]]

_NUMBERS = len(STRUCTURE_FIELDS)


def match_relations(source: Descriptors, target: Descriptors) -> dict[EdgeType, RelationMatch]:
    """Match every relation that a target brought with one of the source's between the same types of nodes.

    Names and places in the graph count alike; the numbers of a place are set against those of the source's relations,
    so that none of them counts for more for being large. Matches are one-to-one with the greatest sum of cosines; where
    the target has n times as many relations as the source, n to one.

    Args:
        source: descriptors of a model over its source.
        target: the same model's over a target (:func:`kgx.transfer.target_relations.bring_relations`).

    Returns:
        Edge type of the target -> its match, none of them an inverse; without those that the source has itself, and
        those that are like none of the source's.

    >>> name, place = np.eye(2), np.eye(len(STRUCTURE_FIELDS))
    >>> def descriptor(n, p): return np.concatenate([name[n], place[p]]).astype(np.float32)
    >>> ours = {("image", "depicts", "concept"): descriptor(0, 0), ("image", "made by", "concept"): descriptor(1, 1)}
    >>> theirs = {("image", "R2", "concept"): descriptor(1, 1), ("image", "R1", "concept"): descriptor(0, 0)}
    >>> {kind[1]: match.source for kind, match in match_relations(ours, theirs).items()}
    {'R2': 'made by', 'R1': 'depicts'}
    """
    known = {kind: row for kind, row in source.items() if kind[0] and not kind[1].startswith(INVERSE_PREFIX)}
    if not known:
        return {}
    brought = {
        kind: row
        for kind, row in target.items()
        if kind[0]
        and not kind[1].startswith(INVERSE_PREFIX)
        and not (kind in source and np.array_equal(source[kind], row))
    }
    numbers = np.stack([row[-_NUMBERS:] for row in known.values()]).astype(np.float64)
    mean, scale = numbers.mean(axis=0), numbers.std(axis=0)
    scale[scale == 0] = 1.0

    def comparable(kinds: Descriptors, ends: tuple[str, str]) -> dict[str, Float[np.ndarray, " size"]]:
        of_ends = {kind[1]: row for kind, row in kinds.items() if (kind[0], kind[2]) == ends}
        return {
            name: np.concatenate(
                [
                    unit_rows(row[None, :-_NUMBERS].astype(np.float64))[0],
                    unit_rows(((row[-_NUMBERS:] - mean) / scale)[None])[0],
                ]
            )
            for name, row in of_ends.items()
        }

    found = {}
    for ends in sorted({(head, tail) for head, _, tail in brought}):
        for match in _evenly(comparable(known, ends), comparable(brought, ends)):
            found[ends[0], match.target, ends[1]] = match
    return {kind: found[kind] for kind in brought if kind in found}


def read_relations_as(
    target: RelationTransfer, source: RelationTransfer, matches: Mapping[EdgeType, RelationMatch]
) -> RelationTransfer:
    """Return a model over a target with the descriptors of the source's relations in place of their matches'.

    Args:
        target: the model over the target.
        source: the same model over its source.
        matches: the target's edge types and what they are to be read as; their inverses follow.
    """
    known, read = source.maker.descriptors, dict(target.maker.descriptors)
    for (head, relation, tail), match in matches.items():
        read[head, relation, tail] = known[head, match.source, tail]
        back = (tail, inverse_name(match.source), head)
        if back in known:
            read[tail, inverse_name(relation), head] = known[back]
    return replace(
        target, maker=replace(target.maker, descriptors=read, known_paths=dict(target.maker.paths))
    )


@dataclass(frozen=True)
class TargetByTable:
    """A model over a target that speaks the source's words where a table has them.

    Attributes:
        model: the model over the target.
        matches: the relations that got the source's names: those of the knowledge graph by their IRIs, those between
            items and concepts by their names.
        concepts: number in the model's graph of every entity of the target's.
    """

    model: RelationTransfer
    matches: tuple[RelationMatch, ...]
    concepts: Int64[np.ndarray, " entities"]

    def read(self, items: LinkedItems) -> LinkedItems:
        """Return items of the target, linked in its own words, as the model takes them."""
        return _read(items, self.concepts, {match.target: match.source for match in self.matches})


def bring_by_table(
    transfer: RelationTransfer,
    target: TargetRelations,
    table: MappingTable,
    encoder: Encoder,
    *,
    predicates: Collection[str] = BY_TABLE,
    min_confidence: float = 0.0,
) -> TargetByTable:
    """Return a model over a target whose relations are the source's where a table says so, and its own elsewhere.

    The target's statements and links get the source's names; several relations may become one. So the model walks the
    paths that it was pretrained on, with their means, and a network that knows relations by number hears them. What the
    table leaves out is brought as :func:`kgx.transfer.target_relations.bring_relations` does.

    Relations between items and concepts have names and no IRIs: in the table the last part of an IRI names them, as
    ``foaf:depicts`` does ``depicts``, or ``urn:kgx:link:in_category`` does ``in category``.

    Args:
        transfer: the model over its source.
        target: the target's vocabulary.
        table: which relations are the same (:func:`graphs.operations.sssom.read_sssom`), in either direction.
        encoder: the model's text encoder.
        predicates, min_confidence: see :func:`graphs.relation_mapping.match_by_table`.

    Raises:
        ModelError: it is another encoder.
    """

    def matched(source: Mapping[str, str], brought: Mapping[str, str]) -> dict[str, RelationMatch]:
        best: dict[str, RelationMatch] = {}
        for match in match_by_table(
            table, source, brought, predicates=predicates, min_confidence=min_confidence
        ):
            found = replace(match, source=source[match.source], target=brought[match.target])
            if found.target not in best or found.score > best[found.target].score:
                best[found.target] = found
        return best

    graph, known = target.knowledge.graph, _walked(transfer)
    stated = matched(known, {iri: iri for iri in graph.relation_iris if iri not in known})
    called = matched(
        _named_by(table, _links_known(transfer)), _named_by(table, _links_brought(transfer, target))
    )
    knowledge, moved = target.knowledge, np.arange(graph.num_entities, dtype=np.int64)
    if stated:
        names = {iri: [match.source] for iri, match in stated.items()}
        renamed = KnowledgeGraph(rename_relations(graph, names, source="mapping"))
        knowledge, moved = knowledge.changed(renamed, np.zeros(0, np.int64), encoder)
    names_of_links = {name: match.source for name, match in called.items()}
    kept = {local_name(match.source) for match in stated.values()}
    read = TargetRelations(
        knowledge,
        {modality: _read(items, moved, names_of_links) for modality, items in target.items.items()},
        {name: text for name, text in target.texts.items() if name not in called},
        frozenset(kept | (target.kept - {local_name(iri) for iri in stated})),
    )
    model = _on_known_paths(bring_relations(transfer, read, encoder), transfer)
    return TargetByTable(model, (*stated.values(), *called.values()), moved)


def _walked(transfer: RelationTransfer) -> dict[str, str]:
    """Return the IRIs of the relations between concepts that the model knows, each as itself."""
    kinds = transfer.maker.descriptors
    iris = transfer.maker.reference.knowledge.graph.relation_iris
    return {iri: iri for iri in iris if ("concept", local_name(iri), "concept") in kinds}


def _links_known(transfer: RelationTransfer) -> frozenset[str]:
    """Return the names of the relations of items that the model knows."""
    return frozenset(
        relation
        for head, relation, tail in transfer.maker.descriptors
        if (head, tail) != ("concept", "concept")
        and relation != TRANSLATION
        and not relation.startswith(INVERSE_PREFIX)
    )


def _links_brought(transfer: RelationTransfer, target: TargetRelations) -> frozenset[str]:
    """Return the names of the relations of items that the target calls otherwise."""
    linked = {link.relation for items in target.items.values() for link in items.links}
    return frozenset(target.texts) | (linked - _links_known(transfer))


def _named_by(table: MappingTable, names: Collection[str]) -> dict[str, str]:
    """Return IRI of the table -> the name that its last part is."""
    found = {}
    for iri in {end for row in table.rows for end in (row.subject, row.object)}:
        last = local_name(iri)
        for name in (last, last.replace("_", " ")):
            if name in names:
                found[iri] = name
    return found


def _read(
    items: LinkedItems, concepts: Int64[np.ndarray, " entities"], names: Mapping[str, str]
) -> LinkedItems:
    moved = items.renumbered(concepts)
    links = (replace(link, relation=names.get(link.relation, link.relation)) for link in moved.links)
    return replace(moved, links=tuple(links))


def _on_known_paths(brought: RelationTransfer, source: RelationTransfer) -> RelationTransfer:
    """Keep what the source knows of paths, means and relations; of other paths, those along the target's own."""
    if not isinstance(brought.refiner, HopTokenRefiner):
        return replace(brought, centres=source.centres)
    known = source.maker.descriptors

    def new(step: EdgeType) -> bool:
        return step not in known and ("", step[1], "") not in known

    there = set(brought.maker.reference.data.edge_types)
    paths, means = {}, dict(source.centres.paths)
    for modality, own in brought.maker.paths.items():
        before = (path for path in source.maker.paths[modality] if there.issuperset(path.path.steps[1:]))
        further = tuple(path for path in own if any(map(new, path.path.steps)))
        paths[modality] = (*before, *further)
        reached = (str(path) for path in further if str(path) in brought.centres.paths)
        means |= {name: brought.centres.paths[name] for name in reached}
    described = {kind: row for kind, row in brought.maker.descriptors.items() if kind in known or new(kind)}
    return replace(
        brought,
        maker=replace(brought.maker, descriptors=described, known_paths=paths),
        centres=Centres(source.centres.vectors, means),
    )


def _evenly(
    source: Mapping[str, Float[np.ndarray, " size"]], target: Mapping[str, Float[np.ndarray, " size"]]
) -> Iterator[RelationMatch]:
    """Yield the matches with the greatest sum of cosines in which no relation of the source has more than its share."""
    share = -(-len(target) // max(1, len(source)))
    places = {f"{number} {name}": row for name, row in source.items() for number in range(share)}
    for match in match_one_to_one(places, target, least=0.0):
        yield replace(match, source=match.source.partition(" ")[2])
