from __future__ import annotations

import pytest

from graphs import GraphBuilder, KnowledgeGraph
from graphs.vocabulary import DCTERMS_SUBJECT, SCHEMA_ABOUT, SKOS_ALT_LABEL, SKOS_BROADER, SKOS_PREF_LABEL
from kgx.linking import ABOUT_PREDICATES, CategoryLinker, LexicalLinker, statement_links


@pytest.fixture(scope="module")
def kg() -> KnowledgeGraph:
    builder = GraphBuilder()
    for path, label in [("animals", "Animals"), ("animals/birds", "Birds"), ("red%20things", "red things")]:
        builder.add_literal(f"ex:{path}", SKOS_PREF_LABEL, label, language="en")
    builder.add_literal("ex:other/birds", SKOS_ALT_LABEL, "birds", language="en")
    builder.add("ex:animals/birds", SKOS_BROADER, "ex:animals")
    builder.add("ex:owl", DCTERMS_SUBJECT, "ex:animals/birds", weight=0.75)
    builder.add("ex:owl", SKOS_BROADER, "ex:animals", weight=0.25)
    builder.add("ex:owl", SCHEMA_ABOUT, "ex:red%20things")
    return builder.build()


@pytest.fixture(scope="module")
def linker(kg: KnowledgeGraph) -> CategoryLinker:
    return CategoryLinker(kg, LexicalLinker(kg), namespace="ex:")


def resolved(kg: KnowledgeGraph, linker: CategoryLinker, category: str) -> dict[str, float]:
    return {kg.entity_iri(concept): weight for concept, weight in linker.resolve([category])[0].items()}


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("ex:animals", {"ex:animals": 1}),
        ("animals/birds", {"ex:animals/birds": 1}),
        ("red things", {"ex:red%20things": 1}),
        ("ANIMAL", {"ex:animals": 1}),
        ("zoo/animals/unknown", {"ex:animals": 1}),
        ("Birds", {"ex:animals/birds": 0.5, "ex:other/birds": 0.5}),
        ("cars", {}),
        ("/", {}),
        ("", {}),
    ],
)
def test_names_of_categories(
    kg: KnowledgeGraph, linker: CategoryLinker, category: str, expected: dict[str, float]
) -> None:
    assert resolved(kg, linker, category) == pytest.approx(expected)


def test_links_of_a_column(kg: KnowledgeGraph, linker: CategoryLinker) -> None:
    links = linker.link(["animals; red things|cars", "", "cars", "ex:animals"])
    rows = list(
        zip(links.items.tolist(), kg.entity_iris(links.concepts), links.weights.tolist(), strict=True)
    )
    assert rows == [(0, "ex:animals", 0.5), (0, "ex:red%20things", 0.5), (3, "ex:animals", 1)]
    assert (links.relation, links.provenance) == ("in category", "metadata")
    assert len(linker.link([])) == 0


def test_what_the_graph_states(kg: KnowledgeGraph) -> None:
    links = statement_links(kg, ["ex:nobody", "ex:owl", "ex:owl", "ex:animals/birds", ""])
    rows = list(
        zip(links.items.tolist(), kg.entity_iris(links.concepts), links.weights.tolist(), strict=True)
    )
    owl = [("ex:animals", 0.25), ("ex:animals/birds", 0.75)]
    assert rows == [(1, *owl[0]), (1, *owl[1]), (2, *owl[0]), (2, *owl[1]), (3, "ex:animals", 1)]
    assert (links.relation, links.provenance) == ("in category", "graph")


def test_what_a_work_is_about(kg: KnowledgeGraph) -> None:
    links = statement_links(kg, ["ex:owl"], predicates=ABOUT_PREDICATES, relation="about")
    assert kg.entity_iris(links.concepts) == ["ex:red%20things"]
    assert links.relation == "about"


def test_predicates_that_the_graph_does_not_use(kg: KnowledgeGraph) -> None:
    assert len(statement_links(kg, ["ex:owl"], predicates=["ex:nothing"])) == 0
    assert len(statement_links(kg, [])) == 0
