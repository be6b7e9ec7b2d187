"""Near-duplicates that are no mistakes, and siblings that stand together."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kgx.negatives import NearDuplicates, NegativeOptions, SiblingOrder

VECTORS = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.0, 2.0]])  # cosines: 0.8, 0, 0.6
OWN = torch.eye(3, dtype=torch.bool)


def test_near_duplicates_are_ignored_or_right_in_part() -> None:
    everything = torch.arange(3)
    targets, ignored = NearDuplicates(VECTORS, 0.7, "ignored").judge(OWN, everything)
    assert torch.equal(targets, OWN)
    assert ignored is not None
    assert ignored.nonzero().tolist() == [[0, 1], [1, 0]]
    soft, none = NearDuplicates(VECTORS, 0.5, "positive").judge(OWN, everything)
    assert none is None
    torch.testing.assert_close(soft, torch.tensor([[1.0, 0.6, 0.0], [0.6, 1.0, 0.2], [0.0, 0.2, 1.0]]))


def test_what_is_known_to_be_right_is_never_ignored() -> None:
    positives = torch.ones(2, 2, dtype=torch.bool)
    _, ignored = NearDuplicates(VECTORS, 0.7, "ignored").judge(positives, torch.tensor([0, 1]))
    assert ignored is not None
    assert not ignored.any()


def test_a_caption_may_come_twice_and_as_any_other_nothing_changes() -> None:
    targets, ignored = NearDuplicates(VECTORS, 0.7, "ignored").judge(OWN, torch.tensor([2, 0, 2]))
    assert ignored is not None
    assert ignored.nonzero().tolist() == [[0, 2], [2, 0]]
    assert torch.equal(targets, OWN)
    assert NearDuplicates(VECTORS, 0.7, "negative").judge(OWN, torch.arange(3)) == (OWN, None)


@given(
    st.lists(st.tuples(st.integers(-1, 5), st.integers(-1, 3)), min_size=1, max_size=40),
    st.floats(0, 1),
    st.integers(0, 99),
)
def test_every_row_comes_once(rows: list[tuple[int, int]], share: float, seed: int) -> None:
    concepts, families = (np.array(column) for column in zip(*rows, strict=True))
    order = SiblingOrder(concepts, families, share).order(torch.Generator().manual_seed(seed))
    assert sorted(order.tolist()) == list(range(len(rows)))


def neighbours_of_one_family(share: float) -> float:
    families, concepts = np.arange(600) % 100, np.arange(600) % 300
    order = SiblingOrder(concepts, families, share).order(torch.Generator().manual_seed(0))
    return float((families[order[1:]] == families[order[:-1]]).mean())


def test_the_larger_the_share_the_more_siblings_stand_together() -> None:
    none, half, whole = (neighbours_of_one_family(share) for share in (0.0, 0.5, 1.0))
    assert none < 0.05 < 0.3 < half < whole


def test_rows_of_the_same_concept_are_no_siblings() -> None:
    order = SiblingOrder(np.array([7, 7, 8, 9]), np.array([1, 1, 1, -1]), 1.0)
    for seed in range(10):
        rows = order.order(torch.Generator().manual_seed(seed)).tolist()
        first = next(row for row in rows if row in (0, 1, 2))
        after = rows[rows.index(first) + 1]
        assert after == 2 if first < 2 else after in (0, 1)


def test_families_come_from_the_strongest_link_and_its_first_parent() -> None:
    links = sp.csr_matrix(np.array([[0.9, 0.1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]))
    parents = sp.csr_matrix(np.array([[0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]], dtype=bool))
    order = SiblingOrder.of_links(links, parents, 0.5)
    assert order.concepts.tolist() == [0, 1, -1]
    assert order.families.tolist() == [2, 3, -1]


def test_impossible_options_are_refused() -> None:
    with pytest.raises(ValidationError):
        NegativeOptions(likeness=1.5)
    with pytest.raises(ValidationError):
        NegativeOptions.model_validate({"siblings": 0.5, "sibling": 1})
