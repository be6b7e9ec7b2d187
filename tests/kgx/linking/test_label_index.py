from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphs import GraphBuilder, KnowledgeGraph
from graphs.vocabulary import SKOS_ALT_LABEL, SKOS_HIDDEN_LABEL, SKOS_PREF_LABEL
from kgx.errors import ConfigError, IndexFolderError
from kgx.linking.hashing import SEED, extend, hash_word
from kgx.linking.label_build import build_index
from kgx.linking.label_index import CAPITALISED, VARIANT, LabelIndex
from kgx.linking.part_of_speech import PartOfSpeech, parts_of_speech


def build(kg: KnowledgeGraph, **options: object) -> LabelIndex:
    return build_index(kg, parts_of_speech(kg), **options)  # type: ignore[arg-type]


def key(text: str) -> int:
    value = SEED
    for word in text.split():
        value = extend(value, hash_word(word))
    return value


def candidates(index: LabelIndex, kg: KnowledgeGraph, text: str) -> dict[str, int]:
    """IRI -> traits of everything that a word sequence can name."""
    row = int(index.rows([key(text)])[0])
    if row < 0:
        return {}
    places = range(index.offsets[row], index.offsets[row + 1])
    return {kg.entity_iri(int(index.concepts[place])): int(index.traits[place]) for place in places}


def test_labels_and_their_traits(words_graph: KnowledgeGraph) -> None:
    index = build(words_graph)
    assert candidates(index, words_graph, "turkey") == {"ex:turkey-bird": 0, "ex:turkey-country": CAPITALISED}
    assert candidates(index, words_graph, "mice") == {"ex:mouse": VARIANT, "ex:mouse-device": VARIANT}
    assert candidates(index, words_graph, "ice cream") == {"ex:ice-cream": 0}
    assert candidates(index, words_graph, "icecream") == {"ex:ice-cream": VARIANT}
    assert candidates(index, words_graph, "tshirt") == {"ex:t-shirt": VARIANT | CAPITALISED}
    assert candidates(index, words_graph, "owl") == {}


def test_irregular_forms_know_their_base(words_graph: KnowledgeGraph) -> None:
    index = build(words_graph)
    assert index.bases([hash_word(word) for word in ("mice", "dogs", "ran")]) == [
        [(hash_word("mouse"), PartOfSpeech.NOUN)],
        [],
        [(hash_word("run"), PartOfSpeech.VERB)],
    ]
    assert index.bases([]) == []


def test_a_form_of_two_words_has_two_bases() -> None:
    builder = GraphBuilder()
    for name in ("axe", "axis"):
        builder.add_literal(f"ex:{name}", SKOS_PREF_LABEL, name, language="en")
        builder.add_literal(f"ex:{name}", SKOS_HIDDEN_LABEL, "axes", language="en")
    (bases,) = build(builder.build()).bases([hash_word("axes")])
    assert {base for base, _ in bases} == {hash_word("axe"), hash_word("axis")}


def test_the_base_is_what_all_concepts_share() -> None:
    builder = GraphBuilder()
    for number, other in enumerate(("axeman", "hatchet")):
        for label in (other, "ax"):
            builder.add_literal(f"ex:{number}", SKOS_ALT_LABEL, label, language="en")
        builder.add_literal(f"ex:{number}", SKOS_HIDDEN_LABEL, "axen", language="en")
    assert build(builder.build()).bases([hash_word("axen")]) == [[(hash_word("ax"), PartOfSpeech.ANY)]]


def test_plural_labels_of_a_thesaurus_are_known_in_the_singular() -> None:
    kg = KnowledgeGraph.from_triples([], literals=[("ex:b", SKOS_PREF_LABEL, "Birds of Preys", "en")])
    assert candidates(build(kg), kg, "birds of prey") == {"ex:b": VARIANT | CAPITALISED}
    german = KnowledgeGraph.from_triples([], literals=[("ex:b", SKOS_PREF_LABEL, "Autos", "de")])
    assert candidates(build(german, language="de"), german, "auto") == {}


def test_language_and_concepts_choose_labels() -> None:
    labels = [
        ("ex:owl", "owl", "en"),
        ("ex:owl", "Eule", "de"),
        ("ex:owl", "strix", ""),
        ("ex:gb", "hoot", "en-GB"),
    ]
    kg = KnowledgeGraph.from_triples([], literals=[(s, SKOS_PREF_LABEL, o, lang) for s, o, lang in labels])
    english, german = build(kg), build(kg, language="de")
    known = [bool(candidates(english, kg, word)) for word in ("owl", "eule", "strix", "hoot")]
    assert known == [True, False, True, True]
    known = [bool(candidates(german, kg, word)) for word in ("owl", "eule", "strix", "hoot")]
    assert known == [False, True, True, False]
    some = build(kg, concepts=kg.entity_ids(["ex:gb"]))
    assert [bool(candidates(some, kg, word)) for word in ("owl", "hoot")] == [False, True]


def test_labels_that_are_too_long_or_have_no_word() -> None:
    names = ["one two three", "!!!", "one"]
    kg = KnowledgeGraph.from_triples([], literals=[("ex:x", SKOS_PREF_LABEL, name, "en") for name in names])
    assert len(build(kg, longest=2).keys) == 1


@pytest.mark.parametrize("longest", [0, 256])
def test_impossible_length(words_graph: KnowledgeGraph, longest: int) -> None:
    with pytest.raises(ConfigError, match="longest"):
        build(words_graph, longest=longest)


def test_a_graph_without_labels() -> None:
    index = build(KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")]))
    assert len(index.keys) == len(index.words) == 0
    assert index.rows([1]).tolist() == [-1]


def test_saved_and_opened(words_graph: KnowledgeGraph, tmp_path: Path) -> None:
    index = build(words_graph)
    index.save(tmp_path / "a", "a note")
    build(words_graph).save(tmp_path / "b", "a note")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    opened, note = LabelIndex.open(tmp_path / "a")
    assert note == "a note"
    for name in LabelIndex.__slots__:
        before, after = getattr(index, name), getattr(opened, name)
        assert before.dtype == after.dtype
        assert np.array_equal(before, after)


@pytest.mark.parametrize("content", [b"", b"no index", bytes(100)])
def test_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "labels").write_bytes(content)
    with pytest.raises(IndexFolderError, match="labels"):
        LabelIndex.open(tmp_path / "labels")


def test_another_format(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"keys": np.zeros(1)}, tmp_path / "labels")
    with pytest.raises(IndexFolderError, match=r"expected kgx\.linking\.LabelIndex"):
        LabelIndex.open(tmp_path / "labels")


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="build the linker again"):
        LabelIndex.open(tmp_path / "labels")
