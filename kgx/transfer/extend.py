"""A pretrained model over a further knowledge graph: paths along relations that it has never met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from graphs.graph import KnowledgeGraph
from graphs.hetero import inverse_name
from graphs.propagate import EdgeType, Path, enumerate_paths
from graphs.vocabulary import SKOS_CLOSE_MATCH, local_name
from kgx.encoders.base import Encoder
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.transfer.centres import Centres
from kgx.transfer.descriptors import relation_descriptors
from kgx.transfer.reference import SIMILAR
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tokens import TokenMaker, TokenPath

__all__ = ["concept_names", "extend_knowledge", "extend_paths"]

_SAMPLE = 600  # items on which it is measured where a path leads
_SHARE = 0.01  # of them that have to get somewhere


def extend_knowledge(transfer: RelationTransfer, graph: KnowledgeGraph, encoder: Encoder) -> RelationTransfer:
    """Put a further knowledge graph beside the model's own; paths along its relations come with :func:`extend_paths`.

    Args:
        transfer: the model.
        graph: the further graph.
        encoder: the model's text encoder.

    Raises:
        ModelError: it is another encoder.
        EmptyGraphError: nothing in the graph has a label.
    """
    old = transfer.maker.reference
    knowledge, moved = old.knowledge.extended(graph, encoder)
    relations = {local_name(relation) for relation in graph.relation_iris} | {local_name(SKOS_CLOSE_MATCH)}
    reference = replace(
        old,
        knowledge=knowledge,
        items={modality: items.renumbered(moved) for modality, items in old.items.items()},
        with_similar=False,
        kept_relations=old.kept_relations | relations,
    )
    descriptors = {**relation_descriptors(reference, encoder), **transfer.maker.descriptors}
    maker = replace(
        transfer.maker, reference=reference, descriptors=descriptors, known_paths=transfer.maker.paths
    )
    return replace(transfer, maker=maker)


def extend_paths(transfer: RelationTransfer, samples: Iterable[LinkedItems]) -> RelationTransfer:
    """Let items walk on along the relations of a further graph, wherever some of them get somewhere.

    The network has no parameter of a relation's own, so that new paths need no training: their descriptors say what
    their relations are called and how they lie in the graph. A further graph may be small: one item in a hundred of any
    sample is enough for a path.

    Args:
        transfer: a model that :func:`extend_knowledge` has returned.
        samples: linked items of one modality each, on which it is measured where the paths lead;
            :func:`concept_names` may stand for the texts that will be asked for.
    """
    maker = transfer.maker
    paths, means = dict(maker.paths), dict(transfer.centres.paths)
    for items in samples:
        modality = items.modality
        candidates = tuple(_candidates(maker, items, paths[modality]))
        centre = transfer.centre(items)
        if not candidates or centre is None or not len(items):
            continue
        rows = np.unique(np.linspace(0, len(items) - 1, min(_SAMPLE, len(items))).astype(np.int64))
        trial = replace(maker, known_paths={**paths, modality: candidates})
        for tokens in trial.make(items.select(rows), centre).values():
            counts, found = tokens.counts(), tokens.means()
            kept = [path for path in tokens.paths if counts[str(path)] >= max(1, _SHARE * len(rows))]
            paths[modality] = (*paths[modality], *kept)
            means |= {str(path): found[str(path)] for path in kept}
    return replace(
        transfer,
        maker=replace(maker, known_paths=paths),
        centres=Centres(transfer.centres.vectors, means),
    )


def concept_names(knowledge: Knowledge, graph: KnowledgeGraph) -> LinkedItems:
    """Return the names of a graph's concepts as texts, linked like any text.

    Args:
        knowledge: holds the graph's concepts, among others.
        graph: the graph.
    """
    entities = knowledge.graph.entity_ids(graph.entity_iris(np.arange(graph.num_entities)))
    concepts = entities[(entities >= 0) & (knowledge.row_of_entity[entities] >= 0)]
    labels = tuple(knowledge.labels(concepts.tolist()))
    iris = tuple(knowledge.graph.entity_iris(concepts))
    vectors = knowledge.vectors[knowledge.row_of_entity[concepts]].astype(np.float32)
    links = knowledge.linker.link(labels, vectors)
    return LinkedItems("text", iris, iris, iris, labels, vectors, (links,) if len(links) else ())


def _candidates(maker: TokenMaker, items: LinkedItems, known: Iterable[TokenPath]) -> Iterator[TokenPath]:
    """Yield the paths from the items' links along at least one of the further graph's relations."""
    reference = maker.reference
    wanted = {name for relation in reference.kept_relations for name in (relation, inverse_name(relation))}
    taken = set(known)
    for relation in sorted({link.relation for link in items.links}):
        first: EdgeType = (items.modality, relation, "concept")
        for onward in enumerate_paths(reference.data.edge_types, "concept", maker.hops - 1):
            if SIMILAR in onward.relations or not wanted & set(onward.relations):
                continue
            path = Path(items.modality, (first, *onward.steps))
            found = TokenPath(path, "text" if path.end == "concept" else path.end)
            if found not in taken:
                yield found
