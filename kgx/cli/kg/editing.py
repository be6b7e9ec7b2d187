"""``kgx kg remove``, ``kgx kg forget``, ``kgx kg patch``: a graph, changed in its place or stored elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.options import AsJson, Debug

if TYPE_CHECKING:
    from graphs.operations.editing import Edited
    from graphs.statement import Statement
    from graphs.store import Store

__all__ = ["FORGET_EXAMPLES", "PATCH_EXAMPLES", "REMOVE_EXAMPLES", "forget", "patch", "remove"]

REMOVE_EXAMPLES = """
Examples:

kgx kg remove my-graph --triple http://example.org/owl http://example.org/isA http://example.org/fish

kgx kg remove my-graph --triple ex:owl rdfs:label '"Eul"@de' --out corrected

kgx kg remove my-graph --entity ex:owl --relation ex:eats --file wrong.nt
"""
FORGET_EXAMPLES = """
Examples:

kgx kg forget my-graph --source monday.nt

kgx kg forget my-graph --source http://example.org/named-graph --out without
"""
PATCH_EXAMPLES = """
Examples:

kgx kg diff old new --format patch > changes.rdfp

kgx kg patch old changes.rdfp --out old-and-changes
"""
_LISTED = 10  # absent statements that are printed one by one

Graph = Annotated[
    Path, typer.Argument(help="A stored graph; with --out, a file of any format too.", show_default=False)
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Folder of the changed graph; left out, it takes the graph's place."),
]


def remove(
    graph: Graph,
    triples: Annotated[
        list[str] | None,
        typer.Option(
            "--triple",
            metavar="S P O",
            help="A statement, of IRIs, CURIEs or blank nodes; its object may be a literal as in N-Triples: "
            '"owl"@en. May be repeated.',
        ),
    ] = None,
    named_graph: Annotated[
        str | None,
        typer.Option("--graph", help="The named graph that --triple is taken from; left out, all of them."),
    ] = None,
    entities: Annotated[
        list[str] | None,
        typer.Option("--entity", help="An entity, with every statement that names it; may be repeated."),
    ] = None,
    relations: Annotated[
        list[str] | None,
        typer.Option(
            "--relation", help="All statements of a relation, or of a predicate of texts; may be repeated."
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help="Statements to remove, in N-Triples or N-Quads, blank nodes as the graph names them.",
        ),
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Take statements out of a graph, whoever makes them.

    A statement that the graph does not have is listed; where no statement at all is found, that is an error.
    """
    from graphs import read_graph
    from graphs.errors import GraphError, UnknownTermError
    from graphs.operations.editing import remove as remove_from
    from graphs.operations.patch import read_statements
    from kgx.cli.kg.names import full_name, full_names
    from kgx.cli.kg.triple_options import split_triple

    if not (triples or entities or relations or file):
        raise GraphError("nothing was named to remove: give --triple, --entity, --relation or --file")
    whole = read_graph(graph)
    place = "" if named_graph is None else full_name(whole, named_graph)
    named = [_statement(whole, split_triple(triple), place) for triple in triples or ()]
    edited = remove_from(
        whole,
        statements=named,
        entities=full_names(whole, entities),
        relations=full_names(whole, relations),
        everywhere=named_graph is None,
    )
    if file is not None:
        from graphs.store import Store

        listed = remove_from(Store(edited.columns), statements=read_statements(file))
        edited = _together(edited, listed)
    if not edited.removed:
        raise UnknownTermError("nothing was removed: the graph has none of these statements")
    _finish(edited, graph, out, as_json)


def forget(
    graph: Graph,
    source: Annotated[
        str,
        typer.Option(
            "--source", help="Name of the source, as kgx kg stats lists them, or a named graph's IRI."
        ),
    ],
    out: Out = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Forget a source: the graph becomes what it would be had it never been given it.

    What other sources say too stays. What was rejected of the source is forgotten as well.
    """
    from graphs import read_graph
    from graphs.operations.editing import Edited
    from graphs.operations.editing import forget as forget_source
    from graphs.operations.rewriting import rejected_sources

    whole = read_graph(graph)
    said = source in whole.sources() or source in whole.graphs()
    if not said and source in rejected_sources(graph):
        edited = Edited(whole.columns, 0)
    else:
        edited = forget_source(whole, source)
    _finish(edited, graph, out, as_json, forgotten=source)


def patch(
    graph: Graph,
    changes: Annotated[
        Path, typer.Argument(help="An RDF Patch, as kgx kg diff writes it.", show_default=False)
    ],
    out: Out = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Apply an RDF Patch: take out what it deletes, put in what it adds; the patch's name is the source of that."""
    from graphs import read_graph
    from graphs.operations.editing import apply_patch
    from graphs.operations.patch import read_patch

    edited = apply_patch(read_graph(graph), read_patch(changes), source=changes.name)
    _finish(edited, graph, out, as_json)


def _statement(graph: Store, terms: tuple[str, str, str], place: str) -> Statement:
    from graphs.errors import GraphError
    from graphs.statement import Statement, parse_statement
    from kgx.cli.kg.names import full_name

    subject, predicate, value = terms
    named = Statement(full_name(graph, subject), full_name(graph, predicate), "", place)
    if not value.startswith('"'):
        return named._replace(object=full_name(graph, value))
    try:
        said = parse_statement(f"<x:s> <x:p> {value}")
    except ValueError as error:
        raise GraphError(f"{value} is no literal as N-Triples writes it: {error}") from error
    return named._replace(object=said.object, is_literal=True, language=said.language, datatype=said.datatype)


def _together(one: Edited, other: Edited) -> Edited:
    from graphs.operations.editing import Edited

    return Edited(other.columns, one.removed + other.removed, absent=[*one.absent, *other.absent])


def _finish(
    edited: Edited, graph: Path, out: Path | None, as_json: bool, *, forgotten: str | None = None
) -> None:
    from graphs.operations.rewriting import rewrite
    from kgx.cli.kg.sizes import sizes, sizes_line

    folder = rewrite(edited.columns, graph, out, forgotten=forgotten)
    if as_json:
        told = {
            "removed": edited.removed,
            "added": edited.added,
            "absent": [statement.n_quad() for statement in edited.absent],
            **sizes(edited.columns),
            "out": str(folder),
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    added = f", {edited.added:,} added" if edited.added else ""
    typer.echo(f"{edited.removed:,} statements removed{added}")
    for statement in edited.absent[:_LISTED]:
        typer.echo(f"not in the graph: {statement.n_quad()}")
    if len(edited.absent) > _LISTED:
        typer.echo(f"… and {len(edited.absent) - _LISTED:,} more that are not in the graph")
    typer.echo(sizes_line(edited.columns, folder))
