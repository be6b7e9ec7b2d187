"""Queries in SPARQL (https://www.w3.org/TR/sparql11-query/), answered by Oxigraph."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pyoxigraph as ox

from graphs import vocabulary as v
from graphs.errors import GraphError
from graphs.iris import is_iri
from graphs.query.answers import FORMATS, Answer, write_answer
from graphs.query.index import Index
from graphs.query.refusals import is_update, refuse_federation
from graphs.store import Store

__all__ = ["FORMATS", "Answer", "Index", "Question", "query", "write_answer"]

_USUAL: Final = {"rdf": v.RDF, "rdfs": v.RDFS, "owl": v.OWL, "xsd": v.XSD, "skos": v.SKOS}
_EXPECTED: Final = 80
"""Characters of the list of what could have followed that an error tells."""
_QUOTED: Final = 20
"""Characters of a query that an error quotes."""


def query(store: Store, text: str, *, limit: int | None = None) -> Answer:
    """Ask a graph in SPARQL: SELECT, ASK, CONSTRUCT or DESCRIBE.

    The default graph is everything that the graph holds; GRAPH and FROM narrow it to named graphs. The graph's own
    prefixes, and rdf, rdfs, owl, xsd and skos, need no declaration. Names that are no IRIs are asked for under
    ``urn:graphs:name:`` (:mod:`graphs.bare_names`). To ask several times, make an :class:`Index` and a
    :class:`Question` each time.

    Args:
        store: the graph.
        text: the query.
        limit: how many rows to give at most.

    Raises:
        GraphError: a syntax error, an update, or a SERVICE clause; or the query fails.

    >>> graph = Store.from_triples([("ex:owl", "ex:eats", "ex:mouse"), ("ex:owl", "ex:eats", "ex:vole")])
    >>> [str(food) for (food,) in query(graph, "SELECT ?food { <ex:owl> <ex:eats> ?food } ORDER BY ?food").rows]
    ['<ex:mouse>', '<ex:vole>']
    """
    question = Question(text, store.prefixes)
    return question.ask(Index.of(store), limit=limit)


class Question:
    """A query that has been found to be one, before anything is asked.

    Attributes:
        text: the query.

    >>> Question("SELECT * { ?s ?p }")
    Traceback (most recent call last):
        ...
    graphs.errors.GraphError: not valid SPARQL: line 1, column 19: expected one of LATERAL, SERVICE, [_], got the end
    """

    def __init__(self, text: str, prefixes: Mapping[str, str] | None = None) -> None:
        """Check a query.

        Args:
            text: the query.
            prefixes: short names of namespaces that it need not declare.

        Raises:
            GraphError: a syntax error, an update, or a SERVICE clause.
        """
        if is_update(text):
            raise GraphError(
                "updates are refused, a query only reads: change a graph with kgx kg add, remove or forget"
            )
        refuse_federation(text)
        self.text = text
        self._prefixes = {**_USUAL, **{name: iri for name, iri in (prefixes or {}).items() if is_iri(iri)}}
        self._found(ox.Store())  # answers are worked out as they are taken: this only parses

    def ask(self, index: Index, *, limit: int | None = None) -> Answer:
        """Ask an index.

        Args:
            index: the index of a graph.
            limit: how many rows to give at most.

        Raises:
            GraphError: the query fails.
        """
        return Answer.of(self._found(index.engine), limit)

    def _found(self, engine: ox.Store) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        try:
            return engine.query(self.text, prefixes=self._prefixes)
        except SyntaxError as error:
            raise GraphError(_explain(str(error), self.text)) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise GraphError(f"the query failed: {error}") from error


def _explain(message: str, text: str) -> str:
    """Say in a line where a query is wrong, and what could have stood there."""
    message = " ".join(message.split())
    place = re.match(r"error at (\d+):(\d+): ", message)
    if place is None:
        return f"not valid SPARQL: {message}"
    line, column = int(place.group(1)), int(place.group(2))
    expected = message[place.end() :]
    if len(expected) > _EXPECTED:
        expected = expected[:_EXPECTED] + "…"
    lines = text.split("\n")
    rest = lines[line - 1] if line <= len(lines) else ""
    rest = rest[rest.rfind(" ", 0, column - 1) + 1 :] if column <= len(rest) else ""
    got = repr(rest[:_QUOTED] + "…" if len(rest) > _QUOTED else rest) if rest else "the end"
    return f"not valid SPARQL: line {line}, column {column}: {expected}, got {got}"
