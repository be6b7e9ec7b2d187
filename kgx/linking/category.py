"""Categories of items: what a metadata column names, and what the graph itself states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

import numpy as np

from graphs.graph import KnowledgeGraph
from graphs.vocabulary import DC_SUBJECT, DCTERMS, DCTERMS_SUBJECT, FOAF_DEPICTS, SCHEMA_ABOUT, SKOS_BROADER
from kgx.linking.base import IN_CATEGORY, Links
from kgx.linking.lexical import LexicalLinker

__all__ = ["ABOUT_PREDICATES", "CATEGORY_PREDICATES", "CategoryLinker", "statement_links"]

CATEGORY_PREDICATES = (DCTERMS + "isPartOf", DCTERMS_SUBJECT, DC_SUBJECT, SKOS_BROADER)
"""Relations of a graph that put a thing into a category."""
ABOUT_PREDICATES = (SCHEMA_ABOUT, FOAF_DEPICTS)
"""Relations of a graph that say what a work shows or tells of."""

_SEPARATOR = re.compile(r"[;|]")


def statement_links(
    kg: KnowledgeGraph,
    entities: Sequence[str],
    *,
    predicates: Sequence[str] = CATEGORY_PREDICATES,
    relation: str = IN_CATEGORY,
    provenance: str = "graph",
) -> Links:
    """Link items to what the graph states of the things that they show.

    Args:
        kg: the graph.
        entities: IRI of the thing that each item shows or tells of; one that the graph does not hold gets
            no link.
        predicates: the relations that count; those that the graph does not use are passed over.
        relation, provenance: of the links.

    Returns:
        Links weighted as the statements are; an item's sum to 1.

    >>> kg = KnowledgeGraph.from_triples([("ex:owl", SKOS_BROADER, "ex:bird")])
    >>> links = statement_links(kg, ["ex:hen", "ex:owl"])
    >>> links.items.tolist(), kg.entity_iris(links.concepts)
    ([1], ['ex:bird'])
    """
    ids = kg.entity_ids(list(entities))
    items, concepts, weights = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int32)], [np.zeros(0)]
    for predicate in dict.fromkeys(predicates):
        if predicate not in kg.relation_iris:
            continue
        heads, tails, confidences = kg.edges(predicate)
        low, high = np.searchsorted(heads, ids, side="left"), np.searchsorted(heads, ids, side="right")
        counts = high - low
        rows = np.arange(counts.sum()) + np.repeat(low - np.cumsum(counts) + counts, counts)
        items.append(np.repeat(np.arange(len(ids)), counts))
        concepts.append(tails[rows])
        weights.append(confidences[rows])
    return Links.collect(
        relation,
        np.concatenate(items),
        np.concatenate(concepts),
        np.concatenate(weights),
        provenance=provenance,
    )


class CategoryLinker:
    """Links items to the categories that a metadata column names.

    A value is a category or several, parted by ``;`` or ``|``. A category is named by the IRI of an entity,
    by what follows the namespace in one, by a label as a whole, or by a path ("animals/birds"), of which
    the last part counts that is known.

    Args:
        kg: the graph that holds the categories.
        linker: knows the labels; make it of the categories alone (its argument ``concepts``), where the
            graph has other concepts of the same names.
        namespace: what the categories' IRIs begin with, where values are the rest of them.
        relation, provenance: of the links.

    >>> from graphs.vocabulary import SKOS_PREF_LABEL
    >>> kg = KnowledgeGraph.from_triples([], literals=[("ex:bird", SKOS_PREF_LABEL, "Birds", "en")])
    >>> linker = CategoryLinker(kg, LexicalLinker(kg))
    >>> linker.link(["animals/birds", "ex:bird", "cars"]).items.tolist()
    [0, 1]
    """

    def __init__(
        self,
        kg: KnowledgeGraph,
        linker: LexicalLinker,
        *,
        namespace: str = "",
        relation: str = IN_CATEGORY,
        provenance: str = "metadata",
    ) -> None:
        self._kg = kg
        self._linker = linker
        self._namespace = namespace
        self._relation = relation
        self._provenance = provenance

    def link(self, values: Sequence[str]) -> Links:
        """Link each item to its categories; one whose value names no known category gets no link.

        Args:
            values: the column's value for each item, in their order.

        Returns:
            Links sorted by item and concept; the weights of an item sum to 1.
        """
        whole = self._kg.entity_ids(list(values)) >= 0
        parted = [
            [value] if known else [part.strip() for part in _SEPARATOR.split(value) if part.strip()]
            for value, known in zip(values, whole.tolist(), strict=True)
        ]
        categories = list(dict.fromkeys(category for parts in parted for category in parts))
        named = dict(zip(categories, self.resolve(categories), strict=True))
        found = [
            (row, concept, weight)
            for row, parts in enumerate(parted)
            for category in parts
            for concept, weight in named[category].items()
        ]
        columns = np.array(found, dtype=np.float64).reshape(-1, 3)
        items, concepts = columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64)
        return Links.collect(self._relation, items, concepts, columns[:, 2], provenance=self._provenance)

    def resolve(self, categories: Sequence[str]) -> list[dict[int, float]]:
        """Return the concepts that each category names: their weights sum to 1; none where it is unknown."""
        names = [_names(category) for category in categories]
        flat = [name for several in names for name in several]
        iris = [*flat, *(self._namespace + quote(name, safe="/") for name in flat)]
        direct, below = np.split(self._kg.entity_ids(iris), 2)
        entities = np.where(direct >= 0, direct, below).tolist()
        labelled: list[dict[int, float]] = [{} for _ in flat]
        links = self._linker.link_whole(flat)
        columns = (links.items.tolist(), links.concepts.tolist(), links.weights.tolist())
        for row, concept, weight in zip(*columns, strict=True):
            labelled[row][concept] = weight
        resolved = []
        start = 0
        for several in names:
            rows = range(start, start + len(several))
            start += len(several)
            found = ({entities[row]: 1.0} if entities[row] >= 0 else labelled[row] for row in rows)
            resolved.append(next((concepts for concepts in found if concepts), {}))
        return resolved


def _names(category: str) -> list[str]:
    """Return how a category may be known: as it stands, then by the parts of its path, the last first."""
    parts = [part.strip() for part in category.split("/") if part.strip()]
    return list(dict.fromkeys((category, *reversed(parts))))
