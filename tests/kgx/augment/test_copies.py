"""Copies of texts, pictures and sounds: what they keep of their originals, and what is made anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from kgx.attach import Attacher
from kgx.augment import PictureChanges, SoundChanges, TextChanges, changed_copies, copies_with_fewer_links
from kgx.collection import Collection, Item
from kgx.encoders.base import Encoding, Value
from kgx.items import LinkedItems
from kgx.linking.base import DEPICTS, MENTIONS
from kgx.media import load_audio, load_image
from kgx.testing import TinyWorld, species_word

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">
<rect width="9" height="9" fill="#808080"/></svg>"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> TinyWorld:
    return TinyWorld.build(tmp_path_factory.mktemp("copies") / "world")


class Plain:
    """Encodes pictures by their mean colour, and sounds by their number of samples."""

    id = "plain"
    modalities = frozenset({"image", "audio"})
    dimension = 3

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        vectors = np.zeros((len(values), 3), np.float32)
        for row, path in enumerate(values):
            if modality == "image":
                vectors[row] = np.asarray(load_image(path)).mean(axis=(0, 1))
            else:
                vectors[row] = len(load_audio(path))
        return Encoding(vectors)


def media(world: TinyWorld, folder: Path, modality: str, names: Sequence[str]) -> tuple[Attacher, Collection]:
    items = tuple(Item(name, modality, name, name, metadata={"category": "bird"}) for name in names)
    return Attacher(world.knowledge, {**world.encoders, modality: Plain()}), Collection("own", folder, items)


def unlinked(modality: str, names: Sequence[str]) -> LinkedItems:
    return LinkedItems(
        modality, tuple(names), tuple(names), tuple(names), ("",) * len(names), np.ones((len(names), 3))
    )


def test_texts_are_reworded_encoded_and_linked_anew(world: TinyWorld) -> None:
    originals = world.source["text"].select([3, 9])
    words = [caption.removeprefix("a ") for caption in originals.captions]
    other = {words[0]: (species_word(7),)}
    change = TextChanges(replacement=1.0, insertion=0.0, swap=0.0, dropout=0.0).steps(other)
    found = changed_copies(world.attacher, world.source_collection, originals, change, count=3, seed=0)
    # of the first text all copies are the same one, and the second has no synonym
    assert found.ids == (f"{originals.ids[0]} (copy 1)",)
    assert found.captions == (f"a {species_word(7)}",)
    assert (found.entities, found.groups) == (originals.entities[:1], originals.groups[:1])
    graph = world.knowledge.graph
    (mentions,) = [link for link in found.links if link.relation == MENTIONS]
    assert [graph.label(int(concept)) for concept in mentions.concepts] == [species_word(7)]
    np.testing.assert_array_equal(
        found.vectors, world.encoders["text"].encode(found.captions, "text").vectors
    )


def test_pictures_are_changed_as_they_are_loaded_and_what_cannot_be_read_has_no_copy(
    world: TinyWorld, tmp_path: Path
) -> None:
    (tmp_path / "grey.svg").write_text(DRAWING, encoding="utf-8")
    Image.new("RGB", (8, 4), (0, 128, 0)).save(tmp_path / "green.png")
    (tmp_path / "broken").write_text("no picture", encoding="utf-8")
    names = ("grey.svg", "broken", "green.png")
    attacher, collection = media(world, tmp_path, "image", names)
    originals = unlinked("image", names)
    one, same, other = (
        changed_copies(attacher, collection, originals, PictureChanges(), count=2, seed=seed)
        for seed in (0, 0, 1)
    )
    assert one.ids == tuple(f"{name} (copy {k})" for name in ("grey.svg", "green.png") for k in (1, 2))
    assert one.groups == ("grey.svg", "grey.svg", "green.png", "green.png")
    np.testing.assert_array_equal(one.vectors, same.vectors)
    assert (one.vectors != other.vectors).any()
    grey, green = one.vectors[:2], one.vectors[2:]
    assert np.ptp(grey, axis=1).max() < 1  # brighter or darker, but as grey as it was
    assert (green[:, 1] > green[:, 0] + 30).all()


def test_sounds_are_changed(world: TinyWorld, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "tone.wav", 0.2 * np.sin(np.arange(5000) / 9), 16_000)
    attacher, collection = media(world, tmp_path, "audio", ["tone.wav"])
    found = changed_copies(
        attacher, collection, unlinked("audio", ["tone.wav"]), SoundChanges(), count=2, seed=0
    )
    assert found.vectors.tolist() == [[5000] * 3] * 2


def test_where_no_copy_can_be_made_there_are_none(world: TinyWorld) -> None:
    change = TextChanges(replacement=1.0, insertion=0.0, swap=0.0, dropout=0.0).steps({})
    originals = world.source["text"].select([0, 1])
    found = changed_copies(world.attacher, world.source_collection, originals, change, count=2, seed=0)
    assert (len(found), found.modality) == (0, "text")


def test_copies_with_fewer_links_differ_in_nothing_else(world: TinyWorld) -> None:
    originals = world.source["image"].select(np.arange(20))
    found = copies_with_fewer_links(originals, 0.5, count=3, seed=0)
    assert len(set(found.ids) | set(originals.ids)) == 80
    assert found.groups == originals.groups * 3
    np.testing.assert_array_equal(found.vectors, np.tile(originals.vectors, (3, 1)))
    own, kept = depicted(originals), []
    for start in (0, 20, 40):
        kept.append(depicted(found.select(np.arange(start, start + 20))))
        assert kept[-1] < own
        assert 0.3 < len(kept[-1]) / len(own) < 0.7
    assert kept[0] != kept[1] != kept[2]


def depicted(items: LinkedItems) -> set[tuple[int, int]]:
    """Return rows of items and numbers of the concepts that they depict."""
    links = [link for link in items.links if link.relation == DEPICTS]
    return {pair for link in links for pair in zip(link.items.tolist(), link.concepts.tolist(), strict=True)}


def test_a_probability_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"probability from 0 to 1, got 1\.5"):
        TextChanges(swap=1.5)
