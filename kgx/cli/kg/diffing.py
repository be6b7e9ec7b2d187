"""``kgx kg diff``: what one graph says and another does not."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.kg.plain_text import one_line
from kgx.cli.options import AsJson, Debug

if TYPE_CHECKING:
    from graphs.operations.diff import GraphDiff

__all__ = ["DIFF_EXAMPLES", "DiffFormat", "diff"]

DIFF_EXAMPLES = """
Examples:

kgx kg diff last-year.ttl this-year.ttl

kgx kg diff old new --format patch > changes.rdfp
"""


class DiffFormat(StrEnum):
    """How differences are told."""

    summary = "summary"
    patch = "patch"


def diff(
    old: Annotated[Path, typer.Argument(help="A stored graph, or a file of any format.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="Another one.", show_default=False)],
    format_: Annotated[
        DiffFormat,
        typer.Option(
            "--format", help="summary: counts and examples; patch: RDF Patch, which kgx kg patch applies."
        ),
    ] = DiffFormat.summary,
    provenance: Annotated[
        bool, typer.Option("--provenance", help="Compare too which source says what, and how surely.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="The most differences of a kind to list in a summary.")
    ] = 20,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare two graphs by what they say; blank nodes may have other names.

    Exits with 0 when both say the same, with 1 when they differ, and with 2 when that could not be found out.
    """
    from graphs import GraphError, read_graph
    from graphs.operations.diff import diff as compare

    try:
        changes = compare(read_graph(old), read_graph(new), provenance=provenance)
    except (GraphError, OSError) as error:
        if debug:
            raise
        # As diff does it: 1 means that they differ, so that an error needs a number of its own.
        typer.echo(f"kgx: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(changes.to_dict(limit), ensure_ascii=False, indent=1))
    elif format_ is DiffFormat.patch:
        from graphs.operations.patch import patch_lines

        for line in patch_lines(changes):
            sys.stdout.write(line + "\n")
        if changes.reweighted:
            typer.echo(
                f"{changes.reweighted:,} statements differ in weight only: a patch cannot say so", err=True
            )
    else:
        _print(changes, limit)
    raise typer.Exit(0 if changes.equal else 1)


def _print(changes: GraphDiff, limit: int) -> None:
    if changes.equal:
        typer.echo("both say the same")
        return
    typer.echo(
        f"{len(changes.removed):,} statements removed, {len(changes.added):,} added, "
        f"{changes.reweighted:,} with another weight"
    )
    for relation in changes.relations[:limit]:
        typer.echo(f"  {one_line(relation.relation)}: -{relation.removed:,} +{relation.added:,}")
    for label in changes.labels[:limit]:
        tag = f"@{label.language}" if label.language else ""
        old, new = (one_line("; ".join(names)) for names in (label.old, label.new))
        typer.echo(f"  {one_line(label.entity)} was called {old!r}{tag}, now {new!r}{tag}")
    for added in (False, True):
        chosen = (statement for is_added, statement in changes.statements() if is_added is added)
        for statement in islice(chosen, limit):
            typer.echo(f"{'+' if added else '-'} {statement.n_quad()}")
    if max(len(changes.removed), len(changes.added)) > limit:
        typer.echo("… --limit lists more, --format patch lists all")
