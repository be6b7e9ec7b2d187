"""Relation descriptors on a graph small enough to count by hand, and what they must not depend on."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.errors import UnknownTermError
from graphs.hetero import EdgeSet, build_hetero
from graphs.relations import STRUCTURE_FIELDS, describe_relations, relation_structure


def edges(head: str, relation: str, tail: str, *pairs: tuple[int, int], symmetric: bool = False) -> EdgeSet:
    heads, tails = np.array(pairs, dtype=np.int64).T
    weights = np.ones(len(pairs), np.float32)
    return EdgeSet(head, relation, tail, heads, tails, weights, symmetric=symmetric, inverse=False)


SIZES = {"image": 4, "concept": 6}
DEPICTS = edges("image", "depicts", "concept", (0, 0), (0, 1), (1, 1), (2, 4))
BROADER = edges("concept", "broader", "concept", (0, 2), (1, 2), (2, 3), (4, 3))
RELATED = edges("concept", "related", "concept", (1, 4), (4, 1), (5, 0))


def graph(sets: list[EdgeSet], sizes: dict[str, int] = SIZES):
    return build_hetero({kind: np.zeros((size, 2)) for kind, size in sizes.items()}, sets)


def named(data, kind: tuple[str, str, str]) -> dict[str, float]:
    return dict(zip(STRUCTURE_FIELDS, relation_structure(data)[kind].tolist(), strict=True))


def test_counted_by_hand() -> None:
    data = graph([DEPICTS, BROADER, RELATED])
    broader = named(data, ("concept", "broader", "concept"))  # heads {0, 1, 2, 4}, tails {2, 3}
    assert broader == pytest.approx(
        {
            "log mean tails per head": np.log(1 + 1),
            "log mean heads per tail": np.log(1 + 2),
            "share of heads with one tail": 1,
            "share of tails with one head": 0,
            "share of edges that also run backwards": 0,
            "chains with itself (its tails are its heads)": 1 / 2,
            # related: heads {1, 4, 5}, tails {0, 1, 4}; depicts: no concept among the heads, tails {0, 1, 4}
            "meets others head to head": (2 / 4 + 0) / 2,
            "meets others head to tail": (3 / 4 + 3 / 4) / 2,
            "meets others tail to head": 0,
            "meets others tail to tail": 0,
        },
        abs=1e-6,
    )
    depicts = named(data, ("image", "depicts", "concept"))  # heads {0, 1, 2} of image, tails {0, 1, 4}
    assert depicts == pytest.approx(
        {
            "log mean tails per head": np.log(1 + 4 / 3),
            "log mean heads per tail": np.log(1 + 4 / 3),
            "share of heads with one tail": 2 / 3,
            "share of tails with one head": 2 / 3,
            "share of edges that also run backwards": 0,
            "chains with itself (its tails are its heads)": 0,
            "meets others head to head": 0,
            "meets others head to tail": 0,
            "meets others tail to head": (3 / 3 + 2 / 3) / 2,
            "meets others tail to tail": (0 / 3 + 3 / 3) / 2,
        },
        abs=1e-6,
    )
    assert named(data, ("concept", "related", "concept"))[
        "share of edges that also run backwards"
    ] == pytest.approx(2 / 3)


def test_a_symmetric_relation_runs_backwards_everywhere() -> None:
    data = graph([replace(RELATED, symmetric=True, inverse=True)])
    related = named(data, ("concept", "related", "concept"))
    assert related["share of edges that also run backwards"] == 1
    assert related["chains with itself (its tails are its heads)"] == 1


def test_an_only_relation_meets_no_other() -> None:
    only = relation_structure(graph([BROADER]))[("concept", "broader", "concept")]
    assert only[-4:].tolist() == [0, 0, 0, 0]
    assert only.dtype == np.float32


def test_the_inverse_has_heads_and_tails_exchanged() -> None:
    data = graph([replace(DEPICTS, inverse=True), BROADER])
    forward = named(data, ("image", "depicts", "concept"))
    backward = named(data, ("concept", "inverse of depicts", "image"))
    assert backward["log mean tails per head"] == forward["log mean heads per tail"]
    assert backward["share of heads with one tail"] == forward["share of tails with one head"]


def test_a_relation_without_edges_says_nothing() -> None:
    data = graph([DEPICTS, BROADER])
    data["concept", "related", "concept"].edge_index = torch.zeros(2, 0, dtype=torch.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        structure = relation_structure(data)
    assert structure[("concept", "related", "concept")].tolist() == [0.0] * len(STRUCTURE_FIELDS)
    without = relation_structure(graph([DEPICTS, BROADER]))
    assert all(numbers.tolist() == structure[kind].tolist() for kind, numbers in without.items())


@st.composite
def random_sets(draw: st.DrawFn) -> list[EdgeSet]:
    sets = []
    for relation, head, tail in (
        ("depicts", "image", "concept"),
        ("broader", "concept", "concept"),
        ("related", "concept", "concept"),
        ("near", "image", "image"),
    ):
        ends = st.tuples(st.integers(0, SIZES[head] - 1), st.integers(0, SIZES[tail] - 1))
        pairs = draw(st.lists(ends, min_size=1, max_size=10, unique=True))
        sets.append(replace(edges(head, relation, tail, *pairs), inverse=draw(st.booleans())))
    return sets


@given(random_sets(), st.integers(0, 100))
@settings(deadline=None, max_examples=50)
def test_node_numbers_do_not_matter(sets: list[EdgeSet], seed: int) -> None:
    rng = np.random.default_rng(seed)
    renumber = {kind: rng.permutation(size) for kind, size in SIZES.items()}
    renumbered = [
        replace(some, heads=renumber[some.head_type][some.heads], tails=renumber[some.tail_type][some.tails])
        for some in sets
    ]
    before, after = relation_structure(graph(sets)), relation_structure(graph(renumbered))
    assert before.keys() == after.keys()
    for kind, numbers in before.items():
        np.testing.assert_array_equal(after[kind], numbers)


@given(random_sets())
@settings(deadline=None, max_examples=50)
def test_nodes_without_edges_do_not_matter(sets: list[EdgeSet]) -> None:
    larger = {kind: size + 7 for kind, size in SIZES.items()}
    before, after = relation_structure(graph(sets)), relation_structure(graph(sets, larger))
    for kind, numbers in before.items():
        np.testing.assert_array_equal(after[kind], numbers)


@given(random_sets(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)
def test_the_order_of_relations_does_not_matter(sets: list[EdgeSet], random) -> None:
    texts = {relation: np.arange(3.0) for some in sets for relation in _both_names(some.relation)}
    before = describe_relations(graph(sets), texts)
    random.shuffle(sets)
    after = describe_relations(graph(sets), texts)
    assert before.keys() == after.keys()
    for kind, described in before.items():
        np.testing.assert_allclose(after[kind], described, atol=1e-6)


@given(random_sets())
@settings(deadline=None, max_examples=50)
def test_a_new_name_changes_the_text_part_alone(sets: list[EdgeSet]) -> None:
    first = sets[0]
    rng = np.random.default_rng(0)
    names = [name for some in sets for name in _both_names(some.relation)] + _both_names("shows")
    texts = {name: rng.standard_normal(3) for name in names}
    before = describe_relations(graph(sets), texts)
    after = describe_relations(graph([replace(first, relation="shows"), *sets[1:]]), texts)
    assert len(before) == len(after)
    for (head, relation, tail), described in before.items():
        new = relation.replace(first.relation, "shows")
        np.testing.assert_allclose(after[(head, new, tail)][3:], described[3:], atol=1e-6)
        np.testing.assert_array_equal(after[(head, new, tail)][:3], texts[new].astype(np.float32))


def _both_names(relation: str) -> list[str]:
    return [relation, f"inverse of {relation}"]


def test_text_comes_first_in_float32() -> None:
    data = graph([BROADER])
    described = describe_relations(data, {"broader": np.array([0.5, -2.0])})[
        ("concept", "broader", "concept")
    ]
    assert described.dtype == np.float32
    assert described[:2].tolist() == [0.5, -2.0]
    np.testing.assert_array_equal(described[2:], relation_structure(data)[("concept", "broader", "concept")])


def test_relations_without_text_are_named() -> None:
    with pytest.raises(UnknownTermError, match="broader, depicts; give one for each"):
        describe_relations(graph([DEPICTS, BROADER, RELATED]), {"related": np.zeros(2)})
