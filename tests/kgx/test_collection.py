"""Manifests: what is read is what was written, and everything that can be wrong with a row is named."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kgx.collection import Collection, Item
from kgx.errors import CollectionError
from kgx.manifest.rows import MAX_CELL

HEADER = "id,modality,value,entity,lang,split,note\n"
GOOD = "a,text,An owl.,owl,en,test,\n"
ENDINGS = (".csv", ".tsv", ".jsonl", ".parquet")


def manifest(folder: Path, body: str | bytes, name: str = "items.csv") -> Path:
    path = folder / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return path


def test_folder_with_metadata(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "owl.png").write_bytes(b"png")
    record = {
        "id": 7,
        "modality": "image",
        "value": "pictures/owl.png",
        "entity": "owl",
        "year": 1999,
        "tags": ["a", "b"],
    }
    manifest(tmp_path, json.dumps(record), "metadata.jsonl")
    collection = Collection.read(tmp_path)
    item = collection.get("7")
    assert collection.name == tmp_path.name
    assert collection.file(item) == tmp_path / "pictures" / "owl.png"
    assert item.metadata == {"year": "1999", "tags": '["a", "b"]'}
    collection.write(tmp_path)
    assert Collection.read(tmp_path).items == collection.items


def test_typed_parquet_columns_become_text(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": [1, 2],
            "modality": pa.array(["text", "text"]).dictionary_encode(),
            "value": ["An owl.", "A fox."],
            "entity": ["owl", None],
            "width": [1.5, None],
            "good": [True, None],
        }
    )
    pq.write_table(table, tmp_path / "items.parquet")
    owl, fox = Collection.read(tmp_path / "items.parquet").items
    assert (owl.id, owl.metadata, owl.row) == ("1", {"width": "1.5", "good": "true"}, 1)
    assert (fox.id, fox.entity, fox.metadata, fox.row) == ("2", "2", {}, 2)


def test_an_item_without_entity_stands_for_itself_and_languages_take_hyphens(tmp_path: Path) -> None:
    (item,) = Collection.read(manifest(tmp_path, HEADER + "a,text,Uma coruja.,,pt_BR,,\n"))
    assert (item.entity, item.language) == ("a", "pt-BR")


def test_byte_order_mark_blank_lines_and_records_over_several_lines(tmp_path: Path) -> None:
    body = "\ufeff" + HEADER + '\na,text,"An owl,\nat night.",owl,en,,\n,,,,,,\nb,text,A fox.,fox,en,,quick\n'
    owl, fox = Collection.read(manifest(tmp_path, body), strict=True)
    assert (owl.row, owl.value) == (3, "An owl,\nat night.")
    assert (fox.row, fox.metadata) == (5, {"note": "quick"})


BAD_ROWS = {
    "too few cells": (b"b,text,A fox.\n", "expected 7 cells as in the header, got 3"),
    "too many cells": (b"b,text,A fox.,fox,en,,,,\n", "expected 7 cells as in the header, got 9"),
    "stray quote": (b'b,text,"A" fox.,fox,en,,\n', "the row cannot be read (',' expected after '\"')"),
    "no id": (b",text,A fox.,fox,en,,\n", "id is empty"),
    "no modality": (b"b,,A fox.,fox,en,,\n", "modality is empty"),
    "unknown modality": (
        b"b,video,fox.mp4,fox,en,,\n",
        "unknown modality 'video'; choose text, image or audio",
    ),
    "empty text": (b"b,text,,fox,en,,\n", "the text is empty"),
    "blank text": (b"b,text,  ,fox,en,,\n", "the text is empty"),
    "no path": (b"b,image,,fox,en,,\n", "value is empty"),
    "not UTF-8": (b"b,text,A f\xf6x.,fox,en,,\n", "'value' is not valid UTF-8"),
    "NUL": (b"b,text,A f\0x.,fox,en,,\n", "'value' holds a NUL character"),
    "oversize": (
        b"b,text," + b"x" * (MAX_CELL + 1) + b",fox,en,,\n",
        f"'value' has {MAX_CELL + 1:,} characters",
    ),
    "no language": (b"b,text,A fox.,fox,english!,,\n", "expected a BCP 47 language tag"),
    "missing file": (b"b,image,fox.png,fox,en,,\n", "the file 'fox.png' does not exist"),
    "a folder": (b"b,image,inside,fox,en,,\n", "'inside' is not a file"),
    "absolute path": (b"b,image,/etc/passwd,fox,en,,\n", "expected a path relative to the manifest"),
    "up and away": (
        b"b,image,../outside.png,fox,en,,\n",
        "the path '../outside.png' leaves the manifest's folder",
    ),
    "in and out": (b"b,image,inside/../../outside.png,fox,en,,\n", "leaves the manifest's folder"),
    "link out": (b"b,image,link.png,fox,en,,\n", "leaves the manifest's folder"),
    "linked folder out": (b"b,image,linked/outside.png,fox,en,,\n", "leaves the manifest's folder"),
    "name too long": (b"b,image," + b"x" * 5000 + b",fox,en,,\n", "does not exist"),
}


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_skipped_and_listed_or_stops_when_strict(
    tmp_path: Path, row: bytes, reason: str
) -> None:
    (tmp_path / "outside.png").write_bytes(b"png")
    folder = tmp_path / "collection"
    (folder / "inside").mkdir(parents=True)
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    (folder / "linked").symlink_to(tmp_path)
    path = manifest(folder, HEADER.encode() + GOOD.encode() + row + b"c,text,A bee.,bee,en,,\n")
    collection = Collection.read(path)
    assert [item.id for item in collection] == ["a", "c"]
    assert [item.row for item in collection] == [2, 4]
    (skipped,) = collection.skipped
    assert skipped.row == 3
    assert reason in skipped.reason
    with pytest.raises(CollectionError) as caught:
        Collection.read(path, strict=True)
    assert str(caught.value).startswith(f"{path}: row 3: ")
    assert reason in str(caught.value)


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    (tmp_path / "owl.png").write_bytes(b"png")
    (tmp_path / "copy.png").symlink_to("owl.png")
    assert len(Collection.read(manifest(tmp_path, HEADER + "a,image,copy.png,owl,,,\n"), strict=True)) == 1


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("items.csv", "", "the manifest is empty"),
        ("items.csv", HEADER, "the manifest has no rows"),
        ("items.csv", HEADER + "\n,,,,,,\n", "the manifest has no rows"),
        ("items.csv", "id,value\na,An owl.\n", "missing column: modality, entity; found: 'id', 'value'"),
        ("items.csv", "id,,value\na,b,c\n", "row 1: column 2 has no name"),
        ("items.csv", "id,value,id\na,b,c\n", "row 1: the column 'id' stands there twice"),
        ("items.csv", '"id,value\n', "row 1: the header cannot be read (unexpected end of data)"),
        ("items.csv", (HEADER + GOOD).encode("utf-16"), "the header is not UTF-8 text"),
        ("items.csv", HEADER + GOOD + GOOD, "row 3: the id 'a' stands in row 2 already"),
        (
            "items.csv",
            HEADER + "a,text,,owl,,,\nb,text,,fox,,,\n",
            "row 2: none of 2 rows is usable; the first one: the text",
        ),
        (
            "items.csv",
            HEADER + 'a,text,"An owl.,owl\n',
            "row 2: none of 1 rows is usable; the first one: the row cannot be",
        ),
        ("items.jsonl", "", "the manifest has no rows"),
        ("items.jsonl", '{"id": "a"}', "missing column: modality, value, entity; found: 'id'"),
        (
            "items.jsonl",
            "[1, 2]",
            "row 1: none of 1 rows is usable; the first one: expected a JSON object, got list",
        ),
        ("items.jsonl", "{" * 200_000, "the line is not JSON"),
        ("items.parquet", "PAR1", "the manifest is not Parquet"),
        (
            "items.xlsx",
            "",
            "a manifest ends in one of .csv, .tsv, .jsonl, .parquet, or is a folder with metadata.jsonl",
        ),
    ],
)
def test_an_unusable_manifest_is_an_error_even_when_not_strict(
    tmp_path: Path, name: str, body: str | bytes, reason: str
) -> None:
    path = manifest(tmp_path, body, name)
    with pytest.raises(CollectionError) as caught:
        Collection.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_or_unreadable_manifest(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match=r"none\.csv: the manifest does not exist"):
        Collection.read(tmp_path / "none.csv")
    with pytest.raises(CollectionError, match=r"metadata\.jsonl: the manifest does not exist"):
        Collection.read(tmp_path)
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    with pytest.raises(CollectionError, match=r"loop\.csv: the manifest cannot be read"):
        Collection.read(tmp_path / "loop.csv")


def test_json_lines_are_skipped_one_by_one(tmp_path: Path) -> None:
    good = json.dumps({"id": "a", "modality": "text", "value": "An owl.", "entity": "owl"})
    lines = [
        good,
        "{",
        '{"id": "b", "modality": "text", "value": "\\ud800", "entity": "x"}',
        '{"id": "c", "": 1}',
        "",
    ]
    collection = Collection.read(manifest(tmp_path, "\n".join(lines), "items.jsonl"))
    assert [(entry.id, entry.row) for entry in collection.skipped] == [("", 2), ("b", 3), ("", 4)]
    assert "not JSON" in collection.skipped[0].reason
    assert collection.skipped[1].reason == "'value' is not valid UTF-8"


def test_root_may_lie_elsewhere_than_the_manifest(tmp_path: Path) -> None:
    media, work = tmp_path / "media", tmp_path / "work"
    media.mkdir()
    (media / "owl.png").write_bytes(b"png")
    item = Item("a", "image", "owl.png", entity="owl")
    Collection("owls", media, (item,)).write(work / "items.parquet")
    assert Collection.read(work / "items.parquet", root=media).file(item) == media / "owl.png"
    with pytest.raises(CollectionError, match=r"the file 'owl\.png' does not exist"):
        Collection.read(work / "items.parquet")


def test_programmatic_collections_are_checked(tmp_path: Path) -> None:
    owl = Item("a", "text", "An owl.", entity="owl")
    with pytest.raises(CollectionError, match="the id 'a' stands for two items"):
        Collection("owls", tmp_path, (owl, owl))
    collection = Collection("owls", tmp_path, (owl,))
    with pytest.raises(CollectionError, match="no item has the id 'b'"):
        collection.get("b")
    with pytest.raises(CollectionError, match="unknown modality 'video'"):
        collection.of("video")
    with pytest.raises(CollectionError, match="is a text and has no file"):
        collection.file(owl)
    with pytest.raises(CollectionError, match="a manifest ends in one of"):
        collection.write(tmp_path / "items.txt")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_failed_write_leaves_the_old_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"items{ending}"
    path.write_text("old")
    broken = Collection("owls", tmp_path, (Item("a", "text", "\ud800", entity="owl"),))
    with pytest.raises(CollectionError, match="cannot be written as UTF-8"):
        broken.write(path)
    clash = Collection(
        "owls", tmp_path, (Item("a", "text", "An owl.", entity="owl", metadata={"lang": "en"}),)
    )
    with pytest.raises(CollectionError, match="metadata cannot be named 'lang'"):
        clash.write(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
