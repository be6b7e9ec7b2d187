"""Descriptors of a reference graph's relations: what they are called, and how they lie in the graph."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from graphs.hetero import INVERSE_PREFIX
from graphs.propagate import EdgeType
from graphs.relations import STRUCTURE_FIELDS, describe_relations
from graphs.vocabulary import local_name, words_of
from kgx.collection import MODALITIES
from kgx.encoders.base import Encoder
from kgx.transfer.reference import LINK_RELATIONS, RELATION_TEXTS, ReferenceGraph
from kgx.transfer.tokens import TRANSLATION, TRANSLATION_STEP

__all__ = ["relation_descriptors"]

_TRANSLATION_TEXT = f"{TRANSLATION}: the item's own vector, mapped into the space of another modality"


def relation_descriptors(
    reference: ReferenceGraph, encoder: Encoder
) -> dict[EdgeType, Float32[np.ndarray, " size"]]:
    """Return the descriptor of every edge type of the graph, and of the translation.

    Args:
        reference: the graph.
        encoder: the text encoder that reads labels and definitions.
    """
    graph = reference.knowledge.graph
    texts = dict(RELATION_TEXTS)
    for relation in graph.relation_iris:
        definition = graph.relation_definition(relation)
        label = graph.relation_label(relation) or words_of(relation)
        texts.setdefault(local_name(relation), f"{label}: {definition}" if definition else label)
    names = sorted({relation for _, relation, _ in reference.data.edge_types})
    described = [
        f"inverse of {texts[name.removeprefix(INVERSE_PREFIX)]}"
        if name.startswith(INVERSE_PREFIX)
        else texts[name]
        for name in names
    ]
    vectors = encoder.encode([*described, _TRANSLATION_TEXT], "text").vectors
    descriptors = describe_relations(reference.data, dict(zip(names, vectors[:-1], strict=True)))
    unplaced = np.zeros(len(STRUCTURE_FIELDS), dtype=np.float32)
    for modality in MODALITIES:
        for relation in LINK_RELATIONS:
            place = (modality, relation, "concept")
            if place not in descriptors:
                text = encoder.encode([texts[relation]], "text").vectors[0]
                descriptors[place] = np.concatenate([text, unplaced]).astype(np.float32)
    descriptors[TRANSLATION_STEP] = np.concatenate([vectors[-1], unplaced]).astype(np.float32)
    return descriptors
