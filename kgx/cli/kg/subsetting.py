"""``kgx kg subset``: a part of a graph."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kgx.cli.options import AsJson, Debug

__all__ = ["SUBSET_EXAMPLES", "Direction", "subset"]

SUBSET_EXAMPLES = """
Examples:

kgx kg subset my-graph --seed http://example.org/owl --hops 2 --out around-owls

kgx kg subset thesaurus.ttl --relation skos:broader --out hierarchy

kgx kg subset my-graph --source monday.nt --out what-monday-says
"""


class Direction(StrEnum):
    """Which way triples are followed."""

    out = "out"
    in_ = "in"
    both = "both"


def subset(
    graph: Annotated[
        Path, typer.Argument(help="A stored graph, or a file of any format.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the new graph.")],
    seeds: Annotated[
        list[str] | None,
        typer.Option(
            "--seed", help="Keep what lies around this entity (IRI, CURIE or label); may be repeated."
        ),
    ] = None,
    hops: Annotated[int, typer.Option("--hops", min=0, help="How many triples away from a seed.")] = 1,
    relations: Annotated[
        list[str] | None,
        typer.Option("--relation", help="Keep triples of this relation (IRI or CURIE); may be repeated."),
    ] = None,
    sources: Annotated[
        list[str] | None, typer.Option("--source", help="Keep what this source says; may be repeated.")
    ] = None,
    named_graphs: Annotated[
        list[str] | None,
        typer.Option("--graph", help="Keep what stands in this named graph (IRI or CURIE); may be repeated."),
    ] = None,
    direction: Annotated[
        Direction,
        typer.Option("--direction", help="Follow triples from head to tail, from tail to head, or both."),
    ] = Direction.both,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="The most entities around seeds, the nearest first.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Store a part of a graph: what lies around entities, what some relations or some sources say.

    Several conditions must all hold, and the steps around entities lead along what the others leave. Literals of kept
    entities are kept, and what is said of kept relations. A subset without any statement is an error.
    """
    from graphs import read_graph
    from graphs.errors import EmptyGraphError
    from graphs.operations.subset import subset as subset_of
    from graphs.prefixes import expand
    from kgx.cli.kg.names import entity_named, full_names
    from kgx.cli.kg.sizes import sizes, sizes_line

    whole = read_graph(graph)
    known = whole.graphs()
    found = subset_of(
        whole,
        seeds=[entity_named(whole, seed) for seed in seeds or ()],
        hops=hops,
        relations=full_names(whole, relations),
        sources=sources or (),
        graphs=[
            name if name in known else expand(name, whole.prefixes) or name for name in named_graphs or ()
        ],
        direction=direction.value,
        limit=limit,
    )
    if not found.columns.triples.num_rows + found.columns.literals.num_rows:
        raise EmptyGraphError(
            "no statement is left: nothing was stored; ask for more hops, relations or sources"
        )
    found.columns.write(out)
    if as_json:
        told = {**sizes(found.columns), "beyond_limit": found.beyond_limit, "out": str(out)}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    typer.echo(sizes_line(found.columns, out))
    if found.beyond_limit:
        typer.echo(f"{found.beyond_limit:,} more entities were within reach, beyond the limit")
