"""Manifests of every format: what is written is read back, and no bytes whatever end in a traceback."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.collection import Collection, Item
from kgx.errors import CollectionError

HEADER = b"id,modality,value,entity,lang,split,note\n"
ENDINGS = (".csv", ".tsv", ".jsonl", ".parquet")

# any Unicode but NUL and lone surrogates; never only white space, which counts as empty
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).filter(
    str.strip
)
names = texts.map(str.strip).filter(
    lambda name: name not in {"id", "modality", "value", "entity", "lang", "split"}
)
items = st.builds(
    Item,
    id=texts,
    modality=st.just("text"),
    value=texts,
    entity=texts,
    language=st.sampled_from(["", "en", "pt-BR", "ca-valencia", "zh-Hant-TW"]),
    split=st.sampled_from(["", "test", "pool"]),
    metadata=st.dictionaries(names, texts, max_size=3),
)
collections = st.lists(items, min_size=1, max_size=6, unique_by=lambda item: item.id).map(tuple)


@given(collections, st.sampled_from(ENDINGS))
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_read_back(written: tuple[Item, ...], ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"items{ending}"
        Collection("items", Path(folder), written).write(path)
        read = Collection.read(path, strict=True)
    assert read.items == written
    assert read.skipped == ()
    assert read.name == "items"


@given(collections)
@settings(max_examples=20, deadline=None)
def test_formats_tell_the_same_and_equal_collections_give_equal_bytes(written: tuple[Item, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        collection = Collection("items", Path(folder), written)
        for ending in ENDINGS:
            for name in ("one", "two"):
                collection.write(Path(folder) / f"{name}{ending}")
            assert (Path(folder) / f"one{ending}").read_bytes() == (
                Path(folder) / f"two{ending}"
            ).read_bytes()
        read = [Collection.read(Path(folder) / f"one{ending}").items for ending in ENDINGS]
        assert not [path.name for path in Path(folder).iterdir() if path.name.startswith(".")]
    assert all(other == read[0] for other in read)


@given(st.binary(max_size=300), st.sampled_from(ENDINGS))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_collection_or_a_one_line_error(body: bytes, ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"items{ending}"
        path.write_bytes(HEADER + body if ending == ".csv" else body)
        message = ""
        try:
            Collection.read(path)
        except CollectionError as error:
            message = str(error)
        assert not message or message.startswith(str(path))
        assert "\n" not in message
