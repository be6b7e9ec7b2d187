"""The checks together, and the report."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from graphs.errors import GraphError
from graphs.store import Store
from graphs.validate import CHECKS, Severity, validate

Trig = Callable[[str], Store]


def test_an_orderly_graph_has_no_findings(trig: Trig) -> None:
    report = validate(
        trig(
            """
            ex:owl a ex:Bird ; skos:prefLabel "owl"@en ; skos:broader ex:bird ; ex:weight 0.4 ;
                ex:seen "2024-02-29"^^xsd:date .
            ex:bird skos:prefLabel "bird"@en . ex:Bird a owl:Class ; rdfs:label "class of birds"@en .
            """
        )
    )
    assert report.findings == ()
    assert report.is_valid(strict=True)
    assert (report.triples, report.literals) == (3, 5)


def test_the_worst_comes_first_and_a_warning_counts_where_strict(trig: Trig) -> None:
    graph = trig('ex:owl ex:eats ex:mouse ; rdfs:label "owl" ; ex:age "old"^^xsd:integer .')
    report = validate(graph)
    assert [finding.code for finding in report.findings] == ["ill-typed-literal", "dangling-end"]
    assert not report.is_valid()
    tolerant = report.without(["ill-typed-literal"])
    assert (tolerant.is_valid(), tolerant.is_valid(strict=True)) == (True, False)


def test_a_report_is_plain_values(trig: Trig) -> None:
    told = json.loads(json.dumps(validate(trig('ex:a ex:r "x"^^xsd:date .')).to_dict()))
    assert told["valid"] is False
    assert told["counts"] == {"error": 1, "warning": 1, "info": 0}
    finding = told["findings"][0]
    assert finding["examples"] == [
        {
            "subject": "http://example.org/a",
            "predicate": "http://example.org/r",
            "value": "x",
            "datatype": "http://www.w3.org/2001/XMLSchema#date",
        }
    ]
    assert finding["severity"] == "error"


@pytest.mark.parametrize("check", CHECKS)
def test_an_empty_graph_has_nothing_wrong(check: str) -> None:
    assert validate(Store.from_triples([]), checks=[check]).findings == ()


@pytest.mark.parametrize("limit", [0, 2])
def test_only_so_many_examples_are_given(trig: Trig, limit: int) -> None:
    text = "".join(
        f'ex:c{n} skos:broader ex:d{n} ; ex:r "x"^^xsd:date . ex:d{n} skos:broader ex:c{n} .'
        for n in range(4)
    )
    report = validate(trig(text), limit=limit)
    assert {finding.count for finding in report.of(Severity.error)} == {4}
    assert {len(finding.examples) for finding in report.findings} == {limit}


def test_an_unknown_check_names_the_known_ones() -> None:
    with pytest.raises(GraphError, match=r"unknown check 'spelling'; known are names, dangling"):
        validate(Store.from_triples([]), checks=["spelling"])
