"""Predicted links in a graph: told apart, left out when unsure, and taken out again."""

from __future__ import annotations

import pytest

from graphs.completion.predicted import PREDICTED, confident, with_predictions
from graphs.errors import GraphError
from graphs.operations.editing import forget
from graphs.store import Store
from graphs.vocabulary import RDFS_LABEL

TOLD = Store.from_triples(
    [("ex:owl", "ex:eats", "ex:mouse"), ("ex:owl", "ex:isA", "ex:bird")],
    literals=[("ex:owl", RDFS_LABEL, "owl", "en")],
    source="book",
)
GUESSES = [
    ("ex:owl", "ex:eats", "ex:vole", 0.75),
    ("ex:hen", "ex:isA", "ex:bird", 0.5),
    ("ex:owl", "ex:eats", "ex:mouse", 0.25),  # known already: it has a further source
]


def test_predictions_are_told_apart_and_weigh_what_they_are_worth() -> None:
    graph = Store(with_predictions(TOLD, GUESSES))
    assert graph.sources() == {"book": 3, PREDICTED: 3}
    _, tails, weights = graph.edges("ex:eats")
    assert dict(zip(graph.entity_iris(tails), weights.tolist(), strict=True)) == {
        "ex:mouse": 1.0,
        "ex:vole": 0.75,
    }


def test_forgetting_them_gives_back_the_graph() -> None:
    graph = Store(with_predictions(TOLD, GUESSES))
    assert forget(graph, PREDICTED).columns.equals(TOLD.columns)


def test_unsure_predictions_can_be_left_out() -> None:
    graph = Store(with_predictions(TOLD, GUESSES))
    assert Store(confident(graph, 0.6)).sources() == {"book": 3, PREDICTED: 1}
    assert confident(graph, 0.0).equals(graph.columns)
    with pytest.raises(GraphError, match="between 0 and 1"):
        confident(graph, 1.5)
