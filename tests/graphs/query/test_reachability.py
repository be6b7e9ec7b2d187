"""Following property paths: the same nodes as SPARQL finds, and an end to those that take too long."""

from __future__ import annotations

import numpy as np
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.errors import GraphError
from graphs.query.property_path import parse_path
from graphs.query.reachability import Deadline, Edges, Reachability

EX = "http://example.org/"
NODES = 6
_EDGES = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), min_size=1, max_size=8)


def _paths(depth: int) -> st.SearchStrategy[str]:
    if not depth:
        return st.sampled_from(["r", "s"])
    inner = _paths(depth - 1)
    return st.one_of(
        inner,
        st.builds("^({})".format, inner),
        st.builds("({}){}".format, inner, st.sampled_from("*+?")),
        st.builds("({})/({})".format, inner, inner),
        st.builds("({})|({})".format, inner, inner),
    )


def _reach(edges: dict[str, list[tuple[int, int]]]) -> Reachability:
    columns = {name: [Edges(*np.array(pairs).T)] for name, pairs in edges.items()}
    return Reachability(columns.__getitem__, NODES, Deadline(10.0))


@settings(max_examples=150, deadline=None)
@given(r=_EDGES, s=_EDGES, path=_paths(3), target=st.integers(0, NODES - 1))
def test_the_same_as_sparql(
    r: list[tuple[int, int]], s: list[tuple[int, int]], path: str, target: int
) -> None:
    store = ox.Store()
    everywhere = [
        (node, node) for node in range(NODES)
    ]  # an engine may pass over terms that it does not hold
    for name, pairs in (("r", r), ("s", s), ("t", everywhere)):
        for head, tail in pairs:
            ends = (ox.NamedNode(f"{EX}{head}"), ox.NamedNode(f"{EX}{tail}"))
            store.add(ox.Quad(ends[0], ox.NamedNode(EX + name), ends[1]))
    asked = path.replace("r", "ex:r").replace("s", "ex:s")
    prefixes = {"ex": EX}
    reach = _reach({"r": r, "s": s})
    back = store.query(f"SELECT DISTINCT ?x {{ ?x {asked} <{EX}{target}> }}", prefixes=prefixes)
    found = reach.origins(parse_path(path), np.array([target]))
    assert {f"{EX}{node}" for node in found.tolist()} == {row["x"].value for row in back}
    forth = store.query(f"SELECT DISTINCT ?x {{ <{EX}{target}> {asked} ?x }}", prefixes=prefixes)
    found = reach.ends(parse_path(path), np.array([target]))
    assert {f"{EX}{node}" for node in found.tolist()} == {row["x"].value for row in forth}
    assert found.tolist() == sorted(set(found.tolist()))


def test_a_long_way_is_given_up() -> None:
    count = 200_000
    chain = Edges(np.arange(count - 1), np.arange(1, count))
    reach = Reachability(lambda _: [chain], count, Deadline(0.05))
    with pytest.raises(GraphError, match=r"gave up after 0\.05 s"):
        reach.origins(parse_path("(up/up)*"), np.array([count - 1]))


def test_an_unknown_relation_is_the_callers_error() -> None:
    with pytest.raises(KeyError):
        Reachability({}.__getitem__, 1, Deadline(1.0)).ends(parse_path("a*"), np.array([0]))
