"""Checks of hierarchies: what stands above what must not come round to itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from graphs import vocabulary as v
from graphs.store import Store
from graphs.survey import Survey
from graphs.validate.findings import Finding, Severity

__all__ = ["HIERARCHIES", "Hierarchy", "check_hierarchies", "hierarchies_of", "hierarchy_edges"]

_SHOWN: Final = 25
"""Entities of a cycle that an example names."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Relations that put one entity above another.

    Attributes:
        name: what it is called in a finding.
        up: relations that lead from what is below to what is above.
        down: relations that lead the other way.
        reflexive: whether an entity may stand above itself, as every class is a subclass of itself.
        severity: how much a cycle matters.
        kinds: whether what is above is what those below are kinds or instances of, and not a whole or a property.
    """

    name: str
    up: tuple[str, ...]
    down: tuple[str, ...] = ()
    reflexive: bool = False
    severity: Severity = Severity.error
    kinds: bool = False


_WN: Final = v.WN_RELATION
HIERARCHIES: Final = (
    Hierarchy("rdfs:subClassOf", (v.RDFS_SUBCLASS_OF,), reflexive=True, kinds=True),
    Hierarchy("rdfs:subPropertyOf", (v.RDFS + "subPropertyOf",), reflexive=True),
    Hierarchy(
        "skos:broader",
        (v.SKOS_BROADER, v.SKOS + "broaderTransitive"),
        (v.SKOS_NARROWER, v.SKOS + "narrowerTransitive"),
        kinds=True,
    ),
    Hierarchy("dcterms:isPartOf", (v.DCTERMS + "isPartOf",), (v.DCTERMS + "hasPart",)),
    Hierarchy("part of (BFO:0000050)", ("http://purl.obolibrary.org/obo/BFO_0000050",)),
    Hierarchy("biolink:subclass_of", ("https://w3id.org/biolink/vocab/subclass_of",), kinds=True),
    Hierarchy("Wikidata's subclass of (P279)", ("http://www.wikidata.org/prop/direct/P279",), kinds=True),
    Hierarchy(
        "WordNet's hypernyms",
        (_WN + "hypernym", _WN + "instance_hypernym"),
        (_WN + "hyponym", _WN + "instance_hyponym"),
        kinds=True,
    ),
    *(
        Hierarchy(f"WordNet's {kind} holonyms", (f"{_WN}{kind}_holonym",), (f"{_WN}{kind}_meronym",))
        for kind in ("part", "member", "substance")
    ),
)
"""The hierarchies of widespread vocabularies."""


def hierarchies_of(store: Store) -> list[Hierarchy]:
    """Return the hierarchies that a graph has: the known ones, and relations that it declares transitive.

    A transitive relation that is symmetric too (such as ``skos:exactMatch``) orders nothing and is left out; a cycle
    of the others is a warning only, since nothing says that they order anything.

    >>> graph = Store.from_triples([("ex:owl", v.SKOS_BROADER, "ex:bird")])
    >>> [hierarchy.name for hierarchy in hierarchies_of(graph)]
    ['skos:broader']
    """
    present = set(store.relation_iris)
    found = [hierarchy for hierarchy in HIERARCHIES if present & {*hierarchy.up, *hierarchy.down}]
    known = {iri for hierarchy in HIERARCHIES for iri in (*hierarchy.up, *hierarchy.down)}
    if v.RDF_TYPE in present:
        heads, classes, _ = store.edges(v.RDF_TYPE)
        transitive, symmetric = (
            set(store.entity_iris(heads[classes == number]))
            for number in store.entity_ids([v.OWL_TRANSITIVE, v.OWL_SYMMETRIC])
        )
        declared = sorted((transitive - symmetric - known) & present)
        found += [Hierarchy(iri, (iri,), severity=Severity.warning) for iri in declared]
    return found


def check_hierarchies(survey: Survey) -> Iterator[Finding]:
    """Find cycles in hierarchies: strongly connected components, of each of which one cycle is shown.

    Tarjan's algorithm as SciPy has it (``scipy.sparse.csgraph.connected_components``); the cycle shown is the
    shortest through the component's first entity.
    """
    for hierarchy in hierarchies_of(survey.store):
        below, above = hierarchy_edges(survey.store, hierarchy)
        loops = np.unique(below[below == above])
        examples: list[dict[str, Any]] = []
        count = 0
        if not hierarchy.reflexive:
            count = len(loops)
            examples = [_example(survey.store, [entity]) for entity in loops[: survey.limit].tolist()]
        proper = below != above
        for component in _cyclic_components(below[proper], above[proper]):
            count += 1
            if len(examples) < survey.limit:
                examples.append(_example(survey.store, component.shortest(), len(component.entities)))
        if count:
            message = f"cycles in the hierarchy of {hierarchy.name}: entities stand above themselves"
            yield Finding("hierarchy-cycle", hierarchy.severity, message, count, tuple(examples))


Ends = npt.NDArray[np.int32]


def hierarchy_edges(store: Store, hierarchy: Hierarchy) -> tuple[Ends, Ends]:
    """Return the entities below and above of every statement of a hierarchy's relations, either way round.

    >>> graph = Store.from_triples([("ex:bird", v.SKOS_NARROWER, "ex:owl")])
    >>> [graph.entity_iris(ends) for ends in hierarchy_edges(graph, hierarchies_of(graph)[0])]
    [['ex:owl'], ['ex:bird']]
    """
    below, above = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    present = set(store.relation_iris)
    for upward, relations in ((True, hierarchy.up), (False, hierarchy.down)):
        for relation in relations:
            if relation in present:
                heads, tails, _ = store.edges(relation)
                below.append(heads if upward else tails)
                above.append(tails if upward else heads)
    return np.concatenate(below), np.concatenate(above)


@dataclass(frozen=True, slots=True)
class _Component:
    """Entities each of which stands above every other, and the edges between them."""

    entities: npt.NDArray[np.int64]
    below: npt.NDArray[np.int64]
    above: npt.NDArray[np.int64]

    def shortest(self) -> list[int]:
        """Return the shortest cycle through the first entity, upwards."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        low, high = np.searchsorted(self.entities, self.below), np.searchsorted(self.entities, self.above)
        size = len(self.entities)
        edges = csr_array((np.ones(len(low), np.int8), (low, high)), shape=(size, size))
        distance, before = dijkstra(edges, indices=0, unweighted=True, return_predecessors=True)
        last = low[high == 0]
        place = int(last[np.argmin(distance[last])])
        path = [place]
        while path[-1] != 0:
            path.append(int(before[path[-1]]))
        return [int(self.entities[place]) for place in reversed(path)]


def _cyclic_components(below: Ends, above: Ends) -> Iterator[_Component]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if not len(below):
        return
    entities, places = np.unique(np.concatenate([below, above]), return_inverse=True)
    low, high = places[: len(below)], places[len(below) :]
    edges = csr_array((np.ones(len(low), np.int8), (low, high)), shape=(len(entities), len(entities)))
    _, component = connected_components(edges, directed=True, connection="strong")
    cyclic = np.bincount(component) > 1
    inner = np.flatnonzero(cyclic[component[low]] & (component[low] == component[high]))
    inner = inner[np.argsort(component[low[inner]], kind="stable")]
    bounds = np.flatnonzero(np.diff(component[low[inner]])) + 1
    groups = [rows for rows in np.split(inner, bounds) if len(rows)]
    for rows in sorted(groups, key=lambda rows: int(low[rows].min())):
        members = entities[np.unique(low[rows])]
        yield _Component(members.astype(np.int64), entities[low[rows]], entities[high[rows]])


def _example(store: Store, cycle: list[int], size: int = 1) -> dict[str, Any]:
    """Return a cycle by name, its first entity once more at the end; of a long one the beginning."""
    shown = cycle[:_SHOWN]
    closing = ["…"] if len(cycle) > _SHOWN else store.entity_iris(cycle[:1])
    return {"cycle": [*store.entity_iris(shown), *closing], "length": len(cycle), "entities": size}
