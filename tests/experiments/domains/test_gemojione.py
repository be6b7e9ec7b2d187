"""The emoji: what is taken of a package, and of the real one where it can be fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from experiments.domains import Domain, load
from experiments.domains.debian import FetchError
from experiments.domains.gemojione import GEMOJIONE_DOMAIN, category_iri, item_iri
from experiments.domains.halves import split_of
from experiments.domains.vocabulary import IN_CATEGORY


def package(folder: Path, index: Any, pictures: tuple[str, ...]) -> Path:
    (folder / "config").mkdir(parents=True)
    (folder / "assets" / "svg").mkdir(parents=True)
    (folder / "config" / "index.json").write_text(
        index if isinstance(index, str) else json.dumps(index), encoding="utf-8"
    )
    for name in pictures:
        (folder / "assets" / "svg" / name).write_text("<svg/>", encoding="utf-8")
    return folder


def emoji(name: str, category: str, code: str) -> dict[str, Any]:
    return {"name": name, "category": category, "unicode": code}


def test_flags_skin_tones_and_what_has_no_picture_are_left_out(tmp_path: Path) -> None:
    index = {
        "owl": emoji("owl ", "nature", "1f989"),
        "flag_at": emoji("austria", "flags", "1F1E6-1F1F9"),
        "wave_tone3": emoji("waving hand tone 3", "people", "1F44B-1F3FD"),
        "tone3": emoji("tone 3", "modifier", "1F3FD"),
        "ghost": emoji("ghost", "people", "1F47B"),
        "blank": emoji(" ", "people", "1F600"),
    }
    domain = GEMOJIONE_DOMAIN.build(package(tmp_path, index, ("1F989.svg", "1F44B-1F3FD.svg")))
    assert [(item.id, item.modality, item.value) for item in domain.collection.items] == [
        ("image:owl", "image", "assets/svg/1F989.svg"),
        ("text:owl", "text", "owl"),
    ]
    assert {item.split for item in domain.collection.items} == {split_of("owl")}
    assert [entry.id for entry in domain.collection.skipped] == ["image:ghost"]
    kept = {name: count for name, count in domain.notes.items() if name.startswith("left_out")}
    assert kept == {
        "left_out_flags": 1,
        "left_out_skin_tones": 1,
        "left_out_modifiers": 1,
        "left_out_unnamed": 1,
    }


def test_the_graph_tells_the_category_and_not_which_belong_together(tmp_path: Path) -> None:
    domain = GEMOJIONE_DOMAIN.build(
        package(tmp_path, {"owl": emoji("owl", "nature", "1F989")}, ("1F989.svg",))
    )
    heads, tails, *_ = domain.graph.edges(IN_CATEGORY)
    names = domain.graph.entity_ids([item_iri("image:owl"), item_iri("text:owl"), category_iri("nature")])
    assert sorted(heads.tolist()) == sorted(names[:2].tolist())
    assert set(tails.tolist()) == {int(names[2])}


@pytest.mark.parametrize("index", ["{", "\xff"])
def test_a_broken_index_is_named(index: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"index\.json: expected the index of the emoji"):
        GEMOJIONE_DOMAIN.build(package(tmp_path, index, ()))


@pytest.fixture(scope="module")
def real() -> Domain:
    try:
        return load("gemojione")
    except FetchError as error:
        pytest.skip(str(error))


@pytest.mark.real_data
def test_the_package_holds_what_its_description_counts(real: Domain) -> None:
    assert real.notes["emoji"] == 1794
    assert (real.notes["left_out_flags"], real.notes["left_out_skin_tones"]) == (257, 420)
    assert real.notes["emoji_kept"] == real.notes["items_image"] == real.notes["items_text"] == 1112
    assert real.notes["emoji_test"] + real.notes["emoji_pool"] == 1112
    assert real.collection.get("text:owl").value == "owl"
    assert real.collection.file(real.collection.get("image:owl")).is_file()
