"""The data cache's place, and writes that happen wholly or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgx.folders import atomic_path, data_folder


def test_the_environment_chooses_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGX_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.delenv("KGX_DATA")
    assert data_folder() == Path.home() / ".cache" / "kgx"


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "deeper" / "file.txt"
    with atomic_path(target) as temporary:
        temporary.write_text("old")

    def killed() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]
