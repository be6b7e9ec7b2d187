"""The world of an experiment: its domains, fetched; its knowledge, encoded; its items, linked."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import experiments
import graphs
import kgx
from experiments.config import ExperimentConfig
from experiments.domains import DOMAINS, Domain, load
from experiments.protocol import Protocol
from graphs import GraphBuilder
from kgx.attach import Attacher
from kgx.collection import Collection, Item, Skipped
from kgx.encoders import Encoder, VectorCache, load_encoder
from kgx.folders import data_folder
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining

__all__ = ["World", "code_fingerprint"]


@dataclass(frozen=True)
class World:
    """Everything that an experiment knows before it trains.

    Attributes:
        knowledge: the graphs of all domains in one, with their concepts encoded.
        encoders: modality -> encoder; the vectors that their caches hold are let go.
        source: modality -> the source's items.
        target: the target's items and who asks whom among them.
        domains: name -> domain.
        skipped: items that could not be read, and why.
    """

    knowledge: Knowledge
    encoders: Mapping[str, Encoder]
    source: Mapping[str, LinkedItems]
    target: Protocol
    domains: Mapping[str, Domain]
    skipped: tuple[Skipped, ...]

    def pretraining(self, options: RelationOptions) -> Pretraining:
        """Prepare pretraining on the source, with room for every space that an encoder of this world has."""
        spaces = {modality: encoder.dimension for modality, encoder in self.encoders.items()}
        return Pretraining.prepare(self.knowledge, self.source, self.encoders["text"], options, spaces=spaces)

    @classmethod
    def build(cls, config: ExperimentConfig) -> World:
        """Fetch, read, encode and link; whatever was done before comes from the data cache."""
        names = (config.graph, config.source, config.target)
        domains = {name: load(name) for name in names}
        cache = data_folder() / "vectors"
        caches = {
            modality: VectorCache(cache, load_encoder(name, threads=config.threads))
            for modality, name in config.encoders.items()
        }
        builder = GraphBuilder()
        for domain in domains.values():
            builder.add_graph(domain.graph)
        knowledge = Knowledge.build(builder.build(), caches["text"])
        attacher = Attacher(knowledge, caches, data_folder())
        source, target = domains[config.source], domains[config.target]
        source_items = attacher.collection(
            source.collection,
            _telling(source.collection, config.generic_caption),
            category_namespace=DOMAINS[config.source].category_namespace,
        )
        target_items = attacher.collection(
            target.collection,
            [item for item in target.collection if _asked(item)],
            category_namespace=DOMAINS[config.target].category_namespace,
            group=lambda item: item.entity,
        )
        texts = target_items["text"]
        tests = frozenset(item.entity for item in target.collection if item.split == "test")
        captions = dict(zip(texts.entities, texts.captions, strict=True))
        protocol = Protocol(target_items, captions, tests)
        encoders = {modality: own.encoder for modality, own in caches.items()}
        return cls(knowledge, encoders, source_items, protocol, domains, tuple(attacher.skipped))


def code_fingerprint() -> str:
    """Return a hash of the project's own code: what it computes may change with it."""
    digest = hashlib.sha256()
    for package in (graphs, kgx, experiments):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _telling(collection: Collection, most: int) -> list[Item]:
    """Return the items without the texts that more than ``most`` items share: they tell nothing of any one."""
    counts = Counter(item.value.casefold() for item in collection.of("text"))
    return [item for item in collection if item.modality != "text" or counts[item.value.casefold()] <= most]


def _asked(item: Item) -> bool:
    """Say whether an item of the target takes part: pictures, English texts, sound effects that are no speech."""
    if item.modality == "text":
        return item.language == "en"
    return item.modality == "image" or (item.metadata.get("role") == "effect" and not item.language)
