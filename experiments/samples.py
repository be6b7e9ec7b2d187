"""Sample queries with what was found, for the report's contact sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from experiments.protocol import DIRECTIONS, Direction
from experiments.results_store import write_json
from experiments.world import World
from kgx.collection import Collection
from kgx.items import LinkedItems
from kgx.transfer.centres import Centres
from kgx.transfer.relation import RelationTransfer

__all__ = ["write_samples"]

_HITS = 5
_CONCEPTS = 3
_SHARES = (0.5, 0.2, 0.2, 0.1)  # of the samples, for each of DIRECTIONS


def write_samples(
    out: Path, world: World, collection: Collection, transfer: RelationTransfer, centres: Centres, count: int
) -> None:
    """Draw queries of the test half at random, never by how well they did, and write what was found for each.

    Args:
        out: run folder; ``samples.json`` is written there.
        world: the experiment's items.
        collection: the target, for its media files.
        transfer: the refiner that searches.
        centres: means of the target.
        count: number of queries, over all directions.
    """
    samples: list[dict[str, Any]] = []
    ends = np.rint(np.cumsum((0, *_SHARES)) * count).astype(int)
    for (asked, sought), wanted in zip(DIRECTIONS, np.diff(ends).tolist(), strict=True):
        if not {asked, sought} <= set(world.target.items):
            continue
        direction = world.target.direction(asked, sought)
        rng = np.random.default_rng(len(samples))
        rows = rng.choice(len(direction.queries), min(wanted, len(direction.queries)), replace=False)
        queries = direction.queries.select(np.sort(rows))
        scores = transfer.refine(queries, centres, query=True) @ transfer.refine(direction.gallery, centres).T
        for row, place in enumerate(np.sort(rows)):
            samples.append(_sample(world, collection, direction, queries, row, int(place), scores[row]))
    write_json(out / "samples.json", samples)


def _sample(
    world: World,
    collection: Collection,
    direction: Direction,
    queries: LinkedItems,
    row: int,
    place: int,
    scores: np.ndarray,
) -> dict[str, Any]:
    captions = world.target.captions
    gallery = direction.gallery
    query: dict[str, Any] = {"id": queries.ids[row], "caption": captions[queries.entities[row]]}
    if queries.modality == "text":
        query["text"] = queries.captions[row]
    else:
        query["media"] = str(collection.file(collection.get(queries.ids[row])))
    hits = []
    for rank, column in enumerate(np.argsort(-scores, kind="stable")[:_HITS].tolist(), start=1):
        hit: dict[str, Any] = {
            "id": gallery.ids[column],
            "rank": rank,
            "score": float(scores[column]),
            "caption": captions[gallery.entities[column]],
            "modality": gallery.modality,
            "relevant": bool(direction.relevant[place, column]),
            "concepts": _concepts(world, gallery, column),
        }
        if gallery.modality != "text":
            hit["media"] = str(collection.file(collection.get(gallery.ids[column])))
        hits.append(hit)
    return {"direction": direction.name, "query": query, "hits": hits}


def _concepts(world: World, items: LinkedItems, row: int) -> list[str]:
    """Return the names of the concepts that an item is linked to most strongly."""
    found: dict[int, float] = {}
    for link in items.links:
        own = link.items == row
        for concept, weight in zip(link.concepts[own].tolist(), link.weights[own].tolist(), strict=True):
            found[concept] = max(found.get(concept, 0.0), weight)
    best = sorted(found, key=lambda concept: -found[concept])[:_CONCEPTS]
    return world.knowledge.labels(best)
