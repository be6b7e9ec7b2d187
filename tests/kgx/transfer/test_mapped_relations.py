"""Matching a target's relations with the source's, and reading them so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from experiments.renamed import RenamedTarget
from graphs.relation_mapping import RelationMatch
from graphs.relations import STRUCTURE_FIELDS
from kgx.testing import TinyWorld
from kgx.transfer.mapped_relations import match_relations, read_relations_as
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.target_relations import bring_relations


def descriptor(name: int, place: int, *, named: bool = True) -> np.ndarray:
    words = np.eye(3)[name] * named
    return np.concatenate([words, np.eye(len(STRUCTURE_FIELDS))[place]]).astype(np.float32)


SOURCE = {
    ("image", "depicts", "concept"): descriptor(0, 0),
    ("image", "made by", "concept"): descriptor(1, 1),
    ("text", "mentions", "concept"): descriptor(2, 2),
    ("concept", "inverse of depicts", "image"): descriptor(0, 3),
    ("", "says", ""): descriptor(2, 4),
}


def read_as(target: dict[tuple[str, str, str], np.ndarray]) -> dict[str, str]:
    return {kind[1]: match.source for kind, match in match_relations(SOURCE, target).items()}


def test_relations_without_names_are_told_apart_by_their_place() -> None:
    target = {("image", f"R{n}", "concept"): descriptor(0, n, named=False) for n in (1, 0)}
    assert read_as(target) == {"R1": "made by", "R0": "depicts"}


def test_only_relations_between_the_same_types_of_nodes_are_matched() -> None:
    assert read_as({("text", "R0", "concept"): descriptor(2, 0)}) == {"R0": "mentions"}
    assert read_as({("audio", "R0", "concept"): descriptor(0, 0)}) == {}


def test_what_the_source_has_itself_and_inverses_are_left_alone() -> None:
    assert read_as(dict(SOURCE)) == {}
    assert read_as({("concept", "inverse of R0", "image"): descriptor(0, 0)}) == {}
    assert match_relations({}, SOURCE) == {}


def test_a_relation_in_two_parts_is_matched_twice() -> None:
    target = {("image", f"R{n}", "concept"): descriptor(n % 2, n % 2) for n in range(4)}
    assert read_as(target) == {"R0": "depicts", "R1": "made by", "R2": "depicts", "R3": "made by"}


def test_a_match_lends_its_descriptor_in_both_directions(trained: RelationTransfer, world: TinyWorld) -> None:
    renamed = RenamedTarget.build(world.target, trained.maker.reference, "nameless")
    brought = bring_relations(trained, renamed.relations, world.encoders["text"])
    new = next(name for name, old in renamed.was.items() if old == "depicts")
    matches = {("image", new, "concept"): RelationMatch("depicts", new, 1.0, "descriptors")}
    read = read_relations_as(brought, trained, matches).maker
    known = trained.maker.descriptors
    np.testing.assert_array_equal(
        read.descriptors["image", new, "concept"], known["image", "depicts", "concept"]
    )
    back = ("concept", f"inverse of {new}", "image")
    assert back in brought.maker.descriptors
    np.testing.assert_array_equal(read.descriptors[back], known["concept", "inverse of depicts", "image"])
    assert read.paths == brought.maker.paths
    untouched = replace(brought, maker=replace(brought.maker, descriptors=brought.maker.descriptors))
    assert read_relations_as(untouched, trained, {}).maker.descriptors == brought.maker.descriptors
