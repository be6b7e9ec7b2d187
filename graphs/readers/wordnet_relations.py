"""WordNet's pointer symbols: their proper names, what they mean, and which is whose inverse; and its verb frames.

Sources: wninput(5WN) for symbols, names and frames, wngloss(7WN) for meanings. A pointer leads from X to Y as a
triple does from head to tail: Y is the hypernym, part meronym, … of X.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = [
    "RELATIONS",
    "SYMBOLS",
    "SYNSET_TYPES",
    "VERB_FRAMES",
    "SynsetType",
    "WordNetRelation",
    "relation_of",
]


@dataclass(frozen=True, slots=True)
class WordNetRelation:
    """One pointer type.

    Attributes:
        name: its name in words, joined by underscores.
        definition: what it says of a synset X and the synset Y that it leads to.
        inverse: name of the relation that leads back; its own if it is symmetric, empty if there is none.
    """

    name: str
    definition: str
    inverse: str = ""

    @property
    def label(self) -> str:
        """The name with spaces."""
        return self.name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class SynsetType:
    """One value of ``ss_type``: its number in sense keys, the letter in IRIs, the class, and a label."""

    number: int
    letter: str
    class_name: str
    label: str


SYNSET_TYPES: Final[Mapping[str, SynsetType]] = MappingProxyType(
    {
        "n": SynsetType(1, "n", "NounSynset", "noun synset"),
        "v": SynsetType(2, "v", "VerbSynset", "verb synset"),
        "a": SynsetType(3, "a", "AdjectiveSynset", "adjective synset"),
        "r": SynsetType(4, "r", "AdverbSynset", "adverb synset"),
        "s": SynsetType(5, "a", "AdjectiveSatelliteSynset", "adjective satellite synset"),
    }
)

SYMBOLS: Final[Mapping[str, WordNetRelation]] = MappingProxyType(
    {
        "!": WordNetRelation("antonym", "Y has a word of opposite meaning to a word of X", "antonym"),
        "@": WordNetRelation("hypernym", "X is a kind of Y; Y is the more general concept", "hyponym"),
        "@i": WordNetRelation("instance_hypernym", "X is one particular instance of Y", "instance_hyponym"),
        "~": WordNetRelation("hyponym", "Y is a kind of X; Y is the more specific concept", "hypernym"),
        "~i": WordNetRelation("instance_hyponym", "Y is one particular instance of X", "instance_hypernym"),
        "#m": WordNetRelation("member_holonym", "X is a member of the group Y", "member_meronym"),
        "#s": WordNetRelation("substance_holonym", "X is a substance that Y is made of", "substance_meronym"),
        "#p": WordNetRelation("part_holonym", "X is a part of the whole Y", "part_meronym"),
        "%m": WordNetRelation("member_meronym", "Y is a member of the group X", "member_holonym"),
        "%s": WordNetRelation("substance_meronym", "Y is a substance that X is made of", "substance_holonym"),
        "%p": WordNetRelation("part_meronym", "Y is a part of the whole X", "part_holonym"),
        "=": WordNetRelation(
            "attribute", "an adjective expresses a value of the attribute that a noun names", "attribute"
        ),
        "+": WordNetRelation(
            "derivationally_related_form",
            "a word of X and a word of Y share their root and are related in meaning",
            "derivationally_related_form",
        ),
        ";c": WordNetRelation(
            "domain_topic", "X is a term of the subject or field Y", "member_of_domain_topic"
        ),
        "-c": WordNetRelation(
            "member_of_domain_topic", "Y is a term of the subject or field X", "domain_topic"
        ),
        ";r": WordNetRelation("domain_region", "X is a term used in the region Y", "member_of_domain_region"),
        "-r": WordNetRelation("member_of_domain_region", "Y is a term used in the region X", "domain_region"),
        ";u": WordNetRelation(
            "domain_usage", "X is used in the manner that Y names", "member_of_domain_usage"
        ),
        "-u": WordNetRelation(
            "member_of_domain_usage", "Y is used in the manner that X names", "domain_usage"
        ),
        "*": WordNetRelation("entailment", "whoever does X also does Y"),
        ">": WordNetRelation("cause", "X brings Y about"),
        "^": WordNetRelation("also_see", "Y is related to X and worth a look"),
        "$": WordNetRelation("verb_group", "the verbs X and Y have similar senses", "verb_group"),
        "&": WordNetRelation("similar_to", "the adjectives X and Y have similar meanings", "similar_to"),
        "<": WordNetRelation("participle", "the adjective X is a participle of the verb Y"),
        "\\": WordNetRelation("pertainym", "the adjective X pertains to the noun or adjective Y"),
    }
)

VERB_FRAMES: Final = (
    "Something ----s",
    "Somebody ----s",
    "It is ----ing",
    "Something is ----ing PP",
    "Something ----s something Adjective/Noun",
    "Something ----s Adjective/Noun",
    "Somebody ----s Adjective",
    "Somebody ----s something",
    "Somebody ----s somebody",
    "Something ----s somebody",
    "Something ----s something",
    "Something ----s to somebody",
    "Somebody ----s on something",
    "Somebody ----s somebody something",
    "Somebody ----s something to somebody",
    "Somebody ----s something from somebody",
    "Somebody ----s somebody with something",
    "Somebody ----s somebody of something",
    "Somebody ----s something on somebody",
    "Somebody ----s somebody PP",
    "Somebody ----s something PP",
    "Somebody ----s PP",
    "Somebody's (body part) ----s",
    "Somebody ----s somebody to INFINITIVE",
    "Somebody ----s somebody INFINITIVE",
    "Somebody ----s that CLAUSE",
    "Somebody ----s to somebody",
    "Somebody ----s to INFINITIVE",
    "Somebody ----s whether INFINITIVE",
    "Somebody ----s somebody into V-ing something",
    "Somebody ----s something with something",
    "Somebody ----s INFINITIVE",
    "Somebody ----s VERB-ing",
    "It ----s that CLAUSE",
    "Something ----s INFINITIVE",
)
"""Sentences that a verb fits in, by number from 1."""

_DERIVED_FROM_ADJECTIVE: Final = WordNetRelation(
    "derived_from_adjective", "the adverb X is derived from the adjective Y"
)

RELATIONS: Final[tuple[WordNetRelation, ...]] = (*SYMBOLS.values(), _DERIVED_FROM_ADJECTIVE)
"""Every pointer type, once."""


def relation_of(symbol: str, synset_type: str) -> WordNetRelation | None:
    r"""Return what a pointer symbol means in a synset of a type (n, v, a, s, r), or None if it is unknown.

    >>> relation_of("\\", "a").name, relation_of("\\", "r").name
    ('pertainym', 'derived_from_adjective')
    """
    if symbol == "\\" and synset_type == "r":
        return _DERIVED_FROM_ADJECTIVE
    return SYMBOLS.get(symbol)
