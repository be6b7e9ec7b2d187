"""A graph small enough to work out every link by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graphs import GraphBuilder, KnowledgeGraph
from graphs import vocabulary as v
from graphs.readers.wordnet import SYNSET_TYPE

Concept = tuple[str, str, dict[str, float], tuple[str, ...]]

# name, part of speech, labels with how often each is used, irregular forms
WORDS: tuple[Concept, ...] = (
    ("bank-money", "n", {"bank": 20, "depository financial institution": 1}, ()),
    ("bank-river", "n", {"bank": 10, "riverside": 1}, ()),
    ("bank-tilt", "v", {"bank": 2}, ()),
    ("river", "n", {"river": 30}, ()),
    ("money", "n", {"money": 50}, ()),
    ("dog", "n", {"dog": 40, "domestic dog": 1}, ()),
    ("hot", "a", {"hot": 30}, ()),
    ("hot-dog", "n", {"hot dog": 2, "frankfurter": 1}, ()),
    ("hot-dog-stand", "n", {"hot dog stand": 1}, ()),
    ("mouse", "n", {"mouse": 9}, ("mice",)),
    ("mouse-device", "n", {"mouse": 1, "computer mouse": 1}, ("mice",)),
    ("goose", "n", {"goose": 4}, ("geese",)),
    ("canada-goose", "n", {"Canada goose": 1}, ()),
    ("pony", "n", {"pony": 3}, ()),
    ("run", "v", {"run": 99}, ("running", "ran")),
    ("running", "n", {"running": 5}, ()),
    ("bear", "n", {"bear": 20}, ()),
    ("bear-carry", "v", {"bear": 100}, ("bore",)),
    ("turkey-bird", "n", {"turkey": 3}, ()),
    ("turkey-country", "n", {"Turkey": 9}, ()),
    ("bird-of-prey", "n", {"bird of prey": 1}, ()),
    ("bird", "n", {"bird": 40}, ()),
    ("prey", "n", {"prey": 5}, ()),
    ("sailboat", "n", {"sailboat": 2}, ()),
    ("sail", "n", {"sail": 3}, ()),
    ("boat", "n", {"boat": 30}, ()),
    ("black", "a", {"black": 50}, ()),
    ("blackbird", "n", {"blackbird": 1}, ()),
    ("big", "a", {"big": 60}, ()),
    ("ampere", "n", {"a": 1, "ampere": 1}, ()),
    ("usa", "n", {"US": 20, "United States": 50}, ()),
    ("cafe", "n", {"cafe": 4}, ()),
    ("ice-cream", "n", {"ice cream": 4}, ()),
    ("t-shirt", "n", {"T-shirt": 2}, ()),
)


@pytest.fixture(scope="session")
def make_words() -> Callable[[tuple[Concept, ...]], KnowledgeGraph]:
    def make(words: tuple[Concept, ...]) -> KnowledgeGraph:
        builder = GraphBuilder()
        for name, part, labels, irregular in words:
            iri = f"ex:{name}"
            predicate = v.SKOS_PREF_LABEL
            for label, weight in labels.items():
                builder.add_literal(iri, predicate, label, language="en", weight=weight)
                predicate = v.SKOS_ALT_LABEL
            for form in irregular:
                builder.add_literal(
                    iri, v.SKOS_HIDDEN_LABEL, form, language="en", weight=max(labels.values())
                )
            if part:
                builder.add_literal(iri, SYNSET_TYPE, part)
        return builder.build()

    return make


@pytest.fixture(scope="session")
def words_graph(make_words: Callable[[tuple[Concept, ...]], KnowledgeGraph]) -> KnowledgeGraph:
    return make_words(WORDS)
