"""Values of Wikidata, against how its RDF dump writes them."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from graphs.readers.wikidata.values import Value, ValueProblem, value_of

XSD = "http://www.w3.org/2001/XMLSchema#"
WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
JULIAN, GREGORIAN = "http://www.wikidata.org/entity/Q1985786", "http://www.wikidata.org/entity/Q1985727"


def time(text: str, precision: int = 11, calendar: str = GREGORIAN) -> dict[str, Any]:
    return {"time": text, "precision": precision, "calendarmodel": calendar}


@pytest.mark.parametrize(
    ("kind", "datatype", "value", "expected"),
    [
        ("string", "string", "owl", Value("owl")),
        ("string", "external-id", "nm 1", Value("nm 1")),
        ("string", "url", "http://example.org/", Value("http://example.org/", is_entity=True)),
        (
            "string",
            "commonsMedia",
            "Ö 1.jpg",
            Value("http://commons.wikimedia.org/wiki/Special:FilePath/%C3%96_1.jpg", is_entity=True),
        ),
        (
            "wikibase-entityid",
            None,
            {"id": "L1-F2"},
            Value("http://www.wikidata.org/entity/L1-F2", is_entity=True),
        ),
        (
            "wikibase-entityid",
            None,
            {"entity-type": "item", "numeric-id": 5},
            Value("http://www.wikidata.org/entity/Q5", is_entity=True),
        ),
        ("monolingualtext", None, {"text": "Eule", "language": "de"}, Value("Eule", language="de")),
        ("quantity", None, {"amount": "+1.50", "unit": "1"}, Value("+1.50", datatype=XSD + "decimal")),
        (
            "time",
            None,
            time("+2001-01-15T00:00:00Z"),
            Value("2001-01-15T00:00:00Z", datatype=XSD + "dateTime"),
        ),
        (
            "time",
            None,
            time("+1879-00-00T00:00:00Z", 9),
            Value("1879-01-01T00:00:00Z", datatype=XSD + "dateTime"),
        ),
        (
            "time",
            None,
            time("-0044-03-15T00:00:00Z", 9),
            Value("-0043-01-01T00:00:00Z", datatype=XSD + "dateTime"),
        ),
        (
            "time",
            None,
            time("+2204-04-31T00:00:00Z", 10),
            Value("2204-04-01T00:00:00Z", datatype=XSD + "dateTime"),
        ),
        (
            "time",
            None,
            time("-0500-00-00T00:00:00Z", 7),
            Value("-0500-01-01T00:00:00Z", datatype=XSD + "dateTime"),
        ),
        (
            "time",
            None,
            time("-13798000000-00-00T00:00:00Z", 3),
            Value("-13798000000-01-01T00:00:00Z", datatype=XSD + "dateTime"),
        ),
        (
            "time",
            None,
            time("-0100-07-12T00:00:00Z", 11, JULIAN),
            Value("-0099-07-10T00:00:00Z", datatype=XSD + "dateTime"),
        ),
        ("time", None, time("+0000-01-01T00:00:00Z"), Value("+0000-01-01T00:00:00Z")),
        (
            "time",
            None,
            time("-0001-00-00T00:00:00Z", 9),
            Value("0000-01-01T00:00:00Z", datatype=XSD + "dateTime"),
        ),
        (
            "time",
            None,
            time("+1582-10-05T00:00:00Z", 11, JULIAN),
            Value("1582-10-15T00:00:00Z", datatype=XSD + "dateTime"),
        ),
        (
            "time",
            None,
            time("+1582-10-05T00:00:00Z", 9, JULIAN),
            Value("1582-01-01T00:00:00Z", datatype=XSD + "dateTime"),
        ),
        (
            "time",
            None,
            time("+2001-02-31T00:00:00Z"),
            Value("2001-02-28T00:00:00Z", datatype=XSD + "dateTime"),
        ),
        ("globecoordinate", None, {"latitude": 52.5, "longitude": 13}, Value("Point(13 52.5)", datatype=WKT)),
        (
            "globecoordinate",
            None,
            {"latitude": -0.5, "longitude": 23.0, "globe": "http://www.wikidata.org/entity/Q405"},
            Value("<http://www.wikidata.org/entity/Q405> Point(23 -0.5)", datatype=WKT),
        ),
    ],
)
def test_values_are_written_as_in_the_rdf_dump(
    kind: str, datatype: str | None, value: Any, expected: Value
) -> None:
    assert value_of(datatype, {"type": kind, "value": value}) == expected


@pytest.mark.parametrize(
    ("kind", "datatype", "value", "says"),
    [
        ("string", "string", 5, "expected a text, got 5"),
        ("string", "url", "no url", "expected an absolute IRI, got 'no url'"),
        ("wikibase-entityid", None, {"id": "X1"}, "expected the id of an entity"),
        ("wikibase-entityid", None, "Q1", "expected a value of type 'wikibase-entityid'"),
        ("monolingualtext", None, {"text": "Eule"}, "expected a language tag, got None"),
        ("quantity", None, {"amount": "much"}, "expected a decimal number as an amount, got 'much'"),
        ("time", None, {"time": "2001"}, "expected a time such as"),
        ("time", None, {"time": "+2001-13-01T00:00:00Z"}, "expected a time such as"),
        ("globecoordinate", None, {"latitude": 1}, "expected a longitude and a latitude"),
        (
            "globecoordinate",
            None,
            {"latitude": float("nan"), "longitude": 1},
            "expected a longitude and a latitude",
        ),
        ("colour", None, {}, "unknown type of value 'colour'"),
    ],
)
def test_a_value_of_another_shape_is_a_problem(
    kind: str, datatype: str | None, value: Any, says: str
) -> None:
    with pytest.raises(ValueProblem, match=says):
        value_of(datatype, {"type": kind, "value": value})


def test_days_of_the_julian_calendar_follow_one_another_through_the_gregorian_one() -> None:
    days = []
    for month, length in ((2, 29), (3, 31), (12, 31)):
        for day in range(1, length + 1):
            written = value_of(
                None, {"type": "time", "value": time(f"+1500-{month:02}-{day:02}T00:00:00Z", 11, JULIAN)}
            )
            days.append(date.fromisoformat(written.text[:10]).toordinal())
    steps = [after - before for before, after in pairwise(days)]
    assert steps.count(1) == len(steps) - 1  # all but the leap from March to December
    assert date.fromordinal(days[29]) == date(
        1500, 3, 11
    )  # 1 March; the calendars are ten days apart by then
