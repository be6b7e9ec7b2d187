"""Bring your own: a collection and a knowledge graph go through link, refine and index with a pretrained model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from graphs.completion.predicted import confident
from graphs.graph import KnowledgeGraph
from kgx.attach import Attacher, with_entities
from kgx.collection import Collection, Skipped
from kgx.errors import CollectionError
from kgx.folders import atomic_folder, data_folder
from kgx.index.kinds import AUTO, check_kind
from kgx.index.wanted import Wanted
from kgx.items import LinkedItems
from kgx.model_encoders import ModelEncoders
from kgx.pairing import count_pairs, entities_of, known_pairs, named_apart
from kgx.progress import stage
from kgx.run_cache import CACHE
from kgx.run_folder import CHANGES, RUN_FORMAT, RunSummary, write_run
from kgx.transfer.extend import concept_names, extend_knowledge, extend_paths
from kgx.transfer.model_folder import open_model, save_model
from kgx.transfer.relation import RelationTransfer

__all__ = ["build_run", "linked_items"]

_OWN = frozenset(
    {
        RUN_FORMAT.file,
        "items.arrow",
        "concepts.arrow",
        "centres.safetensors",
        "items",
        CHANGES,
        "index",
        "model",
        "model-*",
        CACHE,
    }
)
"""What a run's folder holds: its own model under a new name after its knowledge was edited, among others."""


_ADAPT = "adapt the model"


def build_run(
    model: str | Path,
    collection: Collection,
    graph: KnowledgeGraph | None,
    out: str | Path,
    *,
    min_confidence: float = 0.0,
    strict: bool = False,
    force: bool = False,
    threads: int = 2,
    cache: Path | None = None,
    index: str = AUTO,
    recall: float = 0.95,
    memory: int | None = None,
    adapt: bool = False,
    seed: int = 0,
) -> RunSummary:
    """Make a collection searchable: encode, link, refine, index.

    Where a graph is given, the run keeps a model of its own: the given one with the graph beside what it knew, its
    concepts tied to those of the same name and its relations walked where the items show that they lead somewhere.
    So it does where it is adapted: texts and other items that share an entity are known pairs, which join what the
    model knows and train it on before anything is refined. The given model stays as it is; one that lies within the run
    that is replaced goes into the new one.

    Args:
        model: folder of a pretrained model.
        collection: the items.
        graph: what else is known of the items' world.
        out: the run's folder; it appears when all is done.
        min_confidence: how sure a predicted link of the graph must be to count (its source is ``predicted``, its weight
            the confidence); what the graph was told counts in any case.
        strict: stop at the first item that cannot be read; otherwise they are skipped and listed.
        force: replace a run that stands at ``out``.
        threads: threads for the encoders.
        cache: where vectors and transcripts are kept; the data cache where left out.
        index: kind of the index (:data:`kgx.index.KINDS`), or ``auto``: by number of items, recall and memory.
        recall: share of the exact ten nearest that an index of another kind than ``flat`` is to find.
        memory: bytes that ``auto`` may keep in memory beside the vectors; any number where left out.
        adapt: adapt the model to the collection's known pairs.
        seed: of adaptation.

    Raises:
        ConfigError: ``out`` is no empty place, and not a run to be replaced; or there is no such kind of index, or the
            items are too few for it; or there is no pair to adapt to.
        CollectionError: with ``strict``, an item cannot be read; otherwise, none can.
        ModelError: the model is missing, damaged, or of another version.
        EncoderError: its encoders cannot be loaded.
        EmptyGraphError: nothing in the graph has a label.
        GraphError: the confidence is not between 0 and 1.
        ValueError: a recall that is not above 0 and at most 1, or no memory at all.
    """
    Wanted(index, recall, memory)  # refused before anything is encoded
    model, out = Path(model), Path(out)
    RUN_FORMAT.check_place(out, _OWN, force=force)
    check_kind(index, len(collection))
    if adapt:  # before anything is encoded
        count_pairs(entities_of(collection), _ADAPT, skipped=collection.skipped)
    if graph is not None and min_confidence:
        graph = KnowledgeGraph(confident(graph, min_confidence))
    opened = open_model(model)
    cache = cache or data_folder()
    encoders = ModelEncoders(opened.encoders, opened.encoder_ids, threads=threads, cache=cache / "vectors")
    transfer = opened.transfer
    if graph is not None:
        with stage("join the knowledge graphs"):
            transfer = extend_knowledge(transfer, graph, encoders["text"])
    knowledge = transfer.maker.reference.knowledge
    attacher = Attacher(knowledge, encoders, cache)
    items = linked_items(attacher, collection, strict=strict)
    skipped = (*collection.skipped, *attacher.skipped)
    items = {modality: with_entities(some, knowledge) for modality, some in items.items()}
    if graph is not None:
        with stage("walk the new relations"):
            transfer = extend_paths(transfer, (concept_names(knowledge, graph), *items.values()))
    pairs: dict[str, int] = {}
    if adapt:
        transfer, pairs = _adapted(transfer, items, skipped, seed)
    with atomic_folder(out) as temporary:
        place = model
        # A model within the run that is to be replaced would go with it.
        if transfer is not opened.transfer or model.resolve().is_relative_to(out.resolve()):
            place = temporary / "model"
            save_model(transfer, place, encoders=opened.encoders, encoder_ids=opened.encoder_ids)
        summary = write_run(
            temporary,
            transfer,
            items,
            collection,
            model=place,
            skipped=skipped,
            index_kind=index,
            recall=recall,
            memory=memory,
            pairs=pairs,
        )
    return replace(summary, folder=out)


def linked_items(attacher: Attacher, collection: Collection, *, strict: bool) -> dict[str, LinkedItems]:
    """Encode and link a collection, and refuse one that cannot be used.

    Args:
        attacher: does it; notes what is skipped.
        collection: the items.
        strict: refuse it for a single item that cannot be read.

    Raises:
        CollectionError: an item cannot be read, with ``strict``; otherwise, none can.
    """
    items = attacher.collection(collection)
    if attacher.skipped and (strict or not items):
        raise _refusal(attacher.skipped[0], collection, all_of=0 if items else len(collection))
    return items


def _adapted(
    transfer: RelationTransfer, items: Mapping[str, LinkedItems], skipped: Sequence[Skipped], seed: int
) -> tuple[RelationTransfer, dict[str, int]]:
    """Return a model adapted to a collection's known pairs, and how many these are by modality."""
    counts = count_pairs({modality: own.entities for modality, own in items.items()}, _ADAPT, skipped=skipped)
    reference = transfer.maker.reference
    pairs = named_apart(known_pairs(items), reference.items, reference.knowledge.graph)
    adapted = transfer.adapt(pairs, transfer.survey_all(items), seed=seed)
    return adapted, {modality: count for modality, count in counts.items() if count}


def _refusal(skipped: Skipped, collection: Collection, *, all_of: int) -> CollectionError:
    """Return the error that names an item that cannot be used, the first of all where none can."""
    item = collection.get(skipped.id)
    path = collection.root if item.modality == "text" else collection.file(item)
    every = f"none of {all_of} items can be used; the first one: " if all_of else ""
    return CollectionError(f"{every}{skipped.reason}", path, skipped.row)
