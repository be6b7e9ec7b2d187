"""What a graph states of its own classes and relations, by RDF Schema, OWL and SKOS.

Sources: https://www.w3.org/TR/rdf-schema/, https://www.w3.org/TR/owl2-syntax/, https://www.w3.org/TR/skos-reference/.
What these standards say of their own relations (``skos:narrower`` is the inverse of ``skos:broader``) is known without
being stated. Nothing is inferred here: :mod:`graphs.entailment` does that, when asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np

from graphs import vocabulary as v
from graphs.store import Store

__all__ = ["Property", "Schema"]

_CLASS_CLASSES: Final = (v.RDFS_CLASS, v.OWL_CLASS)
_PROPERTY_CLASSES: Final = (*v.PROPERTY_CLASSES, v.OWL_FUNCTIONAL, v.OWL_INVERSE_FUNCTIONAL)
_MARKS: Final = {
    v.OWL_SYMMETRIC: "symmetric",
    v.OWL_TRANSITIVE: "transitive",
    v.OWL_FUNCTIONAL: "functional",
    v.OWL_INVERSE_FUNCTIONAL: "inverse_functional",
}
_LINKS: Final = {
    v.RDFS_SUBPROPERTY_OF: "parents",
    v.RDFS_DOMAIN: "domains",
    v.RDFS_RANGE: "ranges",
    v.OWL_INVERSE_OF: "inverses",
    v.OWL_EQUIVALENT_PROPERTY: "parents",
    v.OWL_PROPERTY_DISJOINT_WITH: "disjoint",
}
_BOTH_WAYS: Final = (v.OWL_INVERSE_OF, v.OWL_EQUIVALENT_PROPERTY, v.OWL_PROPERTY_DISJOINT_WITH)
_BETWEEN_CLASSES: Final = (v.RDFS_SUBCLASS_OF, v.OWL_EQUIVALENT_CLASS, v.OWL_DISJOINT_WITH)
_HIERARCHIES: Final = frozenset(
    (
        v.RDFS_SUBCLASS_OF,
        v.RDFS_SUBPROPERTY_OF,
        v.SKOS_BROADER,
        v.SKOS_NARROWER,
        v.SKOS_BROADER_TRANSITIVE,
        v.SKOS_NARROWER_TRANSITIVE,
        *(v.WN_RELATION + name for name in ("hypernym", "hyponym", "instance_hypernym", "instance_hyponym")),
    )
)


@dataclass(frozen=True, slots=True)
class Property:
    """What is stated of one relation; IRIs are sorted.

    Attributes:
        iri: the relation.
        parents: relations that hold wherever it does, the equivalent ones among them; not those of these in turn.
        inverses: relations that say the same the other way round.
        disjoint: relations that never hold where it does.
        domains: classes of whatever it starts from.
        ranges: classes of whatever it leads to.
        symmetric: it holds both ways.
        transitive: from A to B and from B to C means from A to C.
        functional: it leads from a thing to at most one.
        inverse_functional: it leads to a thing from at most one.
    """

    iri: str
    parents: tuple[str, ...] = ()
    inverses: tuple[str, ...] = ()
    disjoint: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    symmetric: bool = False
    transitive: bool = False
    functional: bool = False
    inverse_functional: bool = False


_STANDARD: Final = (
    Property(v.RDFS_SUBCLASS_OF, transitive=True),
    Property(v.RDFS_SUBPROPERTY_OF, transitive=True),
    Property(v.OWL_SAME_AS, symmetric=True, transitive=True),
    Property(v.OWL_EQUIVALENT_CLASS, (v.RDFS_SUBCLASS_OF,), symmetric=True, transitive=True),
    Property(v.OWL_EQUIVALENT_PROPERTY, (v.RDFS_SUBPROPERTY_OF,), symmetric=True, transitive=True),
    Property(v.OWL_DISJOINT_WITH, symmetric=True),
    Property(v.OWL_INVERSE_OF, symmetric=True),
    Property(v.SKOS_BROADER, (v.SKOS_BROADER_TRANSITIVE,), (v.SKOS_NARROWER,)),
    Property(v.SKOS_NARROWER, (v.SKOS_NARROWER_TRANSITIVE,), (v.SKOS_BROADER,)),
    Property(v.SKOS_BROADER_TRANSITIVE, inverses=(v.SKOS_NARROWER_TRANSITIVE,), transitive=True),
    Property(v.SKOS_NARROWER_TRANSITIVE, inverses=(v.SKOS_BROADER_TRANSITIVE,), transitive=True),
    Property(v.SKOS_RELATED, symmetric=True),
    Property(v.SKOS_CLOSE_MATCH, symmetric=True),
    Property(v.SKOS_EXACT_MATCH, (v.SKOS_CLOSE_MATCH,), symmetric=True, transitive=True),
)
"""What RDF Schema, OWL and SKOS (its sections 8.3 and 10.3) say of their own relations."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The classes and relations of a graph.

    Attributes:
        classes: IRIs and blank nodes of all that is a class: declared, an end of ``rdfs:subClassOf``, a domain or
            range, or the class of something; sorted.
        properties: every relation that is declared, described or used, by its IRI, and those of the standards that
            these lead to; sorted.
        disjoint_classes: pairs of classes with no member in common, each pair once, sorted.

    >>> graph = Store.from_triples([
    ...     ("ex:partOf", v.RDF_TYPE, v.OWL_TRANSITIVE), ("ex:partOf", v.OWL_INVERSE_OF, "ex:hasPart"),
    ...     ("ex:wing", "ex:partOf", "ex:bird"),
    ... ])
    >>> schema = Schema.of(graph)
    >>> schema.properties["ex:hasPart"].inverses, schema.hierarchies()
    (('ex:partOf',), ('ex:partOf',))
    """

    classes: tuple[str, ...] = ()
    properties: Mapping[str, Property] = field(default_factory=dict)
    disjoint_classes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, store: Store) -> Schema:
        """Return what a graph states of its classes and relations."""
        predicates = store.columns.literals.column("predicate").dictionary.to_pylist()
        found: dict[str, dict[str, Any]] = {}
        for iri in (*store.relation_iris, *predicates):
            found.setdefault(iri, {})
        types = _pairs(store, v.RDF_TYPE, _PROPERTY_CLASSES)
        for iri, kind in types:
            described = found.setdefault(iri, {})
            if kind in _MARKS:
                described[_MARKS[kind]] = True
        for relation, name in _LINKS.items():
            for one, other in _pairs(store, relation):
                found.setdefault(one, {}).setdefault(name, set()).add(other)
                if relation in _BOTH_WAYS:
                    found.setdefault(other, {}).setdefault(name, set()).add(one)
                elif relation == v.RDFS_SUBPROPERTY_OF:
                    found.setdefault(other, {})
        _add_standards(found)
        properties = {iri: _property(iri, found[iri]) for iri in sorted(found)}
        disjoint = {(min(pair), max(pair)) for pair in _pairs(store, v.OWL_DISJOINT_WITH)}
        return cls(_classes(store), properties, tuple(sorted(disjoint)))

    def ancestors(self, relation: str) -> frozenset[str]:
        """Return the relations that hold wherever one does, itself among them."""
        found, waiting = {relation}, [relation]
        while waiting:
            parents = self.properties.get(waiting.pop(), Property("")).parents
            waiting.extend(parent for parent in parents if parent not in found)
            found.update(parents)
        return frozenset(found)

    def hierarchies(self) -> tuple[str, ...]:
        """Return the relations that order what they connect from the narrower to the broader, or the other way.

        These are sub-classes, sub-properties, SKOS's and WordNet's broader and narrower concepts, whatever is
        transitive, and all their sub-properties; symmetric relations are none.
        """
        ordering = {
            iri
            for iri, described in self.properties.items()
            if iri in _HIERARCHIES or (described.transitive and not described.symmetric)
        }
        return tuple(
            iri
            for iri, described in self.properties.items()
            if not described.symmetric and not ordering.isdisjoint(self.ancestors(iri))
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the schema as plain values."""
        return {
            "classes": list(self.classes),
            "properties": [asdict(described) for described in self.properties.values()],
            "disjoint_classes": [list(pair) for pair in self.disjoint_classes],
            "hierarchies": list(self.hierarchies()),
        }


def _pairs(store: Store, relation: str, tails: tuple[str, ...] | None = None) -> list[tuple[str, str]]:
    """Return the ends of all triples of a relation, or of those that lead to some entities."""
    if relation not in store.relation_iris:
        return []
    heads, ends, _ = store.edges(relation)
    if tails is not None:
        wanted = np.isin(ends, store.entity_ids(tails))
        heads, ends = heads[wanted], ends[wanted]
    return list(zip(store.entity_iris(heads), store.entity_iris(ends), strict=True))


def _classes(store: Store) -> tuple[str, ...]:
    found = [np.zeros(0, np.int32)]
    if v.RDF_TYPE in store.relation_iris:
        heads, kinds, _ = store.edges(v.RDF_TYPE)
        found += [kinds, heads[np.isin(kinds, store.entity_ids(_CLASS_CLASSES))]]
    for relation in (*_BETWEEN_CLASSES, v.RDFS_DOMAIN, v.RDFS_RANGE):
        if relation in store.relation_iris:
            heads, tails, _ = store.edges(relation)
            found += [heads, tails] if relation in _BETWEEN_CLASSES else [tails]
    return tuple(store.entity_iris(np.unique(np.concatenate(found))))


def _add_standards(found: dict[str, dict[str, Any]]) -> None:
    """Add what the standards say of the relations that were found, and of those that these lead to."""
    standards = {known.iri: known for known in _STANDARD}
    waiting = list(found)
    while waiting:
        known = standards.pop(waiting.pop(), None)
        if known is None:
            continue
        described = found.setdefault(known.iri, {})
        for name, value in asdict(known).items():
            if value is True:
                described[name] = True
            elif name != "iri" and value:
                described.setdefault(name, set()).update(value)
                waiting.extend(value)


def _property(iri: str, described: Mapping[str, Any]) -> Property:
    values: dict[str, Any] = {
        name: tuple(sorted(value)) if isinstance(value, set) else value for name, value in described.items()
    }
    return Property(iri, **values)
