from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import KnowledgeGraph
from graphs.vocabulary import SKOS_PREF_LABEL
from kgx.errors import ConfigError, IndexFolderError
from kgx.linking import LexicalLinker, Mention, SenseScoring

PLAIN = SenseScoring(
    frequency=1, context=8, noun=0, verb=0, adjective=0, adverb=0, derived=0, capital=0, bare_verb=0
)
# two directions stand for what a text is about: water, money
WATER, MONEY = np.array([1, 0], dtype=np.float32), np.array([0, 1], dtype=np.float32)


@pytest.fixture(scope="module")
def linker(words_graph: KnowledgeGraph) -> LexicalLinker:
    return LexicalLinker(words_graph, concepts=None)


@pytest.fixture(scope="module")
def in_context(words_graph: KnowledgeGraph) -> LexicalLinker:
    ids = words_graph.entity_ids(["ex:bank-river", "ex:bank-money"])
    return LexicalLinker(
        words_graph,
        concept_vectors=np.stack([WATER, MONEY]),
        concept_ids=ids,
        senses=2,
        min_weight=0,
        scoring=PLAIN,
    )


def named(kg: KnowledgeGraph, mentions: list[Mention]) -> list[tuple[str, str]]:
    return [(mention.surface, kg.entity_iri(mention.concept)[3:]) for mention in mentions]


def best(kg: KnowledgeGraph, linker: LexicalLinker, text: str) -> list[tuple[str, str]]:
    seen: set[int] = set()
    first = [m for m in linker.mentions(text) if m.start not in seen and not seen.add(m.start)]  # type: ignore[func-returns-value]
    return named(kg, first)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A hot dog!", [("hot dog", "hot-dog")]),
        ("hot dog stand", [("hot dog stand", "hot-dog-stand")]),
        ("Mice eat", [("Mice", "mouse")]),
        ("Two geese.", [("geese", "goose")]),
        ("Canada geese", [("Canada geese", "canada-goose")]),
        ("ponies", [("ponies", "pony")]),
        ("A big bear", [("big", "big"), ("bear", "bear")]),
        ("a turkey", [("turkey", "turkey-bird")]),
        ("Turkey", [("Turkey", "turkey-country")]),
        ("running", [("running", "run")]),
        ("sail boat", [("sail boat", "sailboat")]),
        ("in the US", [("US", "usa")]),
    ],
)
def test_the_likeliest_reading(
    words_graph: KnowledgeGraph, linker: LexicalLinker, text: str, expected: list[tuple[str, str]]
) -> None:
    assert best(words_graph, linker, text) == expected


def test_weights_by_hand(words_graph: KnowledgeGraph) -> None:
    plain = LexicalLinker(words_graph, min_weight=0, scoring=PLAIN)
    weights = {words_graph.entity_iri(m.concept): m.weight for m in plain.mentions("bank")}
    # used 20, 10 and 2 times: the softmax of logarithms is the share
    assert weights == pytest.approx(
        {"ex:bank-money": 20 / 32, "ex:bank-river": 10 / 32, "ex:bank-tilt": 2 / 32}
    )
    two = LexicalLinker(words_graph, senses=2, scoring=PLAIN).mentions("bank")
    assert [mention.weight for mention in two] == pytest.approx([2 / 3, 1 / 3])
    heavy = LexicalLinker(words_graph, min_weight=0.4, scoring=PLAIN).mentions("bank")
    assert [mention.weight for mention in heavy] == [1]


@pytest.mark.parametrize(
    ("about", "sense"), [(WATER, "ex:bank-river"), (MONEY, "ex:bank-money"), (None, "ex:bank-money")]
)
def test_context_decides(
    words_graph: KnowledgeGraph, in_context: LexicalLinker, about: np.ndarray | None, sense: str
) -> None:
    assert words_graph.entity_iri(in_context.mentions("bank", about)[0].concept) == sense
    links = in_context.link(["bank"], None if about is None else about[None, :])
    assert words_graph.entity_iri(int(links.concepts[links.weights.argmax()])) == sense


def test_context_by_hand(words_graph: KnowledgeGraph, in_context: LexicalLinker) -> None:
    # scores: money log 20, river log 10 + 8; the verb has no vector and takes the mean cosine, 1/2
    powers = np.array([20, 10 * np.exp(8), 2 * np.exp(4)])
    found = in_context.mentions("bank", WATER)
    best_two = np.sort(powers)[::-1][:2]
    assert [mention.weight for mention in found] == pytest.approx(
        (best_two / best_two.sum()).tolist(), rel=1e-4
    )
    assert words_graph.entity_iri(found[1].concept) == "ex:bank-tilt"


def test_links_add_up_mentions(words_graph: KnowledgeGraph, linker: LexicalLinker) -> None:
    links = linker.link(["river, river, money", "", "hot dog"], relation="says", provenance="transcript")
    assert (links.relation, links.provenance) == ("says", "transcript")
    rows = list(zip(links.items.tolist(), words_graph.entity_iris(links.concepts), strict=True))
    assert rows == [(0, "ex:money"), (0, "ex:river"), (2, "ex:hot-dog")]
    assert links.weights.tolist() == pytest.approx([1 / 3, 2 / 3, 1])


def test_rare_words_can_weigh_more(words_graph: KnowledgeGraph) -> None:
    text = ["money goose"]  # used 50 times and 4 times
    even = LexicalLinker(words_graph).link(text)
    damped = LexicalLinker(words_graph, rarity=1).link(text)
    goose = words_graph.entity_ids(["ex:goose"])[0]
    assert even.weights.tolist() == pytest.approx([0.5, 0.5])
    assert damped.weights[damped.concepts == goose] > 0.5


def test_whole_labels_only(words_graph: KnowledgeGraph, linker: LexicalLinker) -> None:
    links = linker.link_whole(["Hot dogs", "hot dogs and money", "money", ""])
    assert links.items.tolist() == [0, 2]
    assert links.relation == "closeMatch"


def test_other_languages_are_not_inflected() -> None:
    kg = KnowledgeGraph.from_triples([], literals=[("ex:a", SKOS_PREF_LABEL, "Auto", "de")])
    german = LexicalLinker(kg, language="de")
    assert [mention.surface for mention in german.mentions("ein Auto, zwei Autos")] == ["Auto"]
    han = KnowledgeGraph.from_triples([], literals=[("ex:o", SKOS_PREF_LABEL, "猫头鹰", "zh")])
    assert [m.surface for m in LexicalLinker(han, language="zh").mentions("一只猫头鹰。")] == ["猫头鹰"]


def test_saved_and_opened(words_graph: KnowledgeGraph, in_context: LexicalLinker, tmp_path: Path) -> None:
    in_context.save(tmp_path / "linker")
    ids = words_graph.entity_ids(["ex:bank-river", "ex:bank-money"])
    opened = LexicalLinker.open(
        tmp_path / "linker", kg=words_graph, concept_vectors=np.stack([WATER, MONEY]), concept_ids=ids
    )
    for text in ("a bank of the river", "Canada geese running"):
        assert opened.mentions(text, WATER) == in_context.mentions(text, WATER)
    assert opened.num_labels == in_context.num_labels
    assert opened.concepts.tolist() == in_context.concepts.tolist()


def test_opened_with_another_graph(linker: LexicalLinker, tmp_path: Path) -> None:
    linker.save(tmp_path)
    other = KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")])
    with pytest.raises(IndexFolderError, match="does not fit this one of 2"):
        LexicalLinker.open(tmp_path, kg=other)


def test_damaged_options(linker: LexicalLinker, tmp_path: Path) -> None:
    linker._index.save(tmp_path / "labels.safetensors", '{"senses": 3}')
    with pytest.raises(IndexFolderError, match="options cannot be read"):
        LexicalLinker.open(tmp_path)


def test_batches_make_no_difference(
    words_graph: KnowledgeGraph, in_context: LexicalLinker, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["the bank", "", "mice in a bank", "US", "hot dogs"]
    vectors = np.stack([WATER, MONEY, WATER, WATER, MONEY])
    whole = in_context.link(texts, vectors)
    monkeypatch.setattr("kgx.linking.lexical._BATCH", 2)
    parted = in_context.link(texts, vectors)
    for name in ("items", "concepts", "weights"):
        assert getattr(whole, name).tolist() == getattr(parted, name).tolist()


def test_not_saved(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="labels"):
        LexicalLinker.open(tmp_path)


@pytest.mark.parametrize(
    "option", [{"senses": 0}, {"min_weight": 1.0}, {"min_weight": -0.1}, {"rarity": -1.0}]
)
def test_impossible_options(words_graph: KnowledgeGraph, option: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(option))):
        LexicalLinker(words_graph, **option)  # type: ignore[arg-type]


def test_vectors_that_do_not_fit(in_context: LexicalLinker) -> None:
    with pytest.raises(ConfigError, match=r"\(2, 2\)"):
        in_context.link(["a", "b"], np.zeros((2, 3), dtype=np.float32))


def test_a_graph_without_labels_links_nothing() -> None:
    linker = LexicalLinker(KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")]))
    assert linker.num_labels == len(linker.link(["a river"])) == len(linker.mentions("a river")) == 0


def test_no_texts(linker: LexicalLinker) -> None:
    assert len(linker.link([])) == 0


def test_a_very_long_text(linker: LexicalLinker) -> None:
    links = linker.link(["hot dog stand and mice, " * 20_000])
    assert len(links) == 3
    assert links.weights.sum() == pytest.approx(1)


PIECES = [
    "bank",
    "mice",
    "hot",
    "dog",
    "🌭",
    "the",
    "Turkey",
    "sail",
    "boats",
    ",",
    "ran",
    "café",
    "\ud83d",
    "US",
]
some_text = st.text(max_size=30) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(some_text, max_size=5))
def test_any_texts(words_graph: KnowledgeGraph, in_context: LexicalLinker, texts: list[str]) -> None:
    vectors = np.full((len(texts), 2), 0.5, dtype=np.float32)
    links = in_context.link(texts, vectors)
    totals = np.bincount(links.items, links.weights, minlength=len(texts))
    assert ((links.items >= 0) & (links.items < max(len(texts), 1))).all()
    assert ((links.concepts >= 0) & (links.concepts < words_graph.num_entities)).all()
    for row, text in enumerate(texts):
        mentions = in_context.mentions(text, vectors[row])
        assert totals[row] == pytest.approx(1 if mentions else 0, abs=1e-5)
        pieces: dict[int, float] = {}
        for mention in mentions:
            assert text[mention.start :].startswith(mention.surface)
            pieces[mention.start] = pieces.get(mention.start, 0) + mention.weight
        assert list(pieces.values()) == pytest.approx([1] * len(pieces), abs=1e-5)
