"""Personalised PageRank against networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from graphs.completion.links import Links
from graphs.completion.pagerank import PageRank


def test_it_is_what_networkx_computes_but_for_the_head() -> None:
    random = np.random.default_rng(0)
    pairs = np.unique(np.sort(random.integers(9, size=(20, 2)), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    rows = np.insert(pairs, 1, 0, axis=1)
    found = PageRank(Links.of(rows), 9, tolerance=1e-12).scores(np.array([0, 3]), np.array([0, 0]))
    graph = nx.Graph(pairs.tolist())
    graph.add_nodes_from(range(9))
    for head, row in zip((0, 3), found, strict=True):
        wanted = nx.pagerank(graph, alpha=0.85, personalization={head: 1.0}, tol=1e-12, max_iter=500)
        assert row[head] == 0.0
        for entity in set(range(9)) - {head}:
            assert row[entity] == pytest.approx(wanted[entity], abs=1e-8)


def test_what_cannot_be_reached_scores_nothing() -> None:
    found = PageRank(Links.of(np.array([[0, 0, 1]])), 3).scores(np.array([0, 2]), np.array([0, 0]))
    assert found[:, 2].tolist() == [0.0, 0.0]
    assert found[1].tolist() == [0.0, 0.0, 0.0]
