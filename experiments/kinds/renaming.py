"""All of the target's relations renamed: what is lost by networks that read descriptors, and by those that do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
from jaxtyping import Float32
from pydantic import Field

from experiments.config import WorldOptions
from experiments.known import among
from experiments.method_names import UNCHANGED
from experiments.numbered import numbered, random_vectors
from experiments.planned import Row
from experiments.renamed import RenamedTarget, Wording
from experiments.results_store import ResultsStore, RowKey, write_json
from experiments.significance import Pair, against
from experiments.state import fingerprint
from experiments.training_curves import PAIRS_SCORE, training_figures
from experiments.world import World
from kgx.items import LinkedItems
from kgx.train import TrainingOptions
from kgx.transfer.application import relation_report
from kgx.transfer.centres import Centres
from kgx.transfer.mapped_relations import match_relations, read_relations_as
from kgx.transfer.options import HOP_TOKENS, RelationOptions
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.target_relations import bring_relations

__all__ = ["BLANK", "MAPPED", "NUMBERED", "Options", "run"]

NUMBERED = "numbered"
"""Hop tokens with a random vector for every relation in place of its descriptor, as if they were known by number."""

MAPPED = "mapped"
"""Hop tokens with every relation of the target read as the source's that it is most like."""

BLANK = "untrained"
"""Hop tokens before any training: the level of a network that has learned nothing."""

Variant = Literal["as the source", "reworded", "nameless", "split"]
Method = Literal["hop-tokens", "mapped", "numbered", "untrained", "similarity", "rgcn", "compgcn", "hgt"]

_READERS = (HOP_TOKENS, MAPPED, NUMBERED, BLANK)

_CHANGES: Mapping[Variant, tuple[Wording, int]] = {
    "reworded": ("reworded", 1),
    "nameless": ("nameless", 1),
    "split": ("reworded", 2),
}


class Options(WorldOptions):
    """Networks of relation transfer side by side, on the target as it is and with its relations renamed.

    Attributes:
        methods: networks, ``mapped``, ``numbered`` and ``untrained``.
        variants: what is done to the target's relations: nothing; other labels under other names; other names and no
            label; other labels, and two relations for each.
        relation: graph, network and training of hop tokens.
        messages: training of the networks that pass messages.
        fewer_seeds: how many of the seeds all others are trained with.
    """

    kind: Literal["renaming"] = "renaming"
    methods: Annotated[tuple[Method, ...], among(get_args(Method))] = Field(
        default=get_args(Method), min_length=1
    )
    variants: Annotated[tuple[Variant, ...], among(get_args(Variant))] = Field(
        default=get_args(Variant), min_length=1
    )
    relation: RelationOptions = RelationOptions()
    messages: TrainingOptions = TrainingOptions(epochs=8, learning_rate=5e-3, patience=3)
    fewer_seeds: int = Field(default=1, ge=1)

    def modalities(self) -> frozenset[str]:
        """Return texts and pictures, between which it asks."""
        return frozenset({"text", "image"})

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the tables, whatever the seed."""
        for key in _rows(self):
            yield key.direction, key.method, key.shots


def run(options: Options, out: Path) -> None:
    """Train every network on the source, score it on every target, and report how the first uses relations."""
    store = ResultsStore(out, fingerprint(options))
    keys = list(_rows(options))
    missing = {key for key in keys if not store.has(key)}
    if missing:
        _compute(options, store, missing, out)
    store.summarise(keys, {}, _compared(options))
    trained = store.trainings(options.methods, options.seeds)
    write_json(out / "curves.json", training_figures("pretraining", trained, score=PAIRS_SCORE))


def _rows(options: Options) -> Iterator[RowKey]:
    for direction in ("text-image", "image-text"):
        for method in options.methods:
            for variant in options.variants:
                if (method == MAPPED and variant not in _CHANGES) or (
                    method == BLANK and variant in _CHANGES
                ):
                    continue  # there is nothing to map, and nothing that could be lost
                for seed in _seeds(options, method):
                    yield RowKey(direction, _name(method, variant), 0, seed)


def _seeds(options: Options, method: Method) -> tuple[int, ...]:
    if method == "similarity":  # nothing is random
        return options.seeds[:1]
    return options.seeds if method in (HOP_TOKENS, MAPPED, BLANK) else options.seeds[: options.fewer_seeds]


def _compared(options: Options) -> list[Pair]:
    """Return what is tested: each network under other names against itself, and ours against those made of it."""
    named = [
        pair
        for method in options.methods
        for pair in against(_name(method, UNCHANGED), (_name(method, variant) for variant in _CHANGES))
        if method not in (MAPPED, BLANK)
    ]
    own = [_name(MAPPED, variant) for variant in _CHANGES]
    return [*named, *against(_name(HOP_TOKENS, UNCHANGED), [*own, _name(BLANK, UNCHANGED)])]


def _name(method: str, variant: Variant) -> str:
    return f"{method}, {variant}"


def _compute(options: Options, store: ResultsStore, missing: set[RowKey], out: Path) -> None:
    world = World.build(options)
    world.record(options, out)
    described = world.pretraining(options.relation)
    targets = {
        variant: RenamedTarget.build(
            world.target.items, described.maker.reference, _CHANGES[variant][0], parts=_CHANGES[variant][1]
        )
        for variant in options.variants
        if variant in _CHANGES
    }
    met = _met(world, described, targets)
    if MAPPED in options.methods:
        write_json(out / "mapping.json", _mapping(described, met))
    messages: tuple[Pretraining, dict[Variant, _Met]] | None = None
    ours: dict[int, RelationTransfer] = {}  # hop tokens, which are mapped too
    for method in options.methods:
        prepared, places = described, met
        if method not in _READERS:
            changed = _of(options, method)
            if messages is None:
                prepared = world.pretraining(changed)
                messages = prepared, _met(world, prepared, targets)
            prepared, places = messages[0].with_options(changed), messages[1]
        for seed in _seeds(options, method):
            keys = [key for key in missing if key.seed == seed and key.method.startswith(f"{method}, ")]
            report = method == HOP_TOKENS and seed == options.seeds[0]
            if not keys and not report:
                continue
            if method in (HOP_TOKENS, MAPPED):
                if seed not in ours:
                    ours[seed] = prepared.train(seed, description=f"{HOP_TOKENS}, seed {seed}")
                transfer = ours[seed]
            elif method == BLANK:
                transfer = prepared.untrained(seed)
            else:
                own = numbered(prepared, seed) if method == NUMBERED else prepared
                transfer = own.train(seed, description=f"{method}, seed {seed}")
            if method != MAPPED:
                store.put_training(method, seed, asdict(transfer.curve))
            if report:
                pool = world.target.draw(len(world.target.captions), seed)
                write_json(out / "relations.json", relation_report(transfer, pool))
            for variant in options.variants:
                wanted = [key for key in keys if key.method == _name(method, variant)]
                _score(store, world, wanted, transfer, places[variant], method, seed)


@dataclass(frozen=True)
class _Met:
    """A target as networks of one kind meet it, whatever they have learned.

    Attributes:
        model: one of them, with the target's paths and descriptors.
        centres: the target's means.
        renamed: what was done to the target's relations; None: nothing.
    """

    model: RelationTransfer
    centres: Centres
    renamed: RenamedTarget | None = None


def _met(
    world: World, prepared: Pretraining, targets: Mapping[Variant, RenamedTarget]
) -> dict[Variant, _Met]:
    source = prepared.untrained()
    met: dict[Variant, _Met] = {UNCHANGED: _Met(source, source.survey_all(world.target.items))}
    for variant, renamed in targets.items():
        model = bring_relations(source, renamed.relations, world.encoders["text"])
        met[variant] = _Met(model, model.survey_all(renamed.items), renamed)
    return met


def _mapping(described: Pretraining, met: Mapping[Variant, _Met]) -> list[dict[str, Any]]:
    """Return what every relation of every target is read as, and what it was before it was renamed."""
    records = []
    for variant, place in met.items():
        if place.renamed is None:
            continue
        renamed = place.renamed
        matches = match_relations(described.maker.descriptors, place.model.maker.descriptors)
        for (head, relation, tail), match in matches.items():
            was = renamed.was.get(relation, relation)
            records.append(
                {
                    "variant": variant,
                    "ends": [head, tail],
                    "relation": relation,
                    "was": was,
                    "read as": match.source,
                    "right": was == match.source,
                    "score": match.score,
                }
            )
    return records


def _of(options: Options, method: Method) -> RelationOptions:
    changed = {"network": method, "training": options.messages}
    return RelationOptions.model_validate({**options.relation.model_dump(), **changed})


def _score(
    store: ResultsStore,
    world: World,
    keys: list[RowKey],
    trained: RelationTransfer,
    place: _Met,
    method: Method,
    seed: int,
) -> None:
    if not keys:
        return
    target, renamed, centres = world.target, place.renamed, place.centres
    transfer = trained
    if renamed is not None:
        transfer = replace(place.model, refiner=trained.refiner)
        if method == MAPPED:
            matches = match_relations(trained.maker.descriptors, transfer.maker.descriptors)
            transfer = read_relations_as(transfer, trained, matches)
        if method == NUMBERED:
            known = random_vectors(transfer, [seed, 1])
            transfer = replace(
                transfer, maker=replace(transfer.maker, descriptors=known, known_paths=transfer.maker.paths)
            )
        target = replace(target, items=renamed.items)

    def asked(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
        return transfer.refine(items if renamed is None else renamed.asked(items), centres, query=True)

    for key in keys:
        query, sought = key.direction.split("-")
        direction = target.direction(query, sought)
        store.put(key, direction, asked(direction.queries) @ transfer.refine(direction.gallery, centres).T)
