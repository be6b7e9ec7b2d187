"""A target whose missing links are filled in by a relation model, before anything is propagated along them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from experiments.config import TargetCompletionOptions
from experiments.protocol import Protocol
from graphs.errors import CheckpointError
from graphs.gnn.ultra.checkpoint import load_checkpoint
from graphs.gnn.ultra.model import Ultra
from kgx.completion.concepts import complete_concepts
from kgx.completion.items import complete_items
from kgx.knowledge import Knowledge
from kgx.progress import count_bar
from kgx.transfer.reference import ReferenceGraph
from kgx.transfer.relation import RelationTransfer

__all__ = ["CompletedTarget", "relation_model"]


@dataclass(frozen=True)
class CompletedTarget:
    """The target with predicted links.

    Attributes:
        target: its filed items have links to further concepts; queries are as they were.
        knowledge: the concepts, with further links between those of the target where these are asked for.
    """

    target: Protocol
    knowledge: Knowledge

    @classmethod
    def build(
        cls, target: Protocol, reference: ReferenceGraph, options: TargetCompletionOptions
    ) -> CompletedTarget:
        """Predict the links.

        Every modality is completed without the others: what a picture shows must not reach the text that it asks for.

        Args:
            target: the items.
            reference: the source's items among the concepts: what they are about tells what others are about.
            options: checkpoint, and which of its predictions are taken.

        Raises:
            CheckpointError: the checkpoint cannot be used.
            UnknownTermError: a relation to complete is none of the knowledge graph.
        """
        model = relation_model(options)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        knowledge = reference.knowledge
        if options.relations:
            linked = [link.concepts for items in target.items.values() for link in items.links]
            with count_bar("complete concepts") as progress:
                knowledge = complete_concepts(
                    knowledge,
                    np.unique(np.concatenate(linked)),
                    options.relations,
                    model,
                    top=options.concept_links,
                    min_confidence=options.min_confidence,
                    device=device,
                    progress=progress,
                )
        filed = {}
        for modality, items in target.items.items():
            with count_bar(f"complete {modality}") as progress:
                filed[modality] = complete_items(
                    items,
                    reference,
                    model,
                    top=options.top,
                    min_confidence=options.min_confidence,
                    device=device,
                    progress=progress,
                )
        return cls(replace(target, filed=filed), knowledge)

    def over(self, transfer: RelationTransfer) -> RelationTransfer:
        """Return the model over the completed knowledge: the same paths, with further links to walk along."""
        maker = transfer.maker
        if self.knowledge is maker.reference.knowledge:
            return transfer
        reference = replace(maker.reference, knowledge=self.knowledge, with_similar=False)
        return replace(transfer, maker=replace(maker, reference=reference, known_paths=maker.paths))


def relation_model(options: TargetCompletionOptions) -> Ultra:
    """Return the model of a checkpoint.

    Raises:
        CheckpointError: it is missing or damaged, or reads vectors of names, which items do not have.
    """
    model = load_checkpoint(options.checkpoint).model
    if model.text_dim:
        raise CheckpointError(
            f"{options.checkpoint}: expected a checkpoint that was pretrained without --text-encoder, got one that "
            "reads vectors of names, which items do not have"
        )
    return model
