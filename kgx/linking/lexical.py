"""LexicalLinker: the concepts that a text mentions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, Int, Int64

from graphs.graph import KnowledgeGraph
from kgx.errors import ConfigError, IndexFolderError
from kgx.linking.base import MENTIONS, Links, Mention
from kgx.linking.concept_vectors import ConceptVectors
from kgx.linking.label_build import LONGEST, build_index
from kgx.linking.label_index import LabelIndex
from kgx.linking.matching import Matcher
from kgx.linking.part_of_speech import parts_of_speech
from kgx.linking.readings import Reader, Readings
from kgx.linking.senses import SenseScoring
from kgx.linking.stop_words import STOP_WORDS
from kgx.linking.tokens import tokenise

__all__ = ["LexicalLinker"]

_FILE = "labels.safetensors"
_BATCH = 2_048  # texts that are matched at a time
_LEAST = np.float32(1e-3)  # mass of a piece whose reading is used more than all others together


@dataclass(frozen=True, slots=True)
class _Options:
    """What a linker was made with: saved beside its labels."""

    language: str
    senses: int
    min_weight: float
    rarity: float
    scoring: SenseScoring
    longest: int
    entities: int
    landmarks: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.senses < 1:
            raise ConfigError(f"senses must be at least 1, got {self.senses}")
        if not 0 <= self.min_weight < 1:
            raise ConfigError(f"min_weight must be at least 0 and below 1, got {self.min_weight}")
        if not 0 <= self.rarity < np.inf:
            raise ConfigError(f"rarity must be at least 0 and finite, got {self.rarity}")

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str, path: Path) -> _Options:
        try:
            values = json.loads(text)
            scoring = SenseScoring(**values.pop("scoring"))
            return cls(scoring=scoring, landmarks=tuple(values.pop("landmarks")), **values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise IndexFolderError(f"{path} is damaged: its options cannot be read ({error})") from error


class LexicalLinker:
    """Finds which concepts a text mentions: longest match over labels, inflection undone, senses weighed.

    Every piece of the text that is a label (:mod:`kgx.linking.matching`) may mean any of the label's
    concepts; how likely each is follows from use, part of speech and context
    (:class:`~kgx.linking.senses.SenseScoring`).

    Args:
        kg: the graph to link to.
        language: language of labels and texts; inflection and stop words are English and serve no other.
        concepts: entities to link to; all that have labels where left out.
        concept_vectors: vectors of the concepts' definitions, of length 1, from the encoder that also makes
            the texts' vectors; without them context does not count.
        concept_ids: entity of each row of ``concept_vectors``; the row's number where left out.
        senses: readings that are kept for a piece of text.
        min_weight: readings lighter than this are dropped, unless they are a piece's best.
        rarity: 0 lets every piece of a text weigh the same; with 1 it weighs ``1 - log f / log F``, where
            ``f`` is how often its reading is used and ``F`` how often all are, and powers lie between and
            beyond. It is taken from the graph alone, so that a single query is weighed as the texts of a
            collection are.
        scoring: how readings are weighed.
        longest: words of the longest label that is looked for.

    Raises:
        ConfigError: an option has an impossible value.

    >>> from graphs import KnowledgeGraph
    >>> name = "http://www.w3.org/2004/02/skos/core#prefLabel"
    >>> kg = KnowledgeGraph.from_triples(
    ...     [], literals=[("ex:dog", name, "dog", "en"), ("ex:hotdog", name, "hot dog", "en")])
    >>> linker = LexicalLinker(kg)
    >>> [(found.surface, kg.label(found.concept), found.weight) for found in linker.mentions("2 hot-dogs")]
    [('hot-dogs', 'hot dog', 1.0)]
    """

    def __init__(
        self,
        kg: KnowledgeGraph,
        *,
        language: str = "en",
        concepts: Int[np.ndarray, " c"] | None = None,
        concept_vectors: Float[np.ndarray, "n dimension"] | None = None,
        concept_ids: Int[np.ndarray, " n"] | None = None,
        senses: int = 3,
        min_weight: float = 0.05,
        rarity: float = 0.0,
        scoring: SenseScoring | None = None,
        longest: int = LONGEST,
    ) -> None:
        options = _Options(
            language,
            senses,
            min_weight,
            rarity,
            scoring or SenseScoring(),
            longest,
            kg.num_entities,
            _landmarks(kg),
        )
        index = build_index(kg, parts_of_speech(kg), language=language, concepts=concepts, longest=longest)
        self._set_up(index, options, concept_vectors, concept_ids)

    def _set_up(
        self,
        index: LabelIndex,
        options: _Options,
        concept_vectors: Float[np.ndarray, "n dimension"] | None,
        concept_ids: Int[np.ndarray, " n"] | None,
    ) -> None:
        self._index = index
        self._options = options
        self._context = None if concept_vectors is None else ConceptVectors(concept_vectors, concept_ids)
        english = options.language.split("-")[0] == "en"
        stop_words = STOP_WORDS if english else frozenset[str]()
        self._matcher = Matcher(index, longest=options.longest, inflect=english, stop_words=stop_words)
        self._reader = Reader(
            index, options.scoring, self._context, senses=options.senses, min_weight=options.min_weight
        )
        self._log_total = max(float(np.log(index.weights.sum(dtype=np.float64) + 2)), 1.0)

    def save(self, folder: Path) -> None:
        """Write the labels and the options to a folder, atomically; concept vectors are not part of it."""
        self._index.save(folder / _FILE, self._options.to_json())

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        kg: KnowledgeGraph | None = None,
        concept_vectors: Float[np.ndarray, "n dimension"] | None = None,
        concept_ids: Int[np.ndarray, " n"] | None = None,
    ) -> LexicalLinker:
        """Open what :meth:`save` has written, without reading the graph.

        Args:
            folder: where it was saved.
            kg: the graph it is used with, to make sure that it is the one it was made of.
            concept_vectors, concept_ids: as for the constructor.

        Raises:
            IndexFolderError: there is no linker, it is damaged or of another version, or made of another
                graph.
        """
        index, text = LabelIndex.open(folder / _FILE)
        options = _Options.from_json(text, folder / _FILE)
        if kg is not None and (options.entities, options.landmarks) != (kg.num_entities, _landmarks(kg)):
            raise IndexFolderError(
                f"{folder} was made of a graph of {options.entities} entities, and does not fit this one of "
                f"{kg.num_entities}; build the linker again"
            )
        linker = cls.__new__(cls)
        linker._set_up(index, options, concept_vectors, concept_ids)
        return linker

    @property
    def concepts(self) -> Int64[np.ndarray, " c"]:
        """The entities that are linked to, sorted."""
        return np.unique(self._index.concepts).astype(np.int64)

    @property
    def num_labels(self) -> int:
        """Number of different word sequences that are recognised."""
        return len(self._index.keys)

    def link(
        self,
        texts: Sequence[str],
        vectors: Float[np.ndarray, "n dimension"] | None = None,
        *,
        relation: str = MENTIONS,
        provenance: str = "lexical",
    ) -> Links:
        """Link every text to the concepts that it mentions.

        Args:
            texts: captions, queries, transcripts; an empty one gets no link.
            vectors: vector of each text, to weigh senses by context.
            relation: name of the links' relation (:data:`~kgx.linking.base.SAYS` for transcripts).
            provenance: what the links come from ("transcript").

        Returns:
            Links sorted by text and concept; the weights of a text sum to 1.

        Raises:
            ConfigError: ``vectors`` do not fit the texts or the concepts' vectors.
        """
        return self._link(texts, vectors, relation, provenance, whole=False)

    def link_whole(
        self,
        texts: Sequence[str],
        vectors: Float[np.ndarray, "n dimension"] | None = None,
        *,
        relation: str = "closeMatch",
        provenance: str = "lexical",
    ) -> Links:
        """Link every text that is a label as a whole to the concepts that it may name, and no other text.

        Arguments, result and errors are those of :meth:`link`.
        """
        return self._link(texts, vectors, relation, provenance, whole=True)

    def mentions(self, text: str, vector: Float[np.ndarray, " dimension"] | None = None) -> list[Mention]:
        """Return the readings of every piece of one text, piece after piece, the likeliest reading first."""
        tokens = tokenise(text)
        spans = self._matcher.match([tokens])[0]
        vectors = self._checked_vectors(1, None if vector is None else vector[None, :])
        small = np.array([tokens[span.first].lower for span in spans], dtype=np.bool_)
        readings = self._reader.read(spans, small, np.zeros(len(spans), dtype=np.int64), vectors)
        columns = (readings.spans.tolist(), readings.concepts.tolist(), readings.weights.tolist())
        found = []
        for number, concept, weight in zip(*columns, strict=True):
            span = spans[number]
            start, end = tokens[span.first].start, tokens[span.last - 1].end
            found.append(Mention(text[start:end], start, concept, weight))
        return found

    def _link(
        self,
        texts: Sequence[str],
        vectors: Float[np.ndarray, "n dimension"] | None,
        relation: str,
        provenance: str,
        *,
        whole: bool,
    ) -> Links:
        vectors = self._checked_vectors(len(texts), vectors)
        parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        for start in range(0, len(texts), _BATCH):
            batch = [tokenise(text) for text in texts[start : start + _BATCH]]
            found = self._matcher.match_whole(batch) if whole else self._matcher.match(batch)
            owners = [row for row, spans in enumerate(found) for _ in spans]
            flat = [span for spans in found for span in spans]
            small = [batch[row][span.first].lower for row, span in zip(owners, flat, strict=True)]
            text_of_span = np.array(owners, dtype=np.int64) + start
            readings = self._reader.read(flat, np.array(small, dtype=np.bool_), text_of_span, vectors)
            weights = readings.weights * self._mass(readings, len(flat))[readings.spans]
            parts.append((text_of_span[readings.spans], readings.concepts, weights))
        empty = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
        items, concepts, weights = (np.concatenate(column) for column in zip(empty, *parts, strict=True))
        return Links.collect(relation, items, concepts, weights, provenance=provenance)

    def _mass(self, readings: Readings, spans: int) -> Float32[np.ndarray, " s"]:
        """Return what each span counts for in its text, by the use of its likeliest reading."""
        first = np.searchsorted(readings.spans, np.arange(spans))
        share = 1 - np.log(readings.uses[first]) / self._log_total
        mass: Float32[np.ndarray, " s"] = np.power(np.maximum(share, _LEAST), self._options.rarity)
        return mass

    def _checked_vectors(
        self, texts: int, vectors: Float[np.ndarray, "n dimension"] | None
    ) -> Float[np.ndarray, "n dimension"] | None:
        if vectors is None or self._context is None:
            return None
        if vectors.shape != (texts, self._context.dimension):
            raise ConfigError(
                f"text vectors: expected shape {(texts, self._context.dimension)}, a row a text, as long as "
                f"the concepts' vectors, got {vectors.shape}"
            )
        return vectors


def _landmarks(kg: KnowledgeGraph) -> tuple[str, ...]:
    """Return the first, the middle and the last IRI, by which a graph is told from another of equal size."""
    last = kg.num_entities - 1
    return tuple(kg.entity_iris([0, last // 2, last])) if last >= 0 else ()
