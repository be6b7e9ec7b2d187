"""Checkpoints: the published ones, our own, and files that are neither."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import torch

from graphs.errors import CheckpointError
from graphs.gnn.ultra import Ultra
from graphs.gnn.ultra.checkpoint import load_checkpoint, save_checkpoint


def state(model: Ultra) -> dict[str, torch.Tensor]:
    return dict(model.state_dict())


def same(one: Ultra, other: Ultra) -> bool:
    return state(one).keys() == state(other).keys() and all(
        torch.equal(value, state(other)[name]) for name, value in state(one).items()
    )


def test_what_is_written_is_read_with_its_sizes(tmp_path: Path) -> None:
    model = Ultra(dim=8, relation_layers=2, entity_layers=3, text_dim=5)
    save_checkpoint(model, tmp_path / "deep" / "a.safetensors", {"seed": 7})
    loaded = load_checkpoint(tmp_path / "deep" / "a.safetensors")
    assert same(loaded.model, model)
    assert (loaded.model.sizes, loaded.model.text_dim, loaded.note) == ((8, 2, 3), 5, {"seed": 7})
    assert not loaded.model.training
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.safetensors"]


def test_equal_weights_give_equal_bytes(tmp_path: Path) -> None:
    model = Ultra(dim=8)
    for name in ("a", "b"):
        save_checkpoint(model, tmp_path / name, {"b": 1, "a": 2})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("wrap", [lambda weights: {"model": weights, "optimizer": {}}, dict])
def test_a_pth_file_is_read_wrapped_or_not(tmp_path: Path, wrap: type) -> None:
    model = Ultra(dim=8)
    torch.save(wrap(model.state_dict()), tmp_path / "a.pth")
    assert same(load_checkpoint(tmp_path / "a.pth").model, model)


class Hostile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_nothing_in_a_checkpoint_is_executed(tmp_path: Path) -> None:
    torch.save({"model": Hostile(tmp_path / "made")}, tmp_path / "zip.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Hostile(tmp_path / "made")))
    for name in ("zip.pth", "plain.pth"):
        with pytest.raises(CheckpointError, match=name):
            load_checkpoint(tmp_path / name)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no archive", b"\x80\x02 no pickle", b"hello, world", b"\xff" * 64]
)
def test_what_is_no_checkpoint_is_refused_in_a_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"a\.pth"):
        load_checkpoint(tmp_path / "a.pth")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="No such file"):
        load_checkpoint(tmp_path / "none.pth")


def test_another_network_is_refused(tmp_path: Path) -> None:
    torch.save({"model": torch.nn.Linear(2, 2).state_dict()}, tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match="not a checkpoint of ULTRA"):
        load_checkpoint(tmp_path / "other.pth")
    weights = Ultra(dim=8).state_dict()
    weights.pop("entity_model.mlp.2.bias")
    torch.save({"model": weights}, tmp_path / "partial.pth")
    with pytest.raises(CheckpointError, match=r"entity_model\.mlp\.2\.bias"):
        load_checkpoint(tmp_path / "partial.pth")


def test_sizes_that_nothing_bears_out_take_no_memory(tmp_path: Path) -> None:
    wide = torch.zeros(1 << 20)
    names = ("relation_model.layers.0.linear.bias", "entity_model.layers.0.linear.bias")
    torch.save({"model": dict.fromkeys(names, wide)}, tmp_path / "wide.pth")
    with pytest.raises(CheckpointError, match="not a checkpoint of ULTRA"):
        load_checkpoint(tmp_path / "wide.pth")


def test_half_precision_is_read_as_single(tmp_path: Path) -> None:
    model = Ultra(dim=8)
    save_checkpoint(model.half(), tmp_path / "half")
    loaded = load_checkpoint(tmp_path / "half").model
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}
    assert all(parameter.requires_grad for parameter in loaded.parameters())


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    model = Ultra(dim=8)
    with torch.no_grad():
        model.entity_model.mlp[2].bias.fill_(float("nan"))
    save_checkpoint(model, tmp_path / "a")
    with pytest.raises(CheckpointError, match="finite"):
        load_checkpoint(tmp_path / "a")


@pytest.mark.parametrize("name", ["ultra_3g", "ultra_4g"])
def test_the_published_checkpoints_are_read_unchanged(published: Path, tmp_path: Path, name: str) -> None:
    model = load_checkpoint(published / "ultra" / f"{name}.pth").model
    assert sum(parameter.numel() for parameter in model.parameters()) == 168_705
    save_checkpoint(model, tmp_path / "converted")
    assert same(load_checkpoint(tmp_path / "converted").model, model)
