"""Matrices on disk: bytes, kinds, versions and damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgx.errors import ModelError
from kgx.tensor_file import TensorFormat, open_tensors, save_tensors

OWLS = TensorFormat("owls", 2, "count them again")


def test_shapes_and_types_are_kept(tmp_path: Path) -> None:
    written = {
        "number": np.array(3.0),
        "turned": np.arange(6, dtype=np.float32).reshape(2, 3).T,
        "nothing": np.zeros((0, 4), dtype=np.int64),
    }
    save_tensors(tmp_path / "a", written)
    read, note = open_tensors(tmp_path / "a")
    assert note == {}
    for name, matrix in written.items():
        assert (read[name].shape, read[name].dtype) == (matrix.shape, matrix.dtype)
        np.testing.assert_array_equal(read[name], matrix)


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    for name, note in (("a", {"x": 1, "y": 2}), ("b", {"y": 2, "x": 1})):
        OWLS.save(tmp_path / name, {"counts": np.eye(2), "more": np.eye(3)}, note)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_is_no_such_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with pytest.raises(ModelError, match="a is missing or damaged"):
        OWLS.open(path)
    path.write_bytes(b"\xff" * 40)
    with pytest.raises(ModelError, match="a is missing or damaged"):
        OWLS.open(path)
    save_tensors(path, {"counts": np.eye(2)})
    with pytest.raises(
        ModelError, match=r"expected {'format': 'owls', 'version': 2}, got .*None.*; count them again"
    ):
        OWLS.open(path)
    TensorFormat("owls", 1, "").save(path, {}, {})
    with pytest.raises(ModelError, match=r"'version': 2}, got .*'version': 1}; count them again"):
        OWLS.open(path)
    save_tensors(path, {}, {"format": "owls", "version": 2, "note": [1]})
    with pytest.raises(ModelError, match="the owls is damaged"):
        OWLS.open(path)
