"""The graph of relations against its definition, relation by relation and entity by entity."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.gnn.ultra.edges import Edges
from graphs.gnn.ultra.relation_graph import MEETINGS, relation_graph

triples = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 4)), max_size=12, unique=True
)


def edges_of(links: list[tuple[int, int, int]]) -> Edges:
    heads, relations, tails = np.array(links, np.int64).reshape(-1, 3).T
    return Edges.both_ways(heads, relations, tails, num_nodes=5, num_relations=3)


def by_definition(links: list[tuple[int, int, int]]) -> set[tuple[int, str, int]]:
    both = links + [(tail, relation + 3, head) for head, relation, tail in links]
    ends = {"head": [{h for h, r, _ in both if r == a} for a in range(6)]}
    ends["tail"] = [{t for _, r, t in both if r == a} for a in range(6)]
    return {
        (a, meeting, b)
        for meeting in MEETINGS
        for a in range(6)
        for b in range(6)
        if ends[meeting.split()[0]][a] & ends[meeting.split()[-1]][b]
    }


@given(triples)
@settings(max_examples=50, deadline=None)
def test_relations_meet_where_they_share_an_entity(links: list[tuple[int, int, int]]) -> None:
    found = relation_graph(edges_of(links))
    rows = zip(found.targets.tolist(), found.relations.tolist(), found.sources.tolist(), strict=True)
    as_said = [(a, MEETINGS[meeting], b) for a, meeting, b in rows]
    assert len(as_said) == len(set(as_said))
    assert set(as_said) == by_definition(links)
    assert (found.num_nodes, found.num_relations) == (6, 4)


def test_a_relation_without_links_is_alone() -> None:
    found = relation_graph(edges_of([(0, 0, 1)]))
    assert set(found.targets.tolist()) == {0, 3}
