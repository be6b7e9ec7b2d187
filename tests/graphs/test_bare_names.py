"""Names that are no IRIs become IRIs, each its own, and names again."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.bare_names import NAMES, iri_of, is_written_plainly, name_of, restored
from graphs.statements import Statements

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
ODD = st.lists(st.sampled_from([NAMES, "ex:", "a", "%20", "%2520", "%3A", "?", "/", " ", "é"]), min_size=1)
"""What is easily taken for something else: names in names, IRIs in names, escapes of escapes."""


def written(name: str) -> str:
    return name if is_written_plainly(name) else iri_of(name)


@given(TEXTS | ODD.map("".join))
def test_any_name_comes_back(name: str) -> None:
    iri = written(name)
    assert ox.NamedNode(iri).value == iri
    if not name.startswith(("_:", "<<(")):
        assert name_of(iri) == name


@given(TEXTS | ODD.map("".join))
def test_any_iri_comes_back(text: str) -> None:
    try:
        iri = ox.NamedNode(NAMES + text).value
    except ValueError:
        return
    assert written(name_of(iri)) == iri


@pytest.mark.parametrize("times", [7, 8, 9, 100_000])
def test_names_in_names_end_somewhere(times: int) -> None:
    iri = NAMES * times + "a"
    assert written(name_of(iri)) == iri


@pytest.mark.parametrize(
    "iri",
    [NAMES, NAMES + "%ff", NAMES + "%C3", NAMES + "a%2f", NAMES + "%41", NAMES + "_:b", "urn:graphs:other"],
)
def test_what_is_no_encoded_name_stays(iri: str) -> None:
    assert name_of(iri) == iri


def test_a_block_without_names_is_returned_as_it_is() -> None:
    statements = Statements()
    statements.add("ex:a", "ex:b", "ex:c")
    block = statements.block()
    assert restored(block) is block


def test_names_are_restored_wherever_they_stand() -> None:
    statements = Statements()
    statements.add(NAMES + "a%20b", NAMES + "r", "_:x", graph=NAMES + "g")
    statements.add_literal("ex:a", NAMES + "p", NAMES + "text", datatype=NAMES + "d")
    pools = restored(statements.block()).pools
    assert pools.nodes.to_pylist() == ["a b", "_:x", "ex:a"]
    assert [
        getattr(pools, name).to_pylist() for name in ("relations", "predicates", "graphs", "datatypes")
    ] == [
        ["r"],
        ["p"],
        ["g", ""],
        ["d"],
    ]
    assert pools.values.to_pylist() == [NAMES + "text"]
