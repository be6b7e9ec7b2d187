"""Makes a :class:`~kgx.linking.label_index.LabelIndex` of a graph's labels, column by column."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Int, UInt8, UInt64

from graphs.graph import KnowledgeGraph
from kgx.errors import ConfigError
from kgx.linking.hashing import hash_sequences, hash_word
from kgx.linking.inflection import base_forms
from kgx.linking.label_index import CAPITALISED, VARIANT, LabelIndex
from kgx.linking.part_of_speech import PartOfSpeech
from kgx.linking.tokens import fold_accents, words

__all__ = ["LONGEST", "build_index"]

LONGEST = 6
"""Words of the longest label that is looked for."""
_JOINED = 3  # letters that each part of an open compound needs to be known in one word too ("icecream")


def build_index(
    kg: KnowledgeGraph,
    parts: UInt8[np.ndarray, " entities"],
    *,
    language: str = "en",
    concepts: Int[np.ndarray, " c"] | None = None,
    longest: int = LONGEST,
) -> LabelIndex:
    """Index the labels of a graph, or of some of its concepts.

    A label is known by its words whatever its capitals, hyphens and typographic signs, and also without its
    accents and as one word ("ice cream": "icecream"). English labels of concepts without a part of speech,
    which thesauri put in the plural, are known in the singular too ("Birds": "bird").

    Args:
        kg: the graph.
        parts: part of speech of every entity as `PartOfSpeech` bits, 0 where it has none.
        language: language of the labels (subtags are not compared: "en" takes "en-GB"); labels without one
            count too.
        concepts: entities to link to; all that have labels where left out.
        longest: labels of more words are left out.

    Raises:
        ConfigError: ``longest`` is not from 1 to 255.
    """
    if not 1 <= longest <= np.iinfo(np.uint8).max:
        raise ConfigError(f"longest must be from 1 to 255 words, got {longest}")
    table = _select(kg, language, concepts)
    names = table.column("label")
    unique = names.unique()
    label_of_row = pc.index_in(names, value_set=unique).to_numpy().astype(np.int64)
    labels: list[str] = unique.to_pylist()
    entities = table.column("entity").to_numpy().astype(np.int64)
    weights = np.maximum(table.column("weight").to_numpy().astype(np.float32), 1)
    hidden = np.asarray(
        pc.equal(table.column("kind"), "hidden").to_numpy(zero_copy_only=False), dtype=np.bool_
    )
    row_parts = parts[entities]

    plain = np.zeros(len(labels), dtype=np.bool_)
    if language.startswith("en"):
        plain[label_of_row[(row_parts == 0) & ~hidden]] = True
    sequences = [words(label) for label in labels]
    capitals = np.array([label[:1].isupper() for label in labels], dtype=np.bool_)
    forms = _Forms(longest)
    for number, (label, sequence) in enumerate(zip(labels, sequences, strict=True)):
        forms.add(number, sequence)
        forms.add_variants(number, label, sequence, singular=bool(plain[number]))
    keys, label_of_form, derived, singular = forms.hashed()

    # every form of a label stands for every entity that has the label
    rows, form = _join(label_of_form, label_of_row, len(labels))
    kept = ~singular[form] | ((row_parts[rows] == 0) & ~hidden[rows])
    rows, form = rows[kept], form[kept]
    forms_keys, rows_of = keys[form], label_of_row[rows]
    traits = (derived[form] | hidden[rows]) * np.uint8(VARIANT) + capitals[rows_of] * np.uint8(CAPITALISED)
    candidates = _candidates(forms_keys, entities[rows], weights[rows], row_parts[rows], traits)
    vocabulary, reach = forms.reach()
    irregular = _irregular(sequences, label_of_row, entities, hidden, parts)
    index = LabelIndex(*candidates, vocabulary, reach, np.zeros(len(vocabulary), dtype=np.uint8), *irregular)
    index.adjectival[:] = _adjectival(index)
    return index


def _select(kg: KnowledgeGraph, language: str, concepts: Int[np.ndarray, " c"] | None) -> pa.Table:
    table = kg.label_table()
    tag = table.column("language")
    wanted = pc.or_(pc.equal(tag, ""), pc.or_(pc.equal(tag, language), pc.starts_with(tag, f"{language}-")))
    table = table.filter(wanted)
    if concepts is not None:
        table = table.filter(pa.array(np.isin(table.column("entity").to_numpy(), concepts)))
    return table


class _Forms:
    """Word sequences by which labels are known."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.numbers: dict[str, int] = {}
        self.flat: list[int] = []
        self.lengths: list[int] = []
        self.labels: list[int] = []
        self.derived: list[bool] = []
        self.singular: list[bool] = []

    def add(self, label: int, sequence: list[str], *, derived: bool = False, singular: bool = False) -> None:
        if not 0 < len(sequence) <= self.longest:
            return
        for word in sequence:
            self.flat.append(self.numbers.setdefault(word, len(self.numbers)))
        self.lengths.append(len(sequence))
        self.labels.append(label)
        self.derived.append(derived)
        self.singular.append(singular)

    def add_variants(self, label: int, text: str, sequence: list[str], *, singular: bool) -> None:
        if not text.isascii():
            folded = [fold_accents(word) for word in sequence]
            if folded != sequence:
                self.add(label, folded, derived=True)
        if len(sequence) == 2 and ("-" in text or min(map(len, sequence)) >= _JOINED):
            self.add(label, ["".join(sequence)], derived=True)
        if singular and sequence:
            for base, part in base_forms(sequence[-1]).items():
                if part & PartOfSpeech.NOUN and len(base) >= _JOINED:
                    self.add(label, [*sequence[:-1], base], derived=True, singular=True)

    def vocabulary(self) -> UInt64[np.ndarray, " v"]:
        return np.fromiter(map(hash_word, self.numbers), dtype=np.uint64, count=len(self.numbers))

    def hashed(
        self,
    ) -> tuple[
        UInt64[np.ndarray, " f"], Int[np.ndarray, " f"], Bool[np.ndarray, " f"], Bool[np.ndarray, " f"]
    ]:
        flat, lengths = np.array(self.flat, dtype=np.int64), np.array(self.lengths, dtype=np.int64)
        keys = hash_sequences(self.vocabulary(), flat, lengths)
        labels = np.array(self.labels, dtype=np.int64)
        return keys, labels, np.array(self.derived, dtype=np.bool_), np.array(self.singular, dtype=np.bool_)

    def reach(self) -> tuple[UInt64[np.ndarray, " v"], UInt8[np.ndarray, " v"]]:
        """Return the words' hashes, sorted, with the length of the longest sequence that each begins."""
        lengths = np.array(self.lengths, dtype=np.int64)
        first = np.array(self.flat, dtype=np.int64)[np.cumsum(lengths) - lengths]
        reach = np.zeros(len(self.numbers), dtype=np.uint8)
        np.maximum.at(reach, first, lengths.astype(np.uint8))
        vocabulary = self.vocabulary()
        order = np.argsort(vocabulary)
        return vocabulary[order], reach[order]


def _join(
    label_of_form: Int[np.ndarray, " f"], label_of_row: Int[np.ndarray, " r"], labels: int
) -> tuple[Int[np.ndarray, " j"], Int[np.ndarray, " j"]]:
    """Return every (row, form) of equal label."""
    order = np.argsort(label_of_row, kind="stable")
    counts = np.bincount(label_of_row, minlength=labels)
    starts = np.cumsum(counts) - counts
    repeats = counts[label_of_form]
    form = np.repeat(np.arange(len(label_of_form)), repeats)
    place = np.arange(len(form)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return order[starts[label_of_form[form]] + place], form


def _candidates(
    keys: UInt64[np.ndarray, " j"],
    entities: Int[np.ndarray, " j"],
    weights: np.ndarray,
    parts: UInt8[np.ndarray, " j"],
    traits: UInt8[np.ndarray, " j"],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sort candidates by key; of several labels of one concept with one key, keep the plainest, then the
    heaviest.

    Returns:
        The first seven columns of the index.
    """
    order = np.lexsort((-weights, traits, entities, keys))
    keys, entities, weights = keys[order], entities[order], weights[order]
    fresh = np.ones(len(keys), dtype=np.bool_)
    fresh[1:] = (keys[1:] != keys[:-1]) | (entities[1:] != entities[:-1])
    keys, entities, weights = keys[fresh], entities[fresh], weights[fresh]
    parts, traits = parts[order][fresh], traits[order][fresh]
    unique, first = np.unique(keys, return_index=True)
    offsets = np.append(first, len(keys)).astype(np.int64)
    said = np.where(parts == 0, np.uint8(PartOfSpeech.NOUN), parts)
    key_parts = np.bitwise_or.reduceat(said, first) if len(first) else said
    return unique, offsets, key_parts, entities.astype(np.int32), weights, parts, traits


def _irregular(
    sequences: list[list[str]],
    label_of_row: Int[np.ndarray, " r"],
    entities: Int[np.ndarray, " r"],
    hidden: Bool[np.ndarray, " r"],
    parts: UInt8[np.ndarray, " entities"],
) -> tuple[UInt64[np.ndarray, " i"], UInt64[np.ndarray, " i"], UInt8[np.ndarray, " i"]]:
    """Find what each one-word hidden label is a form of: the label that the most of its concepts share.

    All synsets of "mouse" have the hidden label "mice", and "mouse" is what they have in common. A form of
    several words' ("axes": of "ax" and of "axis") gets a base for each group of concepts.
    """
    forms: dict[str, set[int]] = defaultdict(set)
    for row in np.flatnonzero(hidden).tolist():
        if len(sequence := sequences[label_of_row[row]]) == 1:
            forms[sequence[0]].add(int(entities[row]))
    concerned = np.isin(entities, list({entity for owners in forms.values() for entity in owners})) & ~hidden
    names: dict[int, list[str]] = defaultdict(list)
    for row in np.flatnonzero(concerned).tolist():
        if len(sequence := sequences[label_of_row[row]]) == 1:
            names[int(entities[row])].append(sequence[0])
    found = sorted(
        (hash_word(form), hash_word(base), part)
        for form, owners in forms.items()
        for base, part in _bases(form, owners, names, parts)
    )
    hashes = np.array([(form, base) for form, base, _ in found], dtype=np.uint64).reshape(-1, 2)
    return hashes[:, 0].copy(), hashes[:, 1].copy(), np.array([part for *_, part in found], dtype=np.uint8)


def _bases(
    form: str, owners: set[int], names: dict[int, list[str]], parts: UInt8[np.ndarray, " entities"]
) -> Iterator[tuple[str, int]]:
    left = {owner for owner in owners if names[owner]}
    while left:
        counts = Counter(name for owner in left for name in set(names[owner]))
        best = min(counts, key=lambda name: (-counts[name], -_shared(form, name), name))
        covered = {owner for owner in left if best in names[owner]}
        left -= covered
        said = parts[list(covered)]
        yield best, int(np.bitwise_or.reduce(np.where(said == 0, np.uint8(PartOfSpeech.ANY), said)))


def _shared(first: str, second: str) -> int:
    """Count the letters that two words begin with alike."""
    pairs = zip(first, second, strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _adjectival(index: LabelIndex) -> Bool[np.ndarray, " w"]:
    """Tell which words, taken alone, are used as an adjective more often than as a noun."""
    rows = index.rows(
        hash_sequences(index.words, np.arange(len(index.words)), np.ones(len(index.words), dtype=int))
    )
    key = np.repeat(np.arange(len(index.keys)), np.diff(index.offsets))
    own = index.traits & VARIANT == 0
    said = {
        part: np.bincount(key, index.weights * (own & (index.parts & part > 0)), minlength=len(index.keys))
        for part in (PartOfSpeech.ADJECTIVE, PartOfSpeech.NOUN)
    }
    adjective: Bool[np.ndarray, " k"] = said[PartOfSpeech.ADJECTIVE] > said[PartOfSpeech.NOUN]
    return adjective[rows] & (rows >= 0) if len(adjective) else np.zeros(len(rows), dtype=np.bool_)
