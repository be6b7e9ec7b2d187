"""A target's relations read as the source's that they are most like.

Descriptors carry over what was learned of relations only as far as the target's come near the source's. Where they do
not, since other words say the same or no words do, every relation of the target can be matched with one of the
source's and read as that one: the network then meets nothing but what it was trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Float32

from graphs.hetero import INVERSE_PREFIX, inverse_name
from graphs.neighbours import unit_rows
from graphs.propagate import EdgeType
from graphs.relation_mapping import RelationMatch, match_one_to_one
from graphs.relations import STRUCTURE_FIELDS
from kgx.transfer.relation import RelationTransfer

__all__ = ["match_relations", "read_relations_as"]

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


def _evenly(
    source: Mapping[str, Float[np.ndarray, " size"]], target: Mapping[str, Float[np.ndarray, " size"]]
) -> Iterator[RelationMatch]:
    """Yield the matches with the greatest sum of cosines in which no relation of the source has more than its share."""
    share = -(-len(target) // max(1, len(source)))
    places = {f"{number} {name}": row for name, row in source.items() for number in range(share)}
    for match in match_one_to_one(places, target, least=0.0):
        yield replace(match, source=match.source.partition(" ")[2])
