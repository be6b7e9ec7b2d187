"""A world built of the tiny collections: who is in it, and what of it is left out and told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from experiments import world
from experiments.artefacts import DataSet, read_records
from experiments.config import WorldOptions
from experiments.domains import Domain, DomainSource
from experiments.planned import Row
from experiments.world import World
from graphs import KnowledgeGraph
from kgx.collection import Collection
from kgx.encoders import ENCODERS
from kgx.testing import SketchEncoder, SoundEncoder, TinyWorld, WordEncoder, tiny_graph
from kgx.transfer.options import RelationOptions

TinyOptions = Callable[[Mapping[str, Any]], dict[str, Any]]

ENCODER_NAMES = {"text": "tiny:text", "image": "tiny:image", "audio": "tiny:audio"}


class KindOptions(WorldOptions):
    """Options of a kind that asks for nothing but a world."""

    kind: str = "any"
    relation: RelationOptions = RelationOptions()

    def rows(self) -> Iterable[Row]:
        return ()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyWorld:
    return TinyWorld.build(tmp_path_factory.mktemp("world"))


def options_of(tiny_options: TinyOptions, modalities: Iterable[str]) -> KindOptions:
    encoders = {modality: ENCODER_NAMES[modality] for modality in modalities}
    return KindOptions.model_validate(tiny_options({"encoders": encoders}))


@pytest.fixture
def build(
    tiny: TinyWorld, tiny_options: TinyOptions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., World]:
    """Build a world with the encoders of some modalities."""
    monkeypatch.setenv("KGX_DATA", str(tmp_path))
    nothing = KnowledgeGraph.from_triples([])
    domains = {
        "tiny": Domain(Collection("tiny", tmp_path, ()), tiny_graph(), "none"),
        "drawings": Domain(tiny.source_collection, nothing, "none"),
        "stamps": Domain(tiny.target_collection, nothing, "none"),
    }
    monkeypatch.setattr(world, "load", domains.__getitem__)
    for name, domain in domains.items():
        source = DomainSource(name, (), "none", lambda domain=domain: domain)
        monkeypatch.setitem(world.DOMAINS, name, source)
    for kind in (WordEncoder, SketchEncoder, SoundEncoder):
        monkeypatch.setitem(ENCODERS, kind.id, lambda threads=2, kind=kind: kind())

    def built(*modalities: str) -> World:
        return World.build(options_of(tiny_options, modalities))

    return built


def test_with_all_encoders_nothing_is_left_out(build: Callable[..., World], tiny: TinyWorld) -> None:
    built = build("text", "image", "audio")
    assert built.skipped == ()
    assert {modality: items.ids for modality, items in built.target.items.items()} == {
        modality: items.ids for modality, items in tiny.target.items()
    }


@pytest.mark.parametrize(("present", "missing"), [(("text", "image"), "audio"), (("text", "audio"), "image")])
def test_a_modality_without_an_encoder_is_left_out_in_one_line(
    present: tuple[str, ...],
    missing: str,
    build: Callable[..., World],
    tiny: TinyWorld,
    tiny_options: TinyOptions,
    tmp_path: Path,
) -> None:
    built = build(*present)
    count = sum(len(some.get(missing, ())) for some in (tiny.source, tiny.target))
    assert count > 0
    assert set(built.target.items) == set(present)
    assert set(built.source) == set(tiny.source) - {missing}
    assert set(built.encoders) == set(present)
    built.record(options_of(tiny_options, present), tmp_path / "run")
    told = json.loads((tmp_path / "run" / "environment.json").read_text(encoding="utf-8"))
    reason = f"{count} items left out, as the configuration names no encoder of {missing}"
    assert told["items skipped"] == [f"{missing}: {reason}"]
    assert told["encoders"] == {modality: ENCODER_NAMES[modality] for modality in present}
    cards = read_records(tmp_path / "run" / "data_sets.json", DataSet)
    assert [card.role for card in cards] == ["knowledge graph", "source", "target"]
    counted = {"test half", *present} | ({"pool of pairs"} if "image" in present else set())
    assert set(cards[2].used) == counted
    for modality in present:
        assert built.target.items[modality].ids == tiny.target[modality].ids


def test_texts_alone_are_a_world(build: Callable[..., World]) -> None:
    built = build("text")
    assert set(built.source) == set(built.target.items) == {"text"}
    assert [entry.id for entry in built.skipped] == ["audio", "image"]
