"""Files appear whole or not at all, packed as their ending says, and the same bytes every time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphs.errors import GraphError
from graphs.readers.limits import Limits
from graphs.readers.opening import opened
from graphs.writers.packing import created

ENDINGS = ("", ".gz", ".bz2", ".xz", ".zst", ".GZ")
CONTENT = "Häher, сойка, カケス\n".encode() * 20_000


def write(path: Path, content: bytes = CONTENT) -> bytes:
    with created(path) as stream:
        for start in range(0, len(content), 7_001):
            stream.write(content[start : start + 7_001])
    return path.read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_packed_can_be_opened_again(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"jays.nt{ending}"
    packed = write(path)
    assert (len(packed) < len(CONTENT) / 100) == bool(ending)
    with opened(path, "jays", Limits(max_ratio=10**6)) as stream:
        assert stream.read() == CONTENT


@pytest.mark.parametrize("ending", ENDINGS)
def test_equal_content_gives_equal_bytes_under_any_name(ending: str, tmp_path: Path) -> None:
    assert write(tmp_path / f"one.nt{ending}") == write(tmp_path / f"other.nt{ending}")


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_error_leaves_what_was_there(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"jays.nt{ending}"
    path.write_bytes(b"as it was")
    with pytest.raises(TypeError), created(path) as stream:
        stream.writelines([CONTENT, 3])  # type: ignore[list-item]
    assert path.read_bytes() == b"as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made_and_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    path, plain = tmp_path / "new" / "folder" / "jays.nt", tmp_path / "plain"
    write(path)
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "jays.nt", tmp_path / "link.nt"
    target.touch()
    link.symlink_to(target)
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == CONTENT


def test_a_device_is_written_to_and_not_replaced() -> None:
    with created(Path(os.devnull)) as stream:
        stream.write(b"gone")
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize(("name", "reason"), [(".", "is a folder"), ("file/under.nt", "cannot be written")])
def test_what_cannot_be_written_is_one_clear_error(name: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GraphError, match=reason), created(tmp_path / name):
        raise AssertionError("must not be reached")
