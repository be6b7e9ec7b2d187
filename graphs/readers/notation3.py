"""Notation3 (https://www.w3.org/TeamSubmission/n3/): its facts.

A document of nothing but facts is read by pyoxigraph. Others are read by rdflib, because pyoxigraph stops at some of
what they hold; rdflib writes numbers without quotes anew (01 as 1), and keeps no labels of blank nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from graphs.block import Block
from graphs.errors import GraphFormatError
from graphs.readers.anonymous import AnonymousNodes
from graphs.readers.document_pass import DocumentPass
from graphs.readers.documents import base_of, explain
from graphs.readers.feed import MalformedError
from graphs.readers.parsing import iri_fault, one_line
from graphs.readers.reading import Reading
from graphs.readers.replaying import replayable
from graphs.readers.terms import literal_kind
from graphs.statements import Statements

if TYPE_CHECKING:
    from rdflib.term import Literal, Node

__all__ = ["read_notation3"]

_EVERY_LABEL: Final = re.compile(".*")
"""rdflib makes up a label for every blank node, other ones at every reading."""


def read_notation3(reading: Reading) -> Iterator[Block]:
    """Yield the facts of a document, which is read as a whole if it holds anything else.

    Rules, quoted formulas and variables state no facts: statements with them count as rejected, and stop nothing.

    Raises:
        GraphError: the base is no absolute IRI.
        GraphFormatError: the document cannot be read, or goes beyond the limits; or it is not valid, and the first
            error stops the reading.

    >>> import io
    >>> text = b"@prefix : <http://example.org/> . :a :b :c . { ?x :b ?y } => { ?y :d ?x } ."
    >>> reading = Reading(None, "stdin", "n3", stream=io.BytesIO(text))
    >>> [len(block) for block in read_notation3(reading)], len(reading.rejections())
    ([1], 3)
    """
    base = base_of(reading)
    limit = reading.limits.max_statement
    with replayable(reading) as opener:
        if DocumentPass(reading, opener, base).states_facts_only():
            yield from DocumentPass(reading, opener, base).blocks()
            return
        with opener() as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise GraphFormatError(
                f"Notation3 is read as a whole, and this is over {limit:,} bytes", reading.name
            )
        try:
            said, prefixes = _parse(data, base, reading)
        except MalformedError as error:
            reading.reject(explain(error, reading, opener), error.line)
            return
    for prefix, namespace in prefixes.items():
        reading.prefixes.setdefault(prefix, namespace)
    statements = Statements()
    for triple, quoted in said:
        _add(triple, quoted, statements, reading)
    yield AnonymousNodes(reading.scope, _EVERY_LABEL).named(statements.block())


def _parse(
    data: bytes, base: str | None, reading: Reading
) -> tuple[list[tuple[tuple[Node, ...], bool]], dict[str, str]]:
    """Return the statements in the order in which they stand, said again or not, and which stand in a formula."""
    import rdflib
    from rdflib.plugins.parsers.notation3 import BadSyntax
    from rdflib.plugins.stores.memory import Memory

    said: list[tuple[tuple[Node, ...], bool]] = []
    letters = 0

    class Recorder(Memory):
        def add(self, triple: Any, context: Any, quoted: bool = False) -> None:
            nonlocal letters
            letters += sum(len(term) for term in triple if isinstance(term, str))
            reading.limits.check_expansion(letters, len(data), reading.name)
            said.append((triple, quoted))

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError(
            f"not UTF-8: {error.reason}", line=data.count(b"\n", 0, error.start) + 1
        ) from error
    graph = rdflib.Graph(store=Recorder(), bind_namespaces="none")
    normalize, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        graph.parse(data=text, format="n3", publicID=base)
    except BadSyntax as error:
        raise MalformedError(error._why, line=error.lines + 1) from error
    except RecursionError as error:
        raise MalformedError("nested too deeply") from error
    except GraphFormatError:
        raise
    except Exception as error:
        # malformed texts also make rdflib's parser raise IndexError, AssertionError or a bare Exception
        raise MalformedError(" ".join(f"{type(error).__name__}: {error}".split())) from error
    finally:
        rdflib.NORMALIZE_LITERALS = normalize
    return said, {prefix: str(namespace) for prefix, namespace in graph.namespaces()}


def _add(triple: tuple[Node, ...], quoted: bool, statements: Statements, reading: Reading) -> None:
    from rdflib.term import BNode, Literal, URIRef

    subject, predicate, value = triple
    if quoted:
        reading.leave_out(f"it stands in a quoted formula, and states no fact: {_shown(triple)}")
        return
    if (
        type(subject) not in (URIRef, BNode)
        or type(predicate) is not URIRef
        or not isinstance(value, URIRef | BNode | Literal)
    ):
        reading.leave_out(f"a rule, a formula or a variable states no fact: {_shown(triple)}")
        return
    fault = next(filter(None, map(_fault, triple)), None)
    if fault is not None:
        reading.reject(f"not valid n3: {fault}")
        return
    head, relation = _name(subject, reading.scope), str(predicate)
    if isinstance(value, Literal):
        language, datatype = literal_kind(_literal(value))
        statements.add_literal(
            head,
            relation,
            str(value),
            language=language,
            datatype=datatype,
            source=reading.source,
            graph=reading.graph,
        )
    else:
        statements.add(
            head, relation, _name(value, reading.scope), source=reading.source, graph=reading.graph
        )


def _name(node: Node, scope: str) -> str:
    from rdflib.term import BNode

    return f"_:{scope}{node}" if isinstance(node, BNode) else str(node)


def _literal(node: Literal) -> ox.Literal:
    if node.language:
        return ox.Literal("", language=node.language)
    return ox.Literal("", datatype=ox.NamedNode(str(node.datatype)) if node.datatype else None)


def _fault(node: Node) -> str | None:
    """Return what is wrong with a term, or None."""
    from rdflib.term import Literal, URIRef

    if isinstance(node, URIRef):
        fault = iri_fault(str(node))
        return fault and f"{fault} in {str(node)!r}"
    if isinstance(node, Literal):
        try:
            _literal(node)
        except ValueError as error:
            return one_line(str(error))
    return None


def _shown(triple: tuple[Node, ...]) -> str:
    return " ".join(f"{str(node)[:100]!r}" for node in triple)
