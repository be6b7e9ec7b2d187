"""The world of an experiment: its domains, fetched; its knowledge, encoded; its items, linked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from experiments.config import WorldOptions
from experiments.data_cards import data_card
from experiments.domains import DOMAINS, Domain, load
from experiments.domains.halves import split_of
from experiments.environment import record_environment
from experiments.protocol import Protocol
from experiments.results_store import write_json
from graphs import GraphBuilder
from kgx.attach import Attacher
from kgx.collection import Item, Skipped
from kgx.encoders import Encoder, VectorCache, load_encoder
from kgx.folders import data_folder
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining

__all__ = ["World"]


@dataclass(frozen=True)
class World:
    """Everything that an experiment knows before it trains.

    Attributes:
        knowledge: the graphs of all domains in one, with their concepts encoded.
        encoders: modality -> encoder; the vectors that their caches hold are let go.
        source: modality -> the source's items.
        target: the target's items and who asks whom among them.
        domains: name -> domain.
        skipped: items that could not be read, and why; all items of a modality without an encoder are one entry.
    """

    knowledge: Knowledge
    encoders: Mapping[str, Encoder]
    source: Mapping[str, LinkedItems]
    target: Protocol
    domains: Mapping[str, Domain]
    skipped: tuple[Skipped, ...]

    def pretraining(self, options: RelationOptions) -> Pretraining:
        """Prepare pretraining on the source, with room for every space that an encoder of this world has."""
        return Pretraining.prepare(self.knowledge, self.source, self.encoders, options)

    def attacher(self) -> Attacher:
        """Return what encodes and links further items as those of this world; the data cache keeps their vectors."""
        return Attacher(self.knowledge, _remembering(self.encoders), data_folder())

    def record(self, options: WorldOptions, out: Path) -> None:
        """Record in a run folder its encoders and what was skipped (``environment.json``), and its data sets' cards.

        Args:
            options: what the world was built from.
            out: the run folder.
        """
        encoders = {modality: encoder.id for modality, encoder in self.encoders.items()}
        skipped = [f"{entry.id}: {entry.reason}" for entry in self.skipped]
        record_environment(out, {"encoders": encoders, "items skipped": skipped})
        write_json(out / "data_sets.json", self._cards(options))

    def _cards(self, options: WorldOptions) -> list[dict[str, Any]]:
        """Return a card for the graph, the source and the target, each where its domain is known."""
        target = _counts(self.target.items)
        target["test half"] = len(self.target.tests & set(self.target.items["text"].entities))
        if "image" in target:
            target["pool of pairs"] = len(self.target.pool)
        roles: list[tuple[str, str, Mapping[str, int]]] = [
            ("knowledge graph", options.graph, {}),
            ("source", options.source, _counts(self.source)),
            ("target", options.target, target),
        ]
        return [
            data_card(role, name, self.domains[name], used)
            for role, name, used in roles
            if name in self.domains
        ]

    @classmethod
    def build(cls, config: WorldOptions) -> World:
        """Fetch, read, encode and link; whatever was done before comes from the data cache.

        Items of a modality that the configuration names no encoder of are left out.
        """
        names = (config.graph, config.source, config.target)
        domains = {name: load(name) for name in names}
        caches = _remembering(
            {
                modality: load_encoder(name, threads=config.threads)
                for modality, name in config.encoders.items()
            }
        )
        builder = GraphBuilder()
        for domain in domains.values():
            builder.add_graph(domain.graph)
        knowledge = Knowledge.build(builder.build(), caches["text"])
        attacher = Attacher(knowledge, caches, data_folder())
        source, target = domains[config.source], domains[config.target]
        teaching = _telling(_chosen(config.source, source, "source"), config.generic_caption)
        searched = _named(_chosen(config.target, target, "target"), config.generic_caption)
        source_items = attacher.collection(
            source.collection,
            _of(teaching, config.encoders),
            category_namespace=DOMAINS[config.source].category_namespace,
        )
        target_items = attacher.collection(
            target.collection,
            _of(searched, config.encoders),
            category_namespace=DOMAINS[config.target].category_namespace,
            group=lambda item: item.entity,
        )
        texts = target_items["text"]
        tests = frozenset(item.entity for item in target.collection if split_of(item.entity) == "test")
        captions = dict(zip(texts.entities, texts.captions, strict=True))
        protocol = Protocol(target_items, captions, tests)
        encoders = {modality: own.encoder for modality, own in caches.items()}
        skipped = (*attacher.skipped, *_without_encoder([*teaching, *searched], config.encoders))
        return cls(knowledge, encoders, source_items, protocol, domains, skipped)


def _remembering(encoders: Mapping[str, Encoder]) -> dict[str, VectorCache]:
    """Return the encoders with the data cache as their memory."""
    folder = data_folder() / "vectors"
    return {modality: VectorCache(folder, encoder) for modality, encoder in encoders.items()}


def _counts(items: Mapping[str, LinkedItems]) -> dict[str, int]:
    return {modality: len(some) for modality, some in items.items()}


def _chosen(name: str, domain: Domain, role: Literal["source", "target"]) -> list[Item]:
    """Return the items of a domain that take part in a role."""
    takes_part = DOMAINS[name].as_source if role == "source" else DOMAINS[name].as_target
    return [item for item in domain.collection if takes_part(item)]


def _of(items: Sequence[Item], modalities: Container[str]) -> list[Item]:
    return [item for item in items if item.modality in modalities]


def _without_encoder(items: Sequence[Item], modalities: Container[str]) -> list[Skipped]:
    """Return an entry for each modality that is left out, and not one for each of its items."""
    counts = Counter(item.modality for item in items if item.modality not in modalities)
    return [
        Skipped(
            modality, None, f"{count} items left out, as the configuration names no encoder of {modality}"
        )
        for modality, count in sorted(counts.items())
    ]


def _telling(items: Sequence[Item], most: int) -> list[Item]:
    """Return the items without the texts that more than ``most`` items share: they tell nothing of any one."""
    counts = Counter(item.value.casefold() for item in items if item.modality == "text")
    return [item for item in items if item.modality != "text" or counts[item.value.casefold()] <= most]


def _named(items: Sequence[Item], most: int) -> list[Item]:
    """Return the items of what has a text that tells of it: what has none can be neither asked for nor found."""
    telling = _telling(items, most)
    named = {item.entity for item in telling if item.modality == "text"}
    return [item for item in telling if item.entity in named]
