"""What an import rejects: listed by source, and told where nothing is left; what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphs.errors import EmptyGraphError, GraphError
from graphs.importing import REJECTS, ImportOptions, add_files, import_files
from graphs.readers.sparql import Endpoint, Patience

REPORT = ImportOptions(on_error="report")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.nt" for name in "abc"]
    for path in paths:
        path.write_text(f"<x:{path.stem}> <x:r> <x:o> .\n<x:{path.stem}> <x:r> .\nnonsense\n")
    return paths


def test_the_order_of_files_changes_nothing(files: list[Path], tmp_path: Path) -> None:
    one = import_files(files, tmp_path / "one", REPORT)
    import_files(files[::-1], tmp_path / "two", REPORT)
    import_files(files[2:], tmp_path / "three", REPORT)
    add_files(files[:2], tmp_path / "three", REPORT)
    listed = [(tmp_path / name / REJECTS).read_bytes() for name in ("one", "two", "three")]
    assert listed[0] == listed[1] == listed[2]
    entries = [json.loads(line) for line in listed[0].splitlines()]
    assert [(entry["source"], entry["line"]) for entry in entries] == [
        (f"{name}.nt", line) for name in "abc" for line in (2, 3)
    ]
    assert one.rejected == 6


def test_an_endpoint_that_sends_nothing_leaves_nothing(tmp_path: Path) -> None:
    endpoint = Endpoint("http://127.0.0.1:9/sparql", patience=Patience(attempts=1, timeout=1))
    with pytest.raises(GraphError):
        import_files([endpoint], tmp_path / "graph")
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_is_left_the_first_reason_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.nt"
    path.write_text("\ngarbage\n")
    with pytest.raises(EmptyGraphError, match=r"no statement was found; 1 rejected, the first: .*bad.nt:2: "):
        import_files([path], tmp_path / "graph", REPORT)
    assert not (tmp_path / "graph").exists()
