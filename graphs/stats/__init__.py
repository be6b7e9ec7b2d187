"""Statistics: how large a graph is, how it hangs together, what its relations are like, and what is labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from graphs import vocabulary as v
from graphs.stats.components import Components, components
from graphs.stats.coverage import LabelCoverage, label_coverage, literal_counts
from graphs.stats.degrees import Degrees, Hub, degrees, hubs
from graphs.stats.relation_table import RelationRow, relation_table
from graphs.store import Store
from graphs.survey import Survey

__all__ = ["Statistics", "statistics"]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What there is to count in a graph.

    Attributes:
        entities: entities, relations that are described included.
        blank_nodes: how many of them are blank nodes.
        relations: relations that some triple has.
        triples: different triples.
        literals: literals.
        degrees: how many triples start at an entity, and lead to it.
        components: which entities hang together.
        relation_table: every relation, those with most triples first.
        hubs: the entities of the highest degree.
        labels: how many entities have a label, by language.
        predicates: literals of each predicate.
        languages: literals of each language.
        datatypes: literals of each datatype; the empty one stands for plain text.
        classes: entities of each class, largest first.
        sources: statements of each source.
        graphs: statements in each named graph; the empty name is the default graph.
        prefixes: short names of namespaces.
    """

    entities: int
    blank_nodes: int
    relations: int
    triples: int
    literals: int
    degrees: Degrees
    components: Components
    relation_table: tuple[RelationRow, ...]
    hubs: tuple[Hub, ...]
    labels: LabelCoverage
    predicates: dict[str, int]
    languages: dict[str, int]
    datatypes: dict[str, int]
    classes: dict[str, int]
    sources: dict[str, int]
    graphs: dict[str, int]
    prefixes: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the statistics as plain values."""
        told: dict[str, Any] = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if isinstance(value, tuple):
                value = [row.to_dict() for row in value]
            told[name] = value.to_dict() if hasattr(value, "to_dict") else value
        return told


def statistics(store: Store, *, top: int = 20, language: str = "en") -> Statistics:
    """Count what there is to count in a graph; 20 million triples take some seconds.

    Args:
        store: the graph.
        top: how many hubs, component sizes and classes to give.
        language: BCP 47 tag of the language to call entities and relations in.

    >>> found = statistics(Store.from_triples([("ex:owl", "ex:isA", "ex:bird"), ("ex:hen", "ex:isA", "ex:bird")]))
    >>> found.triples, found.components.count, found.hubs[0].iri, found.relation_table[0].cardinality
    (2, 1, 'ex:bird', 'n-1')
    """
    return Statistics(
        entities=store.num_entities,
        blank_nodes=int(Survey(store).blank.sum()),
        relations=store.num_relations,
        triples=store.num_triples,
        literals=store.num_literals,
        degrees=degrees(store),
        components=components(store, top),
        relation_table=relation_table(store, language),
        hubs=hubs(store, top, language),
        labels=label_coverage(store),
        predicates=literal_counts(store, "predicate"),
        languages=literal_counts(store, "language"),
        datatypes=literal_counts(store, "datatype"),
        classes=_classes(store, top),
        sources=store.sources(),
        graphs=store.graphs(),
        prefixes=dict(store.prefixes),
    )


def _classes(store: Store, top: int) -> dict[str, int]:
    """Return how many entities are of each of the largest classes."""
    if v.RDF_TYPE not in store.relation_iris:
        return {}
    _, classes, _ = store.edges(v.RDF_TYPE)
    counts = np.bincount(classes)
    largest = np.argsort(-counts, kind="stable")[:top]
    return {store.entity_iri(entity): int(counts[entity]) for entity in largest.tolist() if counts[entity]}
