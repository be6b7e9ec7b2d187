"""XML literals of RDF/XML, mended where pyoxigraph writes what is not well-formed.

It puts the declarations of all namespaces in scope into each outermost element, though the element declares one of
them itself; it leaves references to the document's entities in attributes, which refer to nothing outside of the
document; and it puts double quotes around attributes with double quotes in them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Final, cast
from xml.parsers import expat

import pyoxigraph as ox

from graphs.vocabulary import RDF

__all__ = ["declared_entities", "mended", "mentions_xml_literals"]

_DATATYPE: Final = RDF + "XMLLiteral"
_MARK: Final = f'"^^<{_DATATYPE}>'.encode()
_ONE: Final = r'\s+([^\s=<>"]+)="([^<]*?)"(?=\s+[^\s=<>"]+="|\s*/?>)'
"""An attribute: pyoxigraph puts double quotes around each, and inner ones stay as they were between single ones."""
_ATTRIBUTE: Final = re.compile(_ONE)
_TAG: Final = re.compile(rf"<([^\s<>/!?]+)((?:{_ONE})+)(\s*/?>)")
_REFERENCE: Final = re.compile(r"&([^\s;&#]+);")
_PIECE: Final = 1 << 16


def mentions_xml_literals(data: bytes) -> bool:
    """Tell whether N-Quads have literals of XML."""
    return _MARK in data


def mended(data: bytes, entities: Mapping[str, str]) -> bytes:
    """Return N-Quads with their XML literals as they stand in the document.

    Args:
        data: N-Quads that pyoxigraph has written of RDF/XML.
        entities: what the document's entities stand for (:func:`declared_entities`).

    >>> twice = b'<e:a> <e:b> "<i xmlns=\\\\"e:\\\\" xmlns=\\\\"e:\\\\"></i>"^^<%s> .\\n' % _DATATYPE.encode()
    >>> print(mended(twice, {}).decode().partition("^^")[0])
    <e:a> <e:b> "<i xmlns=\\"e:\\"></i>"
    """
    lines = data.splitlines(keepends=True)
    return b"".join(_line(line, entities) if _MARK in line else line for line in lines)


def declared_entities(stream: IO[bytes]) -> dict[str, str]:
    """Return what the general entities stand for that an XML document declares, inner ones expanded.

    >>> import io
    >>> declared_entities(io.BytesIO(b'<!DOCTYPE a [<!ENTITY e "http://e/"><!ENTITY f "&e;f">]><a/>'))
    {'e': 'http://e/', 'f': 'http://e/f'}
    """
    entities: dict[str, str] = {}

    def declared(name: str, is_parameter: bool, value: str | None, *_: object) -> None:
        if value is not None and not is_parameter:
            entities.setdefault(name, _expanded(value, entities))

    parser = expat.ParserCreate("utf-8")
    parser.EntityDeclHandler = declared
    begun: list[str] = []
    parser.StartElementHandler = lambda name, _: begun.append(name)
    with suppress(expat.ExpatError):  # which whoever reads the document tells
        while not begun and (data := stream.read(_PIECE)):
            parser.Parse(data)
    return entities


def _line(line: bytes, entities: Mapping[str, str]) -> bytes:
    (quad,) = ox.parse(line, ox.RdfFormat.N_QUADS)
    value = quad.object
    if not isinstance(value, ox.Literal) or value.datatype.value != _DATATYPE:
        return line  # the words stand elsewhere
    text = _TAG.sub(lambda tag: f"<{tag[1]}{_attributes(tag, entities)}{tag[5]}", value.value)
    literal = ox.Literal(text, datatype=value.datatype)
    whole = ox.Quad(quad.subject, quad.predicate, literal, quad.graph_name)
    return cast(bytes, ox.serialize([whole], format=ox.RdfFormat.N_QUADS))


def _attributes(tag: re.Match[str], entities: Mapping[str, str]) -> str:
    """Return the attributes of a tag, each once, and no longer in need of what the document declares."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(tag[2] + tag[5]):
        found.setdefault(name, _expanded(value, entities).replace('"', "&quot;"))
    return "".join(f' {name}="{value}"' for name, value in found.items())


def _expanded(text: str, entities: Mapping[str, str]) -> str:
    return _REFERENCE.sub(lambda found: entities.get(found[1], found[0]), text)
