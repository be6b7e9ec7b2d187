"""``kgx kg map``: one name for what has several."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kgx.cli.kg.importing import OnError
from kgx.cli.kg.plain_text import one_line
from kgx.cli.options import AsJson, Debug

__all__ = ["MAP_EXAMPLES", "map_"]

MAP_EXAMPLES = """
Examples:

kgx kg map my-graph --mapping mondo.sssom.tsv --prefer MONDO,DOID --out mapped

kgx kg map my-graph --out without-same-as

kgx kg map my-graph --mapping t.sssom.tsv --predicate skos:exactMatch --min-confidence 0.8 --out mapped
"""
_LISTED = 5  # cliques and rejected rows that are printed one by one


def map_(
    graph: Annotated[
        Path, typer.Argument(help="A stored graph, or a file of any format.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the new graph.")],
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help="SSSOM table (TSV); left out, only what the graph itself equates."),
    ] = None,
    prefer: Annotated[
        str,
        typer.Option(
            "--prefer", help="Prefixes (or namespaces) of the names that lead: best first, commas between."
        ),
    ] = "",
    predicates: Annotated[
        str | None,
        typer.Option(
            "--predicate",
            help="Predicates that equate names, commas between; left out, owl:sameAs and owl:equivalentProperty, and "
            "in the table owl:equivalentClass and skos:exactMatch too.",
            show_default=False,
        ),
    ] = None,
    min_confidence: Annotated[
        float, typer.Option("--min-confidence", min=0, max=1, help="The least confidence of a mapping.")
    ] = 0.0,
    on_error: Annotated[
        OnError,
        typer.Option("--on-error", help="stop at a row of the table that is not valid, or report it."),
    ] = OnError.stop,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Give one name to everything that has several, by a mapping table and by what the graph equates.

    The name that leads takes the place of the others in all statements, and owl:sameAs leads from it to each of them.
    Negative mappings ("Not") and those to no term change nothing.
    """
    from graphs import read_graph
    from graphs.operations.mapping import map_names
    from graphs.operations.sssom import BUILT_IN_PREFIXES, MappingTable, read_sssom
    from graphs.prefixes import expand
    from kgx.cli.kg.sizes import sizes, sizes_line

    whole = read_graph(graph)
    table = MappingTable()
    if mapping is not None:
        table = read_sssom(mapping, prefixes=whole.prefixes, stop=on_error is OnError.stop)
    known = {**whole.prefixes, **BUILT_IN_PREFIXES, **table.prefixes}
    mapped = map_names(
        whole,
        table,
        prefer=_listed(prefer),
        predicates=None
        if predicates is None
        else [expand(name, known) or name for name in _listed(predicates)],
        min_confidence=min_confidence,
        source="mapping" if mapping is None else mapping.name,
    )
    mapped.columns.write(out)
    if as_json:
        told = {
            **sizes(mapped.columns),
            **mapped.to_dict(limit=100),
            "left_out": table.left_out,
            "rejected": [{"line": row.line, "reason": row.reason} for row in table.rejected],
            "out": str(out),
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    counts = mapped.to_dict(limit=_LISTED)
    typer.echo(
        f"{counts['cliques']:,} things had several names: {counts['replaced']:,} names were replaced in "
        f"{mapped.rewritten:,} statements, of which {mapped.merged:,} fell together with others"
    )
    for clique in counts["largest"]:
        typer.echo("  " + one_line(f"{clique['leader']} for {', '.join(clique['others'])}"))
    if mapped.unused:
        typer.echo(f"{mapped.unused:,} rows of the table equate nothing in the graph, or were not asked for")
    for reason, number in table.left_out.items():
        typer.echo(f"{number:,} rows of the table map nothing: {reason}")
    for row in table.rejected[:_LISTED]:
        typer.echo(one_line(f"rejected: {mapping}:{row.line}: {row.reason}"))
    if len(table.rejected) > _LISTED:
        typer.echo(f"… and {len(table.rejected) - _LISTED:,} more rows; --json lists them all")
    typer.echo(sizes_line(mapped.columns, out))


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]
