"""Relation application: which relations a model uses, over how many hops, with what attention, and what they bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float

from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock
from kgx.errors import KgxError
from kgx.evaluate.intervals import bootstrap_interval
from kgx.evaluate.ranking import evaluate
from kgx.items import LinkedItems, paired_rows
from kgx.transfer.centres import Centres
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tokens import TRANSLATION, TokenPath

__all__ = ["OWN_VECTOR", "relation_report"]

OWN_VECTOR = "own vector"
"""What stands for a relation where an item's own vector is its token."""

_Blocks = Mapping[str, TokenBlock]


def relation_report(
    transfer: RelationTransfer, items: Mapping[str, LinkedItems], centres: Centres | None = None
) -> list[dict[str, Any]]:
    """Return how a model uses every relation, at every hop, for items of every modality.

    Attention is summed over all paths that take the relation at that hop, and over spaces by their shares; so the rows
    of one modality and of hop 1, with those of hop 0, sum to 1 for an item that has tokens in every space. What a
    relation brings is measured by leaving it out: tokens of paths that take it anywhere are removed from the items of
    that modality, and nothing is trained again.

    Args:
        transfer: the model; its network has to be the one of hop tokens.
        items: modality -> items. Known pairs among them (items that share an entity) tell what a relation brings: give
            items whose pairs may be looked at, not those that are tested on.
        centres: means of the collection that they are from; the source's where left out.

    Returns:
        Records with ``relation``, ``modality``, ``hops`` (the hop at which the relation is taken; 0: an item's own
        vector, or its translation), ``attention`` with the ends ``low`` and ``high`` of its 95 % interval over items,
        ``reach`` (the share of items that it leads somewhere from), and ``drop``: recall@10, the mean of both
        directions between texts and that modality, with everything, less that without the relation; None without pairs.

    Raises:
        KgxError: the network has no attention over hop tokens.
    """
    refiner = transfer.refiner
    if not isinstance(refiner, HopTokenRefiner):
        raise KgxError(
            f"expected attention over hop tokens, got a network {transfer.options.network!r}, which has none"
        )
    centres = transfer.survey_all(items) if centres is None else centres
    blocks = {modality: _tokens(transfer, some, centres) for modality, some in items.items() if len(some)}
    records = []
    for modality, own in blocks.items():
        paths = _by_space(transfer.maker.paths[modality], own)
        weights = _attention(refiner, own)
        whole = _score(refiner, items, blocks, modality)
        drops: dict[str, float | None] = {}
        for relation, hop in sorted(
            {step for some in paths.values() for path in some for step in _steps(path)}
        ):
            takes = {
                space: [(relation, hop) in set(_steps(path)) for path in some]
                for space, some in paths.items()
            }
            attention = sum(
                weights[space][:, np.array(chosen)].sum(axis=1) for space, chosen in takes.items()
            )
            reached = np.any(
                [
                    own[space].present.numpy()[:, np.array(chosen)].any(axis=1)
                    for space, chosen in takes.items()
                ],
                axis=0,
            )
            if relation not in drops:
                left = _without(own, paths, relation)
                score = _score(refiner, items, {**blocks, modality: left}, modality)
                drops[relation] = None if whole is None or score is None else whole - score
            interval = bootstrap_interval(np.asarray(attention, dtype=np.float64))
            records.append(
                {
                    "relation": relation,
                    "modality": modality,
                    "hops": hop,
                    "attention": interval.mean,
                    "low": interval.low,
                    "high": interval.high,
                    "reach": float(reached.mean()),
                    "drop": drops[relation],
                }
            )
    return sorted(records, key=lambda record: (record["modality"], -record["attention"], record["relation"]))


def _tokens(transfer: RelationTransfer, items: LinkedItems, centres: Centres) -> dict[str, TokenBlock]:
    blocks = transfer.blocks(items, centres)
    rows = torch.arange(len(items))
    return {space: block.rows(rows) for space, block in blocks.items() if isinstance(block, TokenBlock)}


def _by_space(paths: tuple[TokenPath, ...], blocks: _Blocks) -> dict[str, list[TokenPath]]:
    return {space: [path for path in paths if path.space == space] for space in blocks}


def _steps(path: TokenPath) -> Iterator[tuple[str, int]]:
    """Yield the relations of a path with the hop at which each is taken."""
    if path.translated:
        yield TRANSLATION, 0
    elif not path.path.steps:
        yield OWN_VECTOR, 0
    yield from ((relation, hop) for hop, relation in enumerate(path.path.relations, start=1))


def _attention(refiner: HopTokenRefiner, blocks: _Blocks) -> dict[str, Float[np.ndarray, "n paths"]]:
    shares = refiner.shares()
    with torch.no_grad():
        return {
            space: shares[space] * refiner.attention_weights(space, block).numpy()
            for space, block in blocks.items()
        }


def _without(blocks: _Blocks, paths: Mapping[str, list[TokenPath]], relation: str) -> dict[str, TokenBlock]:
    kept: dict[str, Bool[torch.Tensor, " paths"]] = {
        space: torch.tensor([all(name != relation for name, _ in _steps(path)) for path in some])
        for space, some in paths.items()
    }
    return {space: block.only(kept[space]) for space, block in blocks.items()}


def _score(
    refiner: HopTokenRefiner,
    items: Mapping[str, LinkedItems],
    blocks: Mapping[str, _Blocks],
    modality: str,
) -> float | None:
    """Return recall@10 between texts and a modality; for texts, the one with the most pairs."""
    if "text" not in blocks or len(blocks) < 2:
        return None
    others = [name for name in blocks if name != "text"]
    other = modality if modality != "text" else max(others, key=lambda name: len(items[name]))
    texts, rows = paired_rows(items["text"], items[other])
    if not len(texts):
        return None
    entities = np.array(items["text"].entities)[:, None] == np.array(items[other].entities)[None]
    with torch.no_grad():
        scores = (refiner(blocks["text"]) @ refiner(blocks[other]).T).numpy()
    asked, answered = np.unique(texts), np.unique(rows)
    forth = evaluate(scores[asked], entities[asked])
    back = evaluate(scores.T[answered], entities.T[answered])
    return 0.5 * (forth["recall@10"] + back["recall@10"])
