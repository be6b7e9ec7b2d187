"""A model after a few statements of its knowledge graph have come or gone, and the items to which that matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Int64

from graphs.changed_walks import changed_rows, changed_walks
from graphs.graph import KnowledgeGraph
from graphs.hetero import INVERSE_PREFIX
from graphs.operations.editing import apply_patch
from graphs.operations.patch import Patch
from graphs.statement import Statement
from kgx.encoders.base import Encoder
from kgx.items import LinkedItems
from kgx.linking.base import MENTIONS, Links
from kgx.transfer.relation import RelationTransfer

__all__ = ["ChangedKnowledge", "change_knowledge"]


@dataclass(frozen=True)
class ChangedKnowledge:
    """A model before and after a change of what it knows; its network, its means and its paths stay as they are.

    Attributes:
        before, after: the model.
        moved: number after of every entity before, -1 for those that are gone.
        removed, added: how many statements went, and came.
        absent: statements that were to be taken out, and were not there.
    """

    before: RelationTransfer
    after: RelationTransfer
    moved: Int64[np.ndarray, " entities"]
    removed: int
    added: int
    absent: tuple[Statement, ...]

    def relinked(self, items: LinkedItems) -> LinkedItems:
        """Return items with the links that they have now.

        What texts mention is looked for again, since labels may have come or gone; other links stay, but for those to
        concepts that are gone.
        """
        mentioned = items.modality == "text" and any(link.relation == MENTIONS for link in items.links)
        links = [
            _without_gone(link, self.moved)
            for link in items.links
            if not (mentioned and link.relation == MENTIONS)
        ]
        if mentioned:  # once, in however many parts the items came
            linker = self.after.maker.reference.knowledge.linker
            links.insert(0, linker.link(items.captions, items.vectors))
        return replace(items, links=tuple(link for link in links if len(link)))

    def concerns(
        self, items: LinkedItems, relinked: LinkedItems, similar: sp.csr_matrix | None
    ) -> Bool[np.ndarray, " n"]:
        """Tell of which items the refined vectors may have changed; those of all others are what they were.

        Args:
            items: as they were linked before.
            relinked: as they are linked now (:meth:`relinked`).
            similar: csr (items, references) that they are similar to; None where there are no references.
        """
        reference = self.after.maker.reference
        reached = self._reached
        concerned = np.zeros(len(items), dtype=np.bool_)
        was = self.before.maker.reference.link_matrices(items)
        now = reference.link_matrices(relinked)
        rows, places = np.arange(len(items)), self._places
        old_concepts, concepts = len(places), len(reference.knowledge.concepts)
        for relation in {*was, *now}:
            linked = now.get(relation, sp.csr_matrix((len(items), concepts), dtype=np.float32))
            before = was.get(relation, sp.csr_matrix((len(items), old_concepts), dtype=np.float32))
            concerned |= linked @ reached["concept"].astype(np.float32) > 0
            concerned |= changed_rows(before, linked, rows, places)
        if similar is not None and items.modality in reached:
            concerned |= similar @ reached[items.modality].astype(np.float32) > 0
        return concerned

    @cached_property
    def _places(self) -> Int64[np.ndarray, " c"]:
        """Row among the concepts now of every concept before, -1 for those that are gone."""
        old, new = self.before.maker.reference.knowledge, self.after.maker.reference.knowledge
        moved = self.moved[old.concepts]
        rows = np.full(len(moved), -1, dtype=np.int64)
        rows[moved >= 0] = new.row_of_entity[moved[moved >= 0]]
        return rows

    @cached_property
    def _reached(self) -> dict[str, Bool[np.ndarray, " n"]]:
        """Return node type -> the nodes of the reference graph from which the rest of a path may have changed."""
        old, new = self.before.maker.reference, self.after.maker.reference
        return changed_walks(old.data, new.data, {"concept": self._places}, self.after.maker.hops - 1)


def change_knowledge(
    transfer: RelationTransfer, patch: Patch, encoder: Encoder, *, source: str = ""
) -> ChangedKnowledge:
    """Take statements out of what a model knows, and put others in.

    The paths that are walked stay those that were chosen when the model was made: a relation that none of them goes
    along is known after this, but brings nothing until the model is made again.

    Args:
        transfer: the model.
        patch: what goes, and what comes.
        encoder: the model's text encoder.
        source: where the statements that come are from.

    Raises:
        ModelError: it is another encoder.
        EmptyGraphError: nothing has a label any more.
    """
    old = transfer.maker.reference
    edited = apply_patch(old.knowledge.graph, patch, source=source)
    graph = KnowledgeGraph(edited.columns)
    retold = _subjects(graph, [*patch.removed, *patch.added])
    knowledge, moved = old.knowledge.changed(graph, retold, encoder)
    items = {
        modality: replace(some, links=tuple(_without_gone(link, moved) for link in some.links))
        for modality, some in old.items.items()
    }
    # A relation that brings paths goes on to do so, however few of its edges are left.
    names = {
        relation
        for paths in transfer.maker.paths.values()
        for path in paths
        for relation in path.path.relations
    }
    reference = replace(
        old,
        knowledge=knowledge,
        items=items,
        kept_relations=old.kept_relations | {name.removeprefix(INVERSE_PREFIX) for name in names},
    )
    maker = replace(transfer.maker, reference=reference, known_paths=transfer.maker.paths)
    after = replace(transfer, maker=maker)
    return ChangedKnowledge(transfer, after, moved, edited.removed, edited.added, tuple(edited.absent))


def _subjects(graph: KnowledgeGraph, statements: Iterable[Statement]) -> Int64[np.ndarray, " r"]:
    """Return the entities of which literals came or went."""
    names = sorted({statement.subject for statement in statements if statement.is_literal})
    numbers = graph.entity_ids(names) if names else np.zeros(0, dtype=np.int64)
    return np.unique(numbers[numbers >= 0])


def _without_gone(link: Links, moved: Int64[np.ndarray, " entities"]) -> Links:
    """Return links by today's numbers; where concepts are gone, the weights of what is left are as they were."""
    concepts = moved[link.concepts]
    kept = concepts >= 0
    return replace(link, items=link.items[kept], concepts=concepts[kept], weights=link.weights[kept])
