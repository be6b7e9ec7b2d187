"""IRIs of the vocabularies that the project reads and writes, and what their last parts say in words.

Sources: RDF 1.1 and RDF Schema (https://www.w3.org/TR/rdf-schema/), OWL 2 (https://www.w3.org/TR/owl2-overview/),
SKOS (https://www.w3.org/TR/skos-reference/), Dublin Core (https://www.dublincore.org/specifications/dublin-core/),
FOAF (http://xmlns.com/foaf/spec/), schema.org, the OBO Foundry (https://obofoundry.org), and the IRIs of Princeton
WordNet's own RDF edition.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

__all__ = [
    "DC",
    "DCTERMS",
    "DCTERMS_CREATOR",
    "DCTERMS_DESCRIPTION",
    "DCTERMS_LICENSE",
    "DCTERMS_SOURCE",
    "DCTERMS_SUBJECT",
    "DCTERMS_TITLE",
    "DC_CREATOR",
    "DC_DESCRIPTION",
    "DC_LANGUAGE",
    "DC_PUBLISHER",
    "DC_RIGHTS",
    "DC_SUBJECT",
    "DC_TITLE",
    "DC_TYPE",
    "FOAF",
    "FOAF_DEPICTS",
    "FOAF_NAME",
    "IAO_DEFINITION",
    "OBO",
    "OBO_EXACT_SYNONYM",
    "OBO_IN_OWL",
    "OWL",
    "OWL_ANNOTATION_PROPERTY",
    "OWL_CLASS",
    "OWL_DATATYPE_PROPERTY",
    "OWL_DISJOINT_WITH",
    "OWL_EQUIVALENT_CLASS",
    "OWL_EQUIVALENT_PROPERTY",
    "OWL_FUNCTIONAL",
    "OWL_INVERSE_FUNCTIONAL",
    "OWL_INVERSE_OF",
    "OWL_OBJECT_PROPERTY",
    "OWL_ON_PROPERTY",
    "OWL_PROPERTY_DISJOINT_WITH",
    "OWL_RESTRICTION",
    "OWL_SAME_AS",
    "OWL_SOME_VALUES_FROM",
    "OWL_SYMMETRIC",
    "OWL_TRANSITIVE",
    "PROPERTY_CLASSES",
    "RDF",
    "RDFS",
    "RDFS_CLASS",
    "RDFS_COMMENT",
    "RDFS_DOMAIN",
    "RDFS_LABEL",
    "RDFS_RANGE",
    "RDFS_SUBCLASS_OF",
    "RDFS_SUBPROPERTY_OF",
    "RDF_DIR_LANG_STRING",
    "RDF_LANG_STRING",
    "RDF_OBJECT",
    "RDF_PREDICATE",
    "RDF_PROPERTY",
    "RDF_STATEMENT",
    "RDF_SUBJECT",
    "RDF_TYPE",
    "SCHEMA",
    "SCHEMA_ABOUT",
    "SCHEMA_DESCRIPTION",
    "SCHEMA_HTTP",
    "SCHEMA_HTTP_ABOUT",
    "SCHEMA_HTTP_DESCRIPTION",
    "SCHEMA_HTTP_NAME",
    "SCHEMA_NAME",
    "SKOS",
    "SKOS_ALT_LABEL",
    "SKOS_BROADER",
    "SKOS_BROADER_TRANSITIVE",
    "SKOS_CLOSE_MATCH",
    "SKOS_CONCEPT",
    "SKOS_CONCEPT_SCHEME",
    "SKOS_DEFINITION",
    "SKOS_EXACT_MATCH",
    "SKOS_HIDDEN_LABEL",
    "SKOS_IN_SCHEME",
    "SKOS_NARROWER",
    "SKOS_NARROWER_TRANSITIVE",
    "SKOS_PREF_LABEL",
    "SKOS_RELATED",
    "SKOS_SCOPE_NOTE",
    "WN30",
    "WN_RELATION",
    "XSD",
    "XSD_STRING",
    "local_name",
    "words_of",
]

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDF_TYPE: Final = RDF + "type"
RDF_PROPERTY: Final = RDF + "Property"
RDF_LANG_STRING: Final = RDF + "langString"
RDF_DIR_LANG_STRING: Final = RDF + "dirLangString"
RDF_STATEMENT: Final = RDF + "Statement"
RDF_SUBJECT: Final = RDF + "subject"
RDF_PREDICATE: Final = RDF + "predicate"
RDF_OBJECT: Final = RDF + "object"

RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
RDFS_LABEL: Final = RDFS + "label"
RDFS_COMMENT: Final = RDFS + "comment"
RDFS_SUBCLASS_OF: Final = RDFS + "subClassOf"
RDFS_SUBPROPERTY_OF: Final = RDFS + "subPropertyOf"
RDFS_CLASS: Final = RDFS + "Class"
RDFS_DOMAIN: Final = RDFS + "domain"
RDFS_RANGE: Final = RDFS + "range"

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
XSD_STRING: Final = XSD + "string"

OWL: Final = "http://www.w3.org/2002/07/owl#"
OWL_INVERSE_OF: Final = OWL + "inverseOf"
OWL_SYMMETRIC: Final = OWL + "SymmetricProperty"
OWL_OBJECT_PROPERTY: Final = OWL + "ObjectProperty"
OWL_DATATYPE_PROPERTY: Final = OWL + "DatatypeProperty"
OWL_ANNOTATION_PROPERTY: Final = OWL + "AnnotationProperty"
OWL_TRANSITIVE: Final = OWL + "TransitiveProperty"
OWL_SAME_AS: Final = OWL + "sameAs"
OWL_EQUIVALENT_CLASS: Final = OWL + "equivalentClass"
OWL_EQUIVALENT_PROPERTY: Final = OWL + "equivalentProperty"
OWL_CLASS: Final = OWL + "Class"
OWL_FUNCTIONAL: Final = OWL + "FunctionalProperty"
OWL_INVERSE_FUNCTIONAL: Final = OWL + "InverseFunctionalProperty"
OWL_RESTRICTION: Final = OWL + "Restriction"
OWL_ON_PROPERTY: Final = OWL + "onProperty"
OWL_SOME_VALUES_FROM: Final = OWL + "someValuesFrom"
OWL_DISJOINT_WITH: Final = OWL + "disjointWith"
OWL_PROPERTY_DISJOINT_WITH: Final = OWL + "propertyDisjointWith"

PROPERTY_CLASSES: Final = (
    RDF_PROPERTY,
    OWL_OBJECT_PROPERTY,
    OWL_DATATYPE_PROPERTY,
    OWL_ANNOTATION_PROPERTY,
    OWL_SYMMETRIC,
    OWL_TRANSITIVE,
)
"""Classes whose members are relations."""

SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
SKOS_CONCEPT: Final = SKOS + "Concept"
SKOS_CONCEPT_SCHEME: Final = SKOS + "ConceptScheme"
SKOS_IN_SCHEME: Final = SKOS + "inScheme"
SKOS_PREF_LABEL: Final = SKOS + "prefLabel"
SKOS_ALT_LABEL: Final = SKOS + "altLabel"
SKOS_HIDDEN_LABEL: Final = SKOS + "hiddenLabel"
SKOS_DEFINITION: Final = SKOS + "definition"
SKOS_SCOPE_NOTE: Final = SKOS + "scopeNote"
SKOS_BROADER: Final = SKOS + "broader"
SKOS_NARROWER: Final = SKOS + "narrower"
SKOS_RELATED: Final = SKOS + "related"
SKOS_CLOSE_MATCH: Final = SKOS + "closeMatch"
SKOS_EXACT_MATCH: Final = SKOS + "exactMatch"
SKOS_BROADER_TRANSITIVE: Final = SKOS + "broaderTransitive"
SKOS_NARROWER_TRANSITIVE: Final = SKOS + "narrowerTransitive"

DC: Final = "http://purl.org/dc/elements/1.1/"
DC_TITLE: Final = DC + "title"
DC_SUBJECT: Final = DC + "subject"
DC_CREATOR: Final = DC + "creator"
DC_DESCRIPTION: Final = DC + "description"
DC_PUBLISHER: Final = DC + "publisher"
DC_RIGHTS: Final = DC + "rights"
DC_LANGUAGE: Final = DC + "language"
DC_TYPE: Final = DC + "type"

DCTERMS: Final = "http://purl.org/dc/terms/"
DCTERMS_TITLE: Final = DCTERMS + "title"
DCTERMS_SUBJECT: Final = DCTERMS + "subject"
DCTERMS_CREATOR: Final = DCTERMS + "creator"
DCTERMS_DESCRIPTION: Final = DCTERMS + "description"
DCTERMS_LICENSE: Final = DCTERMS + "license"
DCTERMS_SOURCE: Final = DCTERMS + "source"

FOAF: Final = "http://xmlns.com/foaf/0.1/"
FOAF_NAME: Final = FOAF + "name"
FOAF_DEPICTS: Final = FOAF + "depicts"

OBO: Final = "http://purl.obolibrary.org/obo/"
OBO_IN_OWL: Final = "http://www.geneontology.org/formats/oboInOwl#"
OBO_EXACT_SYNONYM: Final = OBO_IN_OWL + "hasExactSynonym"
IAO_DEFINITION: Final = OBO + "IAO_0000115"
"""What the ontologies of the OBO Foundry define their terms by."""

SCHEMA: Final = "https://schema.org/"
SCHEMA_NAME: Final = SCHEMA + "name"
SCHEMA_DESCRIPTION: Final = SCHEMA + "description"
SCHEMA_ABOUT: Final = SCHEMA + "about"
SCHEMA_HTTP: Final = "http://schema.org/"
"""The older spelling of schema.org's namespace, which most published data still uses."""
SCHEMA_HTTP_NAME: Final = SCHEMA_HTTP + "name"
SCHEMA_HTTP_DESCRIPTION: Final = SCHEMA_HTTP + "description"
SCHEMA_HTTP_ABOUT: Final = SCHEMA_HTTP + "about"

WN30: Final = "http://wordnet-rdf.princeton.edu/wn30/"
"""Namespace of WordNet 3.0 synsets: offset of eight digits, a hyphen, and n, v, a or r."""
WN_RELATION: Final = "http://wordnet-rdf.princeton.edu/ontology#"
"""Namespace of WordNet's relations and classes."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def local_name(iri: str) -> str:
    """Return the last part of an IRI: what follows its last ``#``, ``/`` or ``:``, percent signs decoded.

    >>> local_name("http://example.org/animals#Red%20fox")
    'Red fox'
    >>> local_name("http://example.org/birds/owl/")
    'owl'
    """
    part = re.split(r"[#/:]", iri.rstrip("#/:"))[-1]
    return unquote(part) or iri


def words_of(iri: str) -> str:
    """Return the last part of a relation's IRI in words, for want of a label.

    >>> words_of("http://example.org/hasPart")
    'has part'
    >>> words_of("http://example.org/instance_hypernym")
    'instance hypernym'
    """
    spaced = _CAMEL.sub(" ", re.sub(r"[_\-+.\s]+", " ", local_name(iri)))
    words = spaced.split()
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words) or iri
