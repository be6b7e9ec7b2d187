"""Relation application: which relations a model uses, over how many hops, and what they bring.

Hop tokens weigh every path that a relation is on, so that its attention can be told. Networks of messages weigh nothing
that could be summed by relation and mean the same in each of them; of those it is told what is there to be heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from jaxtyping import Bool, Float

from graphs.gnn.attached import AttachedBlock, HeardGraph
from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock
from graphs.gnn.message_passing.refiner import LearnedMessages, MessagePassingRefiner
from graphs.propagate import EdgeType
from kgx.evaluate.intervals import bootstrap_interval
from kgx.evaluate.ranking import evaluate
from kgx.items import LinkedItems, paired_rows
from kgx.transfer.centres import Centres
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tokens import TRANSLATION, TokenPath

__all__ = ["OWN_VECTOR", "relation_report"]

OWN_VECTOR = "own vector"
"""What stands for a relation where an item's own vector is its token."""

_BATCH = 1024  # items refined at once

_Tokens = Mapping[str, TokenBlock]
_Blocks = Mapping[str, TokenBlock | AttachedBlock]
_Steps = Mapping[str, list[frozenset[tuple[str, int]]]]
"""Space -> the relations of every token's path, with the hop at which each is taken."""


def relation_report(
    transfer: RelationTransfer, items: Mapping[str, LinkedItems], centres: Centres | None = None
) -> list[dict[str, Any]]:
    """Return how a model uses every relation, at every hop, for items of every modality.

    What a relation brings is measured by leaving it out, and nothing is trained again. With hop tokens, tokens of paths
    that take it anywhere are removed from the items of that modality. With messages, no message comes along it to them,
    over however many hops.

    Attention, which hop tokens alone have, is summed over all paths that take the relation at that hop, and over spaces
    by their shares; so the rows of one modality and of hop 1, with those of hop 0, sum to 1 for an item that has tokens
    in every space.

    Args:
        transfer: the model.
        items: modality -> items. Known pairs among them (items that share an entity) tell what a relation brings: give
            items whose pairs may be looked at, not those that are tested on.
        centres: means of the collection that they are from; measured on the items where left out.

    Returns:
        Records with ``relation``, ``modality``, ``hops`` (the hop at which the relation is taken; 0: an item's own
        vector, or its translation), ``reach`` (the share of items that it leads somewhere from), and ``drop``:
        recall@10, the mean of both directions between texts and that modality, with everything, less that without the
        relation; None without pairs. Of hop tokens also ``attention`` with the ends ``low`` and ``high`` of its 95 %
        interval over items. Of messages also ``edges``, how many come along the relation at that hop, the mean over
        items, and ``heard``: whether the network has parameters of the relation; without them it is deaf to it.
    """
    centres = transfer.survey_all(items) if centres is None else centres
    blocks = {modality: _rows_of(transfer, some, centres) for modality, some in items.items() if len(some)}
    records = []
    for modality, own in blocks.items():
        steps = _steps_by_space(transfer, modality, own)
        refiner = transfer.refiner
        used = (
            _attended(refiner, own, steps)
            if isinstance(refiner, HopTokenRefiner)
            else _heard(refiner, own, steps)
        )
        whole = _score(transfer, items, blocks, modality)
        drops: dict[str, float | None] = {}
        for record in used:
            relation = record["relation"]
            if relation not in drops:
                left = _without(own, steps, relation)
                score = _score(transfer, items, {**blocks, modality: left}, modality)
                drops[relation] = None if whole is None or score is None else whole - score
            records.append({**record, "modality": modality, "drop": drops[relation]})
    return sorted(
        records,
        key=lambda record: (
            record["modality"],
            -record.get("attention", record["reach"]),
            record["relation"],
        ),
    )


def _rows_of(
    transfer: RelationTransfer, items: LinkedItems, centres: Centres
) -> dict[str, TokenBlock | AttachedBlock]:
    rows = torch.arange(len(items))
    return {space: block.rows(rows) for space, block in transfer.blocks(items, centres).items()}


def _attended(refiner: HopTokenRefiner, blocks: _Blocks, steps: _Steps) -> Iterator[dict[str, Any]]:
    """Yield what attention says of every relation that tokens come along, at every hop."""
    tokens = _tokens(blocks)
    weights = _attention(refiner, tokens)
    for relation, hop in sorted({step for some in steps.values() for taken in some for step in taken}):
        chosen = {
            space: np.array([(relation, hop) in taken for taken in some]) for space, some in steps.items()
        }
        attention = sum(weights[space][:, columns].sum(axis=1) for space, columns in chosen.items())
        interval = bootstrap_interval(np.asarray(attention, dtype=np.float64))
        yield {
            "relation": relation,
            "hops": hop,
            "attention": interval.mean,
            "low": interval.low,
            "high": interval.high,
            "reach": _reach(tokens, chosen),
        }


def _heard(refiner: MessagePassingRefiner, blocks: _Blocks, steps: _Steps) -> Iterator[dict[str, Any]]:
    """Yield what is there to be heard along every relation, at every hop, and of the tokens that need no graph."""
    tokens = _tokens(blocks)
    for relation in sorted({name for some in steps.values() for taken in some for name, _ in taken}):
        chosen = {
            space: np.array([(relation, 0) in taken for taken in some]) for space, some in steps.items()
        }
        yield {"relation": relation, "hops": 0, "edges": 0.0, "heard": True, "reach": _reach(tokens, chosen)}
    known = frozenset(refiner.relations) if isinstance(refiner, LearnedMessages) else None
    attached = (block for block in blocks.values() if isinstance(block, AttachedBlock))
    by_hop = chain.from_iterable(_edges_by_hop(block, refiner.hops) for block in attached)
    for hop, counts in enumerate(by_hop, start=1):
        for relation in sorted({relation for _, relation, _ in counts}):
            kinds = [kind for kind in counts if kind[1] == relation]
            edges = np.sum([counts[kind] for kind in kinds], axis=0)
            yield {
                "relation": relation,
                "hops": hop,
                "edges": float(edges.mean()),
                "heard": known is None or any(kind in known for kind in kinds),
                "reach": float((edges > 0).mean()),
            }


def _edges_by_hop(block: AttachedBlock, hops: int) -> Iterator[dict[EdgeType, Float[np.ndarray, " n"]]]:
    """Yield, hop by hop, how many edges of each type lead on from what an item has reached before that hop."""
    yield {kind: np.diff(links.indptr).astype(np.float64) for kind, links in block.links.items() if links.nnz}
    reached = _ends((kind, links) for kind, links in block.links.items())
    for _ in range(hops - 1):
        onward = [kind for kind in block.graph.edges if kind[0] in reached]
        counts = {kind: reached[kind[0]] @ np.diff(block.graph.edges[kind].indptr) for kind in onward}
        yield {kind: edges for kind, edges in counts.items() if edges.any()}
        reached = _ends((kind, reached[kind[0]] @ block.graph.edges[kind]) for kind in onward)


def _ends(walks: Iterable[tuple[EdgeType, sp.csr_matrix]]) -> dict[str, sp.csr_matrix]:
    """Return node type -> csr (items, nodes) of ones: where walks end, whatever the relation."""
    found: dict[str, sp.csr_matrix] = {}
    for (_, _, tail), walked in walks:
        found[tail] = found[tail] + walked if tail in found else walked.astype(np.float64)
    for matrix in found.values():
        matrix.data[:] = 1.0
    return found


def _tokens(blocks: _Blocks) -> dict[str, TokenBlock]:
    return {space: block for space, block in blocks.items() if isinstance(block, TokenBlock)}


def _reach(tokens: _Tokens, columns: Mapping[str, Bool[np.ndarray, " paths"]]) -> float:
    """Return the share of items that have any of some tokens."""
    reached = [tokens[space].present.numpy()[:, chosen].any(axis=1) for space, chosen in columns.items()]
    return float(np.any(reached, axis=0).mean())


def _steps_by_space(transfer: RelationTransfer, modality: str, blocks: _Blocks) -> _Steps:
    paths = transfer.maker.paths[modality]
    return {
        space: [frozenset(_steps(path)) for path in paths if path.space == space] for space in _tokens(blocks)
    }


def _steps(path: TokenPath) -> Iterator[tuple[str, int]]:
    """Yield the relations of a path with the hop at which each is taken."""
    if path.translated:
        yield TRANSLATION, 0
    elif not path.path.steps:
        yield OWN_VECTOR, 0
    yield from ((relation, hop) for hop, relation in enumerate(path.path.relations, start=1))


def _attention(refiner: HopTokenRefiner, tokens: _Tokens) -> dict[str, Float[np.ndarray, "n paths"]]:
    shares = refiner.shares()
    with torch.no_grad():
        return {
            space: shares[space] * refiner.attention_weights(space, block).numpy()
            for space, block in tokens.items()
        }


def _without(blocks: _Blocks, steps: _Steps, relation: str) -> _Blocks:
    """Return items without the tokens, links and edges of the graph that a relation brings."""
    left: dict[str, TokenBlock | AttachedBlock] = {}
    for space, block in blocks.items():
        if isinstance(block, TokenBlock):
            kept = [all(name != relation for name, _ in taken) for taken in steps[space]]
            left[space] = block.only(torch.tensor(kept))
            continue
        graph = block.graph
        edges = {kind: matrix for kind, matrix in graph.edges.items() if kind[1] != relation}
        links = {kind: matrix for kind, matrix in block.links.items() if kind[1] != relation}
        left[space] = replace(block, graph=HeardGraph(graph.features, edges, graph.parts), links=links)
    return left


def _score(
    transfer: RelationTransfer,
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
    refined = [_refined(transfer, blocks[name], len(items[name])) for name in ("text", other)]
    scores = (refined[0] @ refined[1].T).numpy()
    asked, answered = np.unique(texts), np.unique(rows)
    forth = evaluate(scores[asked], entities[asked])
    back = evaluate(scores.T[answered], entities.T[answered])
    return 0.5 * (forth["recall@10"] + back["recall@10"])


def _refined(transfer: RelationTransfer, blocks: _Blocks, count: int) -> Float[torch.Tensor, "n dimension"]:
    parts = torch.split(torch.arange(count), _BATCH)
    with torch.no_grad():
        return torch.cat(
            [transfer.refiner({space: block.rows(rows) for space, block in blocks.items()}) for rows in parts]
        )
