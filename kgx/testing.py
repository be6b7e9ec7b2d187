"""A world small enough to see through, for tests of what links, refines and searches.

Eight families of sixty-four species each, with nonsense names; a species has a vector near its family's. A "picture" is
a text file that names what it shows: its encoder turns and shifts the species' vector, as another modality would, and
its classifier is right more often than not. A "sound" is a text file whose transcript is its content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from graphs import GraphBuilder, KnowledgeGraph
from graphs.neighbours import unit_rows
from graphs.vocabulary import RDFS_LABEL, SKOS_DEFINITION, SKOS_PREF_LABEL
from kgx.attach import Attacher
from kgx.collection import Collection, Item
from kgx.encoders.base import Encoder, Encoding, Value, require_modality, split_texts
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.linking.visual import class_iri, imagenet_synsets

__all__ = [
    "FAMILIES",
    "KIND",
    "PLACE",
    "PLACES",
    "Relation",
    "SketchEncoder",
    "SoundEncoder",
    "TinyWorld",
    "WordEncoder",
    "species_iri",
    "species_word",
    "tiny_graph",
]

FAMILIES = ("bird", "tool", "fruit", "boat", "house", "flower", "fish", "shoe")
PLACES = ("forest", "desert", "harbour", "kitchen", "meadow", "attic")

_EXAMPLE = "http://example.org/"
_SPECIES = 64  # of a family
_WORD, _SKETCH, _SOUND = 24, 20, 12  # dimensions
_CLASSES = 1000


@dataclass(frozen=True)
class Relation:
    """A relation of the tiny graph: what it is called, and to whom every species has it."""

    iri: str
    label: str
    definition: str
    tails: tuple[str, ...]


KIND = Relation(_EXAMPLE + "kindOf", "kind of", "the family that a species belongs to", FAMILIES)
PLACE = Relation(_EXAMPLE + "livesIn", "lives in", "the place where a species is found", PLACES)


def species_word(number: int) -> str:
    """Return the name of a species, from 0 to 511; its family is ``number // 64``.

    >>> species_word(0), species_word(70)
    ('babako', 'tadako')
    """
    consonants, vowels = "bdfgklmnprtv", "aeiou"
    pairs = [consonant + vowel for vowel in vowels for consonant in consonants]
    return pairs[number % 60] + pairs[number // 60] + "ko"


def species_iri(number: int) -> str:
    """Return the IRI of a species: a synset that ImageNet classifiers know."""
    return class_iri(imagenet_synsets()[number])


def _random(key: str, size: int) -> Float32[np.ndarray, " size"]:
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "little")
    drawn = unit_rows(np.random.default_rng(seed).standard_normal((1, size)))
    vector: np.ndarray = drawn[0].astype(np.float32)
    return vector


@lru_cache(maxsize=1)
def _meanings() -> Mapping[str, Float32[np.ndarray, " 24"]]:
    known = {word: _random(word, _WORD) for word in (*FAMILIES, *PLACES)}
    for number in range(len(FAMILIES) * _SPECIES):
        word = species_word(number)
        known[word] = (0.7 * known[FAMILIES[number // _SPECIES]] + 0.7 * _random(word, _WORD)).astype(
            np.float32
        )
    return known


def _meaning(text: str) -> Float32[np.ndarray, " 24"]:
    total = np.zeros(_WORD, dtype=np.float32)
    for word in text.lower().replace(":", " ").replace(",", " ").split():
        known = _meanings().get(word)
        total += 0.2 * _random(word, _WORD) if known is None else known
    return total


class WordEncoder:
    """A text is the sum of its words; words that are not of this world hardly count."""

    id = "tiny:text"
    modalities = frozenset({"text"})
    dimension = _WORD

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        """Encode texts; an empty one fails."""
        require_modality(self, modality)
        vectors = np.zeros((len(values), _WORD), dtype=np.float32)
        rows, texts, failures = split_texts(values)
        for row, text in zip(rows, texts, strict=True):
            vectors[row] = _meaning(text)
        return Encoding(unit_rows(vectors), None, failures)


class _FileEncoder:
    """Reads what is shown from the file's words; a file that says "broken", or is missing, fails."""

    id: str
    modalities: frozenset[str]
    dimension: int

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        """Encode files."""
        require_modality(self, modality)
        turn = np.stack([_random(f"{self.id} {row}", _WORD) for row in range(self.dimension)])
        vectors = np.zeros((len(values), self.dimension), dtype=np.float32)
        scores = np.zeros((len(values), _CLASSES), dtype=np.float32)
        failures = {}
        for row, value in enumerate(values):
            try:
                content = Path(value).read_text(encoding="utf-8")
            except OSError as error:
                failures[row] = f"cannot be read ({error.strerror})"
                continue
            except UnicodeDecodeError:
                failures[row] = "cannot be decoded"
                continue
            if content.startswith("broken"):
                failures[row] = "cannot be decoded"
                continue
            style, _, name = content.partition(":")
            shown = turn @ _meaning(name) / np.sqrt(self.dimension / _WORD)
            vectors[row] = (
                shown + 1.5 * _random(style, self.dimension) + 0.4 * _random(content, self.dimension)
            )
            scores[row] = _guess(content, name.strip())
        return Encoding(unit_rows(vectors), self._scores(scores), failures)

    def _scores(self, scores: Float32[np.ndarray, "n classes"]) -> Float32[np.ndarray, "n classes"] | None:
        return None


class SketchEncoder(_FileEncoder):
    """Encodes "pictures", and guesses their species."""

    id = "tiny:image"
    modalities = frozenset({"image"})
    dimension = _SKETCH

    def _scores(self, scores: Float32[np.ndarray, "n classes"]) -> Float32[np.ndarray, "n classes"] | None:
        return scores


class SoundEncoder(_FileEncoder):
    """Encodes "sounds", and writes down what is said."""

    id = "tiny:audio"
    modalities = frozenset({"audio"})
    dimension = _SOUND

    def transcribe(self, paths: Sequence[str | Path]) -> list[str]:
        """Return what is said in each sound."""
        return [Path(path).read_text(encoding="utf-8").partition(":")[2].strip() for path in paths]


def _guess(content: str, name: str) -> Float32[np.ndarray, " 1000"]:
    """Spread a classifier's belief over the right species and two of its family, one of which may look likelier."""
    numbers = {species_word(number): number for number in range(len(FAMILIES) * _SPECIES)}
    scores = np.full(_CLASSES, 1e-6, dtype=np.float32)
    number = numbers.get(name.split()[-1] if name else "")
    if number is not None:
        family = number // _SPECIES * _SPECIES
        drawn = np.random.default_rng(int.from_bytes(hashlib.sha256(content.encode()).digest()[:4], "little"))
        others = family + drawn.permutation(_SPECIES)[:2]
        scores[others] = drawn.uniform(0.05, 0.5, 2)
        scores[number] = 0.35
    normalised: np.ndarray = scores / scores.sum()
    return normalised


@dataclass(frozen=True)
class TinyWorld:
    """A graph, encoders, a source of 64 drawings and a target of 40 stamps, linked.

    Attributes:
        knowledge: the graph, ready for linking.
        encoders: modality -> encoder.
        attacher: links further items.
        source: texts and images, in eight series (their groups) that have one of each family.
        target: texts, images and, for one in three, sounds; every item is a group of its own.
        source_collection, target_collection: the items before linking.
    """

    knowledge: Knowledge
    encoders: Mapping[str, Encoder]
    attacher: Attacher
    source: Mapping[str, LinkedItems]
    target: Mapping[str, LinkedItems]
    source_collection: Collection
    target_collection: Collection

    @classmethod
    def build(cls, folder: Path, relations: Sequence[Relation] = (KIND, PLACE)) -> TinyWorld:
        """Write the media files into a folder and link everything.

        Args:
            folder: an empty folder.
            relations: of the knowledge graph.
        """
        encoders: dict[str, Encoder] = {
            "text": WordEncoder(),
            "image": SketchEncoder(),
            "audio": SoundEncoder(),
        }
        knowledge = Knowledge.build(tiny_graph(relations), encoders["text"])
        attacher = Attacher(knowledge, encoders)
        source = _collection(folder / "source", "drawing", range(64), 0)
        target = _collection(folder / "target", "stamp", range(40), 10)
        return cls(
            knowledge,
            encoders,
            attacher,
            attacher.collection(source, group=lambda item: item.metadata["series"]),
            attacher.collection(target, group=lambda item: item.entity),
            source,
            target,
        )


def tiny_graph(relations: Sequence[Relation] = (KIND, PLACE)) -> KnowledgeGraph:
    """Return the knowledge graph of the tiny world: species, families and places, tied by some relations."""
    builder = GraphBuilder()
    for name in (*FAMILIES, *PLACES):
        builder.add_literal(_EXAMPLE + name, SKOS_PREF_LABEL, name, language="en")
    for number in range(len(FAMILIES) * _SPECIES):
        iri, family = species_iri(number), FAMILIES[number // _SPECIES]
        builder.add_literal(iri, SKOS_PREF_LABEL, species_word(number), language="en")
        builder.add_literal(iri, SKOS_DEFINITION, f"one {family}", language="en")
        for relation in relations:
            tails = relation.tails
            place = number // _SPECIES if tails == FAMILIES else number
            builder.add(iri, relation.iri, _EXAMPLE + tails[place % len(tails)])
    for relation in relations:
        builder.add_literal(relation.iri, RDFS_LABEL, relation.label, language="en")
        builder.add_literal(relation.iri, SKOS_DEFINITION, relation.definition, language="en")
    return builder.build()


def _collection(root: Path, style: str, numbers: Sequence[int], first: int) -> Collection:
    """Write one media file a number; number k shows the species ``first + k // 8`` of family ``k % 8``."""
    root.mkdir(parents=True)
    items = []
    for number in numbers:
        species = number % len(FAMILIES) * _SPECIES + first + number // len(FAMILIES)
        word, entity = species_word(species), f"{style} {number}"
        metadata = {"category": FAMILIES[species // _SPECIES], "series": f"series {number // len(FAMILIES)}"}
        items.append(Item(f"text:{entity}", "text", f"a {word}", entity, "en", metadata=metadata))
        files = {"image": f"{number}.picture", "audio": f"{number}.sound"}
        for modality, name in files.items():
            if modality == "audio" and (style == "drawing" or number % 3):
                continue
            (root / name).write_text(f"{style} {modality}: {word}", encoding="utf-8")
            items.append(Item(f"{modality}:{entity}", modality, name, entity, metadata=metadata))
    return Collection(style, root, tuple(items))
