"""KnowledgeGraph against slow, obvious references: sets of tuples and loops."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphBuilder, KnowledgeGraph, UnknownTermError
from graphs.vocabulary import (
    OWL_INVERSE_OF,
    OWL_OBJECT_PROPERTY,
    OWL_SYMMETRIC,
    RDF_TYPE,
    RDFS_LABEL,
    SKOS_DEFINITION,
)

TERMS = st.sampled_from(["ex:a", "ex:b", "ex:c", "ex:é", "ex:\U0001f989", "_:x", "ex:A", "ex:aa"])
TRIPLES = st.tuples(
    TERMS, st.sampled_from(["ex:r", "ex:s", "ex:t"]), TERMS, st.sampled_from(["", "one", "two"])
)
WEIGHTS = st.sampled_from([0.0, 0.25, 1.0, 7.0])
STATEMENTS = st.lists(st.tuples(TRIPLES, WEIGHTS), max_size=25)
LITERALS = st.lists(
    st.tuples(
        TERMS,
        st.sampled_from([RDFS_LABEL, SKOS_DEFINITION]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
        st.sampled_from(["", "en", "de"]),
        st.sampled_from(["", "ex:type"]),
        st.sampled_from(["", "one"]),
        WEIGHTS,
    ),
    max_size=25,
)
Statements = list[tuple[tuple[str, str, str, str], float]]
Literals = list[tuple[str, str, str, str, str, str, float]]


def build(statements: Statements, literals: Literals) -> KnowledgeGraph:
    builder = GraphBuilder()
    for (head, relation, tail, source), weight in statements:
        builder.add(head, relation, tail, source=source, weight=weight)
    for subject, predicate, value, language, datatype, source, weight in literals:
        builder.add_literal(
            subject, predicate, value, language=language, datatype=datatype, source=source, weight=weight
        )
    return builder.build()


@given(STATEMENTS, LITERALS)
def test_terms_and_triples_equal_a_slow_reference(statements: Statements, literals: Literals) -> None:
    graph = build(statements, literals)
    best: dict[tuple[str, str, str], float] = {}
    for (head, relation, tail, _), weight in statements:
        best[relation, head, tail] = max(weight, best.get((relation, head, tail), 0.0))
    entities = sorted(
        {head for _, head, _ in best} | {tail for *_, tail in best} | {row[0] for row in literals}
    )
    assert graph.entity_iris(range(graph.num_entities)) == entities
    assert graph.relation_iris == sorted({relation for relation, *_ in best})
    columns = (graph.relation_ids, graph.heads, graph.tails, graph.weights)
    assert [column.dtype.name for column in columns] == ["int32", "int32", "int32", "float32"]
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    assert rows == sorted(rows)
    assert len(rows) == graph.num_triples == len(best)
    assert {(graph.relation_iris[r], entities[h], entities[t]): weight for r, h, t, weight in rows} == best


@given(STATEMENTS, LITERALS)
def test_literals_and_sources_equal_a_slow_reference(statements: Statements, literals: Literals) -> None:
    graph = build(statements, literals)
    best: dict[tuple[str, ...], float] = {}
    for row in literals:
        key = (*row[:6], "")  # all stand in the default graph
        best[key] = max(row[6], best.get(key, 0.0))
    found = [(graph.entity_iri(row.pop("subject")), *row.values()) for row in graph.literals.to_pylist()]
    assert found == sorted((*key, weight) for key, weight in best.items())
    assert graph.num_literals == len(best)
    sources = Counter(triple[3] for triple in {triple for triple, _ in statements})
    assert graph.sources() == dict(sources + Counter(key[5] for key in best))


@given(STATEMENTS)
def test_edges_and_neighbours_equal_a_loop(statements: Statements) -> None:
    graph = build(statements, [])
    triples = {(h, r, t) for (h, r, t, _), _ in statements}
    for relation in graph.relation_iris:
        heads, tails, weights = graph.edges(relation)
        pairs = list(zip(graph.entity_iris(heads), graph.entity_iris(tails), strict=True))
        assert pairs == sorted((h, t) for h, r, t in triples if r == relation)
        assert len(weights) == len(pairs)
        assert np.shares_memory(heads, graph.heads) or not len(heads)
    for entity in range(graph.num_entities):
        iri = graph.entity_iri(entity)
        out = [(relation, graph.entity_iri(other)) for relation, other in graph.neighbours(entity)]
        assert sorted(out) == sorted((r, t) for h, r, t in triples if h == iri)
        into = [
            (relation, graph.entity_iri(other)) for relation, other in graph.neighbours(entity, incoming=True)
        ]
        assert sorted(into) == sorted((r, h) for h, r, t in triples if t == iri)


@given(statements=STATEMENTS, literals=LITERALS, data=st.data())
@settings(deadline=None)
def test_saved_and_opened_graphs_are_equal_and_order_does_not_matter(
    statements: Statements, literals: Literals, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    graph = build(statements, literals)
    folder = tmp_path_factory.mktemp("graph")
    graph.save(folder / "one")
    opened = KnowledgeGraph.open(folder / "one", verify=True)
    assert opened.equals(graph)
    build(data.draw(st.permutations(statements)), data.draw(st.permutations(literals))).save(folder / "two")
    one, two = sorted((folder / "one").iterdir()), sorted((folder / "two").iterdir())
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


@given(STATEMENTS, LITERALS, STATEMENTS, LITERALS)
def test_merging_graphs_equals_adding_all_statements(
    statements: Statements, literals: Literals, others: Statements, texts: Literals
) -> None:
    builder = GraphBuilder()
    builder.add_graph(build(statements, literals))
    builder.add_graph(build(others, texts))
    assert builder.build().equals(build(statements + others, literals + texts))


def test_entities_are_found_by_iri_and_number() -> None:
    graph = KnowledgeGraph.from_triples([("ex:b", "ex:r", "ex:a"), ("ex:b", "ex:r", "ex:é")])
    assert [graph.entity_id(iri) for iri in ("ex:a", "ex:b", "ex:é")] == [0, 1, 2]
    assert graph.entity_ids(["ex:é", "ex:nothing", "ex:a"]).tolist() == [2, -1, 0]
    assert graph.entity_ids([]).dtype == np.int64
    assert graph.entity_iris(np.array([2, 0], dtype=np.int32)) == ["ex:é", "ex:a"]
    assert graph.entity_iris([]) == []
    assert graph.relation_id("ex:r") == 0


def test_few_entities_are_found_among_many_as_many_are() -> None:
    iris = [f"ex:{number:04}" for number in range(1000)]
    graph = KnowledgeGraph.from_triples([(iri, "ex:r", iri) for iri in iris])
    asked = [*iris[::7], "ex:nothing", "", "zz"]
    expected = [iris.index(iri) if iri in iris else -1 for iri in asked]
    assert graph.entity_ids(asked).tolist() == expected
    assert [graph.entity_ids([iri]).tolist() for iri in asked] == [[number] for number in expected]


@pytest.mark.parametrize("number", [-1, 2])
def test_wrong_numbers_are_refused(number: int) -> None:
    graph = KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")])
    for lookup in (graph.entity_iri, graph.label, graph.labels, graph.definition, graph.neighbours):
        with pytest.raises(UnknownTermError, match=f"from 0 to 1, got {number}"):
            lookup(number)
    with pytest.raises(UnknownTermError, match=f"from 0 to 1, got {number}"):
        graph.entity_iris([0, number])


def test_unknown_names_are_refused() -> None:
    graph = KnowledgeGraph.from_triples([("ex:b", "ex:r", "ex:c")])
    for iri in ("ex:a", "ex:bb", "ex:z", ""):
        with pytest.raises(UnknownTermError, match="no entity"):
            graph.entity_id(iri)
        with pytest.raises(UnknownTermError, match="no relation"):
            graph.edges(iri)


def test_an_empty_graph_answers_every_question(tmp_path: Path) -> None:
    GraphBuilder().build().save(tmp_path / "empty")
    graph = KnowledgeGraph.open(tmp_path / "empty")
    assert (graph.num_entities, graph.num_relations, graph.num_triples, graph.num_literals) == (0, 0, 0, 0)
    assert graph.label_table().num_rows == graph.literals.num_rows == 0
    assert (graph.sources(), graph.entity_ids(["ex:a"]).tolist(), graph.inverse_of("ex:r")) == (
        {},
        [-1],
        None,
    )
    assert len(graph.to_networkx()) == 0


def test_relations_are_described_by_the_graph_itself() -> None:
    graph = KnowledgeGraph.from_triples(
        [
            ("ex:a", "ex:hasPart", "ex:b"),
            ("ex:hasPart", OWL_INVERSE_OF, "ex:partOf"),
            ("ex:near", RDF_TYPE, OWL_SYMMETRIC),
            ("ex:kind", RDF_TYPE, OWL_OBJECT_PROPERTY),
        ],
        literals=[
            ("ex:hasPart", RDFS_LABEL, "includes", "en"),
            ("ex:hasPart", SKOS_DEFINITION, "as a whole", "en"),
        ],
    )
    assert (graph.relation_label("ex:hasPart"), graph.relation_definition("ex:hasPart")) == (
        "includes",
        "as a whole",
    )
    assert (graph.relation_label("ex:unheardOf"), graph.relation_definition("ex:unheardOf")) == (
        "unheard of",
        "",
    )
    assert (graph.inverse_of("ex:hasPart"), graph.inverse_of("ex:partOf")) == ("ex:partOf", "ex:hasPart")
    assert (graph.inverse_of("ex:near"), graph.inverse_of("ex:kind")) == ("ex:near", None)
    assert graph.entity_iris(graph.relation_entities()) == ["ex:hasPart", "ex:kind", "ex:near"]


def test_columns_cannot_be_changed_by_accident(tmp_path: Path) -> None:
    KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")]).save(tmp_path / "kg")
    with pytest.raises(ValueError, match="read-only"):
        KnowledgeGraph.open(tmp_path / "kg").heads[0] = 7
