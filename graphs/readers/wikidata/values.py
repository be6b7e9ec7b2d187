"""Values of Wikidata's JSON as the RDF dump writes them.

Sources: https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html for the JSON, and
https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format for the RDF.
"""

from __future__ import annotations

import math
import re
from calendar import monthrange
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from graphs import vocabulary as v
from graphs.iris import is_iri

__all__ = ["ENTITY", "Value", "ValueProblem", "entity_iri", "language_tag", "property_type", "value_of"]

WIKIDATA: Final = "http://www.wikidata.org/"
ENTITY: Final = WIKIDATA + "entity/"
WKT_LITERAL: Final = "http://www.opengis.net/ont/geosparql#wktLiteral"
_DECIMAL: Final = v.XSD + "decimal"
_DATE_TIME: Final = v.XSD + "dateTime"
_EARTH: Final = ENTITY + "Q2"
_JULIAN: Final = ENTITY + "Q1985786"
_YEAR: Final = 9
_DAY: Final = 11
"""Precisions of times."""
"""The precision of a time from which on its day counts."""

_ENTITY_ID: Final = re.compile(
    r"[QP][1-9]\d*|L[1-9]\d*(?:-[FS][1-9]\d*)?|E[1-9]\d*|M[1-9]\d*|Z[1-9]\d*(?:K\d+)?"
)
_LETTERS: Final = {"item": "Q", "property": "P", "lexeme": "L"}
_AMOUNT: Final = re.compile(r"[+-]?\d+(?:\.\d+)?")
_TIME: Final = re.compile(r"([+-])(\d{1,16})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z")
_DATATYPE: Final = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_FILES: Final = {
    "commonsMedia": "http://commons.wikimedia.org/wiki/Special:FilePath/",
    "geo-shape": "http://commons.wikimedia.org/data/main/",
    "tabular-data": "http://commons.wikimedia.org/data/main/",
}
"""Data types whose values name files, and what comes before the name in the file's IRI."""


class ValueProblem(Exception):  # noqa: N818 - no error of the program: the reason of a rejection
    """A value is not what its type makes one expect."""


class Value(NamedTuple):
    """An entity (then only ``text`` is there, its IRI), or a literal."""

    text: str
    is_entity: bool = False
    language: str = ""
    datatype: str = ""


def entity_iri(name: object) -> str:
    """Return the IRI of an entity.

    >>> entity_iri("Q42")
    'http://www.wikidata.org/entity/Q42'

    Raises:
        ValueProblem: that is no entity's id.
    """
    if not isinstance(name, str) or not _ENTITY_ID.fullmatch(name):
        raise ValueProblem(f"expected the id of an entity such as Q42, got {name!r}")
    return ENTITY + name


def value_of(datatype: object, value: object) -> Value:
    """Return what a snak's ``datavalue`` is in RDF.

    Args:
        datatype: the data type of the property; missing in old dumps.
        value: the ``datavalue`` with its ``type`` and ``value``.

    Raises:
        ValueProblem: the value is not what its type makes one expect.

    >>> value_of("quantity", {"type": "quantity", "value": {"amount": "+21", "unit": "1"}})
    Value(text='+21', is_entity=False, language='', datatype='http://www.w3.org/2001/XMLSchema#decimal')
    """
    if not isinstance(value, dict):
        raise ValueProblem(f"expected a datavalue, got {value!r:.80}")
    kind, content = value.get("type"), value.get("value")
    if kind == "string":
        return _string(datatype, _text(content))
    if not isinstance(content, dict):
        raise ValueProblem(f"expected a value of type {kind!r}, got {content!r:.80}")
    if kind == "wikibase-entityid":
        return Value(entity_iri(content.get("id") or _old_id(content)), is_entity=True)
    if kind == "monolingualtext":
        return Value(_text(content.get("text")), language=language_tag(content.get("language")))
    if kind == "quantity":
        amount = content.get("amount")
        if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount):
            raise ValueProblem(f"expected a decimal number as an amount, got {amount!r}")
        return Value(amount, datatype=_DECIMAL)
    if kind == "time":
        return _date(content)
    if kind == "globecoordinate":
        return Value(_point(content), datatype=WKT_LITERAL)
    raise ValueProblem(f"unknown type of value {kind!r}")


def language_tag(tag: object) -> str:
    """Return a language tag that is well-formed.

    Raises:
        ValueProblem: it is not.
    """
    if not isinstance(tag, str) or not _is_tag(tag):
        raise ValueProblem(f"expected a language tag, got {tag!r:.80}")
    return tag


@lru_cache(4096)
def _is_tag(text: str) -> bool:
    return _LANGUAGE.fullmatch(text) is not None


def property_type(datatype: object) -> str:
    """Return the name that the RDF gives a data type of properties.

    >>> property_type("globe-coordinate"), property_type("wikibase-item"), property_type("commonsMedia")
    ('GlobeCoordinate', 'WikibaseItem', 'CommonsMedia')

    Raises:
        ValueProblem: that is no name of a data type.
    """
    if not isinstance(datatype, str) or not _DATATYPE.fullmatch(datatype):
        raise ValueProblem(f"expected a data type of properties, got {datatype!r:.80}")
    return "".join(part[:1].upper() + part[1:] for part in datatype.split("-"))


def _text(text: object) -> str:
    if not isinstance(text, str):
        raise ValueProblem(f"expected a text, got {text!r:.80}")
    return text


def _old_id(content: dict[str, Any]) -> str | None:
    """Return the id of an entity that is given by its number."""
    letter, number = _LETTERS.get(str(content.get("entity-type"))), content.get("numeric-id")
    return f"{letter}{number}" if letter and type(number) is int else None


def _string(datatype: object, text: str) -> Value:
    if datatype in _FILES:
        return Value(
            _FILES[str(datatype)] + quote(text.replace(" ", "_"), safe=";@$!*(),/~:"), is_entity=True
        )
    if datatype == "url":
        if not is_iri(text):
            raise ValueProblem(f"expected an absolute IRI, got {text!r:.200}")
        return Value(text, is_entity=True)
    return Value(text)


def _date(content: dict[str, Any]) -> Value:
    """Return a time as Wikibase writes it in RDF: as xsd:dateTime of XSD 1.1, where the year before 1 is 0.

    What is finer than the precision is 1. Years that are known to ten years or worse are not counted anew, and the
    year 0, which neither calendar has, is left a text.

    Source: https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format#Time
    """
    time = content.get("time")
    found = _TIME.fullmatch(time) if isinstance(time, str) else None
    if time is None or found is None:
        raise ValueProblem(f"expected a time such as +2001-01-15T00:00:00Z, got {time!r}")
    sign, digits, *others = found.groups()
    month, day, hour, minute, second = map(int, others)
    if month > 12 or day > 31 or hour > 23 or minute > 59 or second > 59:
        raise ValueProblem(f"expected a time such as +2001-01-15T00:00:00Z, got {time!r}")
    year = int(digits)
    if not year:
        return Value(time)
    given = content.get("precision")
    precision = given if isinstance(given, int) else _DAY
    if sign == "-":
        year = -year + (precision >= _YEAR)
    month = max(month, 1) if precision > _YEAR else 1
    day = max(day, 1) if precision >= _DAY else 1
    if content.get("calendarmodel") == _JULIAN and precision >= _DAY:
        year, month, day = _gregorian(year, month, day)
    day = min(day, monthrange(2000 + year % 400, month)[1])
    written = f"{'-' if year < 0 else ''}{abs(year):04}"
    date = f"{written}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
    return Value(date, datatype=_DATE_TIME)


def _gregorian(year: int, month: int, day: int) -> tuple[int, int, int]:
    """Return a date of the Julian calendar in the Gregorian one, by way of its Julian day number.

    Source: E. G. Richards, "Calendars", Explanatory Supplement to the Astronomical Almanac (2013), 15.11.

    >>> _gregorian(1582, 10, 5), _gregorian(0, 3, 1)
    ((1582, 10, 15), (0, 2, 28))
    """
    shift = (14 - month) // 12
    years, months = year + 4800 - shift, month + 12 * shift - 3
    number = day + (153 * months + 2) // 5 + 365 * years + years // 4 - 32083
    rest = number + 32044
    centuries = (4 * rest + 3) // 146097
    rest -= 146097 * centuries // 4
    years = (4 * rest + 3) // 1461
    rest -= 1461 * years // 4
    months = (5 * rest + 2) // 153
    day = rest - (153 * months + 2) // 5 + 1
    return 100 * centuries + years - 4800 + months // 10, months + 3 - 12 * (months // 10), day


def _point(content: dict[str, Any]) -> str:
    numbers = [content.get("longitude"), content.get("latitude")]
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        raise ValueProblem(f"expected a longitude and a latitude, got {numbers!r}")
    point = f"Point({' '.join(repr(number).removesuffix('.0') for number in numbers)})"
    globe = content.get("globe")
    if globe in (None, _EARTH):
        return point
    if not isinstance(globe, str) or not is_iri(globe):
        raise ValueProblem(f"expected the IRI of a globe, got {globe!r:.80}")
    return f"<{globe}> {point}"
