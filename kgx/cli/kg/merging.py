"""``kgx kg merge``: several graphs into one."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kgx.cli.options import AsJson, Debug

__all__ = ["MERGE_EXAMPLES", "Preferred", "merge"]

MERGE_EXAMPLES = """
Examples:

kgx kg merge birds owls --out animals

kgx kg merge birds more-birds.ttl --out birds2 --prefer first
"""


class Preferred(StrEnum):
    """Whose prefixes hold."""

    first = "first"
    last = "last"


def merge(
    graphs: Annotated[
        list[Path], typer.Argument(help="Stored graphs, or files of any format.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the new graph.")],
    prefer: Annotated[
        Preferred | None,
        typer.Option(
            "--prefer", help="Whose namespace holds where two graphs differ in what a prefix means."
        ),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Store one graph of all that some graphs say.

    Every statement keeps its sources. A prefix that means different namespaces is an error unless --prefer says whose
    holds.
    """
    from graphs import read_graph
    from graphs.operations.merging import merge as merge_graphs
    from kgx.cli.kg.sizes import sizes, sizes_line

    parts = [read_graph(path) for path in graphs]
    columns = merge_graphs(
        parts, names=[str(path) for path in graphs], prefer=None if prefer is None else prefer.value
    )
    columns.write(out)
    said = sum(part.num_triples + part.num_literals for part in parts)
    if as_json:
        merged = [
            {"graph": str(path), **sizes(part.columns)} for path, part in zip(graphs, parts, strict=True)
        ]
        told = {**sizes(columns), "merged": merged, "out": str(out)}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    typer.echo(sizes_line(columns, out))
    typer.echo(f"the {len(parts)} graphs hold {said:,} triples and literals between them")
