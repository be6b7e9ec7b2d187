"""What follows from a graph, against a slow obvious reference."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import entailment
from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.block import Block
from graphs.entailment import RULES, entailed, restrictions
from graphs.errors import GraphError
from graphs.schema import Property, Schema
from graphs.statements import Statements
from graphs.store import Store

Triple = tuple[str, str, str]


def triples_of(graph: Store | Block) -> set[Triple]:
    store = graph if isinstance(graph, Store) else Store(assemble([graph]))
    return {
        (head, relation, tail)
        for relation in store.relation_iris
        for head, tail in zip(*map(store.entity_iris, store.edges(relation)[:2]), strict=True)
    }


def reference(triples: set[Triple], properties: list[Property]) -> set[Triple]:
    """Apply every rule to every triple until nothing new follows."""
    found = set(triples)
    while True:
        new = set(found)
        for known in properties:
            own = [(head, tail) for head, relation, tail in found if relation == known.iri]
            for head, tail in own:
                new |= {(tail, inverse, head) for inverse in known.inverses}
                new |= {(head, parent, tail) for parent in known.parents}
                if known.symmetric:
                    new.add((tail, known.iri, head))
                if known.transitive:
                    new |= {(head, known.iri, end) for start, end in own if start == tail}
        if new == found:
            return found - triples
        found = new


NAMES = st.sampled_from(["ex:p", "ex:q", "ex:r"])
LINKS = st.lists(NAMES, max_size=2, unique=True).map(lambda names: tuple(sorted(names)))
PROPERTIES = st.fixed_dictionaries(
    {
        name: st.builds(
            Property,
            st.just(name),
            parents=LINKS,
            inverses=LINKS,
            symmetric=st.booleans(),
            transitive=st.booleans(),
        )
        for name in ("ex:p", "ex:q", "ex:r")
    }
)
ENDS = st.sampled_from([f"ex:{number}" for number in range(6)])


@settings(max_examples=150, deadline=None)
@given(triples=st.sets(st.tuples(ENDS, NAMES, ENDS), min_size=1, max_size=8), properties=PROPERTIES)
def test_as_the_slow_reference_has_it(triples: set[Triple], properties: dict[str, Property]) -> None:
    store = Store.from_triples(sorted(triples))
    found = triples_of(entailed(store, Schema(properties=properties)))
    assert found == reference(triples, list(properties.values()))


@pytest.mark.parametrize("chunk_rows", [1, 2, 1000])
def test_long_chains_close(chunk_rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    length = 40
    chain = [(f"ex:{place:02}", v.RDFS_SUBCLASS_OF, f"ex:{place + 1:02}") for place in range(length)]
    monkeypatch.setattr(entailment, "_PRODUCT", chunk_rows * (length + 1))
    assert len(entailed(Store.from_triples(chain))) == length * (length + 1) // 2 - length


def test_rules_are_chosen_and_sources_told() -> None:
    store = Store.from_triples([("ex:a", v.SKOS_BROADER, "ex:b"), ("ex:b", v.SKOS_BROADER, "ex:c")])
    assert triples_of(entailed(store, rules=["inverse"], source="mine")) == {
        ("ex:b", v.SKOS_NARROWER, "ex:a"),
        ("ex:c", v.SKOS_NARROWER, "ex:b"),
    }
    block = entailed(store, rules=RULES, source="mine")
    assert Store(assemble([block])).sources() == {"mine": len(block)}
    assert ("ex:c", v.SKOS_NARROWER_TRANSITIVE, "ex:a") in triples_of(block)
    assert ("ex:a", v.SKOS_BROADER, "ex:c") not in triples_of(block)  # skos:broader itself is not transitive


def test_too_much_is_refused() -> None:
    chain = [(f"ex:{place:02}", v.RDFS_SUBCLASS_OF, f"ex:{place + 1:02}") for place in range(40)]
    with pytest.raises(GraphError, match=r"more than 100 triples follow, most of them of .*subClassOf"):
        entailed(Store.from_triples(chain), max_triples=100)
    with pytest.raises(GraphError, match="unknown rule 'magic'; known are inverse, symmetric"):
        entailed(Store.from_triples(chain), rules=["magic"])  # type: ignore[list-item]


def test_nothing_follows_from_nothing() -> None:
    empty = Store.from_triples([])
    assert len(entailed(empty)) == len(restrictions(empty)) == 0


def test_restrictions_become_relations_with_their_source() -> None:
    statements = Statements()
    for cls in ("ex:wing", "ex:feather"):
        statements.add(cls, v.RDFS_SUBCLASS_OF, "_:r", source="one.owl", graph="ex:g", weight=0.5)
    statements.add("ex:wing", v.RDFS_SUBCLASS_OF, "_:r", source="two.owl")
    statements.add("ex:wing", v.RDFS_SUBCLASS_OF, "ex:limb", source="one.owl")
    statements.add("ex:wing", v.OWL_EQUIVALENT_CLASS, "_:s", source="two.owl")
    statements.add("_:r", v.OWL_ON_PROPERTY, "ex:partOf", source="one.owl")
    statements.add("_:r", v.OWL_SOME_VALUES_FROM, "ex:bird", source="one.owl")
    statements.add("_:s", v.OWL_ON_PROPERTY, "ex:usedFor", source="two.owl")
    statements.add("_:s", v.OWL_SOME_VALUES_FROM, "ex:flight", source="two.owl")
    statements.add("_:all", v.OWL_ON_PROPERTY, "ex:usedFor", source="two.owl")
    block = restrictions(Store(assemble([statements.block()])))
    assert triples_of(block) == {
        ("ex:wing", "ex:partOf", "ex:bird"),
        ("ex:feather", "ex:partOf", "ex:bird"),
        ("ex:wing", "ex:usedFor", "ex:flight"),
    }
    store = Store(assemble([block]))
    assert (store.sources(), store.graphs()) == ({"one.owl": 2, "two.owl": 2}, {"": 2, "ex:g": 2})
