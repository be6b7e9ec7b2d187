"""Entities and relations as a person types them: IRIs, CURIEs, and for entities labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphs.store import Store

__all__ = ["entity_named", "full_name", "full_names"]


def full_name(graph: Store, name: str) -> str:
    """Return the IRI that a name stands for: the name itself, where the graph has it, else what a CURIE stands for.

    The prefixes of RDF, RDF Schema, OWL, SKOS and XML Schema are known even where the graph does not declare them.
    """
    from graphs.operations.sssom import BUILT_IN_PREFIXES
    from graphs.prefixes import expand

    bare = name[1:-1] if name.startswith("<") and name.endswith(">") and not name.startswith("<<") else name
    if bare in graph.relation_iris or graph.entity_ids([bare]).tolist() != [-1]:
        return bare
    return expand(bare, {**BUILT_IN_PREFIXES, **graph.prefixes}) or bare


def full_names(graph: Store, names: Iterable[str] | None) -> list[str]:
    """Return the IRIs that names stand for."""
    return [full_name(graph, name) for name in names or ()]


def entity_named(graph: Store, name: str) -> str:
    """Return the one entity that an IRI, a CURIE or a label stands for.

    Raises:
        UnknownTermError: there is none, or there are several.
    """
    from graphs.errors import UnknownTermError
    from graphs.lookup import find_entities

    found = graph.entity_iris(find_entities(graph, name))
    if len(found) > 1:
        raise UnknownTermError(
            f"{len(found)} entities are called {name!r}: {', '.join(found[:10])}; name one by its IRI"
        )
    return found[0]
