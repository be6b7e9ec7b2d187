"""What the beginning of a file looks like, by the signs that tell formats apart."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from typing import Final

import pyoxigraph as ox

__all__ = ["content_of", "has_plain_line", "is_within"]

_TERM: Final = r"(?:<[^<>\"{}|^`\\\s]*>|_:[^\s<>\"]+)"
_OBJECT: Final = rf"(?:{_TERM}|\"(?:[^\"\\\n]|\\.)*\"(?:@[A-Za-z0-9-]+|\^\^<[^<>\s]*>)?|<<\(.*\)>>)"
_LINE_OF_QUAD: Final = re.compile(
    rf"{_TERM}[ \t]*<[^<>\s]*>[ \t]*{_OBJECT}[ \t]*({_TERM}[ \t]*)?\.[ \t]*(?:#.*)?"
)
_DIRECTIVE: Final = re.compile(
    r"^\s*(?:@prefix|@base|@version|@keywords|@forAll|prefix\s+\S*:\s*<|base\s*<)", re.I | re.M
)
_OPAQUE: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*(?:"""|\Z)|"(?:[^"\\\n]|\\.)*"?|\'(?:[^\'\\\n]|\\.)*\'|<[^<>\s]*>|#[^\n]*',
    re.DOTALL,
)
_WEB_PAGE: Final = re.compile(r"\s*(?:<!doctype html|<html)", re.IGNORECASE)
_PROLOG: Final = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.DOTALL)
_ROOT: Final = re.compile(r"\s*<(?:([\w.-]+):)?([A-Za-z_][\w.-]*)(\s[^>]*)?/?>")
_ROOTS: Final = {"RDF": "rdf-xml", "graphml": "graphml", "gexf": "gexf"}
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_JSON: Final = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{"\]])')
_JSON_LD: Final = re.compile(r'"@(?:context|id|graph|type|value|set|list|reverse|included)"\s*:')
_WIKIDATA: Final = re.compile(
    r'\s*\[?\s*\{(?:"pageid":\d+,|"ns":\d+,|"title":"[^"]*",|"lastrevid":\d+,|"modified":"[^"]*",)*'
    r'\s*"(?:type"\s*:\s*"(?:item|property|lexeme)"|id"\s*:\s*"[QPL]\d+")'
)
_NODE_LINK: Final = re.compile(r'"(?:directed|multigraph)"\s*:\s*(?:true|false)|"(?:links|edges)"\s*:\s*\[')
_NEO4J: Final = re.compile(
    r"(?:^|[,;|\t\"])[^,;|\t\"]*:(?:ID|START_ID|END_ID|LABEL|TYPE)(?:\([^)]*\))?(?:\{[^}]*\})?(?=$|[,;|\t\"])"
)
_SUPERSETS: Final[dict[str, frozenset[str]]] = {
    "n-triples": frozenset({"n-quads", "turtle", "trig", "n3"}),
    "turtle": frozenset({"trig", "n3"}),
    "rdf-xml": frozenset({"owl"}),
    "kgx-tsv": frozenset({"tsv"}),
    "neo4j-csv": frozenset({"csv", "tsv"}),
    "conceptnet": frozenset({"csv", "tsv"}),
}
"""Formats that content of a format may also be read as."""


def is_within(found: str, format: str) -> bool:  # noqa: A002 - the word that every RDF library uses
    """Tell whether content that looks like one format may be of another.

    >>> is_within("n-triples", "turtle"), is_within("turtle", "n-triples")
    (True, False)
    """
    return found == format or format in _SUPERSETS.get(found, ())


def content_of(head: bytes) -> str | None:
    """Return the format that the first bytes of a file look like, "web page" for one, or None.

    >>> content_of(b'{"graphs": [{"nodes": []}]}'), content_of(b"ex:owl\\tex:eats\\tex:mouse\\n"), content_of(b"owl")
    ('obo-graphs', 'tsv', None)
    """
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
    else:
        text = head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    for look in _LOOKS:
        found = look(text)
        if found is not None:
            return found
    return None


def has_plain_line(head: bytes) -> bool:
    """Tell whether some line is a whole statement of N-Triples or N-Quads, and none a directive of Turtle.

    >>> has_plain_line(b"<ex:a> <ex:b> <ex:c> .\\n<ex:a> <ex:b> .\\n"), has_plain_line(b"<ex:a> <ex:b> <ex:c>, _:d .")
    (True, False)
    """
    text = head.decode("utf-8", "replace")
    return not _DIRECTIVE.search(text) and any(
        _LINE_OF_QUAD.fullmatch(line.strip()) for line in text.split("\n")
    )


def _markup(text: str) -> str | None:
    if _WEB_PAGE.match(text):
        return "web page"
    at = 0
    while found := _PROLOG.match(text, at):
        at = found.end()
    root = _ROOT.match(text, at)
    if root is None:
        return None
    _prefix, name, attributes = root.groups()
    if name.lower() == "html":
        return "web page"
    if at == 0 and "xmlns" not in (attributes or "") and name not in _ROOTS:
        return None  # an IRI of Turtle, such as <ex:owl>, has this shape too
    if name in _ROOTS:
        return _ROOTS[name]
    return "rdf-xml" if _RDF in (attributes or "") else None


def _json(text: str) -> str | None:
    if not _JSON.match(text):
        return None
    if _WIKIDATA.match(text) and '"@context"' not in text[:200]:
        return "wikidata-json"
    if re.search(r'"graphs"\s*:\s*\[', text) and ('"nodes"' in text or '"@context"' not in text):
        return "obo-graphs"
    if _JSON_LD.search(text):
        return "json-ld"
    first = text.lstrip().partition("\n")[0]
    try:
        record = json.loads(first)
    except (ValueError, RecursionError):
        record = None
    if isinstance(record, dict) and (
        {"subject", "predicate", "object"} <= record.keys() or {"id", "category"} <= record.keys()
    ):
        return "kgx-jsonl"
    if '"nodes"' in text and _NODE_LINK.search(text):
        return "node-link"
    return "json-ld" if text.strip() in ("{}", "[]") else None


def _conceptnet(text: str) -> str | None:
    return "conceptnet" if text.lstrip().startswith("/a/[/r/") else None


def _rdf(text: str) -> str | None:
    lines = [line.strip() for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    if _DIRECTIVE.search(text):
        return _of_turtle_family(text)
    quads = [found for line in lines[:50] if (found := _LINE_OF_QUAD.fullmatch(line))]
    if len(quads) > len(lines[:50]) // 2:
        return "n-quads" if any(quad.group(1) for quad in quads) else "n-triples"
    if lines and lines[0][0] in "<_[(" and _has_statement(text):
        return _of_turtle_family(text)
    return None


def _of_turtle_family(text: str) -> str:
    bare = _OPAQUE.sub(" ", text)
    if re.search(r"=>|\?\w|@forAll|@keywords", bare):
        return "n3"
    return "trig" if "{" in bare.replace("{|", "") else "turtle"


def _has_statement(text: str) -> bool:
    """Tell whether there is a statement of Turtle or TriG in a text, before anything that is not valid."""
    try:
        return next(ox.parse(text, ox.RdfFormat.TRIG, base_iri="x:/"), None) is not None
    except SyntaxError:
        return False


def _table(text: str) -> str | None:
    first = text.lstrip("\n\r").partition("\n")[0].rstrip("\r")
    if _NEO4J.search(first):
        return "neo4j-csv"
    columns = set(first.lstrip("#").split("\t"))
    if {"subject", "predicate", "object"} <= columns or {"id", "category"} <= columns:
        return "kgx-tsv"
    if "\0" in first:
        return None
    if first.count("\t") >= 2:
        return "tsv"
    return "csv" if first.count(",") >= 2 else None


_LOOKS: Final[tuple[Callable[[str], str | None], ...]] = (_markup, _json, _conceptnet, _rdf, _table)
