"""Splits: nothing leaks, nothing is lost, and the train part knows all."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import EmptyGraphError, GraphBuilder, GraphError, GraphStoreError, KnowledgeGraph
from graphs.operations.leaks import leaking_relations
from graphs.operations.merging import merge
from graphs.operations.split import INDUCTIVE_PARTS, LEFT_OUT, PARTS, Split, split
from graphs.operations.split_files import write_split
from graphs.vocabulary import OWL_OBJECT_PROPERTY, RDF_TYPE, RDFS_LABEL

Triple = tuple[str, str, str]

NODES = st.sampled_from([f"ex:{number}" for number in range(12)])
BASE = st.lists(st.tuples(NODES, st.sampled_from(["ex:r", "ex:s", "ex:t"]), NODES), min_size=1, max_size=60)


def triples_of(graph: KnowledgeGraph) -> list[Triple]:
    iris = graph.entity_iris(range(graph.num_entities))
    rows = zip(graph.heads.tolist(), graph.relation_ids.tolist(), graph.tails.tolist(), strict=True)
    return [(iris[head], graph.relation_iris[relation], iris[tail]) for head, relation, tail in rows]


def told(parts: Split) -> dict[str, list[Triple]]:
    return {name: triples_of(KnowledgeGraph(columns)) for name, columns in parts.parts.items()}


def ends(triples: list[Triple]) -> set[str]:
    return {triple[place] for triple in triples for place in (0, 2)}


def with_leaks(base: list[Triple]) -> KnowledgeGraph:
    """Add an inverse and a duplicate of one relation each, most of a symmetric one's mirror, and labels."""
    builder = GraphBuilder()
    for head, relation, tail in base:
        builder.add(head, relation, tail, source="base")
        builder.add_literal(head, RDFS_LABEL, head, source="base")
        if relation == "ex:r":
            builder.add(tail, "ex:inverseOfR", head, source="added")
        if relation == "ex:s":
            builder.add(head, "ex:likeS", tail, source="added")
        if relation == "ex:t":
            builder.add(tail, "ex:t", head, source="added")
    return builder.build()


@settings(max_examples=30, deadline=None)
@given(BASE, st.integers(0, 3), st.booleans())
def test_no_part_gives_away_another(base: list[Triple], seed: int, inductive: bool) -> None:
    graph = with_leaks(base)
    parts = split(graph, (0.5, 0.2, 0.3), seed=seed, inductive=inductive)
    found = told(parts)
    assert Counter(triple for part in found.values() for triple in part) == Counter(triples_of(graph))
    assert KnowledgeGraph(merge([KnowledgeGraph(part) for part in parts.parts.values()])).equals(graph)
    tied = {frozenset((leak.relation, leak.other)) for leak in leaking_relations(graph)}
    names = (*PARTS, *INDUCTIVE_PARTS) if inductive else PARTS
    for one in names:
        for other in names:
            if one < other:
                for head, relation, tail in found[one]:
                    for head2, relation2, tail2 in found[other]:
                        if {head, tail} == {head2, tail2}:
                            assert relation != relation2
                            assert frozenset((relation, relation2)) not in tied
    for train, *others in (PARTS, INDUCTIVE_PARTS) if inductive else (PARTS,):
        for name in others:
            assert ends(found[name]) <= ends(found[train])
            assert {triple[1] for triple in found[name]} <= {triple[1] for triple in found[train]}
    if inductive:
        assert not ends(found["train"]) & ends(found["inductive-train"])
        known = {triple[1] for triple in found["train"]}
        assert {triple[1] for triple in found["inductive-train"]} <= known


def grid(size: int = 40) -> KnowledgeGraph:
    rng = np.random.default_rng(3)
    triples = []
    for _ in range(size * 30):
        head, tail = rng.integers(size, size=2)
        triples.append((f"ex:{head}", f"ex:r{rng.integers(4)}", f"ex:{tail}"))
    return KnowledgeGraph.from_triples(triples)


def test_the_shares_are_those_that_were_asked_for() -> None:
    graph = grid()
    sizes = split(graph, (0.7, 0.2, 0.1), seed=1).to_dict()["triples"]
    for name, share in zip(PARTS, (0.7, 0.2, 0.1), strict=True):
        assert sizes[name] == pytest.approx(share * graph.num_triples, rel=0.05)


def test_the_seed_decides() -> None:
    graph = grid()
    one, same, other = (split(graph, seed=seed).parts["test"] for seed in (1, 1, 2))
    assert one.equals(same)
    assert not one.equals(other)


def test_whole_pairs_stay_together() -> None:
    found = told(split(grid(), whole_pairs=True))
    pairs = [{frozenset((head, tail)) for head, _, tail in found[name]} for name in PARTS]
    assert not pairs[0] & pairs[1]
    assert not pairs[0] & pairs[2]
    assert not pairs[1] & pairs[2]


def test_what_must_be_in_train_is_moved_and_counted() -> None:
    star = KnowledgeGraph.from_triples([("ex:hub", "ex:r", f"ex:{number}") for number in range(10)])
    parts = split(star, (0.5, 0.25, 0.25))
    assert parts.to_dict()["triples"] == {"train": 10, "valid": 0, "test": 0}
    assert parts.moved_to_train == 5


def test_statements_about_relations_are_in_train() -> None:
    builder = GraphBuilder()
    builder.add_graph(grid())
    for number in range(4):
        builder.add(f"ex:r{number}", RDF_TYPE, OWL_OBJECT_PROPERTY)
    parts = split(builder.build())
    assert parts.schema == 4
    assert RDF_TYPE not in {relation for name in ("valid", "test") for _, relation, _ in told(parts)[name]}


def test_literals_go_with_their_graph() -> None:
    builder = GraphBuilder()
    builder.add_graph(grid())
    for number in range(40):
        builder.add_literal(f"ex:{number}", RDFS_LABEL, str(number))
    parts = split(builder.build(), inductive=True).parts
    inner = KnowledgeGraph(parts["inductive-train"])
    assert 0 < inner.num_literals < 40
    assert parts["train"].literals.num_rows + inner.num_literals == 40
    assert parts[LEFT_OUT].literals.num_rows == 0


@pytest.mark.parametrize(
    "ratios", [(0.8, 0.1), (0.8, 0.1, 0.2), (0.0, 0.5, 0.5), (1.2, -0.1, -0.1), (1, 0, float("nan"))]
)
def test_impossible_shares_are_errors(ratios: tuple[float, ...]) -> None:
    with pytest.raises(GraphError, match="three shares"):
        split(grid(), ratios)


def test_impossible_overlaps_and_empty_graphs_are_errors() -> None:
    with pytest.raises(GraphError, match="overlap above 0"):
        split(grid(), overlap=0)
    with pytest.raises(EmptyGraphError, match="no triple to split"):
        split(KnowledgeGraph.from_triples([("ex:r", RDF_TYPE, OWL_OBJECT_PROPERTY)]))


def test_parts_are_written_as_tables_and_graphs(tmp_path: Path) -> None:
    parts = split(grid())
    folder = tmp_path / "parts"
    for _ in range(2):  # a split that is there already is replaced
        write_split(parts, folder)
    for name in PARTS:
        rows = [tuple(line.split("\t")) for line in (folder / f"{name}.tsv").read_text().splitlines()]
        assert rows == triples_of(KnowledgeGraph.open(folder / name)) == told(parts)[name]
    report = json.loads((folder / "split.json").read_text())
    assert report == json.loads(json.dumps(parts.to_dict()))
    assert [path.name for path in tmp_path.iterdir()] == ["parts"]


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(GraphStoreError, match="is not a split"):
        write_split(split(grid()), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_names_that_no_table_can_hold_are_refused(tmp_path: Path) -> None:
    graph = KnowledgeGraph.from_triples([("a\tb", "ex:r", "c")])
    with pytest.raises(GraphStoreError, match="cannot stand in a table"):
        write_split(split(graph), tmp_path / "parts")
    assert list(tmp_path.iterdir()) == []
