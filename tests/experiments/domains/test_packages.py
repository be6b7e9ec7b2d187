"""Where packages are looked for, and what happens when they are nowhere."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from experiments.domains import load, packages
from experiments.domains.debian import FetchError, download, unpack
from experiments.domains.packages import PACKAGES, fetch, locked
from kgx.errors import ConfigError, KgxError

PACKAGE = "wordnet-base"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("KGX_DATA", str(folder))
    monkeypatch.setattr(packages, "_INSTALLED", tmp_path / "nothing installed")
    return folder


def archive(folder: Path, inside: str, name: str = PACKAGE) -> Path:
    """Build a small Debian package with one file."""
    tree = folder / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    control = (
        f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n"
    )
    (tree / "DEBIAN" / "control").write_text(control + "Installed-Size: 3000\n")
    (tree / inside).mkdir(parents=True)
    (tree / inside / "data.noun").write_bytes(b"x" * 3_000_000)
    path = folder / f"{name}_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", "-Znone", str(tree), str(path)], check=True, capture_output=True)
    return path


@pytest.mark.parametrize("place", ["packages/wordnet-base", "wordnet-base", ""])
def test_unpacked_files_are_used_where_they_are(data: Path, place: str) -> None:
    (data / place / PACKAGES[PACKAGE]).mkdir(parents=True)
    (data / place / PACKAGES[PACKAGE] / "data.noun").touch()
    assert fetch(PACKAGE) == data / place


def test_installed_files_are_used(data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "system" / PACKAGES[PACKAGE]).mkdir(parents=True)
    (tmp_path / "system" / PACKAGES[PACKAGE] / "data.noun").touch()
    monkeypatch.setattr(packages, "_INSTALLED", tmp_path / "system")
    assert fetch(PACKAGE) == tmp_path / "system"


def test_an_archive_in_the_data_folder_is_unpacked_once(data: Path, tmp_path: Path) -> None:
    archive(tmp_path, PACKAGES[PACKAGE]).rename(data / f"{PACKAGE}_1_all.deb")
    with ThreadPoolExecutor(4) as pool:
        roots = set(pool.map(fetch, [PACKAGE] * 4))
    assert roots == {data / "packages" / PACKAGE}
    assert (fetch(PACKAGE) / PACKAGES[PACKAGE] / "data.noun").stat().st_size == 3_000_000
    assert sorted(path.name for path in (data / "packages").iterdir()) == [f".{PACKAGE}.lock", PACKAGE]


def test_what_a_killed_run_left_behind_is_cleared(data: Path, tmp_path: Path) -> None:
    archive(tmp_path, PACKAGES[PACKAGE]).rename(data / f"{PACKAGE}_1_all.deb")
    left = data / "packages" / f".{PACKAGE}.part" / "root" / "usr"
    left.mkdir(parents=True)
    fetch(PACKAGE)
    assert not left.exists()


def test_damaged_and_wrong_archives(data: Path, tmp_path: Path) -> None:
    broken = data / f"{PACKAGE}_2_all.deb"
    broken.write_bytes(b"no archive")
    with pytest.raises(FetchError, match=r"wordnet-base_2_all\.deb cannot be unpacked \(.+\)"):
        fetch(PACKAGE)
    archive(tmp_path, "usr/share/other").rename(broken)
    with pytest.raises(FetchError, match="has no folder usr/share/wordnet; is it the package wordnet-base"):
        fetch(PACKAGE)
    assert [path.name for path in (data / "packages").iterdir()] == [f".{PACKAGE}.lock"]


def test_a_truncated_archive_leaves_nothing(data: Path, tmp_path: Path) -> None:
    whole = archive(tmp_path, PACKAGES[PACKAGE])
    (data / whole.name).write_bytes(whole.read_bytes()[:1_000_000])
    with pytest.raises(FetchError, match="cannot be unpacked"):
        fetch(PACKAGE)
    assert not (data / "packages" / PACKAGE).exists()


def test_without_debians_tools_the_error_says_what_to_do(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(data))
    with pytest.raises(FetchError) as caught:
        fetch(PACKAGE)
    message = str(caught.value)
    assert "no apt-get" in message
    assert "point KGX_DATA at a folder that holds wordnet-base_*.deb or usr/share/wordnet" in message
    assert "\n" not in message


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!{sys.executable}\nimport os, sys, pathlib\nargs = sys.argv[1:]\n{script}")
    path.chmod(0o755)


def test_stale_package_lists_are_renewed_in_the_work_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    script = """
lists = [a for a in args if a.startswith("Dir::State::lists=")]
if "update" in args:
    pathlib.Path(lists[0].split("=", 1)[1], "fresh").touch()
elif not lists or not pathlib.Path(lists[0].split("=", 1)[1], "fresh").exists():
    sys.exit("E: Unable to locate package")
elif "--print-uris" in args:
    print("'http://example.org/x.deb' wordnet-base_1_all.deb 2000000 SHA256:0")
else:
    pathlib.Path("wordnet-base_1_all.deb").write_bytes(b"x" * 2000000)
"""
    tool(tmp_path / "bin", "apt-get", script)
    assert download(PACKAGE, tmp_path / "work").stat().st_size == 2_000_000


def test_a_failing_download_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    tool(tmp_path / "bin", "apt-get", 'sys.exit("" if "update" in args else "W: hm\\nE: No network\\n")')
    with pytest.raises(FetchError, match=r"^Debian's package lists cannot be updated|No network"):
        download(PACKAGE, tmp_path / "work")
    with pytest.raises(FetchError, match=r"cannot be unpacked \(dpkg-deb: No such file"):
        unpack(tmp_path / "x.deb", tmp_path / "root")


def test_locks_exclude_each_other(tmp_path: Path) -> None:
    order: list[str] = []

    def work(name: str) -> None:
        with locked(tmp_path / "thing"):
            order.append(f"{name} in")
            time.sleep(0.02)
            order.append(f"{name} out")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, "abc"))
    assert [entry[0] for entry in order[::2]] == [entry[0] for entry in order[1::2]]


def test_unknown_names() -> None:
    with pytest.raises(FetchError, match="unknown package 'x'; choose one of openclipart-svg, "):
        fetch("x")
    with pytest.raises(ConfigError, match="unknown domain 'x'; choose one of openclipart, tuxpaint, wordnet"):
        load("x")
    assert issubclass(FetchError, KgxError)
