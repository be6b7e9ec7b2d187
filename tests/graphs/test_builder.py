"""What the builder accepts, refuses, and merges."""

from __future__ import annotations

import math

import pytest

from graphs import GraphBuilder, GraphError
from graphs.vocabulary import RDFS_LABEL, SKOS_PREF_LABEL


@pytest.mark.parametrize("terms", [("", "ex:r", "ex:b"), ("ex:a", "", "ex:b"), ("ex:a", "ex:r", "")])
def test_a_triple_needs_three_terms(terms: tuple[str, str, str]) -> None:
    with pytest.raises(GraphError, match="needs three terms"):
        GraphBuilder().add(*terms)


@pytest.mark.parametrize("terms", [("", RDFS_LABEL), ("ex:a", "")])
def test_a_literal_needs_a_subject_and_a_predicate(terms: tuple[str, str]) -> None:
    with pytest.raises(GraphError, match="needs a subject and a predicate"):
        GraphBuilder().add_literal(*terms, "text")


@pytest.mark.parametrize("weight", [-0.1, math.inf, math.nan])
def test_weights_are_finite_and_not_negative(weight: float) -> None:
    builder = GraphBuilder()
    with pytest.raises(GraphError, match=f"from 0 up, got {weight}"):
        builder.add("ex:a", "ex:r", "ex:b", weight=weight)
    with pytest.raises(GraphError, match=f"from 0 up, got {weight}"):
        builder.add_literal("ex:a", RDFS_LABEL, "A", weight=weight)
    assert builder.build().num_entities == 0, "what is refused leaves no trace"


def test_a_triple_from_two_sources_is_one_triple_with_the_greater_weight() -> None:
    builder = GraphBuilder()
    builder.add("ex:a", "ex:r", "ex:b", source="one", weight=0.5)
    builder.add("ex:a", "ex:r", "ex:b", source="two", weight=0.75)
    builder.add("ex:a", "ex:r", "ex:b", source="two", weight=0.25)
    graph = builder.build()
    assert (graph.num_triples, graph.weights.tolist()) == (1, [0.75])
    assert graph.sources() == {"one": 1, "two": 1}
    weights = graph.columns.statements.column("weight").to_pylist()
    assert weights == [0.5, 0.75], "each source keeps its own"


def test_building_goes_on_after_a_build() -> None:
    builder = GraphBuilder()
    builder.add("ex:b", "ex:r", "ex:c")
    first = builder.build()
    builder.add("ex:a", "ex:r", "ex:b")
    builder.add_literal("ex:a", SKOS_PREF_LABEL, "A")
    second = builder.build()
    assert (first.num_triples, first.num_literals) == (1, 0)
    assert (second.num_triples, second.num_literals) == (2, 1)
    assert second.entity_iris([0, 1, 2]) == ["ex:a", "ex:b", "ex:c"]
