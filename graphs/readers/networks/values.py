"""Values of attributes as files write them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from graphs import vocabulary as v
from graphs.attribute_names import XSD_BOOLEAN, XSD_DOUBLE, XSD_INTEGER

__all__ = ["Typed", "plain_value"]

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|NaN|[+-]?INF")
_SPECIAL: Final = {"nan": "NaN", "inf": "INF", "infinity": "INF", "-inf": "-INF", "-infinity": "-INF"}
_DATATYPES: Final = {
    "boolean": XSD_BOOLEAN,
    "int": XSD_INTEGER,
    "integer": XSD_INTEGER,
    "long": XSD_INTEGER,
    "float": XSD_DOUBLE,
    "double": XSD_DOUBLE,
    "date": v.XSD + "date",
    "anyuri": v.XSD + "anyURI",
}
"""Types of GraphML and GEXF that are not just text."""


class Typed(NamedTuple):
    """A value in the characters of the file, and its datatype."""

    text: str
    datatype: str


def plain_value(text: str, kind: str) -> str | Typed:
    """Return a value of an attribute type, in the characters of the file.

    >>> plain_value(" 007", "int").text, plain_value("True", "boolean").text, plain_value("as is ", "string")
    ('007', 'true', 'as is ')

    Raises:
        ValueError: the text is no value of the type.
    """
    datatype = _DATATYPES.get(kind.lower())
    if datatype is None:
        return text
    bare = text.strip()
    if datatype == XSD_BOOLEAN:
        bare = {"1": "true", "0": "false"}.get(bare, bare.lower())
        fits = bare in ("true", "false")
    elif datatype == XSD_INTEGER:
        fits = _INTEGER.fullmatch(bare) is not None
    elif datatype == XSD_DOUBLE:
        bare = _SPECIAL.get(bare.lower(), bare)
        fits = _NUMBER.fullmatch(bare) is not None
    else:
        fits = bare != ""
    if not fits:
        raise ValueError(f"expected {kind}, got {text!r:.80}")
    return Typed(bare, datatype)
