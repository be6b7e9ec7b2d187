"""Attributes of networks, and the literals that they stand for.

GraphML, GEXF, node-link JSON and networkx give each node attributes, one value a name. A literal is an attribute whose
name is the predicate, with the language or the datatype behind it as in Turtle: ``http://example.org/says@en``,
``weight^^http://example.org/kilogram``. Numbers and truth values go as such where nothing is lost by that. What a
name has no place for (a second value, a weight, a named graph) stands in an attribute ``other_statements``: a list of
[predicate, value, language, datatype, graph, weight].
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from graphs import vocabulary as v

__all__ = [
    "DEFAULT_RELATION",
    "LABEL_NAMES",
    "OTHER_STATEMENTS",
    "RDF_JSON",
    "XSD_BOOLEAN",
    "XSD_DOUBLE",
    "XSD_INTEGER",
    "Scalar",
    "attribute_name",
    "attribute_value",
    "parse_attribute_name",
    "typed",
]

Scalar = str | int | float | bool

OTHER_STATEMENTS: Final = "other_statements"
LABEL_NAMES: Final = ("label", "name", "title")
"""Attributes that are labels, by whatever tool."""
DEFAULT_RELATION: Final = v.DCTERMS + "relation"
"""What an edge says that does not say what it says: "a related resource"."""

RDF_JSON: Final = v.RDF + "JSON"
XSD_INTEGER: Final = v.XSD + "integer"
XSD_DOUBLE: Final = v.XSD + "double"
XSD_BOOLEAN: Final = v.XSD + "boolean"

_NAME: Final = re.compile(
    r"(.*:.*?)(?:@([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*(?:--(?:ltr|rtl))?)|\^\^([^\s@^]+:[^\s@^]*))", re.DOTALL
)
_RESERVED: Final = frozenset(
    {
        *LABEL_NAMES,
        OTHER_STATEMENTS,
        "id",
        "key",
        "viz",
        "start",
        "end",
        "pid",
        "slices",
        "spells",
        "parents",
        "timestamp",
    }
)
_LARGEST: Final = 1 << 63


def parse_attribute_name(name: str) -> tuple[str, str, str]:
    """Return the predicate, the language and the datatype that a name gives.

    >>> parse_attribute_name("ex:says@en"), parse_attribute_name("age"), parse_attribute_name("me@home")
    (('ex:says', 'en', ''), ('age', '', ''), ('me@home', '', ''))
    """
    found = _NAME.fullmatch(name)
    return (found[1], found[2] or "", found[3] or "") if found else (name, "", "")


def attribute_name(predicate: str, language: str, datatype: str) -> str | None:
    """Return the name that gives all three, or None where no name does.

    >>> attribute_name("ex:says", "en", ""), attribute_name("label", "", "")
    ('ex:says@en', None)
    """
    name = f"{predicate}@{language}" if language else f"{predicate}^^{datatype}" if datatype else predicate
    if name in _RESERVED or parse_attribute_name(name) != (predicate, language, datatype):
        return None
    return name


def attribute_value(text: str, datatype: str) -> Scalar | None:
    """Return the number or truth value that a literal is, or None where it would not come back as it was written.

    >>> attribute_value("7", XSD_INTEGER), attribute_value("007", XSD_INTEGER), attribute_value("0.5", XSD_DOUBLE)
    (7, None, 0.5)
    """
    value: Scalar
    try:
        if datatype == XSD_BOOLEAN:
            return {"true": True, "false": False}.get(text)
        if datatype == XSD_INTEGER:
            value = int(text)
            fits = -_LARGEST <= value < _LARGEST
        elif datatype == XSD_DOUBLE:
            value = float(text)
            fits = math.isfinite(value)
        else:
            return None
    except ValueError:
        return None
    return value if fits and typed(value) == (text, datatype) else None


def typed(value: Any) -> tuple[str, str] | None:
    """Return the lexical form and the datatype of a plain value, or None where it is none.

    >>> typed(True), typed(7)[0], typed(0.5)[0], typed(float("inf"))[0], typed([1])
    (('true', 'http://www.w3.org/2001/XMLSchema#boolean'), '7', '0.5', 'INF', None)
    """
    if isinstance(value, str):
        return value, ""
    if isinstance(value, bool):
        return str(value).lower(), XSD_BOOLEAN
    if isinstance(value, int):
        return str(value), XSD_INTEGER
    if isinstance(value, float):
        if math.isfinite(value):
            return repr(float(value)), XSD_DOUBLE
        return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF", XSD_DOUBLE
    return None
