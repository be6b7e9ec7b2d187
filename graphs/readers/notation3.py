"""Notation3 (https://www.w3.org/TeamSubmission/n3/) as quads.

rdflib reads it, because pyoxigraph stops at the rules and variables that such files hold beside their facts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from rdflib.term import Node

__all__ = ["NotationError", "parse_notation3"]


class NotationError(Exception):
    """A text is not Notation3; ``line`` counts from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


def parse_notation3(data: bytes, base: str) -> Iterator[ox.Quad]:
    """Yield the facts of a document; rules, quoted formulas and variables are left out.

    Raises:
        NotationError: the text is not valid.

    >>> text = b"@prefix : <http://example.org/> . :a :b :c . { ?x :b ?y } => { ?y :d ?x } ."
    >>> [str(quad) for quad in parse_notation3(text, "http://example.org/")]
    ['<http://example.org/a> <http://example.org/b> <http://example.org/c>']
    """
    from rdflib import Graph
    from rdflib.plugins.parsers.notation3 import BadSyntax

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotationError(f"not UTF-8: {error.reason}", data.count(b"\n", 0, error.start) + 1) from error
    graph = Graph()
    try:
        graph.parse(data=text, format="n3", publicID=base)
    except BadSyntax as error:
        raise NotationError(error._why, error.lines + 1) from error
    except Exception as error:
        # malformed texts also make rdflib's parser raise IndexError, AssertionError or a bare Exception
        raise NotationError(f"{type(error).__name__}: {error}".replace("\n", " ")) from error
    try:
        for subject, predicate, value in graph:
            start, edge, end = _term(subject), _term(predicate), _term(value)
            if (
                isinstance(start, ox.NamedNode | ox.BlankNode)
                and isinstance(edge, ox.NamedNode)
                and end is not None
            ):
                yield ox.Quad(start, edge, end)
    except ValueError as error:
        raise NotationError(str(error)) from error


def _term(node: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal | None:
    from rdflib.term import BNode, Literal, URIRef

    if isinstance(node, URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, BNode):
        return ox.BlankNode(str(node))
    if isinstance(node, Literal):
        datatype = ox.NamedNode(str(node.datatype)) if node.datatype and not node.language else None
        return ox.Literal(str(node), datatype=datatype, language=node.language)
    return None
