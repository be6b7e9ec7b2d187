"""Relation mapping: by descriptors against brute force, and by table."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from graphs import vocabulary as v
from graphs.errors import GraphError
from graphs.neighbours import unit_rows
from graphs.operations.sssom import MappingRow, MappingTable
from graphs.relation_mapping import match_by_table, match_one_to_one


def _named(rows: np.ndarray, prefix: str) -> dict[str, np.ndarray]:
    return {f"{prefix}{number}": row for number, row in enumerate(rows)}


@pytest.mark.parametrize("seed", range(5))
def test_one_to_one_is_the_best_of_all_assignments(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source, target = rng.standard_normal((4, 3)), rng.standard_normal((5, 3))
    cosines = unit_rows(source) @ unit_rows(target).T
    best = max(permutations(range(5), 4), key=lambda chosen: sum(cosines[i, j] for i, j in enumerate(chosen)))
    found = match_one_to_one(_named(source, "s"), _named(target, "t"))
    assert [(match.source, match.target) for match in found] == [
        (f"s{i}", f"t{j}") for i, j in enumerate(best)
    ]
    assert found[0].score == pytest.approx(cosines[0, best[0]])


def test_a_table_is_read_in_both_directions_and_the_surest_row_counts() -> None:
    table = MappingTable()
    table.rows += [
        MappingRow("ex:a", v.SKOS_EXACT_MATCH, "wd:P1", 0.5, 2),
        MappingRow("wd:P1", v.SKOS_EXACT_MATCH, "ex:a", 0.9, 3),
        MappingRow("ex:b", v.SKOS_EXACT_MATCH, "wd:P9", 1.0, 4),
        MappingRow("ex:b", "ex:other", "wd:P1", 1.0, 5),
    ]
    found = match_by_table(table, ["ex:a", "ex:b"], ["wd:P1"])
    assert [(m.source, m.target, m.score, m.provenance) for m in found] == [("ex:a", "wd:P1", 0.9, "table")]
    assert match_by_table(table, ["ex:a"], ["wd:P1"], min_confidence=0.95) == []


def test_nothing_to_match_is_no_match_and_bad_descriptors_are_refused() -> None:
    assert match_one_to_one({}, {"t": np.ones(2)}) == []
    with pytest.raises(GraphError, match="one length"):
        match_one_to_one({"a": np.ones(2)}, {"t": np.ones(3)})
    with pytest.raises(GraphError, match="finite"):
        match_one_to_one({"a": np.array([np.nan])}, {"t": np.ones(1)})
