"""Descriptors of a reference graph's relations: what they are called, and how they lie in the graph."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from graphs.hetero import INVERSE_PREFIX, inverse_name
from graphs.propagate import EdgeType
from graphs.relations import STRUCTURE_FIELDS, describe_relations
from graphs.vocabulary import local_name, words_of
from kgx.encoders.base import Encoder
from kgx.transfer.reference import RELATION_TEXTS, ReferenceGraph
from kgx.transfer.tokens import TRANSLATION, TRANSLATION_STEP

__all__ = ["relation_descriptors"]

_TRANSLATION_TEXT = f"{TRANSLATION}: the item's own vector, mapped into the space of another modality"


def relation_descriptors(
    reference: ReferenceGraph, encoder: Encoder
) -> dict[EdgeType, Float32[np.ndarray, " size"]]:
    """Return the descriptor of every edge type of the graph, and of every relation that a target may bring.

    Args:
        reference: the graph.
        encoder: the text encoder that reads labels and definitions.

    Returns:
        edge type -> descriptor. Relations that may come with a target's items or pairs stand under
        ``("", relation, "")``: what they are called, with no place in the graph yet.
    """
    graph = reference.knowledge.graph
    texts = dict(RELATION_TEXTS)
    for relation in graph.relation_iris:
        definition = graph.relation_definition(relation)
        label = graph.relation_label(relation) or words_of(relation)
        texts.setdefault(local_name(relation), f"{label}: {definition}" if definition else label)
    placed = {relation for _, relation, _ in reference.data.edge_types}
    unplaced = {name for relation in RELATION_TEXTS for name in (relation, inverse_name(relation))}
    names = sorted(placed | unplaced)
    described = [
        f"inverse of {texts[name.removeprefix(INVERSE_PREFIX)]}"
        if name.startswith(INVERSE_PREFIX)
        else texts[name]
        for name in names
    ]
    vectors = encoder.encode([*described, _TRANSLATION_TEXT], "text").vectors
    known = dict(zip(names, vectors[:-1], strict=True))
    nowhere = np.zeros(len(STRUCTURE_FIELDS), dtype=np.float32)
    descriptors = {
        ("", name, ""): np.concatenate([known[name], nowhere]).astype(np.float32) for name in sorted(unplaced)
    }
    descriptors[TRANSLATION_STEP] = np.concatenate([vectors[-1], nowhere]).astype(np.float32)
    return {**descriptors, **describe_relations(reference.data, known)}
