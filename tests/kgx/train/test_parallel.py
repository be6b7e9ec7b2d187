"""Processes that train together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import torch
from torch import nn

from kgx.train.parallel import agreed, average_gradients, is_first, joined, same_weights

WORK = """
import torch
from torch import nn
from kgx.train.parallel import agreed, average_gradients, is_first, joined, same_weights

with joined() as (rank, processes):
    torch.manual_seed(rank)
    module = nn.Linear(2, 1)
    module.unused = nn.Linear(1, 1)
    same_weights(module)
    module(torch.full((1, 2), float(rank))).sum().backward()
    average_gradients(module)
    weights = [round(value, 6) for value in module.weight.flatten().tolist()]
    print(processes, is_first(), weights, module.weight.grad.tolist(), agreed(rank, torch.device("cpu")))
"""


def test_two_processes_keep_the_same_weights_and_take_the_mean(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(WORK, encoding="utf-8")
    common = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29519", "OMP_NUM_THREADS": "1"}
    common |= {"WORLD_SIZE": "2", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    processes = [
        subprocess.Popen(
            [sys.executable, str(tmp_path / "work.py")],
            env={**common, "RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    (first, error), (second, other_error) = [process.communicate(timeout=60) for process in processes]
    assert first.startswith("2 True "), error
    assert second.startswith("2 False "), other_error
    assert first.removeprefix("2 True ") == second.removeprefix("2 False ")
    assert first.endswith("[[0.5, 0.5]] 0.5\n")


def test_alone_nothing_happens() -> None:
    module = nn.Linear(2, 1)
    before = module.weight.clone()
    module(torch.ones(1, 2)).sum().backward()
    with joined() as (rank, processes):
        same_weights(module)
        average_gradients(module)
        assert (rank, processes, is_first(), agreed(0.25, torch.device("cpu"))) == (0, 1, True, 0.25)
    assert torch.equal(module.weight, before)
    assert module.weight.grad is not None
    assert module.weight.grad.tolist() == [[1.0, 1.0]]
