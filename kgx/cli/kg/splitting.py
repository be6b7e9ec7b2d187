"""``kgx kg split``: train, valid and test parts for link prediction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kgx.cli.kg.plain_text import one_line
from kgx.cli.options import AsJson, Debug

__all__ = ["SPLIT_EXAMPLES", "split"]

SPLIT_EXAMPLES = """
Examples:

kgx kg split my-graph --out parts --ratios 0.8,0.1,0.1 --seed 0

kgx kg split my-graph --out parts --inductive
"""
_LISTED = 20  # leaking relations that are printed one by one


def split(
    graph: Annotated[
        Path, typer.Argument(help="A stored graph, or a file of any format.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the parts.")],
    ratios: Annotated[
        str, typer.Option("--ratios", help="Shares of the train, valid and test part.")
    ] = "0.8,0.1,0.1",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the random numbers.")] = 0,
    overlap: Annotated[
        float,
        typer.Option("--overlap", help="Share of common pairs from which on relations give each other away."),
    ] = 0.8,
    whole_pairs: Annotated[
        bool,
        typer.Option("--whole-pairs", help="Keep all triples between the same two entities in one part."),
    ] = False,
    inductive: Annotated[
        bool, typer.Option("--inductive", help="Make a second graph of entities that the first has none of.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Split a graph for training and evaluating link prediction, so that no part gives away another.

    Inverse, duplicate and symmetric relations are found, and their triples between the same two entities stay together.
    All entities and relations of the valid and test parts occur in the train part. Every part is written as a table
    (head, relation, tail) and as a stored graph; split.json says what was done.
    """
    from graphs import read_graph
    from graphs.errors import GraphError
    from graphs.operations.split import split as split_graph
    from graphs.operations.split_files import write_split

    try:
        shares = [float(share) for share in ratios.split(",")]
    except ValueError as error:
        raise GraphError(
            f"expected three numbers with commas between for --ratios, got {ratios!r}"
        ) from error
    parts = split_graph(
        read_graph(graph), shares, seed=seed, overlap=overlap, whole_pairs=whole_pairs, inductive=inductive
    )
    write_split(parts, out)
    told = parts.to_dict()
    if as_json:
        typer.echo(json.dumps({**told, "out": str(out)}, ensure_ascii=False, indent=1))
        return
    total = sum(told["triples"].values())
    for name, count in told["triples"].items():
        typer.echo(f"{name:>16}: {count:>12,} triples, {count / total:.1%}")
    typer.echo(f"relations that give each other away: {len(parts.leaks):,}")
    for leak in parts.leaks[:_LISTED]:
        stated = ", as the graph says" if leak.stated else ""
        typer.echo(
            "  "
            + one_line(f"{leak.kind}: {leak.relation}, {leak.other} ({leak.overlap:.0%} of pairs{stated})")
        )
    typer.echo(f"{parts.kept_together:,} triples were kept together with others of their two entities")
    typer.echo(
        f"{parts.moved_to_train:,} triples had to go to train, for an entity or a relation to occur there"
    )
