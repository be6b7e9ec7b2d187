"""The query benchmark: what it asks, and that it asks every query once on each side."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from experiments.benchmarks.text_query import main, measure, realistic_queries
from graphs import KnowledgeGraph
from graphs import vocabulary as v


def reference(count: int) -> SimpleNamespace:
    literals = []
    for number in range(count):
        literals.append((f"ex:{number}", v.SKOS_PREF_LABEL, f"thing {number}", "en"))
        literals.append((f"ex:{number}", v.SKOS_DEFINITION, f"what is {number}; 'an example'", "en"))
    graph = KnowledgeGraph.from_triples([], literals=literals)
    texts = SimpleNamespace(
        captions=tuple(f"a drawing of {number} " + "and more " * 20 for number in range(count))
    )
    return SimpleNamespace(
        knowledge=SimpleNamespace(graph=graph, concepts=np.arange(graph.num_entities)), items={"text": texts}
    )


def test_queries_are_different_and_of_three_kinds() -> None:
    queries = realistic_queries(reference(50), 60)
    assert len(queries) == len(set(queries)) == 60
    for beginning in ("thing", "what is", "a drawing"):
        assert sum(query.startswith(beginning) for query in queries) == 20
    assert max(len(query.split()) for query in queries) == 12
    assert not any("example" in query for query in queries)
    assert realistic_queries(reference(50), 60) == queries
    assert realistic_queries(reference(50), 60, seed=1) != queries


def test_no_more_than_there_are() -> None:
    assert len(realistic_queries(reference(5), 100)) == 15


class Asked:
    """Stands for a searcher and its encoder."""

    def __init__(self) -> None:
        self.alone: list[str] = []
        self.whole: list[str] = []
        self.encoders = {"text": self}

    def encode(self, values: Sequence[str], modality: str) -> None:
        self.alone.extend(values)

    def search(self, text: str, *, to: str) -> None:
        self.whole.append(text)


def test_both_sides_are_asked_everything_once() -> None:
    asked, queries = Asked(), [f"query {number}" for number in range(50)]
    alone, whole = measure(asked, queries, to="image")  # type: ignore[arg-type]
    assert sorted(asked.alone) == sorted(asked.whole) == sorted(queries)
    assert len(alone) == len(whole) == 30


def test_a_run_that_is_none(tmp_path: object, capsys: object) -> None:
    assert main([str(tmp_path)]) == 1
    assert "expected a run" in capsys.readouterr().err  # type: ignore[attr-defined]
