"""Tux Paint's stamps (https://tuxpaint.org), as Debian packages them: pictures with texts and sounds, GPL-2.

Counted in the package: 952 stamps, two of them without a picture, named in English and 77 more locales; 439
sounds; 7,406 spoken descriptions. A stamp's files share one path: ``owl.png`` or ``owl.svg`` (its picture),
``owl.txt`` (English on line 1, then ``xx.utf8=`` lines), ``owl.ogg`` (its sound), ``owl_en_GB.ogg`` (its
sound in a locale), ``owl_desc_fr.ogg`` (its spoken description). KEY is that path below ``stamps/`` without
ending; items are named::

    image:KEY   text:KEY  text:KEY@TAG   audio:KEY  audio:KEY@TAG   audio:KEY/desc@TAG

The graph holds each item's category and format, and the folders as categories. It does not say which picture,
text and sound belong to one stamp: that is what retrieval has to find.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.domains.base import Domain, DomainSource
from experiments.domains.categories import add_categories, category_of
from experiments.domains.halves import split_of
from experiments.domains.vocabulary import DCTERMS_FORMAT, IN_CATEGORY, TUXPAINT, describe, iri
from graphs.builder import GraphBuilder
from graphs.vocabulary import RDF_TYPE, SKOS_BROADER
from kgx.collection import Collection, Item, Skipped

__all__ = [
    "TUXPAINT_DOMAIN",
    "Sound",
    "category_iri",
    "item_iri",
    "locale_tag",
    "read_sound_name",
    "split_of",
]

_LICENCE = "GPL-2"
_SOURCE = "tuxpaint"
_FORMATS = {
    ".txt": "text/plain",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
}
_COMPOUNDS = {
    "arttools": "art tools",
    "masstransit": "mass transit",
    "naturalforces": "natural forces",
    "newyears": "new year",
    "roadsigns": "road signs",
}
_LOCALE = re.compile(r"([a-z]{2,3})(?:_([A-Za-z]{2}))?(?:@([a-z]+))?")
_SCRIPTS = {"latin": "Latn", "cyrillic": "Cyrl"}
_TRANSLATION = re.compile(r"([A-Za-z_@]+)\.utf8=(.*)")


def item_iri(item_id: str) -> str:
    """Return the IRI of an item in the graph.

    >>> item_iri("audio:animals/birds/owl/desc@pt-BR")
    'http://tuxpaint.org/stamps/item/audio%3Aanimals/birds/owl/desc%40pt-BR'
    """
    return iri(TUXPAINT + "item/", item_id)


def category_iri(folder: str) -> str:
    """Return the IRI of the category that a folder of stamps is."""
    return iri(TUXPAINT + "category/", folder)


def locale_tag(locale: str) -> str:
    """Return the BCP 47 tag of a POSIX locale; empty where it is none.

    >>> locale_tag("pt_BR"), locale_tag("zh_tw"), locale_tag("ca@valencia"), locale_tag("sr@latin")
    ('pt-BR', 'zh-TW', 'ca-valencia', 'sr-Latn')
    """
    match = _LOCALE.fullmatch(locale)
    if match is None:
        return ""
    language, region, variant = match.groups()
    script = _SCRIPTS.get(variant or "")
    parts = [language, script, region.upper() if region else None, None if script else variant]
    return "-".join(part for part in parts if part)


@dataclass(slots=True)
class Sound:
    """Which stamp a sound belongs to, in what role, in which language (empty: none)."""

    key: str
    role: str
    language: str

    @property
    def item_id(self) -> str:
        """The id of the sound's item."""
        spoken = "/desc" if self.role == "description" else ""
        return f"audio:{self.key}{spoken}" + (f"@{self.language}" if self.language else "")


def read_sound_name(stem: str, keys: set[str]) -> Sound | None:
    """Tell what a sound is by its path without ending; nothing where it belongs to no stamp.

    >>> read_sound_name("math/7_en_GB", {"math/7"})
    Sound(key='math/7', role='effect', language='en-GB')
    >>> read_sound_name("birds/snowy_owl_desc", {"birds/snowy", "birds/snowy_owl"})
    Sound(key='birds/snowy_owl', role='description', language='en')
    """
    if stem in keys:
        return Sound(stem, "effect", "")
    key, _, locale = stem.rpartition("_desc")
    if key in keys:
        language = locale_tag(locale[1:]) if locale.startswith("_") else "" if locale else "en"
        return Sound(key, "description", language) if language else None
    for match in reversed(list(re.finditer("_", stem))):
        key, language = stem[: match.start()], locale_tag(stem[match.end() :])
        if key in keys and language:
            return Sound(key, "effect", language)
    return None


def _build(folder: Path) -> Domain:
    building = _Building(folder)
    for key in sorted(building.keys):
        building.add_stamp(key)
    building.add_files()
    return building.finish()


class _Building:
    """Collects items and statements, stamp by stamp."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = (path for path in folder.rglob("*") if path.suffix in _FORMATS)
        self.names = dict.fromkeys(sorted(path.relative_to(folder).as_posix() for path in files))
        self.keys = {name.removesuffix(".txt") for name in self.names if name.endswith(".txt")}
        self.items: dict[str, Item] = {}
        self.skipped: list[Skipped] = []
        self.notes: Counter[str] = Counter()
        self.graph = GraphBuilder()

    def add_stamp(self, key: str) -> None:
        self.notes["stamps"] += 1
        self.notes[f"stamps_{split_of(key)}"] += 1
        picture = next((name for name in (f"{key}.png", f"{key}.svg") if name in self.names), None)
        if picture is None:
            self.notes["stamps_without_picture"] += 1
        else:
            self._add(Item(f"image:{key}", "image", picture, key), picture)
        text_file = f"{key}.txt"
        lines = (self.folder / text_file).read_text(encoding="utf-8", errors="replace").split("\n")
        self._add_text(key, "en", lines[0], f"text:{key}")
        for number, line in enumerate(lines[1:], start=2):
            match = _TRANSLATION.fullmatch(line.strip())
            language = locale_tag(match[1]) if match else ""
            if match and language:
                self._add_text(key, language, match[2], f"text:{key}@{language}")
            elif line.strip():
                self.skipped.append(Skipped(f"text:{key}", number, f"{text_file}: not a translation"))

    def _add_text(self, key: str, language: str, text: str, item_id: str) -> None:
        if text.strip():
            self._add(Item(item_id, "text", text.strip(), key, language), f"{key}.txt")
        else:
            self.skipped.append(Skipped(item_id, None, f"{key}.txt: the text is empty"))

    def add_files(self) -> None:
        """Add the sounds, and say which files belong to no stamp."""
        for name in self.names:
            path, ending = name[: name.rindex(".")], name[name.rindex(".") :]
            if ending in (".ogg", ".wav"):
                sound = read_sound_name(path, self.keys)
                if sound is None:
                    self.notes["sounds_without_stamp"] += 1
                    self.skipped.append(Skipped("", None, f"{name}: the sound belongs to no stamp"))
                else:
                    metadata = {"role": sound.role}
                    item = Item(sound.item_id, "audio", name, sound.key, sound.language, metadata=metadata)
                    self._add(item, name)
            elif path not in self.keys:
                self.notes["pictures_without_text"] += 1
                self.skipped.append(Skipped("", None, f"{name}: the picture has no text"))

    def _add(self, item: Item, name: str) -> None:
        if item.id in self.items:
            self.skipped.append(Skipped(item.id, None, f"{name}: the same as {self.items[item.id].value}"))
            return
        folder = category_of(item.entity)
        metadata = {"category": folder, **item.metadata}
        self.items[item.id] = replace(item, split=split_of(item.entity), metadata=metadata)
        self.notes[f"items_{item.metadata.get('role', item.modality)}"] += 1
        subject, source = item_iri(item.id), f"{_SOURCE}/{name}"
        self.graph.add(subject, IN_CATEGORY, category_iri(folder), source=source)
        media_type = _FORMATS[Path(name).suffix]
        self.graph.add_literal(subject, DCTERMS_FORMAT, media_type, source=source)

    def finish(self) -> Domain:
        items = tuple(self.items.values())
        folders = {category_of(key) for key in self.keys}
        namespace = TUXPAINT + "category/"
        self.notes["categories"] = add_categories(
            self.graph, namespace, folders, source=_SOURCE, compounds=_COMPOUNDS
        )
        describe(self.graph, IN_CATEGORY, SKOS_BROADER, RDF_TYPE, source=_SOURCE)
        self.notes["languages_of_texts"] = len({item.language for item in items if item.modality == "text"})
        collection = Collection("tuxpaint", self.folder, items, tuple(self.skipped))
        return Domain(collection, self.graph.build(), _LICENCE, dict(self.notes))


def _takes_part(item: Item) -> bool:
    """Say whether an item takes part: pictures, English texts, sound effects that are no speech."""
    if item.modality == "text":
        return item.language == "en"
    return item.modality == "image" or (item.metadata.get("role") == "effect" and not item.language)


TUXPAINT_DOMAIN = DomainSource(
    "tuxpaint",
    ("tuxpaint-stamps-default",),
    _LICENCE,
    _build,
    category_iri(""),
    as_source=_takes_part,
    as_target=_takes_part,
)
