"""Names and columns of Biolink tables: CURIEs of well-known prefixes, and predicates of columns.

Sources: the KGX format (https://github.com/biolink/kgx/blob/master/specification/kgx-format.md), the prefixes of the
Biolink Model (https://w3id.org/biolink/biolink-model.yaml), and the OBO Foundry's identifier policy
(https://obofoundry.org/id-policy), by which the term ``GO:0008150`` has the IRI
``http://purl.obolibrary.org/obo/GO_0008150``.

=====================  ==============================================================================================
``name``               ``rdfs:label``
``description``        ``dcterms:description``
``synonym``            ``skos:altLabel``
``category``           ``rdf:type``; its values are names
``xref``               ``biolink:xref``; its values are names where they are CURIEs or IRIs, and texts otherwise
``prefix:local``, IRI  that predicate
any other              that slot of the Biolink Model, ``https://w3id.org/biolink/vocab/...``
=====================  ==============================================================================================
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from graphs import vocabulary as v
from graphs.bare_names import iri_of, name_of
from graphs.readers.tables.naming import NameProblem, Naming, is_absolute, is_bracketed

__all__ = [
    "BIOLINK",
    "CATEGORY",
    "SINGLE",
    "WELL_KNOWN",
    "XREF",
    "column_of",
    "is_reference",
    "predicate_of",
    "written_name",
]

BIOLINK: Final = "https://w3id.org/biolink/vocab/"
CATEGORY: Final = "category"
XREF: Final = "xref"
SINGLE: Final = frozenset({"id", "subject", "predicate", "object", "name", "description"})
"""Columns that hold one value, in which the separator of lists means nothing."""

_SLOTS: Final = {
    "name": v.RDFS_LABEL,
    "description": v.DCTERMS_DESCRIPTION,
    "synonym": v.SKOS_ALT_LABEL,
    CATEGORY: v.RDF_TYPE,
}
_OBO: Final = "http://purl.obolibrary.org/obo/"
_OBO_PREFIXES: Final = (
    "BFO BSPO BTO CHEBI CL CLO DOID ECO ECTO ENVO FAO FBbt FBdv FMA FOODON FYPO GENO GO HP HsapDv IAO INO MA MAXO MI"
    " MOD MONDO MP MPATH NBO NCBITaxon NCIT OBA OBI OGMS OMIM PATO PCO PO PR RO SO STATO SYMP TO TRANS UBERON UO VO VT"
    " WBbt WBPhenotype XAO XPO ZFA ZP"
)

WELL_KNOWN: Final = {
    **{prefix: f"{_OBO}{prefix}_" for prefix in _OBO_PREFIXES.split()},
    "biolink": BIOLINK,
    "CID": "http://pubchem.ncbi.nlm.nih.gov/compound/",
    "CTD": "http://translator.ncats.nih.gov/CTD_",
    "dcterms": v.DCTERMS,
    "doi": "https://doi.org/",
    "DRUGBANK": "http://identifiers.org/drugbank/",
    "EFO": "http://www.ebi.ac.uk/efo/EFO_",
    "ENSEMBL": "http://identifiers.org/ensembl/",
    "foaf": v.FOAF,
    "HANCESTRO": "http://www.ebi.ac.uk/ancestro/ancestro_",
    "HGNC": "http://identifiers.org/hgnc/",
    "ICD10": "http://translator.ncats.nih.gov/ICD10_",
    "LOINC": "http://loinc.org/rdf/",
    "MESH": "http://id.nlm.nih.gov/mesh/",
    "MetaCyc": "http://translator.ncats.nih.gov/MetaCyc_",
    "NCBIGene": "http://identifiers.org/ncbigene/",
    "NDDF": "http://purl.bioontology.org/ontology/NDDF/",
    "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
    "ORCID": "https://orcid.org/",
    "ORPHA": "http://www.orpha.net/ORDO/Orphanet_",
    "owl": v.OWL,
    "PMID": "http://www.ncbi.nlm.nih.gov/pubmed/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": v.RDF,
    "rdfs": v.RDFS,
    "RXNORM": "http://purl.bioontology.org/ontology/RXNORM/",
    "schema": v.SCHEMA_HTTP,
    "SIO": "http://semanticscience.org/resource/SIO_",
    "skos": v.SKOS,
    "STY": "http://purl.bioontology.org/ontology/STY/",
    "UMLS": "http://identifiers.org/umls/",
    "UniProtKB": "http://purl.uniprot.org/uniprot/",
    "WIKIDATA": "https://www.wikidata.org/wiki/",
    "xsd": v.XSD,
}
"""Namespaces of the prefixes that Biolink tables use without declaring them."""

_BY_NAMESPACE: Final = {namespace: prefix for prefix, namespace in WELL_KNOWN.items()}
_KNOWN: Final = Naming(WELL_KNOWN)


def predicate_of(column: str, naming: Naming) -> str:
    """Return the predicate of a column.

    Raises:
        NameProblem: the column's name cannot be that of a predicate.

    >>> predicate_of("name", Naming()), predicate_of("has_gene", Naming()), predicate_of("skos:note", Naming())
    ('http://www.w3.org/2000/01/rdf-schema#label', 'https://w3id.org/biolink/vocab/has_gene', 'skos:note')
    """
    if column in _SLOTS:
        return _SLOTS[column]
    if is_absolute(column) or is_bracketed(column):
        return name_of(naming.name(column))
    if not column.strip() or column.startswith("_:"):
        raise NameProblem(f"cannot be the name of a predicate: {column!r}")
    return BIOLINK + quote(column)


def column_of(predicate: str, taken: frozenset[str]) -> str | None:
    """Return the column of a predicate, for readers that know the well-known prefixes, or None if there is none.

    Args:
        predicate: IRI.
        taken: columns that say something else.

    >>> column_of("https://w3id.org/biolink/vocab/id", frozenset({"id"})), column_of("ex:says", frozenset())
    ('biolink:id', 'ex:says')
    """
    candidates = [column for column, iri in _SLOTS.items() if iri == predicate and column not in taken]
    if predicate.startswith(BIOLINK):
        candidates.append(unquote(predicate[len(BIOLINK) :]))
    written = written_name(predicate)
    if written is not None:
        candidates.append(written)
    candidates.append(iri_of(predicate))
    for column in candidates:
        if (
            column not in taken
            and "@" not in column
            and column.isprintable()
            and _is_column_of(column, predicate)
        ):
            return column
    return None


def _is_column_of(column: str, predicate: str) -> bool:
    try:
        return predicate_of(column, _KNOWN) == predicate
    except NameProblem:
        return False


@lru_cache(1 << 16)
def written_name(name: str) -> str | None:
    """Return a name as a reader that knows the well-known prefixes takes it back, as a CURIE if it can be.

    >>> written_name("http://purl.obolibrary.org/obo/GO_0008150"), written_name("GO:0008150"), written_name("owl")
    ('GO:0008150', '<GO:0008150>', 'owl')
    """
    for text in (*_curies(name), name, f"<{name}>"):
        try:
            if _KNOWN.name(text) == name:
                return text
        except NameProblem:
            continue
    return None


def _curies(name: str) -> list[str]:
    cuts = sorted({name.rfind(mark) + 1 for mark in "_/#"} - {0}, reverse=True)
    return [
        f"{_BY_NAMESPACE[name[:cut]]}:{name[cut:]}"
        for cut in cuts
        if name[:cut] in _BY_NAMESPACE and name[cut:]
    ]


def is_reference(text: str) -> bool:
    """Tell whether the value of a cross-reference names an entity: a CURIE or an IRI.

    >>> is_reference("MESH:D014867"), is_reference("see also water")
    (True, False)
    """
    return is_absolute(text)
