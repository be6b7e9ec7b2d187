"""Names that are CURIEs, broken IRIs, or no IRIs at all."""

from __future__ import annotations

from graphs.assemble import assemble
from graphs.statements import Statements
from graphs.store import Store
from graphs.validate import Finding, Severity, validate


def find(*triples: tuple[str, str, str], prefixes: dict[str, str] | None = None) -> dict[str, Finding]:
    statements = Statements()
    for triple in triples:
        statements.add(*triple)
    store = Store(assemble([statements.block()], prefixes=prefixes))
    return {finding.code: finding for finding in validate(store, checks=["names"]).findings}


def test_prefixes_that_nobody_declared_are_counted_by_prefix() -> None:
    found = find(
        ("MONDO:0005148", "biolink:related_to", "HGNC:11998"),
        ("MONDO:0005149", "biolink:related_to", "HGNC:11998"),
        prefixes={"HGNC": "http://identifiers.org/hgnc/"},
    )
    unknown = found["unknown-prefix"]
    assert (unknown.severity, unknown.count) == (Severity.warning, 3)
    assert list(unknown.examples) == [
        {"prefix": "MONDO", "names": 2, "example": "MONDO:0005148"},
        {"prefix": "biolink", "names": 1, "example": "biolink:related_to"},
    ]
    assert [example["example"] for example in found["unexpanded-prefix"].examples] == ["HGNC:11998"]


def test_iris_of_usual_schemes_are_no_curies() -> None:
    names = [
        "http://a.example/x",
        "urn:isbn:0451450523",
        "mailto:a@b.example",
        "tel:+1",
        "did:web:x",
        "x-own://host/a",
    ]
    assert find(*((name, "https://a.example/r", "HTTP://B.example/") for name in names)) == {}


def test_blank_nodes_and_triple_terms_have_no_prefix() -> None:
    assert find(("_:a", "http://a.example/r", "<<( <ex:a> <ex:b> _:c )>>")) == {}


def test_characters_that_no_iri_may_have_are_errors() -> None:
    bad = [
        "http://a.example/a b",
        "http://a.example/<",
        "http://a.example/%zz",
        "http://a.example/%4",
        "urn:x:\x07",
        "urn:x:`",
    ]
    found = find(*((name, "http://a.example/r", "http://a.example/%C3%A9é") for name in bad))
    assert {example["name"] for example in found["invalid-iri"].examples} <= set(bad)
    assert (found["invalid-iri"].count, found["invalid-iri"].severity) == (len(bad), Severity.error)


def test_bare_names_are_worth_knowing() -> None:
    found = find(("cat", "is a", "/m/02"))
    assert (found["relative-name"].count, found["relative-name"].severity) == (3, Severity.info)


def test_a_name_with_a_colon_in_its_middle_is_not_called_a_curie() -> None:
    assert list(find(("1984: a novel", "http://a.example/r", "http://a.example/b"))) == ["relative-name"]
