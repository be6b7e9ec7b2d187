"""Words of a text or of a label, in one normal form, so that both sides of a comparison agree."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

__all__ = ["Token", "fold_accents", "tokenise", "words"]

# Signs that continue a word although they are no letters: combining accents, Hebrew points, Arabic vowels,
# the Indic, Thai, Lao, Burmese and Khmer blocks, and the joiners of Persian and Indic writing.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u064b-\u0670\u0900-\u0963\u0966-\u0eff\u1000-\u109f\u1780-\u17ff\u200c\u200d"
)
# Chinese characters are words of their own: that writing has no spaces, and longest match puts them together.
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"
_LETTERS = rf"[^\W_{_HAN}]+(?:[{_MARKS}]+[^\W_{_HAN}]*)*"
_WORD = re.compile(rf"[{_HAN}]|{_LETTERS}(?:['’ʼ]{_LETTERS})*|&")
_BREAKS = re.compile(r"[,;:!?…|(){}\[\]<>\"“”„«»—–\n\r]")
_ABBREVIATION = 3  # letters: "St. Bernard" is one name, "the dog. Bernard" is not


class Token(NamedTuple):
    """A word with its place in the text.

    Attributes:
        text: normal form: NFKC, case folded, typographic apostrophes made plain, ``&`` read as "and".
        start: first character in the text.
        end: one past the last character.
        breaks: a comma, a bracket or the end of a sentence stands before it, so no label runs across.
        lower: written with small letters only, although its script has capitals.
        acronym: written with capitals only, in a text that is not.
    """

    text: str
    start: int
    end: int
    breaks: bool
    lower: bool
    acronym: bool


def _normal(word: str) -> str:
    if word.isascii():
        return "and" if word == "&" else word.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    return folded.replace("’", "'").replace("ʼ", "'")


def words(text: str) -> list[str]:
    """Return the normal forms of a text's words.

    Hyphens and underscores part words, so "T-shirt", "T shirt" and "t_shirt" are the same label.

    >>> words("Grandma’s hot-dog & T_SHIRT")
    ["grandma's", 'hot', 'dog', 'and', 't', 'shirt']
    """
    return [_normal(word) for word in _WORD.findall(text)]


def tokenise(text: str) -> list[Token]:
    """Return a text's words with their places; linear in the length of the text.

    >>> [(token.text, token.start, token.breaks) for token in tokenise("Red, hot-dog")]
    [('red', 0, False), ('hot', 5, True), ('dog', 9, False)]
    """
    tokens: list[Token] = []
    shouted = text.isupper()
    previous = 0
    for match in _WORD.finditer(text):
        word = match.group()
        start, end = match.span()
        gap = text[previous:start]
        breaks = False
        if tokens and gap != " " and gap:
            stop = "." in gap and len(tokens[-1].text) > _ABBREVIATION
            breaks = stop or _BREAKS.search(gap) is not None
        acronym = len(word) > 1 and not shouted and word.isupper()
        tokens.append(Token(_normal(word), start, end, breaks, word.islower(), acronym))
        previous = end
    return tokens


def fold_accents(word: str) -> str:
    """Return the word without accents on its Latin letters.

    >>> fold_accents("café"), fold_accents("हिन्दी") == "हिन्दी"
    ('cafe', True)
    """
    if word.isascii():
        return word
    kept = [letter for letter in unicodedata.normalize("NFD", word) if not "\u0300" <= letter <= "\u036f"]
    return unicodedata.normalize("NFC", "".join(kept))
