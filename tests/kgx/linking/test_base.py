from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgx.errors import KgxError
from kgx.linking import Links


def ids(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


@pytest.mark.parametrize(
    ("items", "concepts", "weights", "message"),
    [
        (ids(0), ids(1, 2), floats(1), "equal length"),
        (ids(-1), ids(1), floats(1), "negative"),
        (ids(0), ids(1), floats(0), "positive"),
        (ids(0), ids(1), floats(float("nan")), "positive"),
    ],
)
def test_impossible_links(items: np.ndarray, concepts: np.ndarray, weights: np.ndarray, message: str) -> None:
    with pytest.raises(KgxError, match=message):
        Links("mentions", items, concepts, weights, "lexical")


rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0, 10, width=32)), max_size=30)


@given(rows)
def test_collect_against_dictionaries(found: list[tuple[int, int, float]]) -> None:
    sums: dict[tuple[int, int], float] = {}
    for item, concept, weight in found:
        if weight > 0:
            sums[item, concept] = sums.get((item, concept), 0.0) + weight
    totals: dict[int, float] = {}
    for (item, _), weight in sums.items():
        totals[item] = totals.get(item, 0.0) + weight
    columns = np.array(found, dtype=np.float64).reshape(-1, 3)
    links = Links.collect(
        "mentions", columns[:, 0].astype(int), columns[:, 1].astype(int), columns[:, 2], provenance="test"
    )
    pairs = list(zip(links.items.tolist(), links.concepts.tolist(), strict=True))
    assert pairs == sorted(sums)
    expected = [sums[pair] / totals[pair[0]] for pair in pairs]
    assert links.weights.tolist() == pytest.approx(expected, rel=1e-5, abs=1e-30)
    assert (links.items.dtype, links.concepts.dtype, links.weights.dtype) == (np.int64, np.int64, np.float32)
    assert (links.relation, links.provenance, len(links)) == ("mentions", "test", len(sums))
