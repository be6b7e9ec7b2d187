"""What is known before any item is seen: a knowledge graph, a vector for each of its concepts, and its lexicon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int64

from graphs import KnowledgeGraph
from graphs.errors import EmptyGraphError
from kgx.encoders.base import Encoder
from kgx.encoders.cache import VectorCache
from kgx.errors import ModelError
from kgx.linking.lexical import LexicalLinker

__all__ = ["Knowledge", "concept_text"]

_VECTORS = "concepts.safetensors"
_LABELS = 4  # labels that stand in a concept's text


@dataclass(frozen=True)
class Knowledge:
    """A knowledge graph made ready for linking.

    Attributes:
        graph: the graph.
        concepts: entity number of every concept: what has a label and is no relation, in rising order.
        vectors: one row a concept, of length 1, made by the text encoder of labels and definition.
        encoder_id: id of that encoder.
        linker: finds the concepts that a text mentions.
    """

    graph: KnowledgeGraph
    concepts: Int64[np.ndarray, " c"]
    vectors: Float[np.ndarray, "c dimension"]
    encoder_id: str
    linker: LexicalLinker

    @classmethod
    def build(cls, graph: KnowledgeGraph, encoder: Encoder, *, language: str = "en") -> Knowledge:
        """Encode every concept of a graph and index its labels.

        Raises:
            EmptyGraphError: nothing in the graph has a label.
        """
        labelled = np.unique(graph.label_table().column("entity").to_numpy()).astype(np.int64)
        concepts = np.setdiff1d(labelled, graph.relation_entities())
        if not len(concepts):
            raise EmptyGraphError("the knowledge graph has no labelled concept: expected at least one label")
        texts = [concept_text(graph, concept, language) for concept in concepts.tolist()]
        if isinstance(encoder, VectorCache):
            vectors = encoder.encode(texts, "text", "encode concepts").vectors
        else:
            vectors = encoder.encode(texts, "text").vectors
        linker = LexicalLinker(graph, language=language, concept_vectors=vectors, concept_ids=concepts)
        return cls(graph, concepts, vectors, encoder.id, linker)

    @cached_property
    def row_of_entity(self) -> Int64[np.ndarray, " entities"]:
        """Row of every entity among the concepts; -1 for what is no concept."""
        rows = np.full(self.graph.num_entities, -1, dtype=np.int64)
        rows[self.concepts] = np.arange(len(self.concepts))
        return rows

    def labels(self, concepts: Sequence[int], language: str = "en") -> list[str]:
        """Return a readable name for each of some entities."""
        return [self.graph.label(concept, language) for concept in concepts]

    def save(self, folder: Path) -> None:
        """Write everything below ``folder``, which must not hold another knowledge yet."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        self.graph.save(folder / "graph")
        self.linker.save(folder / "lexicon")
        tensors = {"concepts": self.concepts, "vectors": self.vectors.astype(np.float16)}
        save_file(tensors, folder / _VECTORS, metadata={"encoder": self.encoder_id})

    @classmethod
    def open(cls, folder: Path) -> Knowledge:
        """Open what :meth:`save` wrote.

        Raises:
            ModelError: the vectors are missing or damaged.
            GraphStoreError: the graph is.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(folder / _VECTORS, framework="numpy") as tensors:
                concepts, vectors = tensors.get_tensor("concepts"), tensors.get_tensor("vectors")
                encoder_id = tensors.metadata()["encoder"]
        except (OSError, SafetensorError, KeyError, TypeError) as error:
            raise ModelError(f"{folder / _VECTORS} is missing or damaged ({error})") from error
        graph = KnowledgeGraph.open(folder / "graph")
        linker = LexicalLinker.open(
            folder / "lexicon", kg=graph, concept_vectors=vectors, concept_ids=concepts
        )
        return cls(graph, concepts, vectors, encoder_id, linker)


def concept_text(graph: KnowledgeGraph, concept: int, language: str = "en") -> str:
    """Return what the text encoder reads of a concept: its first labels, then its definition without examples.

    >>> from graphs.vocabulary import SKOS_DEFINITION, SKOS_PREF_LABEL
    >>> kg = KnowledgeGraph.from_triples([], literals=[
    ...     ("ex:owl", SKOS_PREF_LABEL, "owl", "en"),
    ...     ("ex:owl", SKOS_DEFINITION, 'nocturnal bird of prey; "the owl hooted"', "en")])
    >>> concept_text(kg, kg.entity_id("ex:owl"))
    'owl: nocturnal bird of prey'
    """
    labels = graph.labels(concept, language) or [graph.label(concept, language)]
    definition = graph.definition(concept, language).split('; "')[0]
    name = ", ".join(labels[:_LABELS])
    return f"{name}: {definition}" if definition else name
