"""Editing against building anew without what was taken out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphBuilder, GraphError, GraphStoreError, KnowledgeGraph, UnknownTermError
from graphs.importing import import_files
from graphs.operations.editing import apply_patch, forget, remove
from graphs.operations.patch import Patch
from graphs.operations.rewriting import rejected_sources, rewrite
from graphs.statement import Statement
from graphs.vocabulary import RDFS_LABEL

NODES = st.sampled_from(["ex:a", "ex:b", "_:x", '<<( <ex:a> <ex:p> "ex:b" )>>'])
STATEMENTS = st.one_of(
    st.builds(
        Statement,
        NODES,
        st.sampled_from(["ex:p", "ex:q"]),
        NODES,
        st.sampled_from(["", "ex:g"]),
        st.just(False),
        st.just(""),
        st.just(""),
    ),
    st.builds(
        Statement,
        NODES,
        st.sampled_from(["ex:p", "ex:t"]),
        st.sampled_from(["", "one", "ex:a"]),
        st.sampled_from(["", "ex:g"]),
        st.just(True),
        st.sampled_from(["", "en"]),
        st.just(""),
    ),
)
SAID = st.lists(
    st.tuples(STATEMENTS, st.sampled_from(["one", "two"]), st.sampled_from([0.5, 1.0])), max_size=12
)
Said = list[tuple[Statement, str, float]]


def build(said: Said) -> KnowledgeGraph:
    builder = GraphBuilder()
    builder.prefixes["ex"] = "http://example.org/"
    for statement, source, weight in said:
        if statement.is_literal:
            builder.add_literal(
                statement.subject,
                statement.predicate,
                statement.object,
                language=statement.language,
                source=source,
                graph=statement.graph,
                weight=weight,
            )
        else:
            subject, predicate, value, graph = statement[:4]
            builder.add(subject, predicate, value, source=source, graph=graph, weight=weight)
    return builder.build()


def bytes_of(graph: KnowledgeGraph, folder: Path) -> dict[str, bytes]:
    graph.save(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@settings(max_examples=30)
@given(SAID, st.sampled_from(["one", "two", "ex:g"]))
def test_forgetting_leaves_the_bytes_of_a_graph_that_was_never_given_it(
    tmp_path_factory: pytest.TempPathFactory, said: Said, name: str
) -> None:
    others = [row for row in said if name not in (row[1], row[0].graph)]
    if len(others) == len(said):
        with pytest.raises(UnknownTermError, match=f"no source or named graph '{name}'"):
            forget(build(said), name)
        return
    edited = forget(build(said), name)
    folder = tmp_path_factory.mktemp("forget")
    left = KnowledgeGraph(edited.columns)
    assert bytes_of(left, folder / "left") == bytes_of(build(others), folder / "never")
    assert edited.removed == len({row[0] for row in said} - {row[0] for row in others})


@settings(max_examples=30)
@given(SAID, st.lists(STATEMENTS, max_size=5), st.booleans())
def test_removing_statements_is_building_without_them(
    said: Said, gone: list[Statement], everywhere: bool
) -> None:
    def is_gone(statement: Statement) -> bool:
        return any(statement == (one._replace(graph=statement.graph) if everywhere else one) for one in gone)

    edited = remove(build(said), statements=gone, everywhere=everywhere)
    assert KnowledgeGraph(edited.columns).equals(build([row for row in said if not is_gone(row[0])]))
    assert edited.removed == len({row[0] for row in said if is_gone(row[0])})
    known = {row[0] for row in said}
    absent = [one for one in dict.fromkeys(gone) if one not in known]
    if not everywhere:
        assert edited.absent == absent


def test_removing_an_entity_takes_all_that_names_it() -> None:
    graph = build(
        [
            (Statement("ex:a", "ex:p", "ex:b"), "one", 1.0),
            (Statement("ex:b", "ex:p", "ex:c"), "one", 1.0),
            (Statement("ex:c", "ex:p", "ex:d"), "one", 1.0),
            (Statement("ex:b", RDFS_LABEL, "b", is_literal=True), "one", 1.0),
            (Statement("ex:me", "ex:says", "<<( <ex:c> <ex:p> <<( <ex:b> <ex:p> <ex:c> )>> )>>"), "one", 1.0),
            (Statement("ex:me", "ex:says", '<<( <ex:c> <ex:p> "<ex:b>" )>>'), "one", 1.0),
            (Statement("ex:me", "ex:p", "ex:bb", "ex:b"), "one", 1.0),
        ]
    )
    edited = remove(graph, entities=["ex:b"])
    left = KnowledgeGraph(edited.columns)
    assert edited.removed == 4
    assert left.entity_iris(range(left.num_entities)) == [
        '<<( <ex:c> <ex:p> "<ex:b>" )>>',
        "ex:bb",
        "ex:c",
        "ex:d",
        "ex:me",
    ]


def test_removing_a_relation_takes_triples_and_literals() -> None:
    graph = build(
        [
            (Statement("ex:a", "ex:p", "ex:b"), "one", 1.0),
            (Statement("ex:a", "ex:p", "b", is_literal=True), "one", 1.0),
            (Statement("ex:a", "ex:q", "ex:p"), "one", 1.0),
        ]
    )
    assert KnowledgeGraph(remove(graph, relations=["ex:p"]).columns).relation_iris == ["ex:q"]


@pytest.mark.parametrize("names", [{"entities": ["ex:z"]}, {"relations": ["ex:z"]}])
def test_unknown_names_are_errors(names: dict[str, list[str]]) -> None:
    graph = KnowledgeGraph.from_triples([("ex:a", "ex:p", "ex:b")])
    with pytest.raises(UnknownTermError, match="ex:z"):
        remove(graph, **names)  # type: ignore[arg-type]


def test_a_patch_counts_what_it_changed() -> None:
    old, new, there = (Statement("ex:a", "ex:p", f"ex:{name}") for name in ("old", "new", "there"))
    graph = build([(old, "one", 1.0), (there, "one", 1.0)])
    edited = apply_patch(graph, Patch([old, Statement("ex:a", "ex:p", "ex:never")], [new, there]), source="p")
    assert (edited.removed, edited.added, len(edited.absent)) == (1, 1, 1)
    assert KnowledgeGraph(edited.columns).sources() == {"one": 1, "p": 2}


def test_rejected_rows_of_a_forgotten_source_are_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    graph = build([(Statement("ex:a", "ex:p", "ex:b"), source, 1.0) for source in ("one", "two")])
    graph.save(folder)
    lines = [json.dumps({"source": source, "line": 1, "reason": "ü"}) + "\n" for source in ("one", "two")]
    (folder / "rejects.jsonl").write_text("".join(lines), encoding="utf-8")
    assert rejected_sources(folder) == {"one", "two"}
    rewrite(forget(graph, "one").columns, folder, forgotten="one")
    assert (folder / "rejects.jsonl").read_text(encoding="utf-8") == lines[1]
    rewrite(forget(KnowledgeGraph.open(folder), "two").columns, folder, tmp_path / "out", forgotten="two")
    assert not (tmp_path / "out" / "rejects.jsonl").exists()
    assert KnowledgeGraph.open(tmp_path / "out").num_triples == 0
    assert KnowledgeGraph.open(folder).sources() == {"two": 1}


def test_files_are_not_changed_in_place_and_damaged_lists_are_told(tmp_path: Path) -> None:
    graph = build([(Statement("ex:a", "ex:p", "ex:b"), "one", 1.0)])
    (tmp_path / "a.nt").write_text("<ex:a> <ex:p> <ex:b> .\n")
    with pytest.raises(GraphError, match="not a stored graph that could be changed in place"):
        rewrite(graph.columns, tmp_path / "a.nt")
    graph.save(tmp_path / "kg")
    (tmp_path / "kg" / "rejects.jsonl").write_text("{}\n")
    with pytest.raises(GraphStoreError, match=r"rejects\.jsonl:1: expected a JSON object with a source"):
        rewrite(graph.columns, tmp_path / "kg")


FILES = {
    "a.ttl": "@prefix ex: <http://a/> . @prefix a: <http://aa/> . ex:x ex:p [ ex:q ex:z ] ; ex:l 'A'@en .",
    "b.ttl": "@prefix ex: <http://b/> . <http://a/x> <http://a/p> ex:y ; <http://a/l> 'A'@en .",
    "c.trig": "<http://g/> { <http://a/x> <http://a/p> <http://b/y> }",
}


@pytest.mark.parametrize("name", FILES)
def test_a_forgotten_file_leaves_no_trace_in_the_folder(name: str, tmp_path: Path) -> None:
    for file, content in FILES.items():
        (tmp_path / file).write_text(content)
    import_files([tmp_path / file for file in FILES], tmp_path / "kg")
    rewrite(forget(KnowledgeGraph.open(tmp_path / "kg"), name).columns, tmp_path / "kg", forgotten=name)
    import_files([tmp_path / file for file in FILES if file != name], tmp_path / "never")
    left, never = (
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()} for folder in ("kg", "never")
    )
    assert left == never
