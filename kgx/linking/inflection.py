"""From an inflected English word to the forms it may come from.

The rules are WordNet's own: the regular ones are the table of "detachment" in the manual page morphy(7WN),
WordNet 3.0; the irregular ones (mice, geese, running) are the files ``*.exc``, which a WordNet graph holds
as hidden labels (:mod:`kgx.linking.label_index`). A rule does not know whether the word it makes exists:
the graph decides.
"""

from __future__ import annotations

from kgx.linking.part_of_speech import PartOfSpeech

__all__ = ["DETACHMENT_RULES", "base_forms"]


NOUN, VERB, ADJECTIVE = PartOfSpeech.NOUN, PartOfSpeech.VERB, PartOfSpeech.ADJECTIVE

DETACHMENT_RULES: tuple[tuple[PartOfSpeech, str, str], ...] = (
    (NOUN, "s", ""),
    (NOUN, "ses", "s"),
    (NOUN, "xes", "x"),
    (NOUN, "zes", "z"),
    (NOUN, "ches", "ch"),
    (NOUN, "shes", "sh"),
    (NOUN, "men", "man"),
    (NOUN, "ies", "y"),
    (VERB, "s", ""),
    (VERB, "ies", "y"),
    (VERB, "es", "e"),
    (VERB, "es", ""),
    (VERB, "ed", "e"),
    (VERB, "ed", ""),
    (VERB, "ing", "e"),
    (VERB, "ing", ""),
    (ADJECTIVE, "er", ""),
    (ADJECTIVE, "est", ""),
    (ADJECTIVE, "er", "e"),
    (ADJECTIVE, "est", "e"),
)
"""Part of speech, ending, what takes the ending's place: morphy(7WN), table "Rules of Detachment"."""

_RULES_BY_LAST = {
    last: tuple(rule for rule in DETACHMENT_RULES if rule[1].endswith(last))
    for last in {ending[-1] for _, ending, _ in DETACHMENT_RULES}
}
"""Last letter of an ending -> its rules: most words have none."""

_SHORTEST = 2  # morphy leaves nouns of two letters alone ("as", "us")


def base_forms(word: str) -> dict[str, PartOfSpeech]:
    """Return the words that ``word`` may be an inflection of, each with the parts of speech whose rule made
    it.

    Nouns in "-ss" or of two letters are left alone, and "-sful" is inflected inside ("spoonsful"), as
    morphy does. A possessive "'s" is taken off as from a noun. The word itself is never returned.

    Args:
        word: in normal form (:func:`kgx.linking.tokens.words`).

    >>> {base: part.name for base, part in base_forms("ponies").items()}
    {'ponie': 'NOUN|VERB', 'pony': 'NOUN|VERB', 'poni': 'VERB'}
    >>> base_forms("glass")
    {'glas': <PartOfSpeech.VERB: 2>}
    """
    if word.endswith("'s"):
        return {word[:-2]: NOUN} if len(word) > _SHORTEST else {}
    noun = word.removesuffix("ful")
    rules = _RULES_BY_LAST.get(noun[-1:])
    if rules is None:
        return {}
    found: dict[str, PartOfSpeech] = {}
    noun_ending = word[len(noun) :]
    for part, ending, replacement in rules:
        stem, tail = (noun, noun_ending) if part is NOUN else (word, "")
        if part is NOUN and (stem.endswith("ss") or len(stem) <= _SHORTEST):
            continue
        if stem.endswith(ending) and len(stem) > len(ending):
            base = stem[: len(stem) - len(ending)] + replacement + tail
            found[base] = found.get(base, PartOfSpeech.NONE) | part
    return found
