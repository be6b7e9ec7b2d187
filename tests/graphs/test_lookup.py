"""Finding entities by IRI, CURIE, label and last part."""

from __future__ import annotations

import pytest

from graphs.assemble import assemble
from graphs.errors import UnknownTermError
from graphs.lookup import find_entities
from graphs.statements import Statements
from graphs.store import Store
from graphs.vocabulary import RDFS_LABEL, SKOS_ALT_LABEL


@pytest.fixture(scope="module")
def store() -> Store:
    statements = Statements()
    for name, label in (("bank-1", "bank"), ("bank-2", "Bank"), ("owl", "Straße"), ("shore", "bank")):
        predicate = SKOS_ALT_LABEL if name == "shore" else RDFS_LABEL
        statements.add_literal(f"http://a.example/{name}", predicate, label, language="de")
    statements.add("http://a.example/owl", "http://a.example/r", "http://b.example/x#owl")
    statements.add("_:node", "http://a.example/r", "bare name")
    return Store(
        assemble([statements.block()], prefixes={"a": "http://a.example/", "x": "http://b.example/x#"})
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("http://a.example/owl", ["http://a.example/owl"]),
        ("<http://a.example/owl>", ["http://a.example/owl"]),
        ("a:owl", ["http://a.example/owl"]),
        ("bank", ["http://a.example/bank-1", "http://a.example/shore"]),
        ("Bank", ["http://a.example/bank-2"]),
        ("BANK", ["http://a.example/bank-1", "http://a.example/bank-2", "http://a.example/shore"]),
        ("STRASSE", []),
        ("straße", ["http://a.example/owl"]),
        ("owl", ["http://a.example/owl", "http://b.example/x#owl"]),
        ("bare name", ["bare name"]),
        ("bare_name", ["bare name"]),
        ("a:bank", ["http://a.example/bank-1", "http://a.example/shore"]),
        ("a:Straße", ["http://a.example/owl"]),
        ("x:owl", ["http://b.example/x#owl"]),
        ("x:bank", []),
        ("_:node", ["_:node"]),
        ("", []),
        ("b:owl", []),
    ],
)
def test_the_first_way_that_finds_anything_decides(store: Store, name: str, expected: list[str]) -> None:
    if expected:
        assert store.entity_iris(find_entities(store, name)) == expected
    else:
        with pytest.raises(UnknownTermError):
            find_entities(store, name)


def test_labels_that_begin_alike_are_suggested(store: Store) -> None:
    with pytest.raises(UnknownTermError, match="labels that begin so: 'bank', 'Bank'"):
        find_entities(store, "ban")
