"""Linked items: rows and links stay together however items are chosen and joined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgx.errors import KgxError, ModelError
from kgx.items import LinkedItems, paired_rows
from kgx.items_folder import open_items, save_items
from kgx.linking.base import Links

MENTIONS = ((0, 7, 0.5), (0, 9, 0.5), (2, 7, 1.0), (3, 8, 1.0))
FILED = ((1, 5, 1.0), (3, 5, 1.0))


def links(relation: str, *listed: tuple[int, int, float]) -> Links:
    rows, concepts, weights = zip(*listed, strict=True) if listed else ((), (), ())
    columns = (np.array(rows, np.int64), np.array(concepts, np.int64), np.array(weights, np.float32))
    return Links(relation, *columns, provenance="hand")


def items(count: int = 4, *of: Links, prefix: str = "t", modality: str = "text") -> LinkedItems:
    names = tuple(f"{prefix}{number}" for number in range(count))
    vectors = np.arange(3 * count, dtype=np.float32).reshape(count, 3)
    return LinkedItems(modality, names, names, ("g",) * count, names, vectors, of)


FOUR = items(4, links("mentions", *MENTIONS), links("in category", *FILED))


def told(some: LinkedItems) -> set[tuple[str, str, int, float]]:
    """Every link with the name of its item, which no reordering may change."""
    return {
        (some.ids[row], link.relation, concept, weight)
        for link in some.links
        for row, concept, weight in zip(
            link.items.tolist(), link.concepts.tolist(), link.weights.tolist(), strict=True
        )
    }


@given(st.permutations(range(4)), st.integers(0, 4))
def test_selected_items_keep_what_is_theirs(order: list[int], count: int) -> None:
    chosen = FOUR.select(order[:count])
    assert chosen.ids == tuple(FOUR.ids[row] for row in order[:count])
    assert np.array_equal(chosen.vectors, FOUR.vectors[order[:count]])
    assert told(chosen) == {entry for entry in told(FOUR) if entry[0] in chosen.ids}
    for link in chosen.links:
        assert (np.diff(link.items) >= 0).all()


def test_a_row_cannot_be_selected_twice() -> None:
    with pytest.raises(KgxError, match="one twice"):
        FOUR.select([0, 1, 0])


def test_joined_items_keep_what_is_theirs() -> None:
    others = items(2, links("mentions", (0, 1, 1.0), (1, 2, 1.0)), prefix="u")
    joined = LinkedItems.join([FOUR, others])
    assert joined.ids == ("t0", "t1", "t2", "t3", "u0", "u1")
    assert told(joined) == told(FOUR) | told(others)
    assert told(joined.select([4, 5])) == told(others)


def test_only_one_modality_can_be_joined() -> None:
    with pytest.raises(KgxError, match="one modality"):
        LinkedItems.join([FOUR, items(2, modality="image")])
    with pytest.raises(KgxError, match="one modality"):
        LinkedItems.join([])


def test_without_a_relation() -> None:
    assert [link.relation for link in FOUR.without("mentions").links] == ["in category"]
    assert FOUR.without("depicts") == FOUR


def test_how_many_are_linked() -> None:
    assert FOUR.linked() == 4
    assert FOUR.without("in category").linked() == 3
    assert items(3).linked() == 0


def test_renumbered_links() -> None:
    moved = np.arange(10)[::-1]
    assert told(FOUR.renumbered(moved)) == {(a, b, 9 - concept, d) for a, b, concept, d in told(FOUR)}


def test_columns_have_one_length() -> None:
    with pytest.raises(KgxError, match=r"one length, got lengths \[1, 2\]"):
        LinkedItems("text", ("a", "b"), ("a", "b"), ("", ""), ("a", "b"), np.zeros((1, 3), np.float32))


def test_pairs_share_an_entity() -> None:
    texts = LinkedItems(
        "text", ("a", "b", "c"), ("x", "y", "x"), ("",) * 3, ("",) * 3, np.zeros((3, 1), np.float32)
    )
    images = LinkedItems("image", ("p", "q"), ("x", "z"), ("",) * 2, ("",) * 2, np.zeros((2, 1), np.float32))
    rows, others = paired_rows(texts, images)
    assert list(zip(rows.tolist(), others.tolist(), strict=True)) == [(0, 0), (2, 0)]
    nothing, _ = paired_rows(images, texts.select([1]))
    assert len(nothing) == 0


@pytest.mark.parametrize("some", [FOUR, items(0), items(2), items(3, links("depicts"))])
def test_saved_items_come_back(some: LinkedItems, tmp_path: Path) -> None:
    save_items(some, tmp_path / "items")
    back = open_items(tmp_path / "items")
    assert (back.modality, back.ids, back.entities, back.groups, back.captions) == (
        some.modality,
        some.ids,
        some.entities,
        some.groups,
        some.captions,
    )
    assert back.vectors.dtype == some.vectors.dtype
    assert np.array_equal(back.vectors, some.vectors)
    assert told(back) == told(some)
    assert [(link.relation, link.provenance) for link in back.links] == [
        (link.relation, link.provenance) for link in some.links
    ]


@given(captions=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_any_text_comes_back(captions: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("texts")
    names = tuple(captions)
    some = LinkedItems("text", names, names, names, names, np.ones((len(names), 2), np.float16))
    save_items(some, folder / "items")
    assert open_items(folder / "items").captions == names


@pytest.mark.parametrize("name", ["items.arrow", "arrays.safetensors"])
def test_damaged_items_are_named(name: str, tmp_path: Path) -> None:
    save_items(FOUR, tmp_path / "items")
    (tmp_path / "items" / name).write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="missing or damaged"):
        open_items(tmp_path / "items")
    (tmp_path / "items" / name).unlink()
    with pytest.raises(ModelError, match="missing or damaged"):
        open_items(tmp_path / "items")


def test_items_of_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgx.items_folder._VERSION", 0)
    save_items(FOUR, tmp_path / "items")
    monkeypatch.undo()
    with pytest.raises(ModelError, match="expected items of version 1, got 0"):
        open_items(tmp_path / "items")
