"""The protocol, worked out by hand on eight stamps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from experiments.protocol import DIRECTIONS, Protocol
from kgx.items import LinkedItems

CAPTIONS = {
    "owl": "An owl.",
    "owl2": "an OWL. ",  # the same words
    "cat": "A cat.",
    "dog": "A dog.",
    "hen": "A hen.",
    "cow": "A cow.",
    "bee": "A bee.",
    "ant": "An ant.",
}
TESTS = frozenset({"owl", "owl2", "cat", "ant"})  # the others are the pool
PICTURES = ("owl", "owl2", "cat", "dog", "hen", "cow", "bee")  # the ant has none
SOUNDS = ("cat", "owl2", "dog", "bee")


def items(modality: str, entities: tuple[str, ...]) -> LinkedItems:
    ids = tuple(f"{modality}:{entity}" for entity in entities)
    captions = tuple(CAPTIONS[entity] if modality == "text" else "" for entity in entities)
    vectors = np.random.default_rng(len(modality)).random((len(ids), 3), dtype=np.float32)
    return LinkedItems(modality, ids, entities, entities, captions, vectors)


@pytest.fixture
def protocol() -> Protocol:
    by_modality = {
        "text": items("text", tuple(CAPTIONS)),
        "image": items("image", PICTURES),
        "audio": items("audio", SOUNDS),
    }
    return Protocol(by_modality, CAPTIONS, TESTS)


def test_the_four_directions() -> None:
    assert [f"{asked}-{sought}" for asked, sought in DIRECTIONS] == [
        "text-image",
        "image-text",
        "text-audio",
        "audio-image",
    ]


def test_texts_ask_for_pictures_of_the_test_half(protocol: Protocol) -> None:
    direction = protocol.direction("text", "image")
    assert direction.name == "text-image"
    assert direction.queries.ids == ("text:owl", "text:owl2", "text:cat")  # nobody can answer the ant
    assert direction.gallery.ids == ("image:owl", "image:owl2", "image:cat")
    assert direction.relevant.astype(int).tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]


def test_pictures_ask_for_texts_of_the_test_half(protocol: Protocol) -> None:
    direction = protocol.direction("image", "text")
    assert direction.queries.ids == ("image:owl", "image:owl2", "image:cat")
    assert direction.gallery.ids == ("text:owl", "text:owl2", "text:cat", "text:ant")
    assert direction.relevant.astype(int).tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0]]


@pytest.mark.parametrize(("asked", "sought"), [("text", "audio"), ("audio", "image")])
def test_directions_with_sound_are_about_stamps_that_have_one(
    asked: str, sought: str, protocol: Protocol
) -> None:
    direction = protocol.direction(asked, sought)
    assert set(direction.queries.entities) == set(direction.gallery.entities) == {"owl2", "cat"}
    assert direction.queries.modality == asked
    assert direction.gallery.modality == sought
    same = np.array(direction.queries.entities)[:, None] == np.array(direction.gallery.entities)[None]
    assert np.array_equal(direction.relevant, same)


def test_rows_stay_with_their_vectors(protocol: Protocol) -> None:
    direction = protocol.direction("text", "image")
    assert np.array_equal(direction.queries.vectors, protocol.items["text"].vectors[[0, 1, 2]])
    assert np.array_equal(direction.gallery.vectors, protocol.items["image"].vectors[[0, 1, 2]])


def test_pairs_are_drawn_from_the_pool_with_their_sounds(protocol: Protocol) -> None:
    pool = {"dog", "hen", "cow", "bee"}
    for seed in range(5):
        drawn = protocol.draw(3, seed)
        assert len(drawn["text"]) == len(drawn["image"]) == 3
        assert set(drawn["text"].entities) == set(drawn["image"].entities) < pool
        sounds = drawn["audio"].entities if "audio" in drawn else ()
        assert set(sounds) == set(drawn["text"].entities) & {"dog", "bee"}


def test_a_draw_is_decided_by_its_seed(protocol: Protocol) -> None:
    assert protocol.draw(2, 7)["text"].ids == protocol.draw(2, 7)["text"].ids
    assert len({protocol.draw(2, seed)["text"].ids for seed in range(20)}) > 1


def test_a_smaller_draw_is_part_of_a_greater_one(protocol: Protocol) -> None:
    for seed in range(5):
        drawn = [set(protocol.draw(shots, seed)["image"].entities) for shots in (1, 2, 3, 4)]
        assert all(less < more for less, more in pairwise(drawn))


def test_the_whole_pool_is_all_that_can_be_drawn(protocol: Protocol) -> None:
    assert set(protocol.draw(100, 0)["text"].entities) == {"dog", "hen", "cow", "bee"}
    assert protocol.draw(0, 0) == {}
