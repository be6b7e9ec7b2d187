"""``kgx kg stats``: what there is to count in a graph, and a picture of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.kg.plain_text import aligned, one_line
from kgx.cli.options import AsJson, Debug

if TYPE_CHECKING:
    from graphs.stats import Statistics
    from graphs.stats.relation_table import RelationRow

__all__ = ["STATS_EXAMPLES", "stats"]

STATS_EXAMPLES = """
Examples:

kgx kg stats my-graph

kgx kg stats thesaurus.ttl --plot thesaurus.svg

kgx kg stats my-graph --json | jq .relation_table[0]
"""


def stats(
    graph: Annotated[Path, typer.Argument(metavar="GRAPH", help="Stored graph, or a file of any format.")],
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw a picture into this SVG file.")] = None,
    top: Annotated[int, typer.Option("--top", min=0, help="Rows of each table.")] = 20,
    language: Annotated[str, typer.Option("--lang", help="Language to call things in.")] = "en",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Count what there is in a graph: degrees, components, relations, hubs, labels, sources.

    A relation's cardinality is that of Bordes et al. (2013): n-1 says that many heads have one tail. Inverses and
    duplicates are relations that state at least half of its pairs the other way round, or the same way.
    """
    from graphs import read_graph
    from graphs.stats import statistics
    from kgx.progress import stage

    store = read_graph(graph)
    with stage("stats"):
        found = statistics(store, top=top, language=language)
    if plot is not None:
        from graphs.stats.picture import draw
        from graphs.writers.packing import created

        with created(plot) as stream:
            stream.write(draw(found, graph.resolve().name).encode())
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
        return
    typer.echo("\n".join(_lines(found, top)))
    if plot is not None:
        typer.echo(f"\npicture: {plot}")


def _lines(found: Statistics, top: int) -> Iterator[str]:
    sizes = [(name, f"{getattr(found, name):,}") for name in ("entities", "relations", "triples", "literals")]
    sizes.append(("blank nodes", f"{found.blank_nodes:,}"))
    sizes.append(("components", f"{found.components.count:,}"))
    sizes.append(("largest component", f"{found.components.largest_share:.1%}"))
    sizes.append(("isolated entities", f"{found.components.isolated:,}"))
    labels = found.labels
    sizes.append(
        ("entities with a label", f"{labels.labelled:,} of {labels.entities:,} ({labels.share:.1%})")
    )
    yield from aligned(sizes)
    yield ""
    header = ("degree", "min", "median", "mean", "90 %", "99 %", "max")
    rows: list[tuple[str, ...]] = [header]
    for name in ("outgoing", "incoming", "total"):
        one = getattr(found.degrees, name)
        middle = (one.median, one.mean, one.p90, one.p99)
        rows.append((name, f"{one.min:,}", *(f"{number:,.1f}" for number in middle), f"{one.max:,}"))
    yield from aligned(rows, right=range(1, len(header)))
    yield ""
    yield from _relations(found.relation_table, top)
    yield ""
    hubs = [
        (f"{hub.degree:,}", f"{hub.outgoing:,}", f"{hub.incoming:,}", hub.label, hub.iri)
        for hub in found.hubs
    ]
    yield from aligned([("degree", "out", "in", "hub", ""), *hubs], right=(0, 1, 2))
    for title, counts in (
        (
            "entities with a label in the language",
            {tag or "(none)": n for tag, n in labels.languages.items()},
        ),
        ("entities of the class", found.classes),
        ("literals of the datatype", {name or "(plain text)": n for name, n in found.datatypes.items()}),
        ("statements of the source", {name or "(none)": n for name, n in found.sources.items()}),
        ("statements in the graph", {name or "(default)": n for name, n in found.graphs.items()}),
    ):
        yield from _counted(title, counts, top)


def _relations(table: tuple[RelationRow, ...], top: int) -> Iterator[str]:
    header = ("triples", "heads", "tails", "kind", "symmetric", "relation", "", "inverse, duplicates")
    rows = [header]
    for row in table[:top]:
        others = [f"inverse {one.iri} ({one.share:.0%})" for one in row.inverses]
        others += [f"duplicate {one.iri} ({one.share:.0%})" for one in row.duplicates]
        counts = (f"{row.triples:,}", f"{row.heads:,}", f"{row.tails:,}")
        rows.append((*counts, row.cardinality, f"{row.symmetric:.0%}", row.label, row.iri, "; ".join(others)))
    yield from aligned(rows, right=(0, 1, 2, 4))
    if len(table) > top:
        yield f"… and {len(table) - top:,} more relations"


def _counted(title: str, counts: Mapping[str, int], top: int) -> Iterator[str]:
    if not counts:
        return
    yield f"\n{title}"
    yield from aligned(
        [(f"{count:,}", one_line(name)) for name, count in list(counts.items())[:top]], right=(0,)
    )
    if len(counts) > top:
        yield f"… and {len(counts) - top:,} more"
