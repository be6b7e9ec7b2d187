"""Tables that come in pairs."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphs.readers.reading import Reading
from graphs.readers.tables.families import pair_paths, shared_scope


@pytest.mark.parametrize(
    ("path", "nodes", "edges"),
    [
        ("kg.tsv", "kg_nodes.tsv", "kg_edges.tsv"),
        ("kg.v2.tsv.zst", "kg.v2_nodes.tsv.zst", "kg.v2_edges.tsv.zst"),
        ("out/kg_nodes.tsv", "out/kg_nodes.tsv", "out/kg_edges.tsv"),
        ("out/edges.tsv", "out/nodes.tsv", "out/edges.tsv"),
        ("out", "out/nodes.tsv", "out/edges.tsv"),
    ],
)
def test_names_of_pairs(path: str, nodes: str, edges: str) -> None:
    assert [str(found) for found in pair_paths(Path(path), ".tsv", "edges")] == [nodes, edges]


def test_a_folder_holds_both(tmp_path: Path) -> None:
    folder = tmp_path / "kg.v2"
    folder.mkdir()
    assert pair_paths(folder, ".csv", "relationships") == (folder / "nodes.csv", folder / "relationships.csv")


def test_scopes(tmp_path: Path) -> None:
    def scope(name: str) -> str:
        return shared_scope(Reading(tmp_path / name, name, "kgx-tsv"))

    for name in (
        "a_nodes.tsv",
        "a_edges.tsv",
        "b-nodes.tsv",
        "nodes.tsv",
        "relationships.tsv",
        "a_edges.csv",
        "other.tsv",
    ):
        (tmp_path / name).write_text("id\n")
    assert scope("a_nodes.tsv") == scope("a_edges.tsv")
    assert scope("nodes.tsv") == scope("relationships.tsv")
    apart = ["a_nodes.tsv", "b-nodes.tsv", "nodes.tsv", "a_edges.csv", "other.tsv"]
    assert len({scope(name) for name in apart}) == len(apart)
    before = scope("a_nodes.tsv")
    (tmp_path / "a_edges.tsv").write_text("other\n")
    assert scope("a_nodes.tsv") != before
