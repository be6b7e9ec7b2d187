"""What is known before any item is seen: a knowledge graph, a vector for each of its concepts, and its lexicon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float16, Float32, Int, Int64

from graphs import GraphBuilder, KnowledgeGraph
from graphs.errors import EmptyGraphError
from graphs.vocabulary import SKOS_CLOSE_MATCH
from kgx.encoders.base import Encoder
from kgx.encoders.cache import VectorCache
from kgx.errors import ModelError
from kgx.linking.close_match import close_matches, concepts_in
from kgx.linking.lexical import LexicalLinker
from kgx.tensor_file import open_tensors, save_tensors

__all__ = ["CLOSE_MATCH_SOURCE", "Knowledge", "concept_text"]

CLOSE_MATCH_SOURCE = "close match"
"""Source of the statements that tie a further graph's concepts to those of the same name."""

_VECTORS = "concepts.safetensors"
_VERSION = 1
_LABELS = 4  # labels that stand in a concept's text


@dataclass(frozen=True)
class Knowledge:
    """A knowledge graph made ready for linking.

    Attributes:
        graph: the graph.
        concepts: entity number of every concept: what has a label and is no relation, or some of that; in rising order.
        vectors: one row a concept, of length 1, made by the text encoder of labels and definition; in half precision.
        encoder_id: id of that encoder.
        linker: finds the concepts that a text mentions.
    """

    graph: KnowledgeGraph
    concepts: Int64[np.ndarray, " c"]
    vectors: Float16[np.ndarray, "c dimension"]
    encoder_id: str
    linker: LexicalLinker

    @classmethod
    def build(
        cls,
        graph: KnowledgeGraph,
        encoder: Encoder,
        *,
        language: str = "en",
        entities: Int[np.ndarray, " e"] | None = None,
    ) -> Knowledge:
        """Encode the concepts of a graph and index their labels.

        Args:
            graph: the graph.
            encoder: the text encoder.
            language: of the labels.
            entities: those of the graph's entities that are to be concepts, where a part of a large graph will do;
                all where left out.

        Raises:
            EmptyGraphError: nothing in the graph, or none of ``entities``, has a label.
        """
        concepts = _concepts(graph)
        if entities is not None:
            concepts = np.intersect1d(concepts, entities)
        if not len(concepts):
            raise EmptyGraphError("the knowledge graph has no labelled concept: expected at least one label")
        vectors = _encode(graph, concepts, encoder, language)
        linker = LexicalLinker(
            graph, language=language, concepts=concepts, concept_vectors=vectors, concept_ids=concepts
        )
        return cls(graph, concepts, vectors, encoder.id, linker)

    def extended(
        self, graph: KnowledgeGraph, encoder: Encoder, *, language: str = "en"
    ) -> tuple[Knowledge, Int64[np.ndarray, " entities"]]:
        """Put a further graph beside this one, its concepts encoded and tied to those of the same name.

        Concepts that are known by their IRI keep their vectors. Each new one gets ``skos:closeMatch`` to the synsets of
        WordNet that its labels name (to all concepts known before, where this knowledge has no WordNet), so that it has
        a share in what is known of them; the source of these statements is :data:`CLOSE_MATCH_SOURCE`.

        Args:
            graph: the further graph.
            encoder: the text encoder that made this knowledge's vectors.
            language: of the labels.

        Returns:
            The knowledge of both graphs, and the number there of every entity of this one.

        Raises:
            ModelError: it is another encoder.
            EmptyGraphError: nothing in the further graph has a label.
        """
        if encoder.id != self.encoder_id:
            raise ModelError(
                f"the concepts were encoded by {self.encoder_id}, got {encoder.id}: take the same text encoder"
            )
        if not len(_concepts(graph)):
            raise EmptyGraphError("the graph has no labelled concept: expected at least one label")
        builder = GraphBuilder()
        builder.add_graph(self.graph)
        builder.add_graph(graph)
        merged = builder.build()
        moved = merged.entity_ids(self.graph.entity_iris(np.arange(self.graph.num_entities)))
        further = merged.entity_ids(graph.entity_iris(_concepts(graph)))
        concepts = np.setdiff1d(np.union1d(moved[self.concepts], further), merged.relation_entities())
        known = np.isin(concepts, moved[self.concepts])
        vectors = np.zeros((len(concepts), self.vectors.shape[1]), dtype=np.float16)
        # Both graphs number entities in the order of their IRIs, so what is known comes in the same order in both.
        vectors[known] = self.vectors[np.isin(moved[self.concepts], concepts)]
        fresh = concepts[~known]
        if len(fresh):
            vectors[~known] = _encode(merged, fresh, encoder, language)
        named = np.intersect1d(concepts_in(merged), concepts)
        others = LexicalLinker(
            merged,
            language=language,
            concepts=named if len(named) else concepts[known],
            concept_vectors=vectors,
            concept_ids=concepts,
        )
        own = np.setdiff1d(fresh, named)
        matches = close_matches(
            merged, others, concepts=own, vectors=vectors[np.isin(concepts, own)], language=language
        )
        heads, tails = merged.entity_iris(matches.items), merged.entity_iris(matches.concepts)
        for head, tail, weight in zip(heads, tails, matches.weights.tolist(), strict=True):
            builder.add(head, SKOS_CLOSE_MATCH, tail, source=CLOSE_MATCH_SOURCE, weight=weight)
        whole = builder.build()
        linker = LexicalLinker(
            whole, language=language, concepts=concepts, concept_vectors=vectors, concept_ids=concepts
        )
        return Knowledge(whole, concepts, vectors, encoder.id, linker), moved

    def changed(
        self,
        graph: KnowledgeGraph,
        retold: Int64[np.ndarray, " r"],
        encoder: Encoder,
        *,
        language: str = "en",
    ) -> tuple[Knowledge, Int64[np.ndarray, " entities"]]:
        """Return what is known after a few statements have come or gone; what they do not tell of keeps its vector.

        Args:
            graph: the graph as it is now.
            retold: its entities of which other literals are stated than before; with a first label they become
                concepts, without a label they are none any more.
            encoder: the text encoder that made this knowledge's vectors.
            language: of the labels.

        Returns:
            The knowledge, and the number in ``graph`` of every entity of this one, -1 for those that are gone.

        Raises:
            ModelError: it is another encoder.
            EmptyGraphError: nothing in the graph has a label any more.
        """
        if encoder.id != self.encoder_id:
            raise ModelError(
                f"the concepts were encoded by {self.encoder_id}, got {encoder.id}: take the same text encoder"
            )
        moved = graph.entity_ids(self.graph.entity_iris(np.arange(self.graph.num_entities)))
        own = moved[self.concepts]  # in rising order: both graphs number entities in the order of their IRIs
        concepts = np.intersect1d(_concepts(graph), np.union1d(own, retold))
        if not len(concepts):
            raise EmptyGraphError(
                "the knowledge graph has no labelled concept left: expected at least one label"
            )
        vectors = np.zeros((len(concepts), self.vectors.shape[1]), dtype=np.float16)
        kept = np.isin(concepts, own) & ~np.isin(concepts, retold)
        vectors[kept] = self.vectors[np.isin(own, concepts[kept])]
        if not kept.all():
            vectors[~kept] = _encode(graph, concepts[~kept], encoder, language)
        if not len(retold) and np.array_equal(moved, np.arange(graph.num_entities)):
            return Knowledge(graph, concepts, vectors, self.encoder_id, self.linker), moved
        linker = LexicalLinker(
            graph, language=language, concepts=concepts, concept_vectors=vectors, concept_ids=concepts
        )
        return Knowledge(graph, concepts, vectors, self.encoder_id, linker), moved

    @cached_property
    def features(self) -> Float32[np.ndarray, "c dimension"]:
        """The vectors in single precision, made once for all graphs over this knowledge."""
        return np.asarray(self.vectors, dtype=np.float32)

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
        """Write everything below ``folder``; what is opened again equals what was saved."""
        folder.mkdir(parents=True, exist_ok=True)
        self.graph.save(folder / "graph")
        self.linker.save(folder / "lexicon")
        tensors = {"concepts": self.concepts, "vectors": self.vectors}
        save_tensors(folder / _VECTORS, tensors, {"version": _VERSION, "encoder": self.encoder_id})

    @classmethod
    def open(cls, folder: Path) -> Knowledge:
        """Open what :meth:`save` wrote.

        Raises:
            ModelError: the vectors are missing, damaged, or from another version.
            GraphStoreError: the graph is.
            IndexFolderError: the lexicon is.
        """
        tensors, note = open_tensors(folder / _VECTORS)
        if note.get("version") != _VERSION or not {"concepts", "vectors"} <= tensors.keys():
            raise ModelError(
                f"{folder / _VECTORS}: expected concept vectors of version {_VERSION}, "
                f"got {note.get('version')}; make the model again"
            )
        concepts, vectors = tensors["concepts"], tensors["vectors"]
        graph = KnowledgeGraph.open(folder / "graph")
        linker = LexicalLinker.open(
            folder / "lexicon", kg=graph, concept_vectors=vectors, concept_ids=concepts
        )
        return cls(graph, concepts, vectors, str(note["encoder"]), linker)


def _concepts(graph: KnowledgeGraph) -> Int64[np.ndarray, " c"]:
    """Return what has a label and is no relation."""
    labelled = np.unique(graph.label_table().column("entity").to_numpy()).astype(np.int64)
    return np.setdiff1d(labelled, graph.relation_entities())


def _encode(
    graph: KnowledgeGraph, concepts: Int64[np.ndarray, " c"], encoder: Encoder, language: str
) -> Float16[np.ndarray, "c dimension"]:
    texts = [concept_text(graph, concept, language) for concept in concepts.tolist()]
    if isinstance(encoder, VectorCache):
        vectors = encoder.encode(texts, "text", "encode concepts").vectors
    else:
        vectors = encoder.encode(texts, "text").vectors
    return vectors.astype(np.float16)


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
