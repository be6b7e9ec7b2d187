"""Datatypes, language tags and undecoded texts in a graph; tags against pyoxigraph's parser."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.assemble import assemble
from graphs.statements import Statements
from graphs.store import Store
from graphs.validate import Finding, Severity, validate
from graphs.validate.literals import is_language_tag
from graphs.vocabulary import RDF_LANG_STRING, XSD

Trig = Callable[[str], Store]


def find(*literals: tuple[str, str, str], check: str) -> list[Finding]:
    statements = Statements()
    for value, language, datatype in literals:
        statements.add_literal("ex:a", "ex:says", value, language=language, datatype=datatype)
    return list(validate(Store(assemble([statements.block()])), checks=[check]).findings)


def test_each_datatype_has_its_finding() -> None:
    found = find(
        ("1", "", XSD + "integer"),
        ("one", "", XSD + "integer"),
        ("soon", "", XSD + "date"),
        ("2024-01-01", "", XSD + "datetime"),
        ("text", "", RDF_LANG_STRING),
        ("free", "", ""),
        check="datatypes",
    )
    assert sorted((one.code, one.severity.value, one.count, one.examples[0]["value"]) for one in found) == [
        ("ill-typed-literal", "error", 1, "one"),
        ("ill-typed-literal", "error", 1, "soon"),
        ("ill-typed-literal", "error", 1, "text"),
        ("unknown-datatype", "warning", 1, "2024-01-01"),
    ]


def test_language_tags_may_carry_a_direction() -> None:
    (finding,) = find(("a", "en--ltr", ""), ("b", "en_US", ""), ("c", "de-CH-1996", ""), check="languages")
    assert (finding.code, finding.severity, finding.examples[0]["value"]) == (
        "bad-language-tag",
        Severity.error,
        "b",
    )


SUBTAGS = st.sampled_from(
    [
        "en",
        "de",
        "zh",
        "cmn",
        "Hant",
        "TW",
        "419",
        "1996",
        "rozaj",
        "u",
        "x",
        "i",
        "klingon",
        "a",
        "co",
        "engl",
        "",
        "é",
        "ab12",
    ]
)


@given(st.lists(SUBTAGS, min_size=1, max_size=5).map("-".join))
def test_tags_are_well_formed_as_pyoxigraph_says(tag: str) -> None:
    try:
        ox.Literal("", language=tag)
        accepted = True
    except ValueError:
        accepted = False
    assert is_language_tag(tag) == accepted


@pytest.mark.parametrize("tag", ["en\n", "en ", "", "-", "en--US", "en-", "ſs", "i-klingon-x"])
def test_tags_that_are_not_well_formed(tag: str) -> None:
    assert not is_language_tag(tag)


def test_undecoded_texts() -> None:
    (finding,) = find(("caf\ufffd", "", ""), ("café", "", ""), check="texts")
    assert (finding.code, finding.count) == ("undecoded-text", 1)


def test_a_long_value_is_cut_in_the_example() -> None:
    (finding,) = find(("x" * 10_000, "", XSD + "integer"), check="datatypes")
    assert len(finding.examples[0]["value"]) < 300


def test_preferred_labels_are_one_a_language(trig: Trig) -> None:
    graph = trig(
        """
        ex:a skos:prefLabel "a"@en, "A"@de, "b"@EN . ex:b skos:prefLabel "x", "x"@en .
        ex:c skos:prefLabel "same"@en ; skos:altLabel "same"@en, "same"@de . ex:d skos:altLabel "same"@en .
        { ex:b skos:prefLabel "x"@en }
        """
    )
    found = {one.code: one for one in validate(graph, checks=["skos"]).findings}
    assert [example["subject"] for example in found["skos-preferred-twice"].examples] == [
        "http://example.org/a"
    ]
    (clash,) = found["skos-label-clash"].examples
    assert (clash["subject"], clash["value"], clash["language"]) == ("http://example.org/c", "same", "en")
