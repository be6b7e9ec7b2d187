"""Differences against sets of statements, and patches that make one graph of another."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphBuilder, GraphFormatError, KnowledgeGraph
from graphs.operations.diff import LabelChange, RelationChange, diff
from graphs.operations.editing import apply_patch
from graphs.operations.patch import patch_lines, read_patch, read_statements
from graphs.statement import Statement, statements_of
from graphs.vocabulary import RDFS_LABEL, SKOS_PREF_LABEL

NODES = st.sampled_from(["ex:a", "ex:b", "_:x", "_:y", "a name"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
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
        TEXTS,
        st.sampled_from(["", "_:g"]),
        st.just(True),
        st.sampled_from(["", "en"]),
        st.just(""),
    ),
)
GRAPHS = st.lists(STATEMENTS, max_size=10)


def build(statements: list[Statement], source: str = "") -> KnowledgeGraph:
    builder = GraphBuilder()
    for said in statements:
        if said.is_literal:
            builder.add_literal(
                said.subject,
                said.predicate,
                said.object,
                language=said.language,
                graph=said.graph,
                source=source,
            )
        else:
            builder.add(said.subject, said.predicate, said.object, graph=said.graph, source=source)
    return builder.build()


def has_blank(said: Statement) -> bool:
    return any(
        name.startswith("_:") for name in (said.subject, "" if said.is_literal else said.object, said.graph)
    )


@settings(max_examples=40)
@given(GRAPHS, GRAPHS)
def test_without_blank_nodes_it_is_the_difference_of_sets(old: list[Statement], new: list[Statement]) -> None:
    old, new = ([said for said in graph if not has_blank(said)] for graph in (old, new))
    changes = diff(build(old, "one"), build(new, "two"))
    assert set(statements_of(changes.removed)) == set(old) - set(new)
    assert set(statements_of(changes.added)) == set(new) - set(old)
    assert changes.equal == (set(old) == set(new))


@settings(max_examples=40)
@given(GRAPHS, GRAPHS)
def test_the_patch_makes_one_graph_of_the_other(
    tmp_path_factory: pytest.TempPathFactory, old: list[Statement], new: list[Statement]
) -> None:
    before, after = build(old), build(new)
    path = tmp_path_factory.mktemp("patch") / "changes.rdfp"
    path.write_text("\n".join(patch_lines(diff(before, after))), encoding="utf-8")
    edited = apply_patch(before, read_patch(path))
    assert diff(KnowledgeGraph(edited.columns), after).equal
    assert not edited.absent


def test_sources_matter_only_where_they_are_asked_for() -> None:
    said = [Statement("ex:a", "ex:p", "ex:b")]
    one, other = build(said, "one"), build(said, "two")
    assert diff(one, other).equal
    changes = diff(one, other, provenance=True)
    assert (len(changes.removed), len(changes.added)) == (1, 1)


def test_weights_matter() -> None:
    builders = [GraphBuilder(), GraphBuilder()]
    for builder, weight in zip(builders, (1.0, 0.5), strict=True):
        builder.add("ex:a", "ex:p", "ex:b", weight=weight)
    changes = diff(*(builder.build() for builder in builders))
    assert (changes.equal, changes.reweighted, len(changes.added)) == (False, 1, 0)


def test_labels_and_relations_are_summed_up() -> None:
    old = build(
        [
            Statement("ex:a", RDFS_LABEL, "owl", "", True, "en"),
            Statement("ex:a", RDFS_LABEL, "Eule", "", True, "de"),
            Statement("ex:a", "ex:p", "ex:b"),
        ]
    )
    new = build(
        [
            Statement("ex:a", RDFS_LABEL, "barn owl", "", True, "en"),
            Statement("ex:a", SKOS_PREF_LABEL, "Schleiereule", "", True, "de"),
            Statement("ex:a", "ex:p", "ex:b"),
            Statement("ex:a", "ex:p", "ex:c"),
        ]
    )
    changes = diff(old, new)
    assert changes.labels == [LabelChange("ex:a", RDFS_LABEL, "en", ["owl"], ["barn owl"])]
    assert changes.relations == [
        RelationChange("ex:p", 1, 0),
        RelationChange(RDFS_LABEL, 1, 2),
        RelationChange(SKOS_PREF_LABEL, 1, 0),
    ]
    told = changes.to_dict(limit=1)
    assert told["counts"] == {"added": 3, "removed": 2, "reweighted": 0, "labels": 1}
    assert len(told["added"]) == 1


def test_new_blank_nodes_do_not_take_the_names_of_old_ones() -> None:
    old = KnowledgeGraph.from_triples([("_:x", "ex:p", "ex:a")])
    new = KnowledgeGraph.from_triples([("_:y", "ex:p", "ex:a"), ("_:x", "ex:p", "ex:b")])
    changes = diff(old, new)
    assert [said.n_quad() for _, said in changes.statements()] == ["_:x-2 <ex:p> <ex:b> ."]


def test_the_last_row_of_a_patch_counts(tmp_path: Path) -> None:
    path = tmp_path / "p.rdfp"
    path.write_text(
        "H id <uuid:1> .\nTX .\nPA ex <http://example.org/> .\n"
        "A <ex:a> <ex:p> <ex:b> .\n# no\nD <ex:a> <ex:p> <ex:b> .\nTC .\n"
    )
    patch = read_patch(path)
    assert (patch.added, patch.removed) == ([], [Statement("ex:a", "ex:p", "ex:b")])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"TX .\nA <ex:a> <ex:p> .\n", "p:2: expected an IRI"),
        (b"TX .\nTA .\n", "p:2: expected a row of RDF Patch"),
        (b"<ex:a> <ex:p> <ex:b> .\n", "p:1: expected a row of RDF Patch"),
        (b'D <ex:a> <ex:p> "\xff" .\n', "p:1: not valid UTF-8"),
    ],
)
def test_broken_patches_are_refused_with_their_line(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(content)
    with pytest.raises(GraphFormatError, match=message):
        read_patch(tmp_path / "p")


def test_statements_are_read_as_the_graph_names_them(tmp_path: Path) -> None:
    (tmp_path / "s.nq").write_text('_:x <ex:p> "a"@en <ex:g> .\n\n# comment\n<ex:a> <ex:p> <ex:b>\n')
    assert read_statements(tmp_path / "s.nq") == [
        Statement("_:x", "ex:p", "a", "ex:g", True, "en"),
        Statement("ex:a", "ex:p", "ex:b"),
    ]
