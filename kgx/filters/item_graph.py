"""A run's knowledge graph with the run's items in it: what conditions on the graph are asked of.

Nodes are the graph's entities by their numbers, and behind them the run's items by their rows. Items are tied to
concepts by the links that the run keeps of each (the heaviest ones; what a picture depicts, only where the classifier
believes it by a tenth at least), under the names that linkers give them, and by ``about`` to the entity that their
manifest names, where the graph holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Final
from urllib.parse import quote

import numpy as np
from jaxtyping import Int64

from graphs.errors import UnknownTermError
from graphs.graph import KnowledgeGraph
from graphs.lookup import find_entities
from graphs.prefixes import expand
from graphs.query.reachability import Edges
from graphs.vocabulary import RDF_TYPE, WN30, WN_RELATION, local_name, words_of
from kgx.errors import ConfigError
from kgx.linking.base import DEPICTS, IN_CATEGORY
from kgx.run_folder import OpenedRun

__all__ = ["ITEM", "LINK", "PREFIXES", "ItemGraph", "item_iri", "link_iri"]

LINK: Final = "urn:kgx:link:"
"""Namespace of the relations between items and concepts, in SPARQL."""
ITEM: Final = "urn:kgx:item:"
"""Namespace of items, in SPARQL."""
PREFIXES: Final = {"wn": WN30, "wno": WN_RELATION, "kgx": LINK, "item": ITEM}
"""Prefixes that need no declaration, unless the graph has others of that name."""

_ABOUT: Final = "about"
_SHORT: Final = {"category": IN_CATEGORY}
_LEAST: Final = {DEPICTS: 0.1}
"""Weight below which a link is a classifier's passing thought, no fact to filter by: chosen on the target's pool."""
_LISTED: Final = 40  # relations that an error names


def item_iri(name: str) -> str:
    """Return the IRI that stands for an item in SPARQL.

    >>> item_iri("image:animals/birds/owl")
    'urn:kgx:item:image:animals/birds/owl'
    """
    return ITEM + quote(name, safe="/:-._~")


def link_iri(relation: str) -> str:
    """Return the IRI that stands for a relation of items in SPARQL.

    >>> link_iri("in category")
    'urn:kgx:link:in_category'
    """
    return LINK + quote(relation.replace(" ", "_"))


class ItemGraph:
    """Names and edges of a run's graph with its items.

    Args:
        run: the run.
        graph: its model's knowledge graph.

    Attributes:
        graph: the knowledge graph.
        first: number of the node of the first item.
        nodes: number of nodes.
        prefixes: short names of namespaces.
    """

    def __init__(self, run: OpenedRun, graph: KnowledgeGraph) -> None:
        self._run = run
        self.graph = graph
        self.first = graph.num_entities
        self.nodes = graph.num_entities + len(run.items)
        self.prefixes: Mapping[str, str] = {**PREFIXES, **graph.prefixes}
        self.entities = lru_cache(maxsize=256)(self._entities)
        self._graph_edges = lru_cache(maxsize=None)(self._edges_of)

    @cached_property
    def links(self) -> Mapping[str, tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]]:
        """Relation of items -> rows of the items, and numbers of the entities that they are linked to."""
        found: dict[str, tuple[list[int], list[int]]] = {}
        for row, item in enumerate(self._run.concepts.rows):
            for link in item.links:
                if link.shown.weight < _LEAST.get(link.shown.relation, 0.0):
                    continue
                rows, concepts = found.setdefault(link.shown.relation, ([], []))
                rows.append(row)
                concepts.append(link.concept)
        known = self.graph.entity_ids(self._run.items.entity)
        named = np.flatnonzero(known >= 0)
        pairs = {name: (np.array(rows), np.array(concepts)) for name, (rows, concepts) in found.items()}
        return {**pairs, _ABOUT: (named, known[named])} if len(named) else pairs

    def prepare(self) -> None:
        """Make what all conditions share, so that it does not count toward the time of the first one."""
        _ = self._link_edges

    def edges(self, name: str) -> list[Edges]:
        """Return the edges of the relations that a name stands for.

        Args:
            name: an IRI in angle brackets, a CURIE, ``a``, a relation of items (``category`` is
                ``in category``), or a relation's label or the last part of its IRI, however it is spelt (``hasPart``,
                ``has_part``, ``has part``).

        Raises:
            ConfigError: there is no such relation.
        """
        plain = words_of(name)
        found = [self._link_edges[link] for link in self._link_edges if link in (plain, _SHORT.get(plain))]
        found += [self._graph_edges(iri) for iri in self._relations(name)]
        if not found:
            names = sorted({*self.links, *map(local_name, self.graph.relation_iris)})
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            raise ConfigError(f"no relation {name!r}; there are {', '.join(names[:_LISTED])}{more}")
        return found

    def _relations(self, name: str) -> Iterable[str]:
        """Return the relations of the graph that a name stands for: the one of that IRI, or all that are called so."""
        exact = (
            RDF_TYPE if name == "a" else name[1:-1] if name.startswith("<") else expand(name, self.prefixes)
        )
        for iri in (exact, name):
            if iri in self._iris:
                return [iri]
        return [] if name.startswith("<") else self._named.get(words_of(name).lower(), ())

    @cached_property
    def _iris(self) -> frozenset[str]:
        return frozenset(self.graph.relation_iris)

    @cached_property
    def _named(self) -> Mapping[str, list[str]]:
        named: dict[str, list[str]] = {}
        for iri in self.graph.relation_iris:
            for name in {words_of(iri).lower(), self.graph.relation_label(iri).lower()}:
                named.setdefault(name, []).append(iri)
        return named

    @cached_property
    def _link_edges(self) -> Mapping[str, Edges]:
        return {name: Edges(self.first + rows, concepts) for name, (rows, concepts) in self.links.items()}

    def _edges_of(self, iri: str) -> Edges:
        heads, tails, _ = self.graph.edges(iri)
        return Edges(heads, tails)

    def _entities(self, name: str) -> Int64[np.ndarray, " n"]:
        """Return the nodes that a name stands for, sorted: entities, or the item of that id.

        Args:
            name: what :func:`graphs.lookup.find_entities` takes. A label may stand for several: for those that are
                called so first of all, where there are any.

        Raises:
            UnknownTermError: nothing is called that.
        """
        own = self._run.items.row_of
        if name in own:
            return np.array([self.first + own[name]])
        try:
            found = find_entities(self.graph, name, self.prefixes)
        except UnknownTermError as error:
            raise UnknownTermError(f"no item is called so, and {error}") from error
        words = name.partition(":")[2] or name
        texts = {text.lower() for text in (name, words, name.replace("_", " "), words.replace("_", " "))}
        called = [entity for entity in found if self.graph.label(entity).lower() in texts]
        return np.array(called or found, dtype=np.int64)
