"""Bring your own: a collection and a knowledge graph go through link, refine and index with a pretrained model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from graphs.completion.predicted import confident
from graphs.graph import KnowledgeGraph
from kgx.attach import Attacher, with_entities
from kgx.collection import Collection, Skipped
from kgx.errors import CollectionError, ConfigError
from kgx.folders import atomic_folder, data_folder, is_empty
from kgx.index.kinds import AUTO, check_kind
from kgx.model_encoders import ModelEncoders
from kgx.progress import stage
from kgx.run_cache import CACHE
from kgx.run_folder import CHANGES, RUN_FORMAT, RunSummary, write_run
from kgx.transfer.extend import concept_names, extend_knowledge, extend_paths
from kgx.transfer.model_folder import open_model, save_model

__all__ = ["build_run"]

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
        CACHE,
    }
)
"""What a run's folder holds."""


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
) -> RunSummary:
    """Make a collection searchable: encode, link, refine, index.

    Where a graph is given, the run keeps a model of its own: the given one with the graph beside what it knew, its
    concepts tied to those of the same name and its relations walked where the items show that they lead somewhere.
    The given model stays as it is.

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
        index: kind of the index (:data:`kgx.index.KINDS`), or ``auto``: by number of items.

    Raises:
        ConfigError: ``out`` is no empty place, and not a run to be replaced; or there is no such kind of index, or the
            items are too few for it.
        CollectionError: with ``strict``, an item cannot be read; otherwise, none can.
        ModelError: the model is missing, damaged, or of another version.
        EncoderError: its encoders cannot be loaded.
        EmptyGraphError: nothing in the graph has a label.
        GraphError: the confidence is not between 0 and 1.
    """
    model, out = Path(model), Path(out)
    _check_place(out, force=force)
    check_kind(index, len(collection))
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
    items = attacher.collection(collection)
    if attacher.skipped and (strict or not items):
        raise _refusal(attacher.skipped[0], collection, all_of=0 if items else len(collection))
    skipped = (*collection.skipped, *attacher.skipped)
    items = {modality: with_entities(some, knowledge) for modality, some in items.items()}
    with stage("refine and index"), atomic_folder(out) as temporary:
        place = model
        if graph is not None:
            transfer = extend_paths(transfer, (concept_names(knowledge, graph), *items.values()))
            place = temporary / "model"
            save_model(transfer, place, encoders=opened.encoders, encoder_ids=opened.encoder_ids)
        summary = write_run(
            temporary, transfer, items, collection, model=place, skipped=skipped, index_kind=index
        )
    return replace(summary, folder=out)


def _check_place(out: Path, *, force: bool) -> None:
    """Refuse a place that holds something, unless it is a run that may be replaced."""
    if not out.exists() or is_empty(out):
        return
    if not RUN_FORMAT.marks(out):
        raise ConfigError(f"{out} exists and is no run; name another folder or remove it")
    others = sorted({path.name for path in out.iterdir()} - _OWN)
    if others:
        raise ConfigError(f"{out} holds a run and other files ({', '.join(others[:3])}); name another folder")
    if not force:
        raise ConfigError(f"{out} holds a run already; add --force (force=True) to replace it")


def _refusal(skipped: Skipped, collection: Collection, *, all_of: int) -> CollectionError:
    """Return the error that names an item that cannot be used, the first of all where none can."""
    item = collection.get(skipped.id)
    path = collection.root if item.modality == "text" else collection.file(item)
    every = f"none of {all_of} items can be used; the first one: " if all_of else ""
    return CollectionError(f"{every}{skipped.reason}", path, skipped.row)
