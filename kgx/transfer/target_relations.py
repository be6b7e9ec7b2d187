"""A model over a target that brings a vocabulary of its own: relations that the source never had.

The source's references keep the relations that they were linked by. The target's items are linked by the target's, and
the knowledge graph between the concepts is the target's copy. Nothing is trained: what the target's relations are,
their descriptors say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float32

from graphs.gnn.message_passing.refiner import MessagePassingRefiner
from graphs.propagate import EdgeType, Path, enumerate_paths
from kgx.encoders.base import Encoder
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.transfer.centres import Centres
from kgx.transfer.descriptors import relation_descriptors
from kgx.transfer.reference import SIMILAR
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tokens import TokenMaker, TokenPath
from kgx.transfer.whole_graph import whole_graph

__all__ = ["TargetRelations", "bring_relations"]

_SAMPLE = 600  # items on which it is measured where a path leads


@dataclass(frozen=True)
class TargetRelations:
    """What a target says in its own words.

    Attributes:
        knowledge: the same concepts in the same order, tied by the target's relations.
        items: modality -> items linked by the target's relations, on which it is measured where paths lead.
        texts: relation between items and concepts, or ``similar to`` -> what it is called; empty: nothing is known.
        kept: names of relations between concepts that bring paths however few their edges are.
    """

    knowledge: Knowledge
    items: Mapping[str, LinkedItems]
    texts: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()


def bring_relations(
    transfer: RelationTransfer, target: TargetRelations, encoder: Encoder
) -> RelationTransfer:
    """Return a model whose items walk the target's relations.

    Paths are those that lead on from enough of the target's items, by the model's own ``coverage``. A network of
    messages has parameters of the source's relations alone, and is given the target's for what it makes of them.

    Args:
        transfer: the model.
        target: the target's vocabulary.
        encoder: the model's text encoder, which reads what relations are called.

    Raises:
        UnknownTermError: a relation of the target's items has no entry in ``texts``.
    """
    old = transfer.maker.reference
    known = old.knowledge.graph
    moved = target.knowledge.graph.entity_ids(known.entity_iris(np.arange(known.num_entities)))
    reference = replace(
        old,
        knowledge=target.knowledge,
        items={modality: items.renumbered(moved) for modality, items in old.items.items()},
        with_similar=False,
        kept_relations=target.kept,
    )
    centres = transfer.centres
    for items in target.items.values():
        centre = transfer.centre(items)
        if items.modality not in centres.vectors and centre is not None:
            centres = replace(centres, vectors={**centres.vectors, items.modality: centre})
    data = whole_graph(reference, target.items, centres)
    found = relation_descriptors(reference, encoder, data=data, texts=target.texts)
    before = transfer.maker.descriptors
    source = {kind: before[kind] for kind in before if kind[1] not in target.texts}
    maker = replace(transfer.maker, reference=reference, descriptors={**found, **source})
    if isinstance(transfer.refiner, MessagePassingRefiner):
        return replace(transfer, maker=maker, centres=centres)
    paths, means = dict(transfer.maker.paths), dict(centres.paths)
    for modality, items in target.items.items():
        own = tuple(path for path in paths[modality] if path.translated or not path.path.steps)
        candidates = tuple(_candidates(maker, items))
        kept, found_means = _led_on(maker, items, candidates, centres)
        paths[modality] = (*own, *kept)
        means |= found_means
    return replace(transfer, maker=replace(maker, known_paths=paths), centres=Centres(centres.vectors, means))


def _led_on(
    maker: TokenMaker, items: LinkedItems, candidates: tuple[TokenPath, ...], centres: Centres
) -> tuple[tuple[TokenPath, ...], dict[str, Float32[np.ndarray, " dimension"]]]:
    """Return the paths that lead somewhere from enough of the items, and the means of what lies at their ends."""
    rows = np.unique(np.linspace(0, len(items) - 1, min(_SAMPLE, len(items))).astype(np.int64))
    sample = items.select(rows)
    trial = replace(maker, known_paths={**maker.known_paths, items.modality: candidates})
    groups = maker.reference.group_codes(sample)
    kept: list[TokenPath] = []
    means: dict[str, Float32[np.ndarray, " dimension"]] = {}
    for tokens in trial.make(sample, centres.vectors[items.modality], groups=groups).values():
        counts, found = tokens.counts(), tokens.means()
        kept += [path for path in tokens.paths if counts[str(path)] >= maker.coverage * len(rows)]
        means |= {str(path): found[str(path)] for path in kept if str(path) in found}
    return tuple(kept), means


def _candidates(maker: TokenMaker, items: LinkedItems) -> Iterator[TokenPath]:
    """Yield the paths from the items' links and similarities on."""
    modality, edge_types = items.modality, maker.reference.data.edge_types
    firsts: list[EdgeType] = [
        (modality, relation, "concept") for relation in sorted({link.relation for link in items.links})
    ]
    if modality in maker.reference.items:
        firsts.append((modality, SIMILAR, modality))
    for first in firsts:
        for onward in enumerate_paths(edge_types, first[2], maker.hops - 1):
            if SIMILAR not in onward.relations:
                path = Path(modality, (first, *onward.steps))
                yield TokenPath(path, "text" if path.end == "concept" else path.end)
