"""Shapes: what a graph is to look like, in SHACL (https://www.w3.org/TR/shacl/), checked by pyshacl."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from graphs.bare_names import name_of
from graphs.errors import GraphError
from graphs.query.refusals import refuse_federation
from graphs.quiet_rdflib import quiet_rdflib
from graphs.store import Store
from graphs.survey import Survey
from graphs.validate.findings import Example, Finding, Severity
from graphs.vocabulary import local_name
from graphs.writers.rdflib import to_rdflib

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node

__all__ = ["check_shapes"]

SH: Final = "http://www.w3.org/ns/shacl#"
_SEVERITIES: Final = {
    SH + "Warning": Severity.warning,
    SH + "Info": Severity.info,
    SH + "Debug": Severity.info,
    SH + "Trace": Severity.info,
}
"""Severities of results; a violation, or one that a shape makes up, is an error."""
_QUERIES: Final = tuple(SH + name for name in ("select", "ask", "construct", "update"))
_FROM: Final = re.compile(r"\bFROM\s+(?:NAMED\s+)?<", re.IGNORECASE)


def check_shapes(survey: Survey, shapes: Store) -> Iterator[Finding]:
    """Find what of a graph does not have the shapes that it is to have.

    All named graphs are looked at as one. The graph is held in memory by rdflib meanwhile, at about a kilobyte a
    statement. Nothing is fetched: queries in shapes must not name graphs or services elsewhere.

    Raises:
        GraphError: pyshacl is missing, or the shapes cannot be used.
    """
    try:
        import pyshacl
    except ImportError as error:
        raise GraphError("SHACL needs pyshacl: pip install 'kgx-retrieval[kg]'") from error
    _refuse_remote(shapes)
    data, wanted = _united(survey.store), _united(shapes)
    with quiet_rdflib():
        report = _report(pyshacl.validate, data, wanted)
    yield from _findings(report, survey.limit)


def _report(
    validate: Callable[..., tuple[bool, Any, str]], data: rdflib.Graph, shapes: rdflib.Graph
) -> rdflib.Graph:
    """Return pyshacl's report, or raise a GraphError where the shapes are at fault."""
    from pyparsing.exceptions import ParseBaseException

    # Broken shapes make themselves known through whatever pyshacl and rdflib run into: its own errors, which are
    # RuntimeErrors too, those of regular expressions, of lists that never end, and of SPARQL.
    try:
        _, report, text = validate(data, shacl_graph=shapes, inplace=True)
    except (RuntimeError, ValueError, re.error, ParseBaseException) as error:
        raise GraphError(f"the shapes cannot be used: {str(error).partition(chr(10))[0]}") from error
    if isinstance(report, (Exception, bytes)):
        raise GraphError(f"the shapes cannot be used: {text}")
    found: rdflib.Graph = report
    return found


def _refuse_remote(shapes: Store) -> None:
    literals = shapes.literals
    for predicate, text in zip(literals["predicate"].to_pylist(), literals["value"].to_pylist(), strict=True):
        if predicate in _QUERIES:
            refuse_federation(text)
            if _FROM.search(text):
                raise GraphError("FROM is refused in the queries of shapes: they ask the graph only")


def _united(store: Store) -> rdflib.Graph:
    """Return all that a graph holds, named graphs and all, as one of rdflib's."""
    import rdflib

    dataset = to_rdflib(store)
    if not any(store.graphs().keys() - {""}):
        whole: rdflib.Graph = dataset.default_graph
        return whole
    united = rdflib.Graph()
    for subject, predicate, value, _ in dataset.quads():
        united.add((subject, predicate, value))
    return united


class _Kind(NamedTuple):
    """What results of one finding have in common."""

    severity: Severity
    shape: str
    path: str
    component: str


def _findings(report: rdflib.Graph, limit: int) -> Iterator[Finding]:
    from rdflib import URIRef

    def told(result: Node, name: str) -> str:
        return _name(report.value(result, URIRef(SH + name)))

    results = [
        (
            _Kind(
                _SEVERITIES.get(told(result, "resultSeverity"), Severity.error),
                told(result, "sourceShape"),
                told(result, "resultPath"),
                told(result, "sourceConstraintComponent"),
            ),
            {"entity": told(result, "focusNode"), "value": told(result, "value")},
            told(result, "resultMessage"),
        )
        for result in report.objects(None, URIRef(SH + "result"))
    ]
    found: dict[_Kind, list[tuple[Example, str]]] = defaultdict(list)
    for kind, example, message in sorted(
        results, key=lambda one: (one[0], one[1]["entity"], one[1]["value"], one[2])
    ):
        found[kind].append(({name: value for name, value in example.items() if value}, message))
    for kind, cases in found.items():
        messages = {message for _, message in cases}
        rule = local_name(kind.component).removesuffix("ConstraintComponent")
        where = f" of {kind.path}" if kind.path and not kind.path.startswith("_:") else ""
        shape = "" if kind.shape.startswith("_:") else f", in the shape {kind.shape}"
        said = f": {messages.pop()}" if len(messages) == 1 else ""
        examples = tuple(
            {**example, **({"message": text} if messages else {})} for example, text in cases[:limit]
        )
        yield Finding("shacl", kind.severity, f"breaches of {rule}{where}{shape}{said}", len(cases), examples)


def _name(term: Node | None) -> str:
    from rdflib import BNode, URIRef

    if term is None:
        return ""
    if isinstance(term, BNode):
        return f"_:{term}"
    return name_of(str(term)) if isinstance(term, URIRef) else str(term)
