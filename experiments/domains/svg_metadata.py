"""The RDF inside an SVG drawing's ``metadata`` element, as triples.

RDF/XML: https://www.w3.org/TR/rdf-syntax-grammar/. Only the ``rdf:RDF`` elements are parsed: they are cut out
together with what they inherit, that is the namespace prefixes of the elements around them and the entities
of the document type.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from urllib.parse import quote

import pyoxigraph as ox

__all__ = ["SvgMetadata", "rdf_elements", "read_metadata"]

_RDF = re.compile(r"<((?:[\w.-]+:)?RDF)(\s[^>]*)?(?<!/)>.*?</\1\s*>", re.DOTALL)
_MARKUP = re.compile(r"""<!\[CDATA\[.*?\]\]>|<(/?)[\w:.-]+((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_NAMESPACE = re.compile(r"""\s(xmlns(?::[\w.-]+)?)\s*=\s*("[^"<]*"|'[^'<]*')""")
_ENCODING = re.compile(rb"""^[^<]*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.-]+)["']""")
_ENTITY = re.compile(r"""<!ENTITY\s+([\w.-]+)\s+(?:"([^"&%<]*)"|'([^'&%<]*)')\s*>""")
"""Only entities of plain text: such cannot expand to other entities, let alone without end."""
_REFERENCE = re.compile(r"&([A-Za-z_][\w.-]*);")


@dataclass(slots=True)
class SvgMetadata:
    """What an SVG file says about itself.

    Attributes:
        triples: in the order of the file.
        repaired: how many ``rdf:RDF`` elements hold an IRI with impossible characters, here percent-encoded.
        problems: why an ``rdf:RDF`` element, or the whole file, could not be parsed.
    """

    triples: list[ox.Triple] = field(default_factory=list)
    repaired: int = 0
    problems: list[str] = field(default_factory=list)


def read_metadata(svg: bytes, base: str) -> SvgMetadata:
    """Parse every ``rdf:RDF`` element of an SVG file.

    Args:
        svg: the file.
        base: IRI that ``rdf:about=""`` stands for.
    """
    found = SvgMetadata()
    try:
        text = _decode(svg)
    except (UnicodeDecodeError, LookupError) as error:
        found.problems.append(f"the file cannot be decoded: {error}")
        return found
    for document in rdf_elements(text):
        try:
            found.triples += _parse(document, base)
        except (SyntaxError, ValueError):
            try:
                found.triples += [_repaired(triple) for triple in _parse(document, base, lenient=True)]
                found.repaired += 1
            except (SyntaxError, ValueError) as error:
                found.problems.append(f"malformed RDF: {error}")
    return found


def _parse(document: str, base: str, *, lenient: bool = False) -> list[ox.Triple]:
    """Return all triples of an RDF/XML document; none where it is malformed anywhere."""
    quads = ox.parse(document, format=ox.RdfFormat.RDF_XML, base_iri=base, lenient=lenient)
    return [quad.triple for quad in quads]


def rdf_elements(svg: str) -> list[str]:
    """Cut the ``rdf:RDF`` elements out of an SVG document, each able to stand for itself.

    >>> rdf_elements('<svg xmlns:r="http://example.org/r#"><metadata><r:RDF> </r:RDF></metadata></svg>')
    ['<r:RDF xmlns:r="http://example.org/r#"> </r:RDF>']
    """
    found = []
    entities: dict[str, str] | None = None
    svg = _COMMENT.sub("", svg)
    for match in _RDF.finditer(svg):
        before = svg[: match.start()]
        own = {name for name, _ in _NAMESPACE.findall(match[2] or "")}
        inherited = _namespaces_at_end(before).items()
        names = "".join(f" {name}={value}" for name, value in inherited if name not in own)
        start = len(match[1]) + 1
        document = match[0][:start] + names + match[0][start:]
        if "&" in document:
            if entities is None:
                entities = {name: double or single for name, double, single in _ENTITY.findall(before)}
            document = _expanded(document, entities)
        found.append(document)
    return found


def _namespaces_at_end(text: str) -> dict[str, str]:
    """Return the namespace declarations in force at the end of a text: those of its open elements."""
    elements: list[dict[str, str]] = [{}]
    for match in _MARKUP.finditer(text):
        attributes = match[2]
        if attributes is None or attributes.endswith("/"):
            continue
        if match[1]:
            del elements[max(1, len(elements) - 1) :]
        else:
            elements.append(elements[-1] | dict(_NAMESPACE.findall(attributes)))
    return elements[-1]


def _expanded(document: str, entities: dict[str, str]) -> str:
    return _REFERENCE.sub(lambda match: entities.get(match[1], match[0]), document)


def _decode(svg: bytes) -> str:
    if svg.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return svg.decode("utf-16")
    declared = _ENCODING.match(svg[:200])
    return svg.decode(declared[1].decode("ascii") if declared else "utf-8-sig")


def _repaired(triple: ox.Triple) -> ox.Triple:
    subject, predicate, value = triple.subject, triple.predicate, triple.object
    if isinstance(subject, ox.NamedNode):
        subject = _iri(subject)
    if isinstance(value, ox.NamedNode):
        value = _iri(value)
    return ox.Triple(subject, _iri(predicate), value)


def _iri(node: ox.NamedNode) -> ox.NamedNode:
    return ox.NamedNode(quote(node.value, safe="%/:=&?~#+!$,;'@()*[]"))
