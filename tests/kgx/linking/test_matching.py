from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import KnowledgeGraph
from kgx.linking.inflection import base_forms
from kgx.linking.label_build import build_index
from kgx.linking.matching import Matcher
from kgx.linking.part_of_speech import PartOfSpeech, parts_of_speech
from kgx.linking.stop_words import STOP_WORDS
from kgx.linking.tokens import Token, tokenise, words

Make = Callable[[tuple[tuple[str, str, dict[str, float], tuple[str, ...]], ...]], KnowledgeGraph]
Found = list[tuple[int, int, set[int]]]

LETTERS = {"n": PartOfSpeech.NOUN, "v": PartOfSpeech.VERB, "a": PartOfSpeech.ADJECTIVE, "": PartOfSpeech.NONE}


class SlowReference:
    """Longest match by comparing strings, one at a time, with no index and no hashes."""

    def __init__(self, concepts: list[tuple[int, str, list[str], list[str]]], longest: int) -> None:
        self.longest = longest
        self.labels: list[tuple[list[str], int, PartOfSpeech]] = []
        self.irregular: list[tuple[str, str, PartOfSpeech]] = []
        self.adjectives: set[str] = set()
        for entity, letter, labels, hidden in concepts:
            part = LETTERS[letter]
            for label in [*labels, *hidden]:
                known = [words(label)]
                if len(known[0]) == 2 and ("-" in label or min(map(len, known[0])) >= 3):
                    known.append(["".join(known[0])])
                if not part and label in labels:
                    for base, allowed in base_forms(known[0][-1]).items():
                        if allowed & PartOfSpeech.NOUN and len(base) >= 3:
                            known.append([*known[0][:-1], base])
                self.labels += [(form, entity, part) for form in known if len(form) <= longest]
            self.irregular += [(form, labels[0], part or PartOfSpeech.ANY) for form in hidden]
        for name in {form[0] for form, *_ in self.labels if len(form) == 1}:
            plain = [part for form, _, part in self.labels if form == [name]]
            if plain.count(PartOfSpeech.ADJECTIVE) > plain.count(PartOfSpeech.NOUN):
                self.adjectives.add(name)

    def bases(self, word: str) -> list[tuple[str, PartOfSpeech]]:
        irregular = [(base, part) for form, base, part in self.irregular if form == word]
        return irregular + list(base_forms(word).items())

    def named(self, form: list[str], allowed: PartOfSpeech) -> set[int]:
        return {
            e for label, e, part in self.labels if label == form and (part or PartOfSpeech.NOUN) & allowed
        }

    def readings(self, tokens: list[Token]) -> set[int]:
        texts = [token.text for token in tokens]
        if any(token.breaks for token in tokens[1:]) or all(text in STOP_WORDS for text in texts):
            return set()
        found = self.named(texts, PartOfSpeech.ANY)
        for base, part in self.bases(texts[-1]):
            found |= self.named([*texts[:-1], base], part)
        for base, part in self.bases(texts[0]):
            found |= self.named([base, *texts[1:]], part)
        apart = texts[:2]
        if len(apart) == 2 and min(map(len, apart)) >= 3 and not set(apart) & STOP_WORDS:
            joined = [] if texts[0] in self.adjectives else ["".join(apart)]
            for word in joined:
                for base, part in [(word, PartOfSpeech.ANY), *self.bases(word)]:
                    found |= self.named([base, *texts[2:]], part)
        return found

    def match(self, text: str) -> Found:
        tokens = tokenise(text)
        spans: Found = []
        place = 0
        while place < len(tokens):
            for last in range(min(len(tokens), place + self.longest + 1), place, -1):
                if concepts := self.readings(tokens[place:last]):
                    spans.append((place, last, concepts))
                    place = last
                    break
            else:
                place += 1
        return spans


def fast(kg: KnowledgeGraph, text: str, longest: int) -> Found:
    index = build_index(kg, parts_of_speech(kg), longest=longest)
    spans: Found = []
    for first, last, _, rows in Matcher(index, longest=longest, inflect=True).match([tokenise(text)])[0]:
        concepts = set()
        for row, allowed, _ in rows:
            for place in range(index.offsets[row], index.offsets[row + 1]):
                if (int(index.parts[place]) or PartOfSpeech.NOUN) & allowed:
                    concepts.add(int(index.concepts[place]))
        spans.append((first, last, concepts))
    return spans


WORDS = [
    "owl",
    "owls",
    "sea",
    "seas",
    "bird",
    "birds",
    "ran",
    "run",
    "red",
    "the",
    "of",
    "lion",
    "seabird",
    "pony",
]
labels = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from([" ", "-"]).map(lambda glue: glue.join(parts))
)
concepts = st.lists(
    st.tuples(st.sampled_from("nva") | st.just(""), st.lists(labels, min_size=1, max_size=2)), max_size=9
)
texts = st.lists(
    st.sampled_from([*WORDS, "ponies", "sea-birds", "Owls,", "(red)", "lion's", "runs."]), max_size=9
)


@settings(max_examples=200, deadline=None)
@given(concepts, texts, st.integers(1, 4))
def test_against_comparing_strings(
    make_words: Make, concepts: list[tuple[str, list[str]]], texts: list[str], longest: int
) -> None:
    named = [
        (f"{number}", letter, dict.fromkeys(names, 1.0), ("ran",) if names == ["run"] else ())
        for number, (letter, names) in enumerate(concepts)
    ]
    kg = make_words(tuple(named))
    rows = [
        (int(kg.entity_ids([f"ex:{name}"])[0]), letter, list(names), list(forms))
        for name, letter, names, forms in named
    ]
    text = " ".join(texts)
    assert fast(kg, text, longest) == SlowReference(rows, longest).match(text)


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("A hot dog stand", ["hot dog stand"]),
        ("two hot dogs", ["hot dogs"]),
        ("hot-dogs", ["hot-dogs"]),
        ("hot, dog", ["hot", "dog"]),
        ("hotdog", ["hotdog"]),
        ("mice and geese", ["mice", "geese"]),
        ("Canada geese", ["Canada geese"]),
        ("birds of prey", ["birds of prey"]),
        ("ponies ran", ["ponies", "ran"]),
        ("a sail boat", ["sail boat"]),
        ("sail boats", ["sail boats"]),
        ("a black bird", ["black", "bird"]),
        ("the US, not us", ["US"]),
        ("a", []),
        ("café", ["café"]),
        ("icecream T-Shirts", ["icecream", "T-Shirts"]),
        ("unknown things", []),
    ],
)
def test_which_pieces_are_labels(words_graph: KnowledgeGraph, text: str, surfaces: list[str]) -> None:
    index = build_index(words_graph, parts_of_speech(words_graph))
    tokens = tokenise(text)
    spans = Matcher(index, longest=6, inflect=True).match([tokens])[0]
    assert [text[tokens[span.first].start : tokens[span.last - 1].end] for span in spans] == surfaces


def test_a_noun_phrase_begins_with_a_determiner(words_graph: KnowledgeGraph) -> None:
    index = build_index(words_graph, parts_of_speech(words_graph))
    spans = Matcher(index, longest=6, inflect=True).match([tokenise("A big bear in money, bank")])[0]
    assert [span.nominal for span in spans] == [True, True, False, False]


def test_words_are_forgotten_when_there_are_too_many(
    words_graph: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgx.linking.matching._CACHE", 1)
    matcher = Matcher(build_index(words_graph, parts_of_speech(words_graph)), longest=6, inflect=True)
    for _ in range(3):
        assert len(matcher.match([tokenise("hot dogs and mice")])[0]) == 2
