"""Longest match: which pieces of a text are labels of the graph.

From the left, the longest piece that a label begins with is taken, then what follows it. A piece matches as
it stands, with its first or its last word in a base form ("ran away", "Canada geese", "birds of prey"), or
with its first two words written as one ("sail boat"). Keys of all texts of a batch are searched at once, so
that a lookup costs a bisection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kgx.linking.hashing import SEED, extend, find, hash_word
from kgx.linking.inflection import base_forms
from kgx.linking.label_index import LabelIndex
from kgx.linking.part_of_speech import PartOfSpeech
from kgx.linking.stop_words import DETERMINERS, STOP_WORDS
from kgx.linking.tokens import Token, fold_accents

__all__ = ["Matcher", "Span"]

_ANY = int(PartOfSpeech.ANY)
_CACHE = 200_000  # words
_FOLDED = 3  # letters of a word whose accents may be left off: French "à" is not the letter A
_COMPOUND = 3  # letters that each half of an open compound has at least


class _Form(NamedTuple):
    """A word as labels may have it: its hash, the parts of speech it can be, whether it is a derived form."""

    word: int
    parts: int
    derived: bool


class _Word(NamedTuple):
    forms: tuple[_Form, ...]  # the word itself first
    reach: tuple[int, ...]  # of each form
    adjectival: bool


class Span(NamedTuple):
    """A piece of a text that is a label.

    Attributes:
        first: first word.
        last: one past the last word.
        nominal: whether it stands in a noun phrase that a determiner begins ("a tall *tree*").
        rows: for each way in which the piece matches: row of the index, parts of speech that its concepts may
            have, whether a word had to be changed.
    """

    first: int
    last: int
    nominal: bool
    rows: tuple[tuple[int, int, bool], ...]


class _Try(NamedTuple):
    key: int
    first: int
    last: int
    parts: int
    derived: bool


class Matcher:
    """Finds the labels of an index in texts.

    Args:
        index: the labels.
        longest: words of the longest label.
        inflect: whether English inflection is undone.
        stop_words: words that are no mention, alone or among themselves.
    """

    def __init__(
        self, index: LabelIndex, *, longest: int, inflect: bool, stop_words: frozenset[str] = STOP_WORDS
    ) -> None:
        self.index = index
        self.longest = longest
        self.inflect = inflect
        self.stop_words = stop_words
        self._cache: dict[str, _Word] = {}

    def match(self, texts: Sequence[Sequence[Token]]) -> list[list[Span]]:
        """Return each text's spans from left to right; they do not overlap."""
        if len(self._cache) > _CACHE:
            self._cache = {}
        cache = self._cache  # another thread may begin a fresh one meanwhile
        self._learn({token.text for tokens in texts for token in tokens}, cache)
        self._learn({pair for tokens in texts for _, pair in self._compounds(tokens, cache)}, cache)
        tries = [list(self._tries(tokens, cache)) for tokens in texts]
        rows = self.index.rows([attempt.key for attempts in tries for attempt in attempts]).tolist()
        spans = []
        start = 0
        for tokens, attempts in zip(texts, tries, strict=True):
            spans.append(self._greedy(tokens, attempts, rows[start : start + len(attempts)]))
            start += len(attempts)
        return spans

    def match_whole(self, texts: Sequence[Sequence[Token]]) -> list[list[Span]]:
        """Return for each text the span that covers all of its words, where a label does, else nothing."""
        found = self.match(texts)
        return [
            [span for span in spans if (span.first, span.last) == (0, len(tokens))]
            for tokens, spans in zip(texts, found, strict=True)
        ]

    def _tries(self, tokens: Sequence[Token], cache: Mapping[str, _Word]) -> Iterator[_Try]:
        """Yield everything that may be a label, in the order of where it begins."""
        known = [cache[token.text] for token in tokens]
        compounds = dict(self._compounds(tokens, cache))
        for first, word in enumerate(known):
            for number, form in enumerate(word.forms):
                yield from self._grow(tokens, known, first, first + 1, form, word.reach[number])
            if first in compounds:
                compound = cache[compounds[first]]
                for form, reach in zip(compound.forms, compound.reach, strict=True):
                    yield from self._grow(tokens, known, first, first + 2, form._replace(derived=True), reach)

    def _grow(
        self, tokens: Sequence[Token], known: Sequence[_Word], first: int, after: int, form: _Form, reach: int
    ) -> Iterator[_Try]:
        """Yield the labels that begin with a form of the words from ``first`` to ``after``."""
        if not reach:
            return
        key = extend(SEED, form.word)
        yield _Try(key, first, after, form.parts, form.derived)
        for last in range(after, min(after - 1 + min(reach, self.longest), len(tokens))):
            if tokens[last].breaks:
                return
            exact, *others = known[last].forms
            if not form.derived:
                for other in others:
                    yield _Try(extend(key, other.word), first, last + 1, other.parts, True)
            key = extend(key, exact.word)
            yield _Try(key, first, last + 1, form.parts, form.derived)

    def _greedy(self, tokens: Sequence[Token], attempts: Sequence[_Try], rows: Sequence[int]) -> list[Span]:
        key_parts = self.index.key_parts
        spans: list[Span] = []
        nominal = self._nominal(tokens)
        free = 0  # first word that no span has taken
        place = 0
        while place < len(attempts):
            first = attempts[place].first
            longest = first
            ways: list[tuple[int, int, bool]] = []
            while place < len(attempts) and attempts[place].first == first:
                attempt, row = attempts[place], rows[place]
                place += 1
                if first < free or row < 0 or attempt.last < longest:
                    continue
                if attempt.derived and not key_parts[row] & attempt.parts:
                    continue
                if self._says_nothing(tokens[first : attempt.last]):
                    continue
                if attempt.last > longest:
                    longest, ways = attempt.last, []
                ways.append((row, attempt.parts, attempt.derived))
            if ways:
                spans.append(Span(first, longest, nominal[first], tuple(ways)))
                free = longest
        return spans

    def _nominal(self, tokens: Sequence[Token]) -> list[bool]:
        """Tell for each word whether it stands in a noun phrase that a determiner begins."""
        found: list[bool] = []
        inside = False
        for token in tokens:
            inside = inside and not token.breaks
            found.append(inside)
            if token.text in self.stop_words:
                inside = token.text in DETERMINERS
        return found

    def _says_nothing(self, tokens: Sequence[Token]) -> bool:
        return all(token.text in self.stop_words and not token.acronym for token in tokens)

    def _compounds(self, tokens: Sequence[Token], cache: Mapping[str, _Word]) -> Iterator[tuple[int, str]]:
        """Yield pairs of words that may be one word written apart, by where they begin.

        A pair that begins with an adjective is a phrase ("a black bird"), not a name ("a blackbird").
        """
        for first in range(len(tokens) - 1):
            left, right = tokens[first], tokens[first + 1]
            if right.breaks or min(len(left.text), len(right.text)) < _COMPOUND:
                continue
            if left.text in self.stop_words or right.text in self.stop_words or cache[left.text].adjectival:
                continue
            yield first, left.text + right.text

    def _learn(self, words: set[str], cache: dict[str, _Word]) -> None:
        """Look up words not met before; of their derived forms, keep those that stand in some label."""
        fresh = [word for word in words if word not in cache]
        if not fresh:
            return
        hashes = [hash_word(word) for word in fresh]
        irregular = self.index.bases(hashes) if self.inflect else [()] * len(fresh)
        forms = [self._forms(*known) for known in zip(fresh, hashes, irregular, strict=True)]
        places = find(self.index.words, [form.word for several in forms for form in several]).tolist()
        place = 0
        for word, several in zip(fresh, forms, strict=True):
            mine = places[place : place + len(several)]
            place += len(several)
            kept = [number for number, row in enumerate(mine) if row >= 0 or number == 0]
            cache[word] = _Word(
                tuple(several[number] for number in kept),
                tuple(int(self.index.reach[mine[number]]) if mine[number] >= 0 else 0 for number in kept),
                mine[0] >= 0 and bool(self.index.adjectival[mine[0]]),
            )

    def _forms(self, word: str, exact: int, irregular: Sequence[tuple[int, int]]) -> list[_Form]:
        """Return the word itself, then what it may be a form of.

        Args:
            word: in normal form.
            exact: its hash.
            irregular: hashes of the words that it is an irregular inflection of, each with its parts of speech.
        """
        parts: dict[int, int] = {}
        if not word.isascii() and len(word) >= _FOLDED:
            parts[hash_word(fold_accents(word))] = _ANY
        for base, part in irregular:
            parts[base] = parts.get(base, 0) | part
        if self.inflect:
            for text, allowed in base_forms(word).items():
                base = hash_word(text)
                parts[base] = parts.get(base, 0) | int(allowed)
        parts.pop(exact, None)
        return [_Form(exact, _ANY, False), *(_Form(base, part, True) for base, part in parts.items())]
