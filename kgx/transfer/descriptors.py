"""Descriptors of a reference graph's relations: what they are called, and how they lie in the graph."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from graphs.hetero import INVERSE_PREFIX, inverse_name
from graphs.propagate import EdgeType
from graphs.relations import STRUCTURE_FIELDS, describe_relations
from graphs.vocabulary import local_name, words_of
from kgx.encoders.base import Encoder
from kgx.transfer.reference import RELATION_TEXTS, ReferenceGraph
from kgx.transfer.tokens import TRANSLATION, TRANSLATION_STEP

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["relation_descriptors"]

_CODE = re.compile(r"[A-Za-z]{0,3}[_-]?\d+")
"""Names that name nothing, as ``P31`` and ``R_0042``: an encoder would make something of them all the same."""

_TRANSLATION_TEXT = f"{TRANSLATION}: the item's own vector, mapped into the space of another modality"


def relation_descriptors(
    reference: ReferenceGraph,
    encoder: Encoder,
    *,
    data: HeteroData | None = None,
    texts: Mapping[str, str] | None = None,
) -> dict[EdgeType, Float32[np.ndarray, " size"]]:
    """Return the descriptor of every edge type of the graph, and of every relation that a target may bring.

    Args:
        reference: the graph.
        encoder: the text encoder that reads labels and definitions.
        data: the graph whose edge types are described, where it is more than the reference graph's own.
        texts: relation between items and concepts -> what it is called, for those that are not called as usual; of
            one that is called nothing, only its place in the graph is known.

    Returns:
        edge type -> descriptor. Relations that may come with a target's items or pairs stand under
        ``("", relation, "")``: what they are called, with no place in the graph yet.
    """
    graph = reference.knowledge.graph
    data = reference.data if data is None else data
    called = {**RELATION_TEXTS, **(texts or {})}
    for relation in graph.relation_iris:
        definition = graph.relation_definition(relation)
        label = graph.relation_label(relation) or words_of(relation)
        if label == words_of(relation) and _CODE.fullmatch(local_name(relation)):
            label = ""
        called.setdefault(local_name(relation), ": ".join(part for part in (label, definition) if part))
    placed = {relation for _, relation, _ in data.edge_types}
    unplaced = {name for relation in RELATION_TEXTS for name in (relation, inverse_name(relation))}
    names = sorted(placed | unplaced)
    named = [name for name in names if called[name.removeprefix(INVERSE_PREFIX)]]
    described = [
        f"inverse of {called[name.removeprefix(INVERSE_PREFIX)]}"
        if name.startswith(INVERSE_PREFIX)
        else called[name]
        for name in named
    ]
    vectors = encoder.encode([*described, _TRANSLATION_TEXT], "text").vectors
    known = dict.fromkeys(names, np.zeros_like(vectors[-1])) | dict(zip(named, vectors[:-1], strict=True))
    nowhere = np.zeros(len(STRUCTURE_FIELDS), dtype=np.float32)
    descriptors = {
        ("", name, ""): np.concatenate([known[name], nowhere]).astype(np.float32) for name in sorted(unplaced)
    }
    descriptors[TRANSLATION_STEP] = np.concatenate([vectors[-1], nowhere]).astype(np.float32)
    return {**descriptors, **describe_relations(data, known)}
