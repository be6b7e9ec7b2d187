"""Export happens once, is whole or absent, and keeps the numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kgx.encoders.onnx import export_once, open_session

pytest.importorskip("onnxruntime")


def test_a_network_is_exported_once_and_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGX_DATA", str(tmp_path))
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.GELU()).eval()
    built = 0

    def build() -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
        nonlocal built
        built += 1
        return network, (torch.zeros(2, 4),)

    axes = {"x": {0: "n"}, "y": {0: "n"}}
    paths = {export_once("tiny", build, inputs=["x"], outputs=["y"], dynamic=axes) for _ in range(2)}
    assert paths == {tmp_path / "onnx" / "tiny.onnx"}
    assert built == 1
    session = open_session(paths.pop(), threads=1)
    x = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)
    with torch.inference_mode():
        expected = network(torch.from_numpy(x)).numpy()
    assert np.allclose(session.run(None, {"x": x})[0], expected, atol=1e-6)


def test_a_failed_export_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGX_DATA", str(tmp_path))

    class Failing(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("no export")

    with pytest.raises(RuntimeError, match="no export"):
        export_once("bad", lambda: (Failing(), (torch.zeros(1),)), inputs=["x"], outputs=["y"], dynamic={})
    assert list((tmp_path / "onnx").iterdir()) == []
