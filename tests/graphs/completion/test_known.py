"""Right answers against looking through all links."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.completion.known import KnownAnswers
from graphs.completion.links import Links

rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1), st.integers(0, 4)), max_size=15)
queries = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=8)


@given(rows, queries)
@settings(max_examples=60, deadline=None)
def test_answers_are_those_that_some_link_gives(
    links: list[tuple[int, int, int]], asked: list[tuple[int, int]]
) -> None:
    known = KnownAnswers(Links.of(np.array(links, np.int64).reshape(-1, 3)), num_relations=2)
    places, answers = known.pairs(*np.array(asked).T)
    found = list(zip(places.tolist(), answers.tolist(), strict=True))
    both = {(h, r, t) for h, r, t in links} | {(t, r + 2, h) for h, r, t in links}
    wanted = {(place, t) for place, query in enumerate(asked) for h, r, t in both if (h, r) == query}
    assert found == sorted(wanted)
