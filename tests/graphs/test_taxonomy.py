"""How alike things are by their kinds: the formula, by hand and by a slow reference."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.store import Store
from graphs.taxonomy import Taxonomy
from graphs.vocabulary import SKOS_BROADER

BROADER = "http://www.w3.org/2004/02/skos/core#broader"


def test_by_hand() -> None:
    kinds = [("owl", "bird"), ("hen", "bird"), ("bird", "animal"), ("cat", "animal"), ("car", "thing")]
    graph = Store.from_triples([(head, SKOS_BROADER, tail) for head, tail in kinds])
    names = ["owl", "hen", "bird", "cat", "car", "animal"]
    owl, *others = graph.entity_ids(names).tolist()
    found = Taxonomy(graph).similarity(np.array([owl]), np.array([owl, *others]))
    # Depths: animal 1, bird 2, owl 3. owl-hen meet in bird: 4 / (4 + 1 + 1); owl-cat in animal: 2 / (2 + 2 + 1).
    assert found[0].tolist() == pytest.approx([1, 4 / 6, 4 / 5, 2 / 5, 0, 2 / 4])


def test_a_graph_without_kinds() -> None:
    taxonomy = Taxonomy(Store.from_triples([("a", "ex:r", "b")]))
    assert taxonomy.similarity(np.array([0, 1]), np.array([0, 1])).tolist() == [[1, 0], [0, 1]]
    assert taxonomy.similarity(np.array([0]), np.zeros(0, dtype=np.int64)).shape == (1, 0)


def test_cycles_end() -> None:
    graph = Store.from_triples([("a", SKOS_BROADER, "b"), ("b", SKOS_BROADER, "a")])
    found = Taxonomy(graph).similarity(np.array([0]), np.array([0, 1]))
    assert found.tolist() == [pytest.approx([1, 2 / 3])]


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=20))
def test_agrees_with_walking(pairs: list[tuple[int, int]]) -> None:
    edges = [(str(min(pair)), BROADER, str(max(pair))) for pair in pairs if pair[0] != pair[1]]
    if not edges:
        return
    graph = Store.from_triples(edges)
    up = nx.DiGraph([(head, tail) for head, _, tail in edges])
    roots = [node for node in up if not up.out_degree(node)]
    steps = dict(nx.all_pairs_shortest_path_length(up))
    depth = {node: 1 + min(steps[node][root] for root in roots if root in steps[node]) for node in up}
    names = sorted(up)
    numbers = graph.entity_ids(names)
    found = Taxonomy(graph).similarity(numbers, numbers)
    for row, one in enumerate(names):
        for column, other in enumerate(names):
            common = steps[one].keys() & steps[other].keys()
            expected = max(
                (2 * depth[a] / (2 * depth[a] + steps[one][a] + steps[other][a]) for a in common), default=0
            )
            assert found[row, column] == pytest.approx(expected)
