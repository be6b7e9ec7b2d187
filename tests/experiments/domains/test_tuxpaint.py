"""Names of Tux Paint's files: which stamp, which role, which language."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domains.tuxpaint import (
    TUXPAINT_DOMAIN,
    Sound,
    item_iri,
    locale_tag,
    read_sound_name,
    split_of,
)
from experiments.domains.vocabulary import DCTERMS_FORMAT, IN_CATEGORY

KEYS = {"math/7", "birds/owl", "birds/owl_fr", "birds/snowy_owl", "tools/tape_desc"}


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("math/7", Sound("math/7", "effect", "")),
        ("math/7_en_GB", Sound("math/7", "effect", "en-GB")),
        ("math/7_zh_tw", Sound("math/7", "effect", "zh-TW")),
        ("math/7_desc_pt_BR", Sound("math/7", "description", "pt-BR")),
        ("math/7_desc", Sound("math/7", "description", "en")),
        ("birds/owl_fr", Sound("birds/owl_fr", "effect", "")),
        ("birds/owl_fr_fr", Sound("birds/owl_fr", "effect", "fr")),
        ("birds/owl_de", Sound("birds/owl", "effect", "de")),
        ("birds/snowy_owl_desc_fr", Sound("birds/snowy_owl", "description", "fr")),
        ("tools/tape_desc", Sound("tools/tape_desc", "effect", "")),
        ("tools/tape_desc_desc_fr", Sound("tools/tape_desc", "description", "fr")),
        ("birds/owl_whole_desc_el", None),
        ("birds/owl_desc_da.ogg", None),
        ("birds/owl_description", None),
        ("birds/owl_hooting", None),
        ("birds/eagle", None),
        ("birds/eagle_desc", None),
    ],
)
def test_sound_names(stem: str, expected: Sound | None) -> None:
    assert read_sound_name(stem, KEYS) == expected


def test_locales_and_halves() -> None:
    assert [locale_tag(name) for name in ("fr", "kab", "ca@valencia", "sr@latin", "pt_BR")] == [
        *("fr", "kab", "ca-valencia", "sr-Latn", "pt-BR")
    ]
    assert [locale_tag(name) for name in ("", "french", "f", "fr_", "FR", "fr_FRA")] == [""] * 6
    # printf %s KEY | sha256sum: the first digits are 6, 1 and c
    assert [split_of(key) for key in ("math/7", "animals/birds/owl", "a")] == ["test", "test", "pool"]


@given(st.text(max_size=20), st.text(max_size=20))
def test_items_have_iris_of_their_own(one: str, other: str) -> None:
    assert (item_iri(one) == item_iri(other)) == (one == other)
    assert item_iri(one).isascii()


@pytest.fixture
def stamps(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "tuxpaint-stamps-default" / "usr" / "share" / "tuxpaint" / "stamps"
    birds = folder / "animals" / "birds"
    birds.mkdir(parents=True)
    text = "An owl.\nfr.utf8=Un hibou.\nsr@latin.utf8= Sova. \nfr.utf8=Encore.\nde.utf8=\nnonsense\n\n"
    (birds / "owl.txt").write_text(text, encoding="utf-8")
    (birds / "ghost.txt").write_text("\n", encoding="utf-8")
    for name in (
        "owl.png",
        "owl.svg",
        "owl.ogg",
        "owl.wav",
        "owl_desc.ogg",
        "owl_mirror.png",
        "mosquito.ogg",
        "owl.dat",
    ):
        (birds / name).write_bytes(b"")
    return folder


def test_items_statements_and_what_is_left_out(
    stamps: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KGX_DATA", str(tmp_path / "data"))
    domain = TUXPAINT_DOMAIN.load()
    key = "animals/birds/owl"
    found = {
        item.id: (item.value, item.language, item.metadata.get("role", "")) for item in domain.collection
    }
    assert found == {
        f"image:{key}": (f"{key}.png", "", ""),
        f"text:{key}": ("An owl.", "en", ""),
        f"text:{key}@fr": ("Un hibou.", "fr", ""),
        f"text:{key}@sr-Latn": ("Sova.", "sr-Latn", ""),
        f"audio:{key}": (f"{key}.ogg", "", "effect"),
        f"audio:{key}/desc@en": (f"{key}_desc.ogg", "en", "description"),
    }
    assert {(item.entity, item.split, item.metadata["category"]) for item in domain.collection} == {
        (key, split_of(key), "animals/birds")
    }
    assert [(entry.id, entry.reason.partition(": ")[2]) for entry in domain.collection.skipped] == [
        ("text:animals/birds/ghost", "the text is empty"),
        (f"text:{key}@fr", "the same as Un hibou."),
        (f"text:{key}@de", "the text is empty"),
        (f"text:{key}", "not a translation"),
        ("", "the sound belongs to no stamp"),
        (f"audio:{key}", f"the same as {key}.ogg"),
        ("", "the picture has no text"),
    ]
    assert domain.notes["stamps"] == 2
    assert domain.notes["stamps_without_picture"] == 1
    graph = domain.graph
    heads, tails, _ = graph.edges(IN_CATEGORY)
    assert {graph.entity_iri(head) for head in heads} == {item_iri(item.id) for item in domain.collection}
    assert {graph.label(tail) for tail in tails} == {"birds"}
    formats = {row["value"] for row in graph.literals.to_pylist() if row["predicate"] == DCTERMS_FORMAT}
    assert formats == {"image/png", "text/plain", "audio/ogg"}


def test_the_cache_follows_the_files_and_mends_itself(
    stamps: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KGX_DATA", str(tmp_path / "data"))
    first = TUXPAINT_DOMAIN.load()
    again = TUXPAINT_DOMAIN.load()
    assert again.collection == first.collection
    assert again.notes == first.notes
    (place,) = (path for path in (tmp_path / "data" / "domains" / "tuxpaint").iterdir() if path.is_dir())
    (place / "items.parquet").write_bytes(b"damaged")
    assert TUXPAINT_DOMAIN.load().collection == first.collection
    (place / "graph" / "meta.json").unlink()
    assert TUXPAINT_DOMAIN.load().graph.num_triples == first.graph.num_triples
    (stamps / "animals" / "birds" / "crow.txt").write_text("A crow.\n")
    assert len(TUXPAINT_DOMAIN.load().collection) == len(first.collection) + 1
