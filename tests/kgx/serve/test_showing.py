"""Concepts as the interface shows them."""

from __future__ import annotations

from dataclasses import replace

from kgx.concept_table import ConceptTable
from kgx.item_concepts import HitConcept, ItemConcepts
from kgx.search import Searcher
from kgx.serve.service import SearchService
from kgx.serve.showing import concept_key, shown_concepts


def test_concepts_of_one_label_keep_their_own_iris() -> None:
    bird = HitConcept("duck", "mentions", 0.7, "lexical")
    meat = HitConcept("duck", "mentions", 0.3, "lexical")
    iris = {concept_key(bird): "http://example.org/bird", concept_key(meat): "http://example.org/meat"}
    shown = shown_concepts([bird._replace(meets="duck"), meat], iris)
    assert [(one["iri"], one["weight"], one["meets"]) for one in shown] == [
        ("http://example.org/bird", 0.7, "duck"),
        ("http://example.org/meat", 0.3, ""),
    ]


def test_concepts_that_hold_the_same_items_are_one_category(tiny_searcher: Searcher) -> None:
    run = tiny_searcher.run
    rows = []
    for item in run.concepts.rows:
        plural = [
            replace(link, shown=link.shown._replace(label=f"{link.shown.label}s"))
            for link in item.links
            if link.shown.relation == "in category"
        ]
        rows.append(ItemConcepts.of([*item.links, *plural]))
    doubled = replace(run, layer=replace(run.layer, concepts=ConceptTable(tuple(rows))))
    told = SearchService(replace(tiny_searcher, run=doubled)).describe()
    assert told["categories"] == SearchService(tiny_searcher).describe()["categories"]
