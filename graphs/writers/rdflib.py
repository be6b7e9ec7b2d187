"""A graph as rdflib holds it (https://rdflib.readthedocs.io), and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from graphs import vocabulary as v
from graphs.bare_names import NAMES, name_of
from graphs.block import Block
from graphs.errors import GraphError
from graphs.quiet_rdflib import quiet_rdflib
from graphs.statements import Statements
from graphs.store import Store
from graphs.writers.terms import StoreTerms, resources
from graphs.writers.writable import Dialect, writable

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import IdentifiedNode, Node

__all__ = ["from_rdflib", "to_rdflib"]


def to_rdflib(store: Store, *, namespace: str = NAMES) -> rdflib.Dataset:
    """Return the statements of a graph as rdflib holds them, with its prefixes.

    Lexical forms stay as they are: ``"01"^^xsd:integer`` is not made ``"1"``. Weights and sources are left out.

    Args:
        store: the graph.
        namespace: where names that are no IRIs become IRIs; see :mod:`graphs.bare_names`.

    Returns:
        A data set; its ``default_graph`` holds what stands in no named graph.

    Raises:
        GraphError: the graph holds what rdflib has no place for: RDF 1.2 triple terms or base directions.

    >>> graph = Store.from_triples([("http://example.org/owl", "http://example.org/eats", "mouse")])
    >>> [triple] = to_rdflib(graph).default_graph
    >>> triple[2]
    rdflib.term.URIRef('urn:graphs:name:mouse')
    """
    import rdflib

    terms = StoreTerms.of(store, namespace)
    chosen = writable(store, Dialect(graphs=True, rdf12=False), terms)
    if lost := chosen.lost:
        found = ", ".join(f"{count:,} {what}" for what, count in lost.items())
        raise GraphError(f"rdflib has no place for {found}: write a file of N-Quads, Turtle or TriG instead")
    dataset = rdflib.Dataset()
    for prefix, iri in store.prefixes.items():
        dataset.bind(prefix, iri, replace=True)
    with quiet_rdflib():
        dataset.addN(_triples(store, terms, chosen.statements, dataset, namespace))
        dataset.addN(_literals(store, terms, chosen.literals, dataset, namespace))
    return dataset


Quads = Iterator[tuple[Any, Any, Any, "rdflib.Graph"]]


def _triples(store: Store, terms: StoreTerms, rows: Any, dataset: rdflib.Dataset, namespace: str) -> Quads:
    table = store.columns.statements.take(pa.array(rows))
    node = _memory(_node, terms.nodes.written)
    relation = _memory(_node, terms.relations)
    graph = _graphs(table, dataset, namespace)
    triple = table.column("triple").to_numpy()
    ends = (store.heads[triple].tolist(), store.relation_ids[triple].tolist(), store.tails[triple].tolist())
    for head, kind, tail, place in zip(*ends, _codes(table, "graph"), strict=True):
        yield node(head), relation(kind), node(tail), graph[place]


def _literals(store: Store, terms: StoreTerms, rows: Any, dataset: rdflib.Dataset, namespace: str) -> Quads:
    from rdflib import Literal, URIRef

    table = store.columns.literals.take(pa.array(rows))
    node = _memory(_node, terms.nodes.written)
    predicate = _memory(_node, terms.predicates)
    graph = _graphs(table, dataset, namespace)
    languages = table.column("language").dictionary.to_pylist()
    datatypes = [URIRef(iri) if iri else None for iri in table.column("datatype").dictionary.to_pylist()]
    columns = (
        table.column("subject").to_pylist(),
        _codes(table, "predicate"),
        table.column("value").to_pylist(),
        *(_codes(table, name) for name in ("language", "datatype", "graph")),
    )
    for subject, kind, value, language, datatype, place in zip(*columns, strict=True):
        tag = languages[language]
        literal = Literal(
            value, lang=tag or None, datatype=None if tag else datatypes[datatype], normalize=False
        )
        yield node(subject), predicate(kind), literal, graph[place]


def _memory(make: Callable[[str], Any], terms: pa.LargeStringArray) -> Callable[[int], Any]:
    """Return what makes the term of a number, each only once."""
    made: dict[int, Any] = {}

    def term(number: int) -> Any:
        found = made.get(number)
        if found is None:
            found = made[number] = make(terms[number].as_py())
        return found

    return term


def _node(written: str) -> IdentifiedNode:
    from rdflib import BNode, URIRef

    return BNode(written[2:]) if written.startswith("_:") else URIRef(written[1:-1])


def _graphs(table: pa.RecordBatch, dataset: rdflib.Dataset, namespace: str) -> list[rdflib.Graph]:
    names = table.column("graph").dictionary.cast(pa.large_string())
    written = resources(names, namespace).written.to_pylist()
    return [
        dataset.graph(_node(term)) if name else dataset.default_graph
        for name, term in zip(names.to_pylist(), written, strict=True)
    ]


def _codes(table: pa.RecordBatch, name: str) -> list[int]:
    return list(np.asarray(table.column(name).indices.to_numpy()).tolist())


def from_rdflib(graph: rdflib.Graph, *, source: str = "") -> Block:
    """Return the statements of an rdflib graph or data set as a block that a graph can be made of.

    Blank nodes keep their names, which rdflib makes up such that no two are the same.

    Args:
        graph: a graph; of a data set, the named graphs are kept.
        source: kept with every statement.

    Raises:
        GraphError: a term that RDF has no place for: a variable, a formula, or a literal as a subject.

    >>> import rdflib
    >>> from graphs.assemble import assemble
    >>> text = '@prefix ex: <http://example.org/> . ex:owl ex:eats ex:mouse ; ex:name "Eule"@de .'
    >>> Store(assemble([from_rdflib(rdflib.Graph().parse(data=text))]))
    Store(entities=2, relations=1, triples=1, literals=1)
    """
    import rdflib

    statements = Statements()
    if isinstance(graph, rdflib.ConjunctiveGraph):
        default = getattr(graph, "default_graph", None) or graph.default_context
        quads = ((s, p, o, _place(place, default.identifier)) for s, p, o, place in graph.quads())
    else:
        quads = ((*triple, "") for triple in graph)
    for subject, predicate, value, place in quads:
        head = _name(subject)
        if not isinstance(predicate, rdflib.URIRef):
            raise GraphError(f"expected an IRI as the predicate of {subject.n3()}, got {predicate.n3()}")
        relation = name_of(str(predicate))
        if not isinstance(value, rdflib.Literal):
            statements.add(head, relation, _name(value), source=source, graph=place)
            continue
        datatype = "" if value.language or value.datatype is None else str(value.datatype)
        statements.add_literal(
            head,
            relation,
            str(value),
            language=(value.language or "").lower(),
            datatype="" if datatype == v.XSD_STRING else name_of(datatype),
            source=source,
            graph=place,
        )
    return statements.block()


def _place(graph: Any, default: Node) -> str:
    identifier = getattr(graph, "identifier", graph)
    return "" if identifier is None or identifier == default else _name(identifier)


def _name(node: Node) -> str:
    from rdflib import BNode, URIRef

    if isinstance(node, URIRef):
        return name_of(str(node))
    if isinstance(node, BNode):
        return f"_:{node}"
    raise GraphError(f"expected an IRI or a blank node, got {node!r}")
