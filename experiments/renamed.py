"""A target that says what it says in words of its own: other names of relations, none, or several for one.

The target brings its own copy of the knowledge graph, and its items are linked by its own relations; concepts, items
and what is linked to what stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from graphs.graph import KnowledgeGraph
from graphs.operations.renaming import dealt_out, rename_relations
from graphs.vocabulary import local_name
from kgx.items import LinkedItems
from kgx.linking.base import DEPICTS, IN_CATEGORY, MENTIONS, SAYS, Links
from kgx.transfer.reference import LINK_RELATIONS, SIMILAR, ReferenceGraph
from kgx.transfer.target_relations import TargetRelations
from kgx.transfer.tokens import FILED

__all__ = ["WORDINGS", "RenamedTarget", "Wording"]

Wording = Literal["reworded", "nameless"]

_NAMESPACE: Final = "http://target.example/vocabulary/R"

WORDINGS: Final = {
    "also_see": "see also: another entry of interest to the reader",
    "antonym": "opposite in meaning",
    "attribute": "quality that is described",
    "derivationally_related_form": "word of the same family",
    "derived_from_adjective": "adverb made of an adjective",
    "domain_region": "spoken in this part of the world",
    "domain_topic": "belongs to this subject area",
    "domain_usage": "register or style of the expression",
    "hypernym": "is a kind of: the wider class that the thing falls under",
    "instance_hypernym": "individual case of a class",
    "member_holonym": "belongs to this group",
    "part_holonym": "component of a larger whole",
    "pertainym": "relating to: the noun behind an adjective",
    "similar_to": "adjective of nearly the same sense",
    "substance_holonym": "material that something is made of",
    "verb_group": "verbs used alike",
    "type": "instance of",
    "broader": "parent term",
    MENTIONS: "words in it: terms of the vocabulary that occur in the description",
    DEPICTS: "subject of the image: what can be seen there",
    SAYS: "spoken words: terms of the vocabulary that are heard",
    IN_CATEGORY: "shelf: the section that the object is kept in",
    SIMILAR: "resembles: nearest by content",
}
"""Relation -> the same in other words; relations that are not here lose their names."""


@dataclass(frozen=True)
class RenamedTarget:
    """A target with other relations.

    Attributes:
        relations: what a model is told of them.
        items: modality -> the target's items, linked by them.
        filed: relations that a query does not have.
        was: new name of a relation -> the one that it had before.
    """

    relations: TargetRelations
    items: Mapping[str, LinkedItems]
    filed: frozenset[str]
    was: Mapping[str, str]

    @classmethod
    def build(
        cls,
        target: Mapping[str, LinkedItems],
        reference: ReferenceGraph,
        wording: Wording,
        *,
        parts: int = 1,
        seed: int = 0,
    ) -> RenamedTarget:
        """Rename every relation of a target.

        Args:
            target: modality -> items, linked as the source's are.
            reference: the source's references, over the knowledge that both share. The source's texts, linked by the
                target's relation, stand for those that will be asked for.
            wording: whether the new names come with labels in other words or with nothing; the names themselves are
                numbers.
            parts: new relations for each old one, between which its statements are dealt out.
            seed: of the order of the numbers.
        """
        graph = reference.knowledge.graph
        brought = [
            *graph.relation_iris,
            *(name for name in LINK_RELATIONS if any(_linked(name, items) for items in target.values())),
            SIMILAR,
        ]
        numbers = iter(np.random.default_rng(seed).permutation(len(brought) * parts).tolist())
        names = {relation: [f"{_NAMESPACE}{next(numbers):04d}" for _ in range(parts)] for relation in brought}
        said = {
            new: WORDINGS.get(local_name(relation), "") if wording == "reworded" else ""
            for relation, several in names.items()
            for new in several
        }
        stated = {relation: names[relation] for relation in graph.relation_iris}
        renamed = KnowledgeGraph(rename_relations(graph, stated, labels=said))
        moved = renamed.entity_ids(graph.entity_iris(np.arange(graph.num_entities)))
        knowledge = replace(
            reference.knowledge, graph=renamed, concepts=moved[reference.knowledge.concepts]
        )  # concepts are numbered in the order of their IRIs, so that their rows stay where they are
        used = {relation for head, relation, tail in reference.data.edge_types if head == tail == "concept"}
        kept = {
            local_name(new) for old, several in stated.items() if local_name(old) in used for new in several
        }
        links = {
            relation: tuple(map(local_name, names[relation])) for relation in names if relation not in stated
        }
        items = {modality: _relinked(some.renumbered(moved), links) for modality, some in target.items()}
        texts = {new: said[_iri(new)] for relation, several in links.items() for new in several}
        texts = {**texts, SIMILAR: said[names[SIMILAR][0]]}
        texts_linked = _relinked(reference.items["text"].renumbered(moved), links)
        filed = frozenset(new for relation in FILED for new in links.get(relation, ()))
        return cls(
            TargetRelations(knowledge, {**items, "text": texts_linked}, texts, frozenset(kept)),
            items,
            filed,
            {local_name(new): local_name(old) for old, several in names.items() for new in several},
        )

    def asked(self, items: LinkedItems) -> LinkedItems:
        """Return items as they come as queries: nothing is filed about them."""
        return _without(items, self.filed)


def _iri(name: str) -> str:
    return f"{_NAMESPACE.removesuffix('R')}{name}"


def _linked(relation: str, items: LinkedItems) -> bool:
    return any(link.relation == relation for link in items.links)


def _without(items: LinkedItems, relations: frozenset[str]) -> LinkedItems:
    return replace(items, links=tuple(link for link in items.links if link.relation not in relations))


def _relinked(items: LinkedItems, names: Mapping[str, tuple[str, ...]]) -> LinkedItems:
    """Return items with their links dealt out among other relations."""
    links = []
    for link in items.links:
        several = names[link.relation]
        part = dealt_out(link.items, link.concepts.astype(np.int64), len(several))
        for number, name in enumerate(several):
            rows = np.flatnonzero(part == number)
            links.append(
                Links(name, link.items[rows], link.concepts[rows], link.weights[rows], link.provenance)
            )
    return replace(items, links=tuple(links))
