"""All of the target's relations renamed: what is lost by networks that read descriptors, and by those that do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float32
from pydantic import Field

from experiments.config import WorldOptions
from experiments.renamed import RenamedTarget, Wording
from experiments.results_store import ResultsStore, RowKey, write_json
from experiments.state import fingerprint
from experiments.world import World
from graphs.gnn.hop_tokens import TokenBlock
from kgx.items import LinkedItems
from kgx.train import TrainingOptions
from kgx.transfer.application import relation_report
from kgx.transfer.options import HOP_TOKENS, RelationOptions
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.target_relations import bring_relations
from kgx.transfer.tasks import Blocks

__all__ = ["MAPPED", "NUMBERED", "Options", "run"]

NUMBERED = "numbered"
"""Hop tokens with a random vector for every relation in place of its descriptor, as if they were known by number."""

MAPPED = "mapped"
"""Hop tokens with every relation of the target read as the source's that it is most like."""

Variant = Literal["as the source", "reworded", "nameless", "split"]
Method = Literal["hop-tokens", "mapped", "numbered", "similarity", "rgcn", "compgcn", "hgt"]

_READERS = (HOP_TOKENS, MAPPED, NUMBERED)

_CHANGES: Mapping[Variant, tuple[Wording, int]] = {
    "reworded": ("reworded", 1),
    "nameless": ("nameless", 1),
    "split": ("reworded", 2),
}


class Options(WorldOptions):
    """Networks of relation transfer side by side, on the target as it is and with its relations renamed.

    Attributes:
        methods: networks, ``mapped`` and ``numbered``.
        variants: what is done to the target's relations: nothing; other labels under other names; other names and no
            label; other labels, and two relations for each.
        relation: graph, network and training of hop tokens.
        messages: training of the networks that pass messages.
        fewer_seeds: how many of the seeds the networks that pass messages are trained with.
    """

    kind: Literal["renaming"] = "renaming"
    methods: tuple[Method, ...] = Field(
        default=("hop-tokens", "mapped", "numbered", "similarity", "rgcn", "compgcn", "hgt")
    )
    variants: tuple[Variant, ...] = Field(default=("as the source", "reworded", "nameless", "split"))
    relation: RelationOptions = RelationOptions()
    messages: TrainingOptions = TrainingOptions(epochs=8, learning_rate=5e-3, patience=3)
    fewer_seeds: int = Field(default=1, ge=1)


def run(options: Options, out: Path) -> None:
    """Train every network on the source, score it on every target, and report how the first uses relations."""
    store = ResultsStore(out, fingerprint(options))
    keys = list(_rows(options))
    missing = {key for key in keys if not store.has(key)}
    if missing:
        _compute(options, store, missing, out)
    store.summarise(keys, {})


def _rows(options: Options) -> Iterator[RowKey]:
    for direction in ("text-image", "image-text"):
        for method in options.methods:
            for variant in options.variants:
                if method == MAPPED and variant not in _CHANGES:
                    continue  # there is nothing to map
                for seed in _seeds(options, method):
                    yield RowKey(direction, _name(method, variant), 0, seed)


def _seeds(options: Options, method: Method) -> tuple[int, ...]:
    if method == "similarity":  # nothing is random
        return options.seeds[:1]
    return options.seeds if method in _READERS else options.seeds[: options.fewer_seeds]


def _name(method: Method, variant: Variant) -> str:
    return f"{method}, {variant}"


def _compute(options: Options, store: ResultsStore, missing: set[RowKey], out: Path) -> None:
    world = World.build(options)
    described = world.pretraining(options.relation)
    targets = {
        variant: RenamedTarget.build(
            world.target.items, described.maker.reference, _CHANGES[variant][0], parts=_CHANGES[variant][1]
        )
        for variant in options.variants
        if variant in _CHANGES
    }
    for method in options.methods:
        prepared = described if method in _READERS else world.pretraining(_of(options, method))
        for seed in _seeds(options, method):
            keys = [key for key in missing if key.seed == seed and key.method.startswith(f"{method}, ")]
            report = method == HOP_TOKENS and seed == options.seeds[0]
            if not keys and not report:
                continue
            own = numbered(prepared, seed) if method == NUMBERED else prepared
            transfer = own.train(seed, description=f"{method}, seed {seed}")
            if report:
                pool = world.target.draw(len(world.target.captions), seed)
                write_json(out / "relations.json", relation_report(transfer, pool))
            for variant in options.variants:
                wanted = [key for key in keys if key.method == _name(method, variant)]
                _score(store, world, wanted, transfer, targets.get(variant), method, seed)


def _of(options: Options, method: Method) -> RelationOptions:
    changed = {"network": method, "training": options.messages}
    return RelationOptions.model_validate({**options.relation.model_dump(), **changed})


def _score(
    store: ResultsStore,
    world: World,
    keys: list[RowKey],
    transfer: RelationTransfer,
    renamed: RenamedTarget | None,
    method: Method,
    seed: int,
) -> None:
    if not keys:
        return
    target = world.target
    if renamed is not None:
        transfer = bring_relations(transfer, renamed.relations, world.encoders["text"])
        if method == NUMBERED:
            known = _random_vectors(transfer, [seed, 1])
            transfer = replace(
                transfer, maker=replace(transfer.maker, descriptors=known, known_paths=transfer.maker.paths)
            )
        target = replace(target, items=renamed.items)
    centres = transfer.survey_all(target.items)

    def asked(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
        return transfer.refine(items if renamed is None else renamed.asked(items), centres, query=True)

    for key in keys:
        query, sought = key.direction.split("-")
        direction = target.direction(query, sought)
        store.put(key, direction, asked(direction.queries) @ transfer.refine(direction.gallery, centres).T)


def numbered(pretraining: Pretraining, seed: int) -> Pretraining:
    """Return pretraining with a random vector for every relation in place of its descriptor."""
    descriptors = _random_vectors(pretraining, [seed, 0])
    maker = replace(pretraining.maker, descriptors=descriptors, known_paths=pretraining.maker.paths)

    def described(modality: str, blocks: Blocks) -> Blocks:
        found: dict[str, TokenBlock] = {}
        for space, block in blocks.items():
            if isinstance(block, TokenBlock):
                paths = tuple(path for path in maker.paths[modality] if path.space == space)
                found[space] = TokenBlock(
                    block.tokens, block.agreement, torch.from_numpy(maker.describe(paths))
                )
        return found

    pairs = {
        modality: replace(own, texts=described("text", own.texts), others=described(modality, own.others))
        for modality, own in pretraining.pairs.items()
    }
    return replace(pretraining, maker=maker, pairs=pairs)


def _random_vectors(
    model: Pretraining | RelationTransfer, seed: list[int]
) -> dict[tuple[str, str, str], Float32[np.ndarray, " size"]]:
    rng = np.random.default_rng(seed)
    drawn = {}
    for kind, known in model.maker.descriptors.items():
        vector = rng.standard_normal(len(known))
        drawn[kind] = (vector / np.linalg.norm(vector)).astype(np.float32)
    return drawn
