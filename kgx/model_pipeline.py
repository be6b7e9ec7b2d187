"""Bring your own source: a collection with pairs and a knowledge graph go through link, prepare, pretrain and save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from graphs.graph import KnowledgeGraph
from kgx.attach import Attacher
from kgx.collection import Collection, Skipped
from kgx.encoders import VectorCache, load_encoder
from kgx.encoders.base import require_modality
from kgx.errors import ConfigError
from kgx.folders import data_folder
from kgx.knowledge import Knowledge
from kgx.pairing import count_pairs, entities_of
from kgx.pipeline import linked_items
from kgx.progress import stage
from kgx.train import Curve
from kgx.transfer.model_folder import MODEL_FILES, MODEL_FORMAT, save_model
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining

__all__ = ["BUNDLED", "ModelSummary", "build_model"]

BUNDLED: Mapping[str, str] = MappingProxyType(
    {"text": "bundled:text", "image": "bundled:image", "audio": "bundled:audio"}
)
"""Encoders that come in packages."""


@dataclass(frozen=True)
class ModelSummary:
    """What went into a model, and how its training went.

    Attributes:
        folder: where it is.
        fingerprint: a hash of the model's files: equal for equal models.
        items: modality -> number of source items.
        linked: modality -> number of those with a link to a concept.
        skipped: what could not be used, and why.
        pairs: modality -> number of pairs with texts.
        held_out: modality -> number of those that were kept from training, by whole folders.
        trained_on: the modality whose pairs the network was trained on: the one with most.
        curve: loss and held-out recall@10, epoch by epoch.
    """

    folder: Path
    fingerprint: str
    items: Mapping[str, int]
    linked: Mapping[str, int]
    skipped: tuple[Skipped, ...]
    pairs: Mapping[str, int]
    held_out: Mapping[str, int]
    trained_on: str
    curve: Curve

    @property
    def epochs(self) -> int:
        """How many epochs were trained."""
        return len(self.curve.loss)

    @property
    def recall(self) -> float | None:
        """Held-out recall@10 of the weights that were kept, mean of both directions; None where it was not measured."""
        return (
            self.curve.score[self.curve.best_epoch]
            if self.curve.score and self.curve.best_epoch >= 0
            else None
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON would have it."""
        return {
            "folder": str(self.folder),
            "fingerprint": self.fingerprint,
            "items": dict(self.items),
            "linked": dict(self.linked),
            "skipped": [asdict(entry) for entry in self.skipped],
            "pairs": dict(self.pairs),
            "held_out": dict(self.held_out),
            "trained_on": self.trained_on,
            "epochs": self.epochs,
            "recall@10": self.recall,
            "curve": asdict(self.curve),
        }


def build_model(
    collection: Collection,
    graph: KnowledgeGraph,
    out: str | Path,
    *,
    encoders: Mapping[str, str] = BUNDLED,
    options: RelationOptions | None = None,
    seed: int = 0,
    strict: bool = False,
    force: bool = False,
    threads: int = 2,
    cache: Path | None = None,
) -> ModelSummary:
    """Pretrain a model on a source: encode, link, prepare, train, save.

    Pairs are texts and other items that share an entity. Whole folders of them (the column ``category``; where there
    is none, what each item shows) are held out, and tell by recall@10 when to stop. Where no folder is small enough,
    nothing is held out, and all epochs are trained.

    Args:
        collection: the source.
        graph: what is known of the items' world.
        out: the model's folder; it appears when all is done.
        encoders: modality -> name of its encoder (:func:`kgx.load_encoder`). One that the source has no items of makes
            the model ready for targets that have.
        options: how to build and to train.
        seed: of first weights, batches and dropout: same seed, same model.
        strict: stop at the first item that cannot be read; otherwise they are skipped and listed.
        force: replace a model that stands at ``out``.
        threads: threads for the encoders.
        cache: where vectors and transcripts are kept; the data cache where left out.

    Raises:
        ConfigError: ``out`` is no empty place, and not a model to be replaced; there is no pair; or a modality of the
            source has no encoder; or training diverged.
        CollectionError: with ``strict``, an item cannot be read; otherwise, none can.
        EncoderError: an encoder cannot be loaded, or does not take its modality.
        EmptyGraphError: nothing in the graph has a label.
        KgxError: too many pairs are held out for any to be left.
    """
    out = Path(out)
    MODEL_FORMAT.check_place(out, MODEL_FILES, force=force)
    entities = entities_of(collection)
    _counted(entities, collection.skipped)  # before anything is encoded
    for modality, own in entities.items():
        if own and modality not in encoders:
            raise ConfigError(
                f"the source has {len(own):,} items of {modality}, but no encoder of {modality} is named; name one, or "
                "leave these items out"
            )
    cache = cache or data_folder()
    loaded = {modality: _loaded(name, modality, threads, cache) for modality, name in encoders.items()}
    knowledge = Knowledge.build(graph, loaded["text"])
    attacher = Attacher(knowledge, loaded, cache)
    items = linked_items(attacher, collection, strict=strict)
    skipped = (*collection.skipped, *attacher.skipped)
    pairs = _counted({modality: own.entities for modality, own in items.items()}, skipped)
    prepared = Pretraining.prepare(knowledge, items, loaded, options)
    transfer = prepared.train(seed)
    with stage("save the model"):
        ids = {modality: encoder.id for modality, encoder in loaded.items()}
        fingerprint = save_model(transfer, out, encoders=encoders, encoder_ids=ids)
    return ModelSummary(
        out,
        fingerprint,
        {modality: len(own) for modality, own in items.items()},
        {modality: own.linked() for modality, own in items.items()},
        skipped,
        pairs,
        {modality: int(own.validation.sum()) for modality, own in prepared.pairs.items()},
        prepared.trained_on,
        transfer.curve,
    )


def _counted(entities: Mapping[str, Iterable[str]], skipped: Sequence[Skipped]) -> dict[str, int]:
    """Count pairs; those of a single thing would teach nothing."""
    return count_pairs(entities, "pretrain a model", skipped=skipped, least_entities=2)


def _loaded(name: str, modality: str, threads: int, cache: Path) -> VectorCache:
    encoder = load_encoder(name, threads=threads)
    require_modality(encoder, modality)
    return VectorCache(cache / "vectors", encoder)
