"""Texts with words left out, put in, exchanged or replaced: the four operations of EDA.

Wei and Zou, *EDA: easy data augmentation techniques* (arXiv 1901.11196). There a number of words is drawn for a
sentence; here each word has its own probability, since captions may have one word or thirty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kgx.augment.steps import checked_probability
from kgx.linking.tokens import Token, tokenise

__all__ = ["SynonymInsertion", "SynonymReplacement", "WordDropout", "WordSwap"]


@dataclass(frozen=True)
class WordDropout:
    """Leaves words out; one always stays.

    Attributes:
        probability: with which each word is left out.

    >>> WordDropout(1.0)("red apple on a tree", np.random.default_rng(0))
    'tree'
    """

    probability: float = 0.1

    def __post_init__(self) -> None:
        checked_probability(self.probability)

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """Return the text without some of its words; a text without any is returned as it is."""
        tokens = tokenise(text)
        if not tokens:
            return text
        draws = rng.random(len(tokens))
        kept = draws >= self.probability
        kept[draws.argmax()] = True
        if kept.all():
            return text
        return _spaced(_rewritten(text, tokens, [None if stays else "" for stays in kept.tolist()]))


@dataclass(frozen=True)
class WordSwap:
    """Lets words change places with others of the text.

    Attributes:
        probability: with which each word changes places with one drawn from the text.

    >>> WordSwap(0.5)("a red apple", np.random.default_rng(0))
    'red apple a'
    """

    probability: float = 0.1

    def __post_init__(self) -> None:
        checked_probability(self.probability)

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """Return the text with some of its words in other places; what stands between words stays."""
        tokens = tokenise(text)
        order = list(range(len(tokens)))
        if len(tokens) < 2:
            return text
        for place in np.flatnonzero(rng.random(len(tokens)) < self.probability).tolist():
            other = (place + 1 + int(rng.integers(len(tokens) - 1))) % len(tokens)  # never itself
            order[place], order[other] = order[other], order[place]
        written = [text[token.start : token.end] for token in tokens]
        return _rewritten(text, tokens, [written[place] for place in order])


@dataclass(frozen=True)
class SynonymReplacement:
    """Writes synonyms in place of words.

    Attributes:
        synonyms: word in its normal form -> what may stand for it; :func:`kgx.augment.label_synonyms` makes it of a
            graph.
        probability: with which each word that has synonyms is replaced.

    >>> replace = SynonymReplacement({"auto": ("motor car",)}, probability=1.0)
    >>> replace("My Auto!", np.random.default_rng(0))
    'My motor car!'
    """

    synonyms: Mapping[str, Sequence[str]]
    probability: float = 0.1

    def __post_init__(self) -> None:
        checked_probability(self.probability)

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """Return the text with some of its words replaced."""
        tokens = tokenise(text)
        return _rewritten(text, tokens, _drawn(tokens, self.synonyms, self.probability, rng))


@dataclass(frozen=True)
class SynonymInsertion:
    """Puts synonyms of a text's words somewhere into it.

    Attributes:
        synonyms: as in :class:`SynonymReplacement`.
        probability: with which a synonym of each word that has any is put in.

    >>> insert = SynonymInsertion({"auto": ("car",)}, probability=1.0)
    >>> sorted(insert("my auto", np.random.default_rng(0)).split())
    ['auto', 'car', 'my']
    """

    synonyms: Mapping[str, Sequence[str]]
    probability: float = 0.1

    def __post_init__(self) -> None:
        checked_probability(self.probability)

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """Return the text with some words more, each before a word that was there, or at the end."""
        tokens = tokenise(text)
        for word in filter(None, _drawn(tokens, self.synonyms, self.probability, rng)):
            places = [token.start for token in tokenise(text)]
            place = int(rng.integers(len(places) + 1))
            start = places[place] if place < len(places) else len(text)
            before = " " if start == len(text) else ""
            text = f"{text[:start]}{before}{word}{' ' if not before else ''}{text[start:]}"
        return text


def _drawn(
    tokens: Sequence[Token],
    synonyms: Mapping[str, Sequence[str]],
    probability: float,
    rng: np.random.Generator,
) -> list[str | None]:
    """Return for each word a synonym, or None where it has none or none is drawn."""
    chosen: list[str | None] = []
    for token in tokens:
        known = synonyms.get(token.text, ())
        drawn = bool(known) and rng.random() < probability
        chosen.append(known[int(rng.integers(len(known)))] if drawn else None)
    return chosen


def _rewritten(text: str, tokens: Sequence[Token], words: Sequence[str | None]) -> str:
    """Return the text with other words; None leaves a word as it is."""
    parts, end = [], 0
    for token, word in zip(tokens, words, strict=True):
        if word is not None:
            parts += [text[end : token.start], word]
            end = token.end
    return "".join([*parts, text[end:]])


def _spaced(text: str) -> str:
    """Return the text without the spaces that words left behind."""
    return " ".join(text.split())
