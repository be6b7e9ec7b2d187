"""The lines of WordNet's database files: synsets, tag counts, exception lists.

Sources: wndb(5WN) for ``data.pos`` and ``pos.exc``, senseidx(5WN) for sense keys and ``index.sense``,
cntlist(5WN) for ``cntlist.rev``, lexnames(5WN) for the lexicographer files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from graphs.errors import GraphFormatError
from graphs.readers.wordnet_relations import SYNSET_TYPES, VERB_FRAMES, relation_of

__all__ = ["PARTS", "Pointer", "Reject", "Synset", "read_exceptions", "read_synsets", "read_tag_counts"]

Reject = Callable[[GraphFormatError], None]
"""Takes down a line that is malformed, or raises it."""

PARTS: Final = {"noun": "n", "verb": "v", "adj": "as", "adv": "r"}
"""Endings of the data files, and the synset types that each may hold."""

LEXICOGRAPHER_FILES: Final = (
    *(
        "adj.all",
        "adj.pert",
        "adv.all",
        "noun.Tops",
        "noun.act",
        "noun.animal",
        "noun.artifact",
        "noun.attribute",
    ),
    *(
        "noun.body",
        "noun.cognition",
        "noun.communication",
        "noun.event",
        "noun.feeling",
        "noun.food",
        "noun.group",
    ),
    *("noun.location", "noun.motive", "noun.object", "noun.person", "noun.phenomenon", "noun.plant"),
    *("noun.possession", "noun.process", "noun.quantity", "noun.relation", "noun.shape", "noun.state"),
    *("noun.substance", "noun.time", "verb.body", "verb.change", "verb.cognition", "verb.communication"),
    *("verb.competition", "verb.consumption", "verb.contact", "verb.creation", "verb.emotion", "verb.motion"),
    *("verb.perception", "verb.possession", "verb.social", "verb.stative", "verb.weather", "adj.ppl"),
)
_MARKER: Final = re.compile(r"\((?:a|p|ip)\)$")


class Pointer(NamedTuple):
    """What leads from a synset to another, or from one of its words to a word.

    Attributes:
        name: of the relation.
        target: key of the synset that it leads to.
        word: number of the word that it starts from, from 1; 0 for the synset as a whole.
        target_word: number of the word that it leads to there; 0 for the synset as a whole.
    """

    name: str
    target: str
    word: int
    target_word: int


@dataclass(frozen=True, slots=True)
class Synset:
    """One line of a data file.

    Attributes:
        line: its number, from 1.
        key: offset, hyphen, and the letter of the data file; a satellite's is "a".
        type: n, v, a, s or r.
        file_number: which lexicographer file it comes from.
        words: each with underscores, without an adjective's marker, and its lex_id.
        pointers: what leads to other synsets, or between words.
        frames: of a verb: numbers of the sentences that it fits in, each with the number of the word that this is said
            of, or 0 for all words.
        gloss: definition and examples.
    """

    line: int
    key: str
    type: str
    file_number: int
    words: tuple[tuple[str, int], ...]
    pointers: tuple[Pointer, ...]
    frames: tuple[tuple[int, int], ...]
    gloss: str

    @property
    def lexicographer_file(self) -> str:
        """Name of the lexicographer file."""
        return LEXICOGRAPHER_FILES[self.file_number]

    def sense_keys(self, known: Mapping[str, Synset]) -> list[str]:
        """Return the sense key of each word: lemma%ss_type:lex_filenum:lex_id:head_word:head_id.

        Args:
            known: synsets by key; a satellite's sense keys end in the first word of its cluster's head.
        """
        ending = ":"
        if self.type == "s":
            similar = (known.get(pointer.target) for pointer in self.pointers if pointer.name == "similar_to")
            head = next((synset for synset in similar if synset is not None and synset.type == "a"), None)
            if head is not None:
                word, number = head.words[0]
                ending = f"{word.lower()}:{number:02}"
        middle = f"%{SYNSET_TYPES[self.type].number}:{self.file_number:02}:"
        return [f"{word.lower()}{middle}{number:02}:{ending}" for word, number in self.words]


def _stop(error: GraphFormatError) -> None:
    raise error


def read_synsets(path: Path, types: str, reject: Reject = _stop) -> Iterator[Synset]:
    """Yield the synsets of a data file.

    Args:
        path: ``data.noun``, ``data.verb``, ``data.adj`` or ``data.adv``.
        types: the synset types that it may hold; see :data:`PARTS`.
        reject: takes down malformed lines; left out, the first is raised.

    Raises:
        GraphFormatError: the file cannot be read, or a line is malformed.
    """
    for line, text in _lines(path):
        if text.startswith("  "):  # the licence
            continue
        try:
            yield _parse_synset(line, text, types)
        except IndexError as error:
            found = GraphFormatError("the line ends before its fields are complete", path, line)
            found.__cause__ = error
            reject(found)
        except ValueError as error:
            found = GraphFormatError(str(error), path, line)
            found.__cause__ = error
            reject(found)


def _parse_synset(line: int, text: str, types: str) -> Synset:
    data, bar, gloss = text.partition("|")
    if not bar:
        raise ValueError("there is no bar before a gloss")
    fields = data.split()
    offset, kind = fields[0], fields[2]
    if len(offset) != 8 or not offset.isdigit():
        raise ValueError(f"expected an offset of eight digits, got {offset!r}")
    if kind not in types:
        raise ValueError(f"expected a synset type among {', '.join(types)}, got {kind!r}")
    file_number = _number(fields[1], "a lexicographer file")
    if file_number >= len(LEXICOGRAPHER_FILES):
        raise ValueError(f"expected a lexicographer file below {len(LEXICOGRAPHER_FILES)}, got {file_number}")
    count = _number(fields[3], "a word count", 16)
    place = 4 + 2 * count
    words = tuple(
        (_MARKER.sub("", fields[at]), _number(fields[at + 1], "a lex_id", 16)) for at in range(4, place, 2)
    )
    if not words:
        raise ValueError("the synset has no words")
    end = place + 1 + 4 * _number(fields[place], "a pointer count")
    if end > len(fields):
        raise IndexError
    pointers = tuple(_parse_pointer(fields[at : at + 4], kind, len(words)) for at in range(place + 1, end, 4))
    length = 1 + 3 * _number(fields[end], "a frame count") if kind == "v" else 0
    if len(fields) != end + length:
        raise ValueError(f"expected {end + length} fields before the gloss, got {len(fields)}")
    frames = tuple(_parse_frame(fields[at : at + 3], len(words)) for at in range(end + 1, end + length, 3))
    key = f"{offset}-{SYNSET_TYPES[kind].letter}"
    return Synset(line, key, kind, file_number, words, pointers, frames, gloss.strip())


def _parse_pointer(fields: list[str], kind: str, words: int) -> Pointer:
    symbol, target, letter, ends = fields
    relation = relation_of(symbol, kind)
    if relation is None or letter not in SYNSET_TYPES:
        raise ValueError(f"unknown pointer {' '.join(fields[:3])!r}")
    if len(ends) != 4:
        raise ValueError(f"expected two word numbers of two digits each, got {ends!r}")
    word, target_word = (_number(number, "a word number", 16) for number in (ends[:2], ends[2:]))
    if word > words or bool(word) != bool(target_word):
        raise ValueError(f"expected the numbers of two words (up to {words} the first) or 0000, got {ends!r}")
    return Pointer(relation.name, f"{target}-{SYNSET_TYPES[letter].letter}", word, target_word)


def _parse_frame(fields: list[str], words: int) -> tuple[int, int]:
    plus, frame, word = fields
    numbers = _number(frame, "a frame number"), _number(word, "a word number", 16)
    if plus != "+" or not 1 <= numbers[0] <= len(VERB_FRAMES) or numbers[1] > words:
        raise ValueError(
            f"expected +, a frame up to {len(VERB_FRAMES)} and a word up to {words}, got {' '.join(fields)!r}"
        )
    return numbers


def _number(field: str, what: str, base: int = 10) -> int:
    try:
        number = int(field, base)
    except ValueError as error:
        raise ValueError(f"expected {what}, got {field!r}") from error
    if number < 0:
        raise ValueError(f"expected {what}, got {field!r}")
    return number


def read_tag_counts(folder: Path, reject: Reject = _stop) -> dict[str, int]:
    """Return how often each sense key is tagged, by cntlist.rev, else index.sense; without these, nothing.

    Malformed lines are handed to ``reject``, which raises the first where it is left out.
    """
    for name, width in (("cntlist.rev", 3), ("index.sense", 4)):
        path = folder / name
        if not path.is_file():
            continue
        counts = {}
        for line, text in _lines(path):
            fields = text.split()
            if len(fields) != width or not fields[-1].isdigit():
                reject(
                    GraphFormatError(
                        f"expected {width} fields, the last a count, got {text!r:.80}", path, line
                    )
                )
                continue
            counts[fields[0]] = int(fields[-1])
        return counts
    return {}


def read_exceptions(path: Path, reject: Reject = _stop) -> Iterator[tuple[str, str]]:
    """Yield (inflected form, base form) of an exception list; nothing where there is no such file.

    Malformed lines are handed to ``reject``, which raises the first where it is left out.
    """
    if not path.is_file():
        return
    for line, text in _lines(path):
        form, *bases = text.split()
        if not bases:
            reject(
                GraphFormatError(
                    f"expected an inflected form and its base forms, got {text!r:.80}", path, line
                )
            )
        for base in bases:
            yield form.lower(), base.lower()


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines that are not blank."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise GraphFormatError(f"a WordNet database file cannot be read ({error.strerror})", path) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise GraphFormatError(
            f"not UTF-8: {error.reason}", path, data.count(b"\n", 0, error.start) + 1
        ) from error
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.isspace():
            yield number, line.rstrip("\r")
