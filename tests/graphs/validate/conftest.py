"""Graphs written in TriG, without the readers, which have tests of their own."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox
import pytest

from graphs.assemble import assemble
from graphs.readers.terms import literal_kind, term_name
from graphs.statements import Statements
from graphs.store import Store

PREFIXES = """
@prefix ex: <http://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
Trig = Callable[[str], Store]


@pytest.fixture(scope="session")
def trig() -> Trig:
    """Make a graph of TriG text; the usual prefixes need no declaration."""

    def store_of(text: str) -> Store:
        statements = Statements()
        for quad in ox.parse(PREFIXES + text, ox.RdfFormat.TRIG):
            subject, predicate = term_name(quad.subject, ""), quad.predicate.value
            graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else term_name(quad.graph_name, "")
            if isinstance(quad.object, ox.Literal):
                language, datatype = literal_kind(quad.object)
                statements.add_literal(
                    subject, predicate, quad.object.value, language=language, datatype=datatype, graph=graph
                )
            else:
                statements.add(subject, predicate, term_name(quad.object, ""), graph=graph)
        return Store(assemble([statements.block()], prefixes={"ex": "http://example.org/"}))

    return store_of
