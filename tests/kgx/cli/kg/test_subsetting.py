"""``kgx kg subset``, ``merge``, ``map`` and ``split``: graphs made of graphs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graphs import KnowledgeGraph


def told(kg: Callable[..., Any], *arguments: object) -> dict[str, Any]:
    outcome = kg(*arguments, "--json")
    assert outcome.code == 0, outcome.err
    found: dict[str, Any] = json.loads(outcome.out)
    return found


def nt(path: Path, *triples: str) -> Path:
    path.write_text(
        "".join(f"{' '.join(f'<http://e/{name}>' for name in row.split())} .\n" for row in triples)
    )
    return path


def test_subset_around_a_seed(kg: Callable[..., Any], tmp_path: Path) -> None:
    chain = nt(tmp_path / "chain.nt", "a r b", "b r c", "c r d")
    out = tmp_path / "out"
    found = told(kg, "subset", chain, "--seed", "a", "--hops", 2, "--direction", "out", "--out", out)
    assert (found["entities"], found["triples"], found["beyond_limit"]) == (3, 2, 0)
    assert KnowledgeGraph.open(out).num_triples == 2
    limited = kg("subset", chain, "--seed", "http://e/b", "--hops", 2, "--limit", 2, "--out", out)
    assert "1 more entities were within reach" in limited.out


def test_subset_says_what_is_unknown_and_stores_nothing_empty(kg: Callable[..., Any], tmp_path: Path) -> None:
    chain = nt(tmp_path / "chain.nt", "a r b")
    for arguments, message in (
        (("--seed", "http://e/z"), "http://e/z"),
        (("--relation", "http://e/z"), "no relation"),
        (("--seed", "http://e/a", "--hops", 0), "no statement is left"),
    ):
        outcome = kg("subset", chain, *arguments, "--out", tmp_path / "out")
        assert outcome.code == 1
        assert message in outcome.err
    assert not (tmp_path / "out").exists()


def test_merge_tells_of_conflicting_prefixes(kg: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.ttl").write_text(f"@prefix ex: <http://{name}/> . ex:a ex:r ex:b .")
    files, out = (tmp_path / "one.ttl", tmp_path / "two.ttl"), tmp_path / "out"
    outcome = kg("merge", *files, "--out", out)
    assert outcome.code == 1
    assert f"'ex' stands for http://one/ in {files[0]} and for http://two/ in {files[1]}" in outcome.err
    found = told(kg, "merge", *files, "--out", out, "--prefer", "last")
    assert (found["triples"], [part["triples"] for part in found["merged"]]) == (2, [1, 1])
    merged = KnowledgeGraph.open(out)
    assert (dict(merged.prefixes), merged.sources()) == ({"ex": "http://two/"}, {"one.ttl": 1, "two.ttl": 1})


def test_map_by_a_table(kg: Callable[..., Any], tmp_path: Path) -> None:
    graph = nt(tmp_path / "graph.nt", "a r n", "b r m")
    table = tmp_path / "t.sssom.tsv"
    table.write_text(
        "#curie_map:\n#  E: http://e/\nsubject_id\tpredicate_id\tobject_id\n"
        "E:a\tskos:exactMatch\tE:b\nE:n\tskos:closeMatch\tE:m\nX:a\tskos:exactMatch\tE:b\n"
    )
    out = tmp_path / "out"
    stopped = kg("map", graph, "--mapping", table, "--out", out)
    assert stopped.code == 1
    assert f"{table}:6: the prefix of subject_id 'X:a'" in stopped.err
    assert not out.exists()
    found = told(kg, "map", graph, "--mapping", table, "--out", out, "--on-error", "report", "--prefer", "E")
    assert (found["cliques"], found["rewritten"], found["unused"]) == (1, 1, 1)
    assert found["largest"] == [{"leader": "http://e/a", "others": ["http://e/b"]}]
    assert [row["line"] for row in found["rejected"]] == [6]
    both = told(
        kg, "map", graph, "--mapping", table, "--out", out, "--on-error", "report",
        "--predicate", "skos:exactMatch,skos:closeMatch",
    )  # fmt: skip
    assert both["cliques"] == 2
    assert "2 things had several names" in kg(
        "map", graph, "--mapping", table, "--out", out, "--on-error", "report",
        "--predicate", "skos:exactMatch,skos:closeMatch",
    ).out  # fmt: skip


def test_split_writes_parts_and_a_report(kg: Callable[..., Any], tmp_path: Path) -> None:
    rows = [
        f"n{one} r{(one + other) % 3} n{other}" for one in range(12) for other in range(12) if one < other
    ]
    graph = nt(tmp_path / "graph.nt", *rows)
    found = told(kg, "split", graph, "--out", tmp_path / "parts", "--ratios", "0.6,0.2,0.2", "--seed", 7)
    assert found["triples"] == {"train": 40, "valid": 13, "test": 13}
    assert found["seed"] == 7
    assert (tmp_path / "parts" / "train.tsv").read_text().count("\n") == 40
    assert "relations that give each other away: 0" in kg("split", graph, "--out", tmp_path / "parts").out
    for ratios in ("0.6;0.2", "1,2"):
        outcome = kg("split", graph, "--out", tmp_path / "other", "--ratios", ratios)
        assert outcome.code == 1
        assert "expected three" in outcome.err
