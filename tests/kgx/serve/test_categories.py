"""Categories are counted along their hierarchy, and a filter by one lets through what was counted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from graphs import KnowledgeGraph
from graphs.query.reachability import Deadline
from graphs.vocabulary import SKOS_BROADER, SKOS_PREF_LABEL
from kgx.filters.item_graph import ItemGraph
from kgx.filters.patterns import Pattern
from kgx.item_concepts import HitConcept, ItemConcepts, LinkedConcept
from kgx.serve.categories import categories_of

BROADER = [
    ("mammals", "animals"),
    ("fish", "animals"),
    ("bears", "mammals"),
    ("cats", "mammals"),
    ("ships", "things"),
]
FILED = ["mammals", "bears", "bears", "cats", "fish", "ships", "ships"]


def item_graph(broader: list[tuple[str, str]]) -> ItemGraph:
    """Return the graph of a run whose items are filed in categories, those of mammals in a synset too."""
    names = sorted({*FILED, "animals", "things", "mammal"})
    triples = [(f"ex:{low}", SKOS_BROADER, f"ex:{high}") for low, high in broader]
    triples += [(f"ex:{name}", "ex:kind", "ex:category") for name in names]
    graph = KnowledgeGraph.from_triples(
        triples, literals=[(f"ex:{name}", SKOS_PREF_LABEL, name, "en") for name in names]
    )
    rows = []
    for name in FILED:
        of = [name, "mammal"] if name == "mammals" else [name]
        links = [
            LinkedConcept(graph.entity_id(f"ex:{one}"), HitConcept(one, "in category", 1.0, "folder"), {})
            for one in of
        ]
        rows.append(ItemConcepts.of(links))
    ids = tuple(f"item {row}" for row in range(len(FILED)))
    items: Any = SimpleNamespace(entity=("",) * len(ids), row_of={name: row for row, name in enumerate(ids)})
    run: Any = SimpleNamespace(concepts=SimpleNamespace(rows=tuple(rows)), items=_Items(ids, items))
    return ItemGraph(run, graph)


class _Items:
    def __init__(self, ids: tuple[str, ...], told: Any) -> None:
        self.id, self.entity, self.row_of = ids, told.entity, told.row_of

    def __len__(self) -> int:
        return len(self.id)


@pytest.mark.parametrize(
    ("broader", "path", "expected"),
    [
        (
            BROADER,
            "category/broader*",
            {"animals": 5, "mammals": 4, "bears": 2, "ships": 2, "cats": 1, "fish": 1},
        ),
        ([*BROADER, ("animals", "mammals")], "category/broader*", None),  # round and round
        ([], "category", {"bears": 2, "ships": 2, "cats": 1, "fish": 1, "mammal": 1}),
    ],
)
def test_as_many_are_let_through_as_were_counted(
    broader: list[tuple[str, str]], path: str, expected: dict[str, int] | None
) -> None:
    graph = item_graph(broader)
    found = categories_of(graph)
    assert found.path == path
    if expected is not None:
        assert found.counts == expected
    for name, count in found.counts.items():
        nodes = Pattern.parse(f'?item {found.path} "{name}"').items(graph, Deadline(2.0))
        assert (nodes >= graph.first).sum() == count, name
