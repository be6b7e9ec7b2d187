"""Literals without a value are kept in silence; everything else that rdflib logs is heard."""

from __future__ import annotations

import logging

import pytest

from graphs import KnowledgeGraph
from graphs.quiet_rdflib import quiet_rdflib
from graphs.statements import Statements
from graphs.survey import Survey
from graphs.validate.shacl import check_shapes
from graphs.vocabulary import RDF_TYPE, XSD


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    statements = Statements()
    statements.add("x:owl", RDF_TYPE, "x:Bird")
    statements.add_literal("x:owl", "x:age", "ten", datatype=XSD + "integer")
    graph = KnowledgeGraph.from_blocks([statements.block()])
    data = graph.to_rdflib()
    assert "ten" in {str(value) for _, _, value in data.default_graph}
    assert list(check_shapes(Survey(graph), graph)) == []
    assert not caplog.records


def test_other_messages_are_heard(caplog: pytest.LogCaptureFixture) -> None:
    with quiet_rdflib():
        logging.getLogger("rdflib.term").warning("something else")
    assert [record.message for record in caplog.records] == ["something else"]
