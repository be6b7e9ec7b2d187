"""Edges and axioms of OBO Graphs as the RDF that OWL 2 writes them in.

Source: https://www.w3.org/TR/owl2-mapping-to-rdf/. An edge of a class stands for "all X are R some Y", which OWL
writes as a restriction; here it is one triple, as OBO Graphs has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from graphs import vocabulary as v
from graphs.readers.obo_graphs.meta import Elements, Problem, annotate

__all__ = ["AXIOMS", "add_edge"]

_EQUIVALENT: Final = v.OWL + "equivalentClass"
_CHAIN: Final = v.OWL + "propertyChainAxiom"
_DOMAIN: Final = v.RDFS + "domain"
_RANGE: Final = v.RDFS + "range"
_PREDICATES: Final = {
    "is_a": v.RDFS_SUBCLASS_OF,
    "subPropertyOf": v.RDFS + "subPropertyOf",
    "inverseOf": v.OWL_INVERSE_OF,
    "type": v.RDF_TYPE,
}
"""Predicates of edges that are no IRIs."""


def add_edge(elements: Elements, edge: dict[str, Any], line: int) -> None:
    """Add an edge, and what its meta says of it."""
    _annotate(elements, _edge(elements, edge), edge, line, ("sub", "pred", "obj"))


def _edge(elements: Elements, edge: dict[str, Any]) -> tuple[str, str, str]:
    statement = _ends(elements, edge)
    elements.add(*statement)
    return statement


def _ends(elements: Elements, edge: Any) -> tuple[str, str, str]:
    if not isinstance(edge, dict):
        raise Problem(f"expected an edge, got {edge!r:.80}")
    predicate = edge.get("pred")
    relation = _PREDICATES[predicate] if predicate in _PREDICATES else elements.iri(predicate)
    return elements.iri(edge.get("sub")), relation, elements.iri(edge.get("obj"))


def _add_equivalents(elements: Elements, axiom: dict[str, Any], line: int) -> None:
    nodes = elements.iris(axiom.get("nodeIds"))
    first = axiom.get("representativeNodeId")
    representative = nodes[0] if first is None and nodes else elements.iri(first)
    others = [node for node in dict.fromkeys(nodes) if node != representative]
    if not others:
        raise Problem(f"expected two or more nodes that are equivalent, got {nodes!r:.80}")
    for number, node in enumerate(others):
        elements.add(representative, _EQUIVALENT, node)
        statement = (representative, _EQUIVALENT, node)
        _annotate(elements, statement, axiom, line, ("representativeNodeId", "nodeIds"), unknown=number == 0)


def _add_definition(elements: Elements, axiom: dict[str, Any], line: int) -> None:
    defined = elements.iri(axiom.get("definedClassId"))
    parts = elements.iris(axiom.get("genusIds"))
    restrictions = axiom.get("restrictions") or []
    if not isinstance(restrictions, list):
        raise Problem(f"expected a list of restrictions, got {restrictions!r:.80}")
    ends = []
    for restriction in restrictions:
        if not isinstance(restriction, dict):
            raise Problem(f"expected a restriction, got {restriction!r:.80}")
        ends.append((elements.iri(restriction.get("propertyId")), elements.iri(restriction.get("fillerId"))))
    if not parts and not ends:
        raise Problem(f"the definition of {defined} has neither genus nor restrictions")
    parts += [_restriction(elements, relation, "someValuesFrom", filler) for relation, filler in ends]
    meaning = parts[0]
    if len(parts) > 1:
        meaning = elements.blank()
        elements.add(meaning, v.RDF_TYPE, v.OWL + "Class")
        elements.add(meaning, v.OWL + "intersectionOf", _list(elements, parts))
    elements.add(defined, _EQUIVALENT, meaning)
    known = ("definedClassId", "genusIds", "restrictions")
    _annotate(elements, (defined, _EQUIVALENT, meaning), axiom, line, known)


def _add_domain_range(elements: Elements, axiom: dict[str, Any], line: int) -> None:
    relation = elements.iri(axiom.get("predicateId"))
    statements = [(relation, _DOMAIN, found) for found in elements.iris(axiom.get("domainClassIds"))]
    statements += [(relation, _RANGE, found) for found in elements.iris(axiom.get("rangeClassIds"))]
    edges = axiom.get("allValuesFromEdges") or []
    if not isinstance(edges, list):
        raise Problem(f"expected a list of edges, got {edges!r:.80}")
    for subject, edge_relation, filler in [_ends(elements, edge) for edge in edges]:
        restriction = _restriction(elements, edge_relation, "allValuesFrom", filler)
        statements.append((subject, v.RDFS_SUBCLASS_OF, restriction))
    if not statements:
        raise Problem(f"the axiom of {relation} names neither domain nor range")
    known = ("predicateId", "domainClassIds", "rangeClassIds", "allValuesFromEdges")
    for number, statement in enumerate(statements):
        elements.add(*statement)
        _annotate(elements, statement, axiom, line, known, unknown=number == 0)


def _add_chain(elements: Elements, axiom: dict[str, Any], line: int) -> None:
    relation = elements.iri(axiom.get("predicateId"))
    steps = elements.iris(axiom.get("chainPredicateIds"))
    if not steps:
        raise Problem(f"the chain of {relation} has no steps")
    chain = _list(elements, steps)
    elements.add(relation, _CHAIN, chain)
    _annotate(elements, (relation, _CHAIN, chain), axiom, line, ("predicateId", "chainPredicateIds"))


AXIOMS: Final[dict[str, Callable[[Elements, dict[str, Any], int], None]]] = {
    "equivalentNodesSets": _add_equivalents,
    "logicalDefinitionAxioms": _add_definition,
    "domainRangeAxioms": _add_domain_range,
    "propertyChainAxioms": _add_chain,
}
"""Lists of axioms in a graph, and what adds one of theirs."""


def _restriction(elements: Elements, relation: str, quantifier: str, filler: str) -> str:
    restriction = elements.blank()
    elements.add(restriction, v.RDF_TYPE, v.OWL + "Restriction")
    elements.add(restriction, v.OWL + "onProperty", relation)
    elements.add(restriction, v.OWL + quantifier, filler)
    return restriction


def _list(elements: Elements, members: Sequence[str]) -> str:
    """Add an RDF collection, and return where it begins."""
    places = [elements.blank() for _ in members]
    for place, member, after in zip(places, members, [*places[1:], v.RDF + "nil"], strict=True):
        elements.add(place, v.RDF + "first", member)
        elements.add(place, v.RDF + "rest", after)
    return places[0]


def _annotate(
    elements: Elements,
    statement: tuple[str, str, str],
    found: dict[str, Any],
    line: int,
    known: Sequence[str],
    *,
    unknown: bool = True,
) -> None:
    """Say of a statement what stands beside it, and (once an element) reject what the schema does not know."""
    annotate(elements, statement, found, line)
    if unknown:
        rest = {name: value for name, value in found.items() if name not in (*known, "meta", "xrefs", "lbl")}
        elements.reject_rest(statement[0], rest, line)
