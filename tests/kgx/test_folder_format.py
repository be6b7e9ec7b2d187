"""What folders say of themselves, and what is made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kgx.errors import ConfigError, KgxError, ModelError
from kgx.folder_format import FolderFormat

BIRDS = FolderFormat("birds", 2, "birds.json", "list of birds", "count them again", ModelError)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "owls").mkdir()
    (tmp_path / "owls" / "barn.txt").write_text("two")
    (tmp_path / "hens.txt").write_text("seven")
    (tmp_path / "notes.txt").write_text("not part of it")
    BIRDS.write(tmp_path, {"country": "Frankreich"}, [tmp_path / "owls" / "barn.txt", tmp_path / "hens.txt"])
    return tmp_path


def test_what_was_written_is_read(folder: Path) -> None:
    told = BIRDS.read(folder, verify=True)
    assert told["country"] == "Frankreich"
    assert {name: entry["bytes"] for name, entry in told["files"].items()} == {
        "owls/barn.txt": 3,
        "hens.txt": 5,
    }


def test_the_fingerprint_follows_content(folder: Path) -> None:
    first = BIRDS.fingerprint(BIRDS.read(folder))
    files = [folder / "hens.txt", folder / "owls" / "barn.txt"]
    assert BIRDS.write(folder, {"country": "Frankreich"}, files) == first
    assert BIRDS.write(folder, {"country": "Polen"}, files) != first
    (folder / "hens.txt").write_text("eight")
    assert BIRDS.write(folder, {"country": "Frankreich"}, files) != first
    told = json.loads((folder / "birds.json").read_text())
    assert BIRDS.fingerprint({**told, "kgx": "another version"}) == BIRDS.fingerprint(told)


def test_the_root_is_no_place_for_a_folder() -> None:
    with pytest.raises(ConfigError, match="is no list of birds"):
        BIRDS.check_place(Path("/"), {"owls"}, force=True)


def test_files_that_do_not_belong_are_free(folder: Path) -> None:
    before = BIRDS.read(folder, verify=True)
    (folder / "notes.txt").unlink()
    assert BIRDS.read(folder, verify=True) == before


def test_missing_and_changed_files_are_named(folder: Path) -> None:
    (folder / "hens.txt").write_text("siven")
    BIRDS.read(folder)
    with pytest.raises(ModelError, match=r"the list of birds is damaged \(hens\.txt: its SHA-256 differs"):
        BIRDS.read(folder, verify=True)
    (folder / "hens.txt").write_text("se")
    with pytest.raises(ModelError, match=r"hens\.txt: expected 5 bytes, got 2\); count them again"):
        BIRDS.read(folder)
    (folder / "hens.txt").unlink()
    with pytest.raises(ModelError, match=r"hens\.txt: No such file"):
        BIRDS.read(folder)


def test_other_versions_and_formats(folder: Path) -> None:
    with pytest.raises(
        ModelError, match=r"expected a list of birds of version 3, got version 2 .*; count them again"
    ):
        replace(BIRDS, version=3).read(folder)
    with pytest.raises(ModelError, match="format 'fish'"):
        replace(BIRDS, name="fish").read(folder)
    assert replace(BIRDS, version=3).marks(folder)
    assert not replace(BIRDS, name="fish").marks(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "birds", "version": 2}'])
def test_a_broken_description(folder: Path, text: str) -> None:
    (folder / "birds.json").write_text(text)
    with pytest.raises(ModelError, match="list of birds"):
        BIRDS.read(folder)


@pytest.mark.parametrize("entry", [{}, None, {"bytes": 5}])
def test_files_of_which_nothing_is_said(folder: Path, entry: object) -> None:
    told = json.loads((folder / "birds.json").read_text())
    told["files"] = {"hens.txt": entry}
    (folder / "birds.json").write_text(json.dumps(told))
    with pytest.raises(ModelError, match=r"says nothing of hens\.txt"):
        BIRDS.read(folder, verify=True)


def test_withdrawn_means_not_there(folder: Path) -> None:
    BIRDS.withdraw(folder)
    BIRDS.withdraw(folder)
    assert not BIRDS.marks(folder)
    with pytest.raises(KgxError, match=r"found no birds\.json"):
        BIRDS.read(folder)
    assert (folder / "hens.txt").exists()


OWN = {"birds.json", "owls", "hens-*.txt", "notes.txt", "hens.txt"}


def test_a_place_may_be_empty_or_hold_what_may_be_replaced(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    for place in (other, other / "new", other / "far" / "away"):
        BIRDS.check_place(place, OWN, force=False)
    BIRDS.check_place(folder, OWN, force=True)
    (folder / "hens-7.txt").write_text("one more")
    BIRDS.check_place(folder, OWN, force=True)
    with pytest.raises(ConfigError, match="holds a list of birds already; add --force"):
        BIRDS.check_place(folder, OWN, force=False)
    with pytest.raises(ConfigError, match=r"other files \(hens.txt, notes.txt\); name another folder"):
        BIRDS.check_place(folder, {"birds.json", "owls", "hens-*.txt"}, force=True)
    (other / "mine.txt").write_text("mine")
    for place, message in (
        (other, "is no list of birds"),
        (other / "mine.txt" / "new", "mine.txt is no folder"),
    ):
        with pytest.raises(ConfigError, match=message):
            BIRDS.check_place(place, OWN, force=True)


def test_a_place_that_may_not_be_written_to_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anywhere
    with pytest.raises(ConfigError, match="nothing may be written to"):
        BIRDS.check_place(tmp_path / "deep" / "birds", OWN, force=False)
