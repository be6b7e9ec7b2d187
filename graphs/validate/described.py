"""Checks of what is said of entities and relations: dangling ends, missing labels, declarations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from graphs import vocabulary as v
from graphs.survey import STANDARD_NAMESPACES, Flags, Survey, subjects_by
from graphs.validate.findings import Finding, Severity

__all__ = ["check_dangling_ends", "check_declarations", "check_labels"]

OUTWARD: Final = (
    v.OWL_SAME_AS,
    v.OWL + "imports",
    v.OWL_INVERSE_OF,
    v.OWL + "equivalentClass",
    v.OWL + "equivalentProperty",
    v.RDFS + "seeAlso",
    v.RDFS + "isDefinedBy",
    v.SKOS_CLOSE_MATCH,
    v.SKOS + "exactMatch",
    v.SKOS + "broadMatch",
    v.SKOS + "narrowMatch",
    v.SKOS + "relatedMatch",
    v.SKOS + "mappingRelation",
    v.DCTERMS + "source",
    v.DCTERMS_LICENSE,
    v.DCTERMS + "rights",
    v.FOAF + "page",
    v.FOAF + "homepage",
    v.FOAF + "depiction",
    v.SCHEMA + "sameAs",
    v.SCHEMA + "url",
    v.SCHEMA_HTTP + "sameAs",
    v.SCHEMA_HTTP + "url",
    v.RDF + "predicate",
)
"""Relations that are meant to lead out of a graph, to what others describe."""

_DECLARING: Final = (
    *v.PROPERTY_CLASSES,
    v.OWL + "FunctionalProperty",
    v.OWL + "InverseFunctionalProperty",
    v.OWL + "AsymmetricProperty",
    v.OWL + "ReflexiveProperty",
    v.OWL + "IrreflexiveProperty",
)


def check_dangling_ends(survey: Survey) -> Iterator[Finding]:
    """Find entities that triples lead to and of which nothing is said: neither a triple nor a literal starts there.

    Terms of standard vocabularies, triple terms, and what only relations such as ``owl:sameAs`` lead to, which are
    meant to lead out of the graph, do not count. Where nothing in the graph has a literal or a type (a bare list of
    triples), ends without anything said of them are no mistake, and the finding is an info.
    """
    store = survey.store
    outward = np.array([iri in OUTWARD for iri in store.relation_iris], np.bool_)
    rows = np.flatnonzero(~outward[store.relation_ids]) if outward.any() else slice(None)
    ends = np.zeros(store.num_entities, np.bool_)
    ends[store.tails[rows]] = True
    dangling = ends & ~survey.subjects & ~survey.standard & ~survey.quoted
    if not dangling.any():
        return
    bare = not store.num_literals and v.RDF_TYPE not in store.relation_iris
    yield Finding(
        "dangling-end",
        Severity.info if bare else Severity.warning,
        "entities stand at the end of a triple, and nothing is said of them",
        int(dangling.sum()),
        tuple(_leading_to(survey, int(entity)) for entity in np.flatnonzero(dangling)[: survey.limit]),
    )


def _leading_to(survey: Survey, entity: int) -> dict[str, str]:
    relation, head = survey.store.neighbours(entity, incoming=True)[0]
    return {
        "entity": survey.store.entity_iri(entity),
        "head": survey.store.entity_iri(head),
        "relation": relation,
    }


def check_labels(survey: Survey) -> Iterator[Finding]:
    """Find entities without a label (in a language), and labels without a letter.

    Asked for are entities with an IRI of which something is said, but relations, terms of standard vocabularies and
    statements about statements. Titles count as labels, hidden labels do not. Where no languages are asked for, those
    count in which at least half of the labelled entities have a label; a variety (en-GB) counts for its language.
    """
    store = survey.store
    rows = survey.labels
    subjects = survey.literal_subjects[rows]
    labelled = _flagged(subjects, store.num_entities)
    asked = survey.subjects & ~survey.blank & ~survey.quoted & ~survey.standard
    asked[store.relation_entities()] = False
    if v.RDF + "subject" in store.relation_iris:
        asked[store.edges(v.RDF + "subject")[0]] = False
    yield from _unlabelled(
        survey, asked & ~labelled, "missing-label", Severity.warning, "entities have no label"
    )
    tags = [tag.split("--")[0].lower() for tag in survey.literal_names("language")]
    codes = survey.literal_numbers("language")[rows]
    wanted = survey.languages or _usual(tags, codes, subjects, int(labelled.sum()))
    severity = Severity.warning if survey.languages else Severity.info
    for language in wanted:
        low = language.lower()
        spoken = np.array([tag == low or tag.startswith(low + "-") for tag in tags], np.bool_)
        lacking = asked & labelled & ~_flagged(subjects[spoken[codes]], store.num_entities)
        message = f"entities have labels, and none in {language!r}"
        yield from _unlabelled(survey, lacking, "missing-label-language", severity, message)
    empty = survey.empty_labels
    if len(empty):
        examples = tuple(survey.literal(int(row)) for row in empty[: survey.limit])
        yield Finding("empty-label", Severity.warning, "labels are empty", len(empty), examples)


def _flagged(entities: npt.NDArray[np.int32], count: int) -> Flags:
    flags = np.zeros(count, np.bool_)
    flags[entities] = True
    return flags


def _usual(
    tags: list[str], codes: npt.NDArray[np.int32], subjects: npt.NDArray[np.int32], labelled: int
) -> list[str]:
    """Return the languages in which at least half of the labelled entities have a label."""
    primary = sorted({tag.split("-")[0] for tag in tags if tag})
    number = {tag: place for place, tag in enumerate(primary)}
    language = np.array([number.get(tag.split("-")[0], -1) for tag in [*tags, ""]], np.int32)[codes]
    spoken = language >= 0
    counts = subjects_by(language[spoken], subjects[spoken], len(primary))
    return [tag for tag, count in zip(primary, counts.tolist(), strict=True) if 2 * count >= labelled]


def _unlabelled(
    survey: Survey, flags: Flags, code: str, severity: Severity, message: str
) -> Iterator[Finding]:
    if flags.any():
        examples = tuple({"entity": name} for name in survey.first(flags))
        yield Finding(code, severity, message, int(flags.sum()), examples)


def check_declarations(survey: Survey) -> Iterator[Finding]:
    """Find relations that are used and not declared, in a graph that declares some; and declared ones without use."""
    store = survey.store
    declared = set(store.entity_iris(survey.with_type(_DECLARING)))
    used = {*store.relation_iris, *survey.literal_names("predicate")}
    foreign = tuple(STANDARD_NAMESPACES)
    found = {
        ("undeclared-relation", "relations are used and not declared"): used - declared
        if declared
        else set(),
        ("unused-relation", "relations are declared and not used"): declared - used,
    }
    for (code, message), names in found.items():
        own = sorted(name for name in names if not name.startswith(foreign))
        if own:
            examples = tuple({"relation": name} for name in own[: survey.limit])
            yield Finding(code, Severity.info, message, len(own), examples)
