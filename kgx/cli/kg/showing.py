"""``kgx kg show``: all that a graph says of an entity."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.kg.plain_text import aligned, one_line
from kgx.cli.options import AsJson, Debug

if TYPE_CHECKING:
    from graphs.describe import Description, End, Ends, Text, Texts
    from graphs.store import Store

__all__ = ["SHOW_EXAMPLES", "show"]

SHOW_EXAMPLES = """
Examples:

kgx kg show my-graph "barn owl"

kgx kg show my-graph ex:owl --lang de --depth 2

kgx kg show my-graph http://example.org/animals#owl --all --json
"""


def show(
    graph: Annotated[Path, typer.Argument(metavar="GRAPH", help="Stored graph, or a file of any format.")],
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="IRI, CURIE or label of an entity.")],
    language: Annotated[
        str, typer.Option("--lang", help="Language to call things in; its texts come first.")
    ] = "en",
    depth: Annotated[
        int, typer.Option("--depth", min=1, max=5, help="How many triples to follow outwards.")
    ] = 1,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Values of each relation to show.")] = 10,
    everything: Annotated[bool, typer.Option("--all", help="Show all values.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show an entity: labels, definitions, types, relations in both directions, literals, and who says so.

    A label that several entities have lists these, and exits 1.
    """
    from graphs import read_graph
    from graphs.describe import describe
    from graphs.lookup import find_entities

    store = read_graph(graph)
    found = find_entities(store, entity)
    if len(found) > 1:
        _candidates(store, entity, found, language, as_json)
        raise typer.Exit(1)
    description = describe(
        store, found[0], language=language, limit=None if everything else limit, depth=depth
    )
    if as_json:
        typer.echo(json.dumps(description.to_dict(), ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(_Page.of(store).lines(description)))


def _candidates(store: Store, name: str, found: Sequence[int], language: str, as_json: bool) -> None:
    rows = [
        (store.entity_iri(entity), store.label(entity, language), store.definition(entity, language))
        for entity in found
    ]
    if as_json:
        candidates = [{"iri": iri, "label": label, "definition": text} for iri, label, text in rows]
        typer.echo(json.dumps({"candidates": candidates}, ensure_ascii=False, indent=1))
        return
    typer.echo(f"{len(found):,} entities are called {one_line(name)!r}; name one of them by its IRI:")
    typer.echo("\n".join(aligned(rows)))


@dataclass(frozen=True, slots=True)
class _Page:
    """How a description is printed.

    Attributes:
        origins: whether statements come from different places, so that each has to say from where.
    """

    origins: bool
    sources: Sequence[str]

    @classmethod
    def of(cls, store: Store) -> _Page:
        sources = list(store.sources())
        return cls(len(sources) > 1 or len(store.graphs()) > 1, sources)

    def lines(self, found: Description) -> Iterator[str]:
        yield one_line(found.label)
        yield one_line(found.iri) + (f"  ({one_line(found.curie)})" if found.curie != found.iri else "")
        yield from self._texts((*found.labels, *found.definitions))
        if found.types:
            yield "\ntype"
            for end in found.types:
                yield f"    {self._end(end)}"
        for arrow, groups in (("→", found.outgoing), ("←", found.incoming)):
            for group in groups:
                yield ""
                yield from self._ends(arrow, group)
        yield from self._texts(found.literals)
        if not self.origins and self.sources and self.sources[0]:
            yield f"\nsource: {one_line(self.sources[0])}"

    def _texts(self, groups: Sequence[Texts]) -> Iterator[str]:
        for group in groups:
            yield f"\n{one_line(group.label)}"
            for text in group.texts:
                yield f"    {self._text(text)}"
            if group.total > len(group.texts):
                yield f"    … and {group.total - len(group.texts):,} more"

    def _ends(self, arrow: str, group: Ends, indent: str = "") -> Iterator[str]:
        yield f"{indent}{arrow} {one_line(group.label)}"
        for end in group.ends:
            yield f"{indent}    {self._end(end)}"
            for further in end.outgoing:
                yield from self._ends(arrow, further, indent + "        ")
        if group.total > len(group.ends):
            yield f"{indent}    … and {group.total - len(group.ends):,} more"

    def _end(self, end: End) -> str:
        return _columns(end.label, end.iri, self._origin(end))

    def _text(self, text: Text) -> str:
        from graphs.vocabulary import local_name

        kind = text.language or (local_name(text.datatype) if text.datatype else "")
        return _columns(text.value, kind and f"({kind})", self._origin(text))

    def _origin(self, said: End | Text) -> str:
        """Return who says it and in which named graph, and how sure it is."""
        parts = []
        if self.origins:
            parts += [source for source in said.sources if source]
            parts += [f"in {graph}" for graph in said.graphs if graph]
        if said.weight != 1:
            parts.append(f"weight {said.weight:g}")
        return f"[{'; '.join(parts)}]" if parts else ""


def _columns(*cells: str) -> str:
    return "  ".join(one_line(cell) for cell in cells if cell)
