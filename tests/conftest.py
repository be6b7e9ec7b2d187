"""What holds for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import settings

# A busy machine is no failure: how long an example takes is nobody's business here.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Keep torch to one thread: on small arrays more of them only wait for one another."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder of published checkpoints and benchmarks, which may stand beside the repository."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "ultra").is_dir() or not (folder / "grail").is_dir():
        pytest.skip("the published checkpoints and benchmarks are not beside the repository")
    return folder
