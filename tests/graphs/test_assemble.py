"""The tables of a graph do not depend on blocks, their order, or threads; and what came of each source is told."""

from __future__ import annotations

import numpy as np
import pytest

import graphs.assemble
import graphs.growing_pool
from graphs.assemble import Assembler, assemble
from graphs.block import Block
from graphs.columns import Columns
from graphs.statements import Statements
from graphs.tally import Tally

ROWS = [
    (f"ex:{head}", f"ex:r{head % 3}", f"ex:{head * 7 % 40}", f"source {head % 2}")
    for head in range(60)
    for _ in range(2)
]


def block(rows: list[tuple[str, str, str, str]]) -> Block:
    statements = Statements()
    for head, relation, tail, source in rows:
        statements.add(head, relation, tail, source=source)
        statements.add_literal(head, relation, tail, language="en", source=source)
        statements.add_literal(tail, "ex:name", head, source=source)
    return statements.block()


def built(
    rows: list[tuple[str, str, str, str]], step: int, jobs: int = 1
) -> tuple[Columns, dict[str, Tally]]:
    assembler = Assembler(jobs)
    for start in range(0, len(rows), step):
        assembler.add(block(rows[start : start + step]))
    return assembler.columns(), assembler.tallies


@pytest.mark.parametrize("pending", [1, 20, 1 << 20])
@pytest.mark.parametrize("jobs", [1, 2])
def test_blocks_their_order_and_threads_make_no_difference(
    pending: int, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, tallies = built(ROWS, len(ROWS))
    monkeypatch.setattr(graphs.assemble, "_PENDING", pending)
    mixed = [ROWS[row] for row in np.random.default_rng(0).permutation(len(ROWS))]
    columns, same = built(mixed, 7, jobs)
    assert columns.equals(whole)
    assert {source: tally.read for source, tally in same.items()} == {"source 0": 180, "source 1": 180}
    assert sum(tally.stored for tally in same.values()) == sum(tally.stored for tally in tallies.values())


def test_a_source_that_comes_first_is_the_one_that_says_it() -> None:
    first = ("ex:a", "ex:r", "ex:b", "z.nt")
    again = ("ex:a", "ex:r", "ex:b", "a.nt")
    _, tallies = built([first, again], 1)
    assert tallies == {"z.nt": Tally(3, 3), "a.nt": Tally(3, 0)}


def test_of_many_sources_too_the_first_one_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs.growing_pool, "_PART", 2)
    sources = [f"{number * 37 % 100}.nt" for number in range(100)]
    _, tallies = built([("ex:a", "ex:r", "ex:b", source) for source in sources], 1)
    assert {source for source, tally in tallies.items() if tally.stored} == {sources[0]}


def test_nothing_makes_an_empty_graph() -> None:
    columns = assemble([])
    assert [columns.entities.num_rows, columns.triples.num_rows, columns.literals.num_rows] == [0, 0, 0]
