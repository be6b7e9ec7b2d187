from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from graphs import KnowledgeGraph, UnknownTermError
from kgx.errors import ConfigError
from kgx.linking import VisualLinker, class_iri, imagenet_synsets

PETS = KnowledgeGraph.from_triples(
    [(f"ex:{name}", "ex:isA", "ex:pet") for name in ("cat", "dog", "hen", "owl")]
)
CLASSES = ["ex:owl", "ex:cat", "ex:yeti", "ex:dog", "ex:hen"]


def weights(linker: VisualLinker, probabilities: list[float]) -> dict[str, float]:
    links = linker.link(np.array([probabilities]))
    return dict(zip(PETS.entity_iris(links.concepts), links.weights.tolist(), strict=True))


def test_the_classes_of_imagenet() -> None:
    synsets = imagenet_synsets()
    assert len(set(synsets)) == 1000
    assert all(re.fullmatch(r"n\d{8}", name) for name in synsets)


def test_an_imagenet_class_is_a_synset() -> None:
    kg = KnowledgeGraph.from_triples([(class_iri("n02124075"), "ex:isA", "ex:cat")])
    linker = VisualLinker(kg)
    assert linker.missing == 999
    probabilities = np.zeros((1, 1000))
    probabilities[0, imagenet_synsets().index("n02124075")] = 0.3
    links = linker.link(probabilities)
    assert kg.entity_iris(links.concepts) == ["http://wordnet-rdf.princeton.edu/wn30/02124075-n"]
    assert (links.relation, links.provenance, links.weights.tolist()) == ("depicts", "classifier", [1])


def test_top_k_by_hand() -> None:
    linker = VisualLinker(PETS, CLASSES, top_k=2)
    assert linker.missing == 1
    # the unknown class is left out before the best two are taken
    assert weights(linker, [0.3, 0.1, 0.45, 0.05, 0.1]) == pytest.approx({"ex:owl": 0.75, "ex:cat": 0.25})


def test_temperature_and_least_weight() -> None:
    flat = VisualLinker(PETS, CLASSES, top_k=2, temperature=2)
    assert weights(flat, [0.64, 0.16, 0, 0, 0]) == pytest.approx({"ex:owl": 2 / 3, "ex:cat": 1 / 3})
    strict = VisualLinker(PETS, CLASSES, min_weight=0.9)
    assert weights(strict, [0.6, 0.4, 0, 0, 0]) == {"ex:owl": 1}


def test_classes_of_one_concept_are_added_up() -> None:
    linker = VisualLinker(PETS, ["ex:cat", "ex:dog", "ex:cat"])
    assert weights(linker, [0.25, 0.5, 0.25]) == pytest.approx({"ex:cat": 0.5, "ex:dog": 0.5})


def test_rows_without_scores_get_no_link() -> None:
    links = VisualLinker(PETS, CLASSES).link(np.array([[0.0] * 5, [1, 0, 0, 0, 0]]))
    assert links.items.tolist() == [1]
    assert len(VisualLinker(PETS, CLASSES).link(np.zeros((0, 5)))) == 0


@given(arrays(np.float32, st.tuples(st.integers(0, 6), st.just(5)), elements=st.floats(0, 1, width=32)))
def test_against_one_picture_at_a_time(probabilities: np.ndarray) -> None:
    links = VisualLinker(PETS, CLASSES, top_k=3, temperature=0.5, min_weight=0.1).link(probabilities)
    found = {
        (i, c): w
        for i, c, w in zip(links.items.tolist(), PETS.entity_iris(links.concepts), links.weights, strict=True)
    }
    expected: dict[tuple[int, str], float] = {}
    for item, row in enumerate(probabilities.astype(np.float64)):
        scored = [
            (p, -number, name)
            for number, (name, p) in enumerate(zip(CLASSES, row, strict=True))
            if name != "ex:yeti"
        ]
        best = [(p, name) for p, _, name in sorted(scored, reverse=True)[:3] if p > 0]
        squares = [(p / best[0][0]) ** 2 for p, _ in best]
        kept = [(s, name) for rank, (s, (_, name)) in enumerate(zip(squares, best, strict=True))
                if rank == 0 or s / sum(squares) >= 0.1]  # fmt: skip
        total = sum(s for s, _ in kept)
        expected |= {(item, name): s / total for s, name in kept if s > 0}
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-30)


def test_a_graph_with_none_of_the_classes() -> None:
    with pytest.raises(UnknownTermError, match="none of the classifier's 1000 classes"):
        VisualLinker(PETS)


@pytest.mark.parametrize("name", ["02124075", "x02124075", "n0212407", "n0212407x", "cat"])
def test_what_is_no_class(name: str) -> None:
    with pytest.raises(ConfigError, match="neither a WordNet id"):
        class_iri(name)


@pytest.mark.parametrize("option", [{"top_k": 0}, {"temperature": 0.0}, {"min_weight": 1.0}])
def test_impossible_options(option: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(option))):
        VisualLinker(PETS, CLASSES, **option)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "scores", [np.zeros((1, 4)), np.zeros(5), np.full((1, 5), np.nan), np.full((1, 5), -1.0)]
)
def test_impossible_scores(scores: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="class probabilities"):
        VisualLinker(PETS, CLASSES).link(scores)
