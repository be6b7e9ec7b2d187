"""Open Clip Art 0.18 (https://openclipart.org), as Debian packages it: public domain drawings by many hands.

Counted in the packages: 8,121 SVG drawings, each with RDF inside, and a PNG rendering of every one. Titles
are often those of a whole series; 1,375 generated stars ("gramastar") and 246 "Etiquette Icons" are left out
of the items, and so are 62 drawings without a usable title: 6,438 remain. All 8,121 stand in the graph::

    drawing/KEY      rdf:type cc:Work; dc:title, dc:description, dc:language; cc:license;
                     dcterms:subject keyword/WORDS; dcterms:isPartOf category/FOLDER;
                     dc:creator, dc:publisher, dc:rights agent/NAME
    keyword/WORDS    rdf:type skos:Concept; skos:prefLabel
    agent/NAME       rdf:type cc:Agent; dc:title
    category/FOLDER  rdf:type skos:Concept; skos:prefLabel; skos:broader category/PARENT

KEY is a drawing's path below ``svg/`` without ending. A drawing's statements have its file as their source.
Left out are formats and types, which are all the same, and dates, of which nine in ten are empty.
"""

from __future__ import annotations

import html
from collections import Counter
from pathlib import Path

from experiments.domains.base import Domain, DomainSource
from experiments.domains.categories import add_categories, category_of
from experiments.domains.drawing import Drawing, clean_name, clean_title, is_junk, read_drawing
from experiments.domains.svg_metadata import read_metadata
from experiments.domains.vocabulary import (
    CC_AGENT,
    CC_LICENSE,
    CC_PERMITS,
    CC_WORK,
    IN_CATEGORY,
    OPENCLIPART,
    describe,
    iri,
)
from graphs.builder import GraphBuilder
from graphs.vocabulary import (
    DC_CREATOR,
    DC_DESCRIPTION,
    DC_LANGUAGE,
    DC_PUBLISHER,
    DC_RIGHTS,
    DC_TITLE,
    DCTERMS_SUBJECT,
    RDF_TYPE,
    SKOS_BROADER,
    SKOS_CONCEPT,
    SKOS_PREF_LABEL,
)
from kgx.collection import Collection, Item, Skipped
from kgx.progress import track

__all__ = ["OPENCLIPART_DOMAIN", "category_iri", "drawing_iri"]

_LICENCE = "Public domain"
_SOURCE = "openclipart"
_LEFT_OUT = {"gramastar": "left_out_gramastar", "etiquette icons": "left_out_etiquette_icons"}


def drawing_iri(key: str) -> str:
    """Return the IRI of a drawing in the graph.

    >>> drawing_iri("animals/bored_dog_01")
    'http://openclipart.org/drawing/animals/bored_dog_01'
    """
    return iri(OPENCLIPART + "drawing/", key)


def category_iri(folder: str) -> str:
    """Return the IRI of the category that a folder of drawings is."""
    return iri(OPENCLIPART + "category/", folder)


def _build(svg_folder: Path, png_folder: Path) -> Domain:
    building = _Building(svg_folder, png_folder)
    paths = sorted(svg_folder.rglob("*.svg"), key=lambda path: path.relative_to(svg_folder).as_posix())
    for path in track(paths, "read the RDF inside Open Clip Art's drawings"):
        building.add(path)
    return building.finish()


class _Building:
    """Collects items and statements, drawing by drawing."""

    def __init__(self, svg_folder: Path, png_folder: Path) -> None:
        self.svg_folder, self.png_folder = svg_folder, png_folder
        self.graph = GraphBuilder()
        self.items: list[Item] = []
        self.skipped: list[Skipped] = []
        self.notes: Counter[str] = Counter()
        self.folders: set[str] = set()
        self.keywords: dict[str, str] = {}
        self.agents: set[str] = set()

    def add(self, path: Path) -> None:
        key = path.relative_to(self.svg_folder).with_suffix("").as_posix()
        metadata = read_metadata(path.read_bytes(), drawing_iri(key))
        self.notes["drawings"] += 1
        self.notes["rdf_triples"] += len(metadata.triples)
        self.notes["rdf_elements_repaired"] += metadata.repaired
        for problem in metadata.problems:
            self.notes["rdf_elements_malformed"] += 1
            self.skipped.append(Skipped(f"image:{key}", None, f"{path.name}: {problem}"))
        drawing = read_drawing(metadata.triples, drawing_iri(key))
        keywords = self._clean_keywords(drawing)
        self._add_statements(key, drawing, keywords)
        self._add_items(key, path, drawing, keywords)

    def _clean_keywords(self, drawing: Drawing) -> list[str]:
        """Return the drawing's keywords in words, counting the ones that are none."""
        labels: dict[str, str] = {}
        names = {name.casefold() for _, name in drawing.agents}
        for raw in drawing.keywords:
            label = " ".join(html.unescape(raw).replace("_", " ").split())
            if not label:
                self.notes["keywords_dropped_empty"] += 1
            elif is_junk(label):
                self.notes["keywords_dropped_junk"] += 1
            elif label.casefold() in names:
                self.notes["keywords_dropped_names"] += 1
            else:
                labels.setdefault(label.casefold(), label)
        for folded, label in labels.items():
            self.keywords.setdefault(folded, label)
        self.notes["keyword_statements"] += len(labels)
        return list(labels)

    def _add_statements(self, key: str, drawing: Drawing, keywords: list[str]) -> None:
        graph, subject, source = self.graph, drawing_iri(key), f"{_SOURCE}/svg/{key}.svg"
        graph.add(subject, RDF_TYPE, CC_WORK, source=source)
        for title in drawing.titles:
            graph.add_literal(subject, DC_TITLE, title, source=source)
        for description in drawing.descriptions:
            graph.add_literal(subject, DC_DESCRIPTION, description, source=source)
        if drawing.language:
            graph.add_literal(subject, DC_LANGUAGE, drawing.language, source=source)
        for keyword in keywords:
            graph.add(subject, DCTERMS_SUBJECT, iri(OPENCLIPART + "keyword/", keyword), source=source)
        for relation, name in drawing.agents:
            graph.add(subject, relation, iri(OPENCLIPART + "agent/", name), source=source)
            self.agents.add(name)
        for licence in drawing.licences:
            graph.add(subject, CC_LICENSE, licence, source=source)
        for licence, use in drawing.permits:
            graph.add(licence, CC_PERMITS, use, source=_SOURCE)
        folder = category_of(key)
        graph.add(subject, IN_CATEGORY, category_iri(folder), source=_SOURCE)
        self.folders.add(folder)

    def _add_items(self, key: str, path: Path, drawing: Drawing, keywords: list[str]) -> None:
        reason = self._reason_to_leave_out(key, drawing)
        if reason:
            self.notes[reason] += 1
            return
        self.notes["drawings_kept"] += 1
        category = {"category": category_of(key)}
        creators = [name for relation, name in drawing.agents if relation == DC_CREATOR]
        picture = {**category, "name": clean_name(path.stem, creators)}
        if path.is_symlink():
            picture["copy_of"] = _key_of_copy(path, self.svg_folder)
        entity = picture.get("copy_of", key)
        self.items.append(Item(f"image:{key}", "image", f"{key}.png", entity, metadata=picture))
        texts = {
            "title": _title(drawing),
            "keywords": ", ".join(self.keywords[word] for word in keywords),
            "name": picture["name"],
        }
        for role, text in texts.items():
            if text:
                identity = f"text:{key}" if role == "title" else f"text:{key}/{role}"
                metadata = {**category, "role": role}
                self.items.append(Item(identity, "text", text, entity, drawing.language, metadata=metadata))

    def _reason_to_leave_out(self, key: str, drawing: Drawing) -> str:
        raw = " ".join(drawing.titles).casefold()
        for words, reason in _LEFT_OUT.items():
            if words in raw:
                return reason
        if not _title(drawing):
            return "left_out_untitled"
        return "" if (self.png_folder / f"{key}.png").is_file() else "left_out_without_png"

    def finish(self) -> Domain:
        graph = self.graph
        for folded, label in self.keywords.items():
            keyword = iri(OPENCLIPART + "keyword/", folded)
            graph.add(keyword, RDF_TYPE, SKOS_CONCEPT, source=_SOURCE)
            graph.add_literal(keyword, SKOS_PREF_LABEL, label, language="en", source=_SOURCE)
        for name in self.agents:
            agent = iri(OPENCLIPART + "agent/", name)
            graph.add(agent, RDF_TYPE, CC_AGENT, source=_SOURCE)
            graph.add_literal(agent, DC_TITLE, name, source=_SOURCE)
        self.notes["categories"] = add_categories(
            graph, OPENCLIPART + "category/", self.folders, source=_SOURCE
        )
        describe(
            graph,
            *(RDF_TYPE, IN_CATEGORY, SKOS_BROADER, DCTERMS_SUBJECT),
            *(DC_CREATOR, DC_PUBLISHER, DC_RIGHTS, CC_LICENSE, CC_PERMITS),
            source=_SOURCE,
        )
        self.notes["keywords"] = len(self.keywords)
        self.notes["agents"] = len(self.agents)
        for item in self.items:
            self.notes[f"items_{item.metadata.get('role', item.modality)}"] += 1
        collection = Collection("openclipart", self.png_folder, tuple(self.items), tuple(self.skipped))
        return Domain(collection, graph.build(), _LICENCE, dict(self.notes))


def _title(drawing: Drawing) -> str:
    """Return the first title with words in it."""
    return next(filter(None, map(clean_title, drawing.titles)), "")


def _key_of_copy(path: Path, folder: Path) -> str:
    """Return the key of the drawing that a link leads to."""
    return path.resolve().relative_to(folder.resolve()).with_suffix("").as_posix()


def _picture_or_title(item: Item) -> bool:
    """Say whether an item takes part where drawings are asked for: one text each, its title."""
    return item.modality == "image" or item.metadata.get("role") == "title"


OPENCLIPART_DOMAIN = DomainSource(
    "openclipart",
    ("openclipart-svg", "openclipart-png"),
    _LICENCE,
    _build,
    category_iri(""),
    as_target=_picture_or_title,
)
