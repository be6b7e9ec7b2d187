"""What becomes of an entity of Wikidata, after https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format.

==============  ==================================================================================================
id, type        the IRI ``wd:Q…``, and its ``rdf:type``, such as ``wikibase:Item``
labels          ``rdfs:label`` (the RDF dump says it again as ``skos:prefLabel`` and ``schema:name``)
descriptions    ``schema:description``
aliases         ``skos:altLabel``
claims          the truthy ones, ``wdt:P…``: the preferred of a property where there are any, else the normal ones.
                "Some value" is a blank node, "no value" the type ``wdno:P…``
sitelinks       an article: its type, what it is about, language, name, the site that it is part of, its badges
datatype        ``wikibase:propertyType`` of a property
lexemes         ``wikibase:lemma``, ``dct:language``, ``wikibase:lexicalCategory``, ``ontolex:lexicalForm`` and
                ``ontolex:sense`` with what is said of these
==============  ==================================================================================================

What is not truthy (other ranks, qualifiers, references) is filtered, not read, and counted as such. Units and bounds
of quantities, and the precision of times and coordinates, have no place in truthy statements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from graphs import vocabulary as v
from graphs.block import Block
from graphs.readers.filtering import language_wanted, property_wanted
from graphs.readers.reading import Reading
from graphs.readers.wikidata.sites import article_iri, site_of
from graphs.readers.wikidata.values import (
    ENTITY,
    Value,
    ValueProblem,
    entity_iri,
    language_tag,
    property_type,
    value_of,
)
from graphs.statements import Statements

__all__ = ["PREFIXES", "EntityReader"]

_DIRECT: Final = "http://www.wikidata.org/prop/direct/"
_NO_VALUE: Final = "http://www.wikidata.org/prop/novalue/"
_WIKIBASE: Final = "http://wikiba.se/ontology#"
_ONTOLEX: Final = "http://www.w3.org/ns/lemon/ontolex#"

PREFIXES: Final = {"wd": ENTITY, "wdt": _DIRECT, "wikibase": _WIKIBASE, "ontolex": _ONTOLEX}
"""Short names of Wikidata's namespaces."""

_TYPES: Final = {
    "item": _WIKIBASE + "Item",
    "property": _WIKIBASE + "Property",
    "lexeme": _ONTOLEX + "LexicalEntry",
    "mediainfo": _WIKIBASE + "Mediainfo",
}
_TEXTS: Final = {
    "labels": v.RDFS_LABEL,
    "descriptions": v.SCHEMA_HTTP_DESCRIPTION,
    "aliases": v.SKOS_ALT_LABEL,
    "lemmas": _WIKIBASE + "lemma",
    "representations": _ONTOLEX + "representation",
    "glosses": v.SKOS_DEFINITION,
}
_LINKS: Final = {
    "language": v.DCTERMS + "language",
    "lexicalCategory": _WIKIBASE + "lexicalCategory",
    "grammaticalFeatures": _WIKIBASE + "grammaticalFeature",
}
_PARTS: Final = {
    "forms": (_ONTOLEX + "lexicalForm", _ONTOLEX + "Form"),
    "senses": (_ONTOLEX + "sense", _ONTOLEX + "LexicalSense"),
}
_NOT_STATED: Final = frozenset({"id", "type", "pageid", "ns", "title", "lastrevid", "modified"})
"""Names of what is read elsewhere, or tells of the page that holds the entity and not of the entity."""
_PROPERTY: Final = re.compile(r"P[1-9]\d*")
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9]+")


class EntityReader:
    """Makes statements of entities, one after another."""

    def __init__(self, reading: Reading) -> None:
        self._reading, self._filters = reading, reading.filters
        self._all = not (reading.filters.languages or reading.filters.properties)
        self._languages: dict[object, bool] = {}
        self._statements = Statements()
        self._line = 0

    def __len__(self) -> int:
        return len(self._statements)

    def block(self) -> Block:
        """Return what has been collected since the last call."""
        return self._statements.take()

    def read(self, entity: Any, line: int) -> None:
        """Add the statements of an entity; what it holds beside them is rejected, each with a reason."""
        self._line = line
        if not isinstance(entity, dict):
            self._reject(f"expected an entity, got {entity!r:.80}")
            return
        try:
            iri = entity_iri(entity.get("id"))
        except ValueProblem as problem:
            self._reject(str(problem))
            return
        kind = entity.get("type")
        if kind in _TYPES:
            self._add(iri, v.RDF_TYPE, _TYPES[kind])
        else:
            self._reject(f"{iri}: expected a type among {', '.join(_TYPES)}, got {kind!r:.80}")
        self._describe(iri, entity)

    def _describe(self, iri: str, entity: dict[str, Any]) -> None:
        """Add all that is said of an entity, or of a form or a sense of a lexeme."""
        for name, content in entity.items():
            if name in _TEXTS:
                self._texts(iri, _TEXTS[name], content)
            elif name in ("claims", "statements"):
                for key, found in self._entries(iri, content):
                    self._claims(iri, key, found)
            elif name == "sitelinks":
                for key, found in self._entries(iri, content):
                    self._sitelink(iri, key, found)
            elif name in _LINKS:
                for found in content if isinstance(content, list) else [content]:
                    self._link(iri, _LINKS[name], found)
            elif name in _PARTS:
                for found in content if isinstance(content, list) else [content]:
                    self._part(iri, name, found)
            elif name == "datatype":
                self._datatype(iri, content)
            elif name not in _NOT_STATED:
                self._reject(f"{iri}: unknown part {name!r:.80}")

    def _entries(self, iri: str, content: Any) -> Iterator[tuple[str, Any]]:
        """Yield what stands in an object; Wikibase writes an empty one as an empty array."""
        if isinstance(content, dict):
            yield from content.items()
        elif content:
            self._reject(f"{iri}: expected an object, got {content!r:.80}")

    def _texts(self, iri: str, predicate: str, content: Any) -> None:
        """Add the texts of an object of languages: one in each, or an array of them."""
        add, languages = self._statements.add_literal, self._languages
        source, graph = self._reading.source, self._reading.graph
        is_wanted = property_wanted(predicate, self._filters)
        filtered = 0
        for _, found in self._entries(iri, content):
            for text in found if type(found) is list else (found,):
                language: Any = text.get("language") if type(text) is dict else None
                # most of a dump are texts: this has to take as few steps as it can
                if (type(language) is not str or language not in languages) and not self._learn(
                    iri, language, text
                ):
                    continue
                value = text.get("value")
                if type(value) is not str:
                    self._reject(f"{iri}: expected a text with its language, got {text!r:.80}")
                elif is_wanted and languages[language]:
                    add(iri, predicate, value, language=language, source=source, graph=graph)
                else:
                    filtered += 1
        self._reading.filtered += filtered

    def _learn(self, iri: str, language: Any, text: Any) -> bool:
        """Find out whether texts in a language are wanted, or reject it where it is none."""
        try:
            if not isinstance(text, dict):
                raise ValueProblem(f"expected a text with its language, got {text!r:.80}")
            self._languages[language] = language_wanted(language_tag(language), self._filters)
        except ValueProblem as problem:
            self._reject(f"{iri}: {problem}")
            return False
        return True

    def _claims(self, iri: str, name: str, claims: Any) -> None:
        """Add the truthy claims of one property, and count the others."""
        if not _PROPERTY.fullmatch(name) or not isinstance(claims, list):
            self._reject(f"{iri}: expected claims of a property such as P31, got {name!r:.80}")
            return
        sound = []
        for claim in claims:
            if isinstance(claim, dict) and isinstance(claim.get("mainsnak"), dict):
                sound.append(claim)
            else:
                self._reject(f"{iri} {name}: expected a claim with a mainsnak, got {claim!r:.80}")
        ranks = [claim.get("rank", "normal") for claim in sound]
        best = "preferred" if "preferred" in ranks else "normal"
        for place, (claim, rank) in enumerate(zip(sound, ranks, strict=True)):
            if rank not in ("preferred", "normal", "deprecated"):
                self._reject(f"{iri} {name}: expected a rank, got {rank!r:.80}")
                continue
            self._reading.filtered += _details(claim)
            if rank != best:
                self._reading.filtered += 1
                continue
            try:
                self._claim(iri, name, claim, place)
            except ValueProblem as problem:
                self._reject(f"{iri} {name}: {problem}")

    def _claim(self, iri: str, name: str, claim: dict[str, Any], place: int) -> None:
        snak = claim["mainsnak"]
        kind = snak.get("snaktype")
        if kind == "value":
            value = value_of(snak.get("datatype"), snak.get("datavalue"))
            if value.is_entity:
                self._add(iri, _DIRECT + name, value.text)
            else:
                self._say(iri, _DIRECT + name, value)
        elif kind == "somevalue":
            number = claim.get("id")
            label = number if isinstance(number, str) else f"{iri.removeprefix(ENTITY)}-{name}-{place}"
            label = _NO_NAME.sub("-", label).strip("-")
            self._add(iri, _DIRECT + name, f"_:{self._reading.scope}{label}")
        elif kind == "novalue":
            self._add(iri, v.RDF_TYPE, _NO_VALUE + name, _DIRECT + name)
        else:
            raise ValueProblem(f"expected a snaktype among value, somevalue, novalue, got {kind!r:.80}")

    def _sitelink(self, iri: str, name: str, link: Any) -> None:
        site = site_of(name)
        if site is None or not isinstance(link, dict) or not isinstance(link.get("title"), str):
            self._reject(f"{iri}: expected a link to a wiki such as enwiki, got {name!r:.40}: {link!r:.80}")
            return
        badges = link.get("badges") or []
        badges = badges if isinstance(badges, list) else [badges]
        if not language_wanted(site.language, self._filters):
            self._reading.filtered += 5 + len(badges)
            return
        title = link["title"]
        article = article_iri(site, title)
        self._add(article, v.RDF_TYPE, v.SCHEMA_HTTP + "Article")
        self._add(article, v.SCHEMA_HTTP_ABOUT, iri)
        self._add(article, v.SCHEMA_HTTP + "isPartOf", site.iri)
        self._say(article, v.SCHEMA_HTTP_NAME, Value(title, language=site.language))
        if site.language:
            self._say(article, v.SCHEMA_HTTP + "inLanguage", Value(site.language))
        for badge in badges:
            self._link(article, _WIKIBASE + "badge", badge)

    def _part(self, iri: str, kind: str, part: Any) -> None:
        """Add a form or a sense of a lexeme, and what is said of it."""
        relation, part_type = _PARTS[kind]
        try:
            part_iri = entity_iri(part.get("id") if isinstance(part, dict) else part)
        except ValueProblem as problem:
            self._reject(f"{iri}: {problem}")
            return
        self._add(iri, relation, part_iri)
        self._add(part_iri, v.RDF_TYPE, part_type)
        if isinstance(part, dict):
            self._describe(part_iri, part)

    def _link(self, iri: str, relation: str, target: Any) -> None:
        try:
            self._add(iri, relation, entity_iri(target))
        except ValueProblem as problem:
            self._reject(f"{iri}: {problem}")

    def _datatype(self, iri: str, content: Any) -> None:
        try:
            self._add(iri, _WIKIBASE + "propertyType", _WIKIBASE + property_type(content))
        except ValueProblem as problem:
            self._reject(f"{iri}: {problem}")

    def _add(self, head: str, relation: str, tail: str, asked: str = "") -> None:
        """Add a triple, unless the filters leave out ``asked`` (or else its relation)."""
        if self._all or property_wanted(asked or relation, self._filters):
            reading = self._reading
            self._statements.add(head, relation, tail, source=reading.source, graph=reading.graph)
        else:
            self._reading.filtered += 1

    def _say(self, subject: str, predicate: str, value: Value) -> None:
        if self._all or (
            property_wanted(predicate, self._filters) and language_wanted(value.language, self._filters)
        ):
            self._statements.add_literal(
                subject,
                predicate,
                value.text,
                language=value.language,
                datatype=value.datatype,
                source=self._reading.source,
                graph=self._reading.graph,
            )
        else:
            self._reading.filtered += 1

    def _reject(self, reason: str) -> None:
        self._reading.reject(reason, self._line)


def _details(claim: dict[str, Any]) -> int:
    """Count the qualifiers and the parts of references of a claim, which truthy statements do not have."""
    references = claim.get("references")
    holders = [claim.get("qualifiers")]
    holders += [found.get("snaks") for found in references or [] if isinstance(found, dict)]
    return sum(
        len(snaks) if isinstance(snaks, list) else 1
        for holder in holders
        if isinstance(holder, dict)
        for snaks in holder.values()
    )
