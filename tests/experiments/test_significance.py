"""Tests between methods: who is compared with whom, and what correction does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.row_key import RowKey
from experiments.significance import against, compare, holm
from kgx.evaluate import paired_randomisation_test

OURS = "relation-transfer"


def values(seed: int, gain: float) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    return {
        "recall@10": (rng.random(80) < 0.4 + gain).astype(float).tolist(),
        "mrr": rng.random(80).tolist(),
        "median_rank": rng.random(80).tolist(),
    }


def test_ours_is_compared_with_every_other_over_all_seeds() -> None:
    rows = {RowKey("text-image", OURS, 0, seed): values(seed, 0.5) for seed in (0, 1)}
    rows[RowKey("text-image", "ridge", 0, 0)] = values(7, 0.0)
    rows[RowKey("text-image", "mlp", 0, 0)] = values(8, 0.4)
    rows[RowKey("text-image", "ridge", 50, 0)] = values(9, 0.0)  # ours has no such row
    records = compare(rows, against(OURS, ["ridge", OURS, "mlp", "not computed"]))
    assert [(r["shots"], r["metric"], r["other"]) for r in records] == [
        (0, "recall@10", "ridge"),
        (0, "recall@10", "mlp"),
        (0, "mrr", "ridge"),
        (0, "mrr", "mlp"),
    ]
    own = np.array([rows[RowKey("text-image", OURS, 0, seed)]["recall@10"] for seed in (0, 1)])
    other = np.array(rows[RowKey("text-image", "ridge", 0, 0)]["recall@10"])
    assert records[0]["difference"] == pytest.approx(own.mean() - other.mean())
    assert records[0]["p"] == paired_randomisation_test(own, other)
    assert records[0]["p_holm"] == pytest.approx(2 * records[0]["p"])


def test_other_queries_are_not_paired() -> None:
    rows = {
        RowKey("text-image", OURS, 0, 0): {"recall@10": [1.0, 0.0]},
        RowKey("text-image", "ridge", 0, 0): {"recall@10": [1.0]},
        RowKey("text-image", "mlp", 0, 0): {"accuracy": [1.0, 1.0]},
    }
    assert compare(rows, against(OURS, ["ridge", "mlp"])) == []


def test_several_references_are_one_family() -> None:
    marks = np.random.default_rng(0).random((4, 60)) < [[0.9], [0.5], [0.8], [0.8]]
    rows = {
        RowKey("pictures", method, 12, 0): {"accuracy": row.astype(float).tolist()}
        for method, row in zip(("a", "a, renamed", "b", "b, renamed"), marks, strict=True)
    }
    records = compare(rows, [("a", "a, renamed"), ("b", "b, renamed"), ("a", "a, renamed"), ("c", "a")])
    assert [(r["method"], r["other"], r["shots"]) for r in records] == [
        ("a", "a, renamed", 12),
        ("b", "b, renamed", 12),
    ]
    assert records[0]["difference"] == pytest.approx(marks[0].mean() - marks[1].mean())
    assert [r["p_holm"] for r in records] == holm([r["p"] for r in records])
    assert records[0]["p_holm"] == pytest.approx(2 * records[0]["p"])


def naive_holm(values: list[float], level: float) -> list[bool]:
    """Step down from the smallest until one is not small enough."""
    rejected = [False] * len(values)
    for rank, place in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        if values[place] * (len(values) - rank) > level:
            break
        rejected[place] = True
    return rejected


@given(st.lists(st.floats(0, 1), max_size=12), st.sampled_from([0.01, 0.05, 0.2]))
def test_corrected_values_reject_what_the_procedure_rejects(values: list[float], level: float) -> None:
    assert [p <= level for p in holm(values)] == naive_holm(values, level)
