"""What one Open Clip Art drawing says of itself: taken from its triples, and made readable."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from experiments.domains.vocabulary import CC_LICENSE, CC_PERMITS
from graphs.vocabulary import (
    DC_CREATOR,
    DC_DESCRIPTION,
    DC_LANGUAGE,
    DC_PUBLISHER,
    DC_RIGHTS,
    DC_SUBJECT,
    DC_TITLE,
    RDF,
)

__all__ = ["AGENT_RELATIONS", "Drawing", "clean_name", "clean_title", "is_junk", "read_drawing"]

AGENT_RELATIONS = (DC_CREATOR, DC_PUBLISHER, DC_RIGHTS)
"""Relations from a drawing to persons and bodies."""

_PREFIX = re.compile(r"^clip\s?art by .+? - ", re.IGNORECASE)
_TIMESTAMP = re.compile(r"\s*\((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [\d: ]+\)$")
_NUMBERS = re.compile(r"(?:[\s.,#-]*\d+)+$")
_JUNK = re.compile(r"(hash)?\(?0x[0-9a-f]+\)?|hash", re.IGNORECASE)
_LANGUAGES = {"english": "en", "eng": "en", "all": ""}
_MEMBER = RDF + "_"


@dataclass(slots=True)
class Drawing:
    """One drawing's statements about itself.

    Attributes:
        titles: as they stand in the file, one an ``rdf:RDF`` element.
        descriptions: as they stand in the file.
        keywords: as they stand in the file, in order, repeated ones once, empty and junk ones too.
        agents: (relation, name), each once.
        language: BCP 47 tag, or empty.
        licences: IRIs.
        permits: (licence, what it permits), IRIs.
    """

    titles: list[str] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    agents: list[tuple[str, str]] = field(default_factory=list)
    language: str = ""
    licences: list[str] = field(default_factory=list)
    permits: list[tuple[str, str]] = field(default_factory=list)


def read_drawing(triples: Sequence[ox.Triple], work: str) -> Drawing:
    """Gather what is said of the drawing whose IRI is ``work``.

    An agent is known by the name that was said of it last before it is referred to: many files give one IRI
    to several persons, and parsers keep the order of the file.
    """
    drawing = Drawing()
    names: dict[str, str] = {}
    members: dict[str, list[tuple[int, str]]] = {}
    for triple in triples:
        subject, predicate, value = str(triple.subject), triple.predicate.value, triple.object
        if predicate.startswith(_MEMBER) and isinstance(value, ox.Literal):
            members.setdefault(subject, []).append((int(predicate[len(_MEMBER) :]), value.value))
        elif predicate == CC_PERMITS and isinstance(value, ox.NamedNode):
            drawing.permits.append((subject[1:-1], value.value))
        elif subject != f"<{work}>":
            if predicate == DC_TITLE and isinstance(value, ox.Literal):
                names[subject] = value.value
        elif isinstance(value, ox.Literal):
            _add_text(drawing, predicate, value.value)
        elif predicate == DC_SUBJECT:
            drawing.keywords += [word for _, word in sorted(members.get(str(value), []))]
        elif predicate in AGENT_RELATIONS:
            _add_text(drawing, predicate, names.get(str(value), ""))
        elif predicate == CC_LICENSE and isinstance(value, ox.NamedNode) and value.value != work:
            drawing.licences.append(value.value)
    drawing.keywords = list(dict.fromkeys(drawing.keywords))
    drawing.agents = list(dict.fromkeys(drawing.agents))
    drawing.licences = list(dict.fromkeys(drawing.licences))
    return drawing


def _add_text(drawing: Drawing, predicate: str, text: str) -> None:
    text = " ".join(text.split())
    if predicate == DC_SUBJECT:
        drawing.keywords.append(text)
    elif not text or is_junk(text):
        return
    elif predicate == DC_TITLE:
        drawing.titles.append(text)
    elif predicate == DC_DESCRIPTION:
        drawing.descriptions.append(text)
    elif predicate in AGENT_RELATIONS:
        drawing.agents.append((predicate, text))
    elif predicate == DC_LANGUAGE:
        drawing.language = language_tag(text)


def is_junk(text: str) -> bool:
    """Tell whether a text is a program's name for a place in memory, left there by a faulty converter.

    >>> is_junk("HASH(0x862bbb8)"), is_junk("hash"), is_junk("hash browns")
    (True, True, False)
    """
    return _JUNK.fullmatch(text) is not None


def language_tag(text: str) -> str:
    """Return the BCP 47 tag that a drawing's language stands for; nothing where it names none or several.

    >>> language_tag("EN"), language_tag("es-ES"), language_tag("English"), language_tag("en_GB en_US")
    ('en', 'es-ES', 'en', '')
    """
    known = _LANGUAGES.get(text.lower())
    if known is not None:
        return known
    match = re.fullmatch(r"([A-Za-z]{2})(?:[-_]([A-Za-z]{2}))?", text)
    if match is None:
        return ""
    return match[1].lower() + (f"-{match[2].upper()}" if match[2] else "")


def clean_title(raw: str) -> str:
    """Return a title without what its maker's tools put there; empty where no word is left.

    >>> clean_title("Clipart by Nicu Buculei - jigsaw_red_10")
    'jigsaw red'
    >>> clean_title("Part of the Flat Icon Collection (Wed Aug 25 23:29:46 2004)")
    'Part of the Flat Icon Collection'
    >>> clean_title("1234")
    ''
    """
    title = _words(html.unescape(raw))
    title = _TIMESTAMP.sub("", _PREFIX.sub("", title))
    shorter = _NUMBERS.sub("", title)
    return shorter if _has_letters(shorter) else ""


def clean_name(stem: str, creators: Sequence[str]) -> str:
    """Return the words of a file name without the number and the (often shortened) creator at its end.

    >>> clean_name("az-lizard_benji_park_01", ["Benji Park"])
    'az lizard'
    >>> clean_name("cigno_architetto_frances_01", ["Architetto Francesco Rollandin"])
    'cigno'
    """
    name = _NUMBERS.sub("", _words(stem.replace("-", " ")))
    for creator in creators:
        words = _words(creator.replace("-", " ")).lower()
        for length in range(len(words), min(len(words), 5) - 1, -1):
            if name.lower().endswith(f" {words[:length].rstrip()}"):
                name = name[: -len(words[:length].rstrip())].rstrip()
                break
    name = _NUMBERS.sub("", name)
    return name if _has_letters(name) else ""


def _words(text: str) -> str:
    """Return a text with spaces for underscores, and for dashes where it has no spaces, composed (NFC)."""
    if " " not in text:
        text = text.replace("-", " ")
    return " ".join(unicodedata.normalize("NFC", text).replace("_", " ").split())


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
