"""Predicted links among those that a graph was told: told apart by their source, and as sure as their weight says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import pyarrow.compute as pc

from graphs.assemble import assemble
from graphs.columns import Columns
from graphs.errors import GraphError
from graphs.statements import Statements
from graphs.store import Store

__all__ = ["PREDICTED", "confident", "with_predictions"]

PREDICTED: Final = "predicted"
"""Source of predicted links; forgetting it gives back the graph as it was."""


def with_predictions(store: Store, links: Iterable[tuple[str, str, str, float]]) -> Columns:
    """Return a graph with predicted links in it.

    Args:
        store: the graph.
        links: (head, relation, tail, confidence), by name.

    >>> graph = Store.from_triples([("ex:owl", "ex:eats", "ex:mouse")])
    >>> Store(with_predictions(graph, [("ex:owl", "ex:eats", "ex:vole", 0.5)])).sources()
    {'': 1, 'predicted': 1}
    """
    statements = Statements()
    for head, relation, tail, confidence in links:
        statements.add(head, relation, tail, source=PREDICTED, weight=confidence)
    return assemble([store.block(), statements.block()], store.prefixes)


def confident(store: Store, minimum: float) -> Columns:
    """Return a graph without the predicted links that are less sure than ``minimum``; what it was told stays.

    Raises:
        GraphError: the minimum is not between 0 and 1.

    >>> graph = Store(with_predictions(Store.from_triples([]), [("ex:a", "ex:r", "ex:b", 0.5)]))
    >>> [Store(confident(graph, minimum)).num_triples for minimum in (0.5, 0.6)]
    [1, 0]
    """
    if not 0.0 <= minimum <= 1.0:
        raise GraphError(f"expected a confidence between 0 and 1, got {minimum}")
    statements = store.columns.statements
    predicted = pc.equal(statements.column("source").cast("string"), PREDICTED).to_numpy(zero_copy_only=False)
    unsure = statements.column("weight").to_numpy() < np.float32(minimum)
    return assemble([store.block(statements=~(predicted & unsure))], store.prefixes)
